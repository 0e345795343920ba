"""A stretch of a trace as its format has it, before its keys are numbered over the whole trace."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from loadtests.traces.details import Details


@dataclass(frozen=True, slots=True, kw_only=True)
class Records(Details):
    """Some requests in order.

    Attributes:
        codes: int64, for each request the index of its key in `distinct`.
        distinct: the keys of the stretch, each once, in the order of their first appearance.
    """

    codes: npt.NDArray[np.int64]
    distinct: Sequence[Hashable]


def encode(keys: "pa.Array | npt.NDArray[np.generic]") -> tuple[npt.NDArray[np.int64], list[Any]]:
    """Return the codes of the keys, and the distinct keys in the order of their first appearance."""
    encoded = pa.array(keys).dictionary_encode()
    return encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64), encoded.dictionary.to_pylist()
