"""Numbers the keys of a trace while it is read."""

from collections.abc import Hashable

import numpy as np
import numpy.typing as npt

from loadtests.traces.records import Records


class KeyNumbers:
    """Numbers keys by first appearance, so that key k of the trace is user k whatever its original name.

    It keeps every distinct key once, so memory grows with those and not with the requests: some 100 bytes a key,
    and its name.
    """

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}

    def __len__(self) -> int:
        """Return how many distinct keys there have been."""
        return len(self._numbers)

    def ranks(self, records: Records) -> npt.NDArray[np.int64]:
        """Return the number of each request's key (int64)."""
        numbers = self._numbers
        known = [numbers.setdefault(key, len(numbers)) for key in records.distinct]
        return np.array(known, dtype=np.int64)[records.codes]
