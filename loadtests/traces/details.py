"""What a trace says of its requests beside their keys: columns of equal length, and None where it says nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

Column = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """Columns with one entry a request; one that the format does not have is None.

    Attributes:
        timestamps_s: float64, seconds, from whatever moment the trace counts.
        sizes_bytes: int64, size of the value; of the whole object in the format oracle-general.
        key_sizes_bytes: int64, size of the key.
        operations: uint8, numbers of `Operation`.
        ttls_s: float64, time to live in seconds; NaN where a request sets none.
    """

    timestamps_s: npt.NDArray[np.float64] | None = None
    sizes_bytes: npt.NDArray[np.int64] | None = None
    key_sizes_bytes: npt.NDArray[np.int64] | None = None
    operations: npt.NDArray[np.uint8] | None = None
    ttls_s: npt.NDArray[np.float64] | None = None

    def columns(self) -> dict[str, Column | None]:
        """Return the columns by name."""
        return {name: getattr(self, name) for name in COLUMNS}

    def kept(self, kept: npt.NDArray[np.bool_]) -> dict[str, Column | None]:
        """Return the columns by name, with the entries for which `kept` is true."""
        return {name: None if column is None else column[kept] for name, column in self.columns().items()}


COLUMNS = tuple(field.name for field in fields(Details))


def joined(parts: Sequence[Details]) -> dict[str, Column | None]:
    """Return the columns of all parts, one after the other, by name. All parts have the same ones."""
    columns = {name: [getattr(part, name) for part in parts] for name in COLUMNS}
    return {name: None if pieces[0] is None else np.concatenate(pieces) for name, pieces in columns.items()}
