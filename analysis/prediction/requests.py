"""The requests that a replay takes in: an array of key ranks, checked at the door."""

import numpy as np
import numpy.typing as npt

from analysis.errors import PredictionError

Keys = npt.NDArray[np.int64]


def checked_requests(keys: npt.ArrayLike, skip: int) -> Keys:
    """Return the requests as a contiguous int64 array.

    Args:
        keys: One key rank a request, from 0; memory is taken for each rank up to the largest.
        skip: Requests of warm-up at the start, which are replayed and not counted.

    Raises:
        PredictionError: there is no request, a rank is no whole number from 0 on, or the warm-up leaves nothing
            to count.
    """
    given = np.asarray(keys)
    if given.ndim != 1 or not given.size:
        raise PredictionError("a replay needs a one-dimensional array with at least one request; check the trace")
    if given.dtype.kind not in "iu" or int(given.min()) < 0:
        raise PredictionError("the keys of a replay are ranks: whole numbers from 0 on; renumber the trace")
    if not 0 <= skip < given.size:
        raise PredictionError(
            f"a warm-up of {skip:,} of {given.size:,} requests leaves none to count; give a shorter one, or 0"
        )
    return np.ascontiguousarray(given, dtype=np.int64)
