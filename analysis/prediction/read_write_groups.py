"""Keys that are read alike and written alike as one: `key_groups` for two popularities over the same keys.

Takes the probability of each key at a read and at a write, hands on the groups' means of both, and their counts.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.errors import PredictionError
from analysis.intervals import Values
from analysis.prediction.key_groups import NEVER, KeyGroups
from analysis.prediction.popularity import checked_popularity

WIDTH_BITS = 6
"""Each doubling of a probability is divided into so many powers of two equal steps: none is wider than 1/64."""

MOST_CELLS = 1 << 24
"""Cells of the two scales together that are counted in a table; where there are more, only those in use are."""

_MANTISSA_BITS = 52
_Steps = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadWriteGroups:
    """Keys that are read at least now and then, alike ones together.

    Attributes:
        reads: Mean probability of a key of each group at a read, and the number of its keys.
        writes: Mean probability of a key of each group at a write; 0 for keys that are never written.
    """

    reads: KeyGroups
    writes: Values


def group_reads_and_writes(reads: Values, writes: Values) -> ReadWriteGroups:
    """Put keys into one group whose probabilities at a read, and at a write, differ by at most 1/64 of either.

    The sums of both are kept exactly; what is lost is the curvature of a function within a group. For a function
    f(pt, qt) of the two, the error a key is at most width² · max(|x² f_xx| + 2|xy f_xy| + |y² f_yy|) / 8, since a
    variance, and a covariance, within a group is at most a quarter of the squared width. For the chance to be
    present under writes, x/(x+y) (1-e^(-(x+y))), that maximum is 0.593: 1.8e-5 a key.

    The steps are read off the numbers' own bits, exponent and leading binary digits, so that no key is sorted and
    no logarithm is taken; the order of the keys does not matter, as long as it is the same in both.

    Args:
        reads: Probability of each key at a read.
        writes: Probability of each key at a write, in the same order.

    Raises:
        PredictionError: one of the two is not a popularity, or they are not of one length.

    References:
        Popoviciu's inequality, for the variance: Bhatia and Davis, A better bound on the variance, American
        Mathematical Monthly 107 (2000).
    """
    reads, writes = checked_popularity(reads), checked_popularity(writes)
    if reads.size != writes.size:
        raise PredictionError(
            f"a popularity of reads over {reads.size} keys and one of writes over {writes.size} do not match; "
            "give both over the same keys"
        )
    asked = reads >= NEVER
    if not asked.all():
        reads, writes = reads[asked], writes[asked]
    cells, cell_count = _cells(reads, writes)
    counts = np.bincount(cells, minlength=cell_count)
    used = np.flatnonzero(counts)
    in_use = counts[used].astype(np.float64)
    sums = (np.bincount(cells, weights, minlength=cell_count)[used] for weights in (reads, writes))
    read_means, write_means = (total / in_use for total in sums)
    return ReadWriteGroups(reads=KeyGroups(probabilities=read_means, counts=in_use), writes=write_means)


def _cells(reads: Values, writes: Values) -> tuple[_Steps, int]:
    """Return the number of each key's cell, and how many cells there may be."""
    (cells, _), (others, width) = _steps(reads), _steps(writes)
    cells *= width
    cells += others
    most = int(cells.max()) + 1
    if most <= MOST_CELLS:
        return cells, most
    in_use, cells = np.unique(cells, return_inverse=True)
    return cells, in_use.size


def _steps(probabilities: Values) -> tuple[_Steps, int]:
    """Return the step of each probability among those in use, and their number."""
    # Of a float of 0 or more the bits rise with the number; the sign of a negative zero is taken off first.
    steps = np.abs(probabilities).view(np.int64)
    steps >>= _MANTISSA_BITS - WIDTH_BITS
    steps -= steps.min()
    in_use = np.zeros(int(steps.max()) + 1, dtype=np.bool_)
    in_use[steps] = True
    places = np.cumsum(in_use) - 1
    return places[steps], int(places[-1]) + 1
