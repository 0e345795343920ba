"""The exact sign-flip test over blocks: a second opinion that does not ask for normal log ratios.

If the arms do not differ, each block's log ratio is as likely to have come out with the other sign. Every choice
of signs is counted, and p is the share of them whose sum is as far from 0 as the one seen.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from analysis.intervals import Values
from analysis.thresholds import CONFIDENCE

EXACT_BLOCKS = 32
"""Up to here every choice of signs is counted; above, drawn ones stand for them."""

LEVEL = 1 - CONFIDENCE

FEWEST_BLOCKS = 1 + math.ceil(-math.log2(LEVEL))
"""With fewer blocks even the most extreme outcome has a p above ``LEVEL``."""

_DRAWN = 50_000
_SEED = 20_261_122
_ROUNDING = 1e-12
_BISECTIONS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondOpinion:
    """What the sign-flip test says of a ratio over blocks.

    Attributes:
        sign_flip_p: Two-sided p against a ratio of 1; None where there is no ratio.
        low, high: Ends of the ratios that it does not reject at 5 %; None with fewer than ``FEWEST_BLOCKS``.
        blocks: Number of blocks used.
    """

    sign_flip_p: float | None
    low: float | None
    high: float | None
    blocks: int

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The ends of its interval, or None where there is none."""
        return None if self.low is None or self.high is None else (self.low, self.high)


NO_OPINION = SecondOpinion(sign_flip_p=None, low=None, high=None, blocks=0)


def second_opinion(ratios: Values) -> SecondOpinion:
    """Test positive ratios, one a block, against 1, and return the ratios that the test lets stand."""
    if not ratios.size:
        return NO_OPINION
    logs = np.log(ratios)
    ends = sign_flip_interval(logs)
    low, high = (None, None) if ends is None else (math.exp(ends[0]), math.exp(ends[1]))
    return SecondOpinion(sign_flip_p=sign_flip_p(logs), low=low, high=high, blocks=int(ratios.size))


def sign_flip_p(values: Values, centre: float = 0.0) -> float:
    """Return the two-sided p of the hypothesis that the values lie symmetrically about ``centre``.

    Exact up to ``EXACT_BLOCKS`` values: the sums of both halves under all signs are made apart, and pairs of them
    counted by a sorted search, which takes 2^(n/2) steps instead of 2^n. Above that, ``_DRAWN`` choices of signs
    are drawn with a fixed seed; the one seen counts as one of them, which keeps the test's size, and p has a
    standard error of at most 0.0023 (0.001 at 0.05).

    References:
        Fisher, The Design of Experiments (1935), section 21. Horowitz and Sahni, Computing partitions with
        applications to the knapsack problem, Journal of the ACM 21 (1974), for the two halves. Phipson and Smyth,
        Permutation p-values should never be zero, Statistical Applications in Genetics and Molecular Biology 9
        (2010), for drawn signs.
    """
    shifted = values - centre
    # Equal sums that were added up in another order must count as equal.
    seen = abs(float(shifted.sum())) - _ROUNDING * float(np.abs(shifted).sum())
    if seen <= 0:
        return 1.0
    if values.size > EXACT_BLOCKS:
        extreme = int(np.count_nonzero(np.abs(_drawn_signs(values.size) @ shifted) >= seen))
        return (1 + extreme) / (1 + _DRAWN)
    half = values.size // 2
    left, right = _signed_sums(shifted[:half]), np.sort(_signed_sums(shifted[half:]))
    # The sums are symmetric about 0: as many lie at or above `seen` as at or below its negative.
    above = right.size * left.size - int(np.searchsorted(right, seen - left, side="left").sum())
    return float(2 * above / 2**values.size)


def sign_flip_interval(values: Values) -> tuple[float, float] | None:
    """Return the ends of the centres that :func:`sign_flip_p` does not reject at 5 %; None where it never rejects.

    Towards either side p only falls, so that each end is found by bisection, to a billionth of the values' spread.

    References:
        Hartigan, Using subsample values as typical values, Journal of the American Statistical Association 64
        (1969). Tritchler, On inverting permutation tests, the same journal 79 (1984).
    """
    if values.size < FEWEST_BLOCKS:
        return None
    return _end(values, float(values.min())), _end(values, float(values.max()))


def _end(values: Values, outermost: float) -> float:
    """Return the centre farthest from the mean that is not rejected, which lies no farther than ``outermost``."""
    accepted, beyond = float(values.mean()), outermost
    # Beyond it all values have one sign, and p is the least there is; at it, with few values, p may still be
    # enough.
    if sign_flip_p(values, beyond) > LEVEL:
        return beyond
    for _ in range(_BISECTIONS):
        middle = (accepted + beyond) / 2
        if sign_flip_p(values, middle) > LEVEL:
            accepted = middle
        else:
            beyond = middle
    return accepted


def _signed_sums(values: Values) -> Values:
    sums = np.zeros(1)
    for value in values:
        sums = np.concatenate([sums + value, sums - value])
    return sums


@lru_cache(maxsize=1)
def _drawn_signs(size: int) -> Values:
    return np.random.default_rng(_SEED).choice(np.array([-1.0, 1.0]), (_DRAWN, size))
