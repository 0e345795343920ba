"""How large the value of each key is: the spellings of the size laws, and sizes that stay the same over a run."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from loadtests.errors import ValueSizesError
from loadtests.key_hash import key_uniforms
from loadtests.size_laws import (
    ExtremeValue,
    Fixed,
    GeneralisedPareto,
    LogNormal,
    Mixture,
    Range,
    SizeLaw,
    Weighted,
)

SIZE_SPELLINGS = (
    "fixed:BYTES, range:LOW:HIGH, weighted:BYTES=WEIGHT,…, lognormal:MEDIAN:SIGMA, gev:LOC:SCALE:SHAPE, "
    "pareto:LOC:SCALE:SHAPE or facebook-etc"
)

INFO_BYTES = 120
DEFAULT_VALUE_SIZES = f"fixed:{INFO_BYTES}"

OF_TRACE = "trace"
"""Where a spelling is expected: the value of a key is as large as in the key's first record of the trace."""

LARGEST_BYTES = 1 << 20
"""What no value exceeds, as the services take no larger one: a stated size above it is refused, a drawn one is cut
to it (heavy tails)."""

MOST = float(LARGEST_BYTES)

ETC_FIRST_BYTES = (
    0.00536,
    0.00047,
    0.17820,
    0.09239,
    0.00018,
    0.02740,
    0.00065,
    0.00606,
    0.00023,
    0.00837,
    0.00837,
    0.08989,
    0.00092,
    0.00326,
    0.01980,
)
"""Chance of values of 0, 1, … 14 bytes; what is left is generalised Pareto from 15 bytes on.

References:
    Atikoglu et al., Workload Analysis of a Large-Scale Key-Value Store, SIGMETRICS 2012, as in
    mutilate's `createFacebookValue`.
"""

FACEBOOK_ETC = Mixture(
    first=Weighted(sizes_bytes=tuple(map(float, range(len(ETC_FIRST_BYTES)))), weights=ETC_FIRST_BYTES),
    first_ratio=sum(ETC_FIRST_BYTES),
    second=GeneralisedPareto(loc_bytes=15.0, scale_bytes=214.476, shape=0.348238),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueSizes:
    """The sizes of all values: a key's size depends on the seed and the key alone, so it is stable over a run."""

    law: SizeLaw
    seed: int

    def of(self, keys: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the size of each key's value in whole bytes (int64), from 0 to `LARGEST_BYTES`."""
        return np.rint(np.clip(self._drawn_bytes(keys), 0, LARGEST_BYTES)).astype(np.int64)

    def cut(self, keys: npt.NDArray[np.int64]) -> int:
        """Return how many of the keys' values would be larger than `LARGEST_BYTES`."""
        return int((self._drawn_bytes(keys) > LARGEST_BYTES).sum())

    def _drawn_bytes(self, keys: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        return self.law.quantiles_bytes(key_uniforms(keys, self.seed))


def parse_value_sizes(spelling: str, seed: int) -> ValueSizes:
    """Make the sizes that `spelling` names.

    Raises:
        ValueSizesError: the spelling is unknown or a parameter is out of range.
    """
    name, _, rest = spelling.partition(":")
    if spelling == "facebook-etc":
        return ValueSizes(law=FACEBOOK_ETC, seed=seed)
    if name not in _LAWS:
        raise ValueSizesError(f"unknown value sizes {spelling!r}; write {SIZE_SPELLINGS}")
    return ValueSizes(law=_LAWS[name](spelling, rest), seed=seed)


def _fixed(spelling: str, rest: str) -> SizeLaw:
    (size,) = _numbers(spelling, rest, (("size in bytes", 0, MOST),))
    return Fixed(size_bytes=_whole(spelling, size))


def _range(spelling: str, rest: str) -> SizeLaw:
    low, high = _numbers(spelling, rest, (("lowest size in bytes", 0, MOST), ("highest size in bytes", 0, MOST)))
    if low > high:
        raise ValueSizesError(
            f"value sizes {spelling!r}: the lowest size is above the highest; write range:LOW:HIGH"
        )
    return Range(low_bytes=_whole(spelling, low), high_bytes=_whole(spelling, high))


def _weighted(spelling: str, rest: str) -> SizeLaw:
    pairs = [entry.partition("=") for entry in rest.split(",")]
    sizes = [_whole(spelling, _number(spelling, size, "size in bytes", 0, MOST)) for size, _, _ in pairs]
    weights = [_number(spelling, weight, "weight after each size's =", 0, 1e12) for _, _, weight in pairs]
    if not sum(weights):
        raise ValueSizesError(f"value sizes {spelling!r}: all weights are 0; give at least one above it")
    return Weighted(sizes_bytes=tuple(sizes), weights=tuple(weights))


def _lognormal(spelling: str, rest: str) -> SizeLaw:
    median, sigma = _numbers(spelling, rest, (("median in bytes", 1, MOST), ("sigma", 0, 10)))
    return LogNormal(median_bytes=median, sigma=sigma)


LOC_SCALE_SHAPE = (("location in bytes", -MOST, MOST), ("scale in bytes", 0, MOST), ("shape", -10, 10))


def _gev(spelling: str, rest: str) -> SizeLaw:
    loc, scale, shape = _numbers(spelling, rest, LOC_SCALE_SHAPE)
    return ExtremeValue(loc_bytes=loc, scale_bytes=scale, shape=shape)


def _pareto(spelling: str, rest: str) -> SizeLaw:
    loc, scale, shape = _numbers(spelling, rest, LOC_SCALE_SHAPE)
    return GeneralisedPareto(loc_bytes=loc, scale_bytes=scale, shape=shape)


_LAWS: dict[str, Callable[[str, str], SizeLaw]] = {
    "fixed": _fixed,
    "range": _range,
    "weighted": _weighted,
    "lognormal": _lognormal,
    "gev": _gev,
    "pareto": _pareto,
}


def _numbers(spelling: str, rest: str, wanted: tuple[tuple[str, float, float], ...]) -> list[float]:
    """Return as many numbers as are wanted: what each is, and its lowest and highest value."""
    texts = rest.split(":")
    if len(texts) > len(wanted):
        raise ValueSizesError(
            f"value sizes {spelling!r}: there are {len(texts)} numbers for {len(wanted)}; write {SIZE_SPELLINGS}"
        )
    texts += [""] * (len(wanted) - len(texts))
    return [_number(spelling, text, *limits) for text, limits in zip(texts, wanted, strict=True)]


def _number(spelling: str, text: str, what: str, low: float, high: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise ValueSizesError(
            f"value sizes {spelling!r}: the {what} must be a number from {low:.10g} to {high:.10g}"
        )
    return value


def _whole(spelling: str, value: float) -> float:
    if value != int(value):
        raise ValueSizesError(f"value sizes {spelling!r}: {value:g} is no whole number of bytes; give one")
    return value
