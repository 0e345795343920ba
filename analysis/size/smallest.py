"""The smallest number that meets a condition which all larger ones meet too."""

from collections.abc import Callable

FINENESS_RATIO = 0.002
"""A replay's hit ratio varies by chance; a size is not sought more finely than to this share of itself."""

STRIDE = 1.1


def smallest_that_meets(
    meets: Callable[[int], bool], *, guess: int, most: int, fineness_ratio: float = FINENESS_RATIO
) -> int | None:
    """Return the smallest number from 1 to ``most`` that meets the condition; None where ``most`` does not.

    From the guess in strides that double, until one meets and a smaller one does not; then by halving. Below
    1 / ``fineness_ratio`` the answer is exact, above it within that share. Where the condition is noisy the answer
    meets it, and one a little smaller did not.
    """
    if not meets(most):
        return None
    met, unmet = _bracket(meets, min(max(1, guess), most), most)
    while met - unmet > max(1, int(met * fineness_ratio)):
        middle = (met + unmet) // 2
        if meets(middle):
            met = middle
        else:
            unmet = middle
    return met


def _bracket(meets: Callable[[int], bool], guess: int, most: int) -> tuple[int, int]:
    """Return a number that meets and a smaller one that does not; 0 never does."""
    stride = STRIDE
    if meets(guess):
        met, unmet = guess, int(guess / stride)
        while unmet > 0 and meets(unmet):
            stride *= stride
            met, unmet = unmet, int(unmet / stride)
        return met, unmet
    met, unmet = guess, guess
    while True:
        met = min(most, int(met * stride) + 1)
        if met == most or meets(met):
            return met, unmet
        stride, unmet = stride * stride, met
