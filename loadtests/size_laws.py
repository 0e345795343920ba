"""Distributions of sizes in bytes, each by its quantile function: a share of the values in, a size out."""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

Floats = npt.NDArray[np.float64]


class SizeLaw(Protocol):
    """A distribution of sizes."""

    def quantiles_bytes(self, shares: Floats) -> Floats:
        """Return the sizes below which those shares (in (0, 1)) of the values lie; neither rounded nor bounded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """Every value has the same size."""

    size_bytes: float

    def quantiles_bytes(self, shares: Floats) -> Floats:
        return np.full(len(shares), self.size_bytes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Every whole number of bytes from `low_bytes` to `high_bytes`, both included, is as likely as another."""

    low_bytes: float
    high_bytes: float

    def quantiles_bytes(self, shares: Floats) -> Floats:
        return self.low_bytes + np.floor(shares * (self.high_bytes - self.low_bytes + 1))


@dataclass(frozen=True, kw_only=True)  # without slots, for the table that it keeps
class Weighted:
    """A list of sizes, each as likely as its weight says; weights need not sum to 1."""

    sizes_bytes: tuple[float, ...]
    weights: tuple[float, ...]

    def quantiles_bytes(self, shares: Floats) -> Floats:
        sizes_bytes: Floats = np.array(self.sizes_bytes)[np.searchsorted(self._cumulative, shares, side="right")]
        return sizes_bytes

    @cached_property
    def _cumulative(self) -> Floats:
        weights = np.array(self.weights)
        cumulative: Floats = np.cumsum(weights) / weights.sum()
        cumulative[-1] = 1.0  # rounding must not leave a gap above the last size
        return cumulative


@dataclass(frozen=True, slots=True, kw_only=True)
class LogNormal:
    """The logarithm of the size is normal: half of the values are below the median; sigma is that logarithm's."""

    median_bytes: float
    sigma: float

    def quantiles_bytes(self, shares: Floats) -> Floats:
        deviations: Floats = ndtri(shares)
        return self.median_bytes * np.exp(self.sigma * deviations)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtremeValue:
    """The generalised extreme value distribution; a shape above 0 has the heavy tail.

    References:
        Coles, An Introduction to Statistical Modeling of Extreme Values (2001), section 3.1.3.
    """

    loc_bytes: float
    scale_bytes: float
    shape: float

    def quantiles_bytes(self, shares: Floats) -> Floats:
        return self.loc_bytes + self.scale_bytes * _box_cox(-np.log(shares), self.shape)


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneralisedPareto:
    """The generalised Pareto distribution: nothing below `loc_bytes`; a shape above 0 has the heavy tail.

    References:
        Coles, An Introduction to Statistical Modeling of Extreme Values (2001), section 4.2.
    """

    loc_bytes: float
    scale_bytes: float
    shape: float

    def quantiles_bytes(self, shares: Floats) -> Floats:
        return self.loc_bytes + self.scale_bytes * _box_cox(1 - shares, self.shape)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixture:
    """A share of the values follows one law, all the others another."""

    first: SizeLaw
    first_ratio: float
    second: SizeLaw

    def quantiles_bytes(self, shares: Floats) -> Floats:
        # Not the mixture's own quantiles, but as good: one uniform number says which law, and what is left of it
        # is uniform again within that law.
        is_first = shares < self.first_ratio
        sizes = np.empty(len(shares))
        sizes[is_first] = self.first.quantiles_bytes(shares[is_first] / self.first_ratio)
        rest = (shares[~is_first] - self.first_ratio) / (1 - self.first_ratio)
        sizes[~is_first] = self.second.quantiles_bytes(rest)
        return sizes


def _box_cox(values: Floats, shape: float) -> Floats:
    """Return (values ** -shape - 1) / shape, and its limit -log(values) at shape 0."""
    return -np.log(values) if shape == 0 else np.expm1(-shape * np.log(values)) / shape
