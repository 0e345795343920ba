"""Which key is asked for how often, as a vector of probabilities: the closed form of what the load draws.

Takes a name with its parameters, or a run's record of them, and hands on a float64 vector that sums to 1, most
popular key first. Every model of this package takes such a vector.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from analysis.errors import PredictionError
from analysis.intervals import Values

SUM_TOLERANCE = 1e-6
"""How far from 1 the sum of a vector may lie: the rounding of float32, and no real mistake."""

WITHOUT_A_VECTOR = ("trace", "ycsb-scrambled", "latest", "drift")
"""Popularities that are requests rather than a law, that a hash scatters, or that move as time goes by."""


def zipf(keys: int, exponent: float) -> Values:
    """Return Zipf's law over ``keys`` keys: rank k, from 1, has probability proportional to k^(-exponent).

    Exponent 0 is the uniform law.

    Raises:
        PredictionError: there are no keys, or the exponent is negative or not finite.

    References:
        Breslau et al., Web caching and Zipf-like distributions, INFOCOM 1999.
    """
    _check_keys(keys, fewest=1)
    if not 0 <= exponent < np.inf:
        raise PredictionError(f"a Zipf exponent of {exponent} is no popularity; give 0 (uniform) or more")
    weights = np.arange(1, keys + 1, dtype=np.float64) ** -exponent
    return weights / float(weights.sum())


def uniform(keys: int) -> Values:
    """Return the law by which all of ``keys`` keys are asked for alike.

    Raises:
        PredictionError: there are no keys.
    """
    return zipf(keys, 0.0)


def hotspot(keys: int, keys_ratio: float, requests_ratio: float) -> Values:
    """Return the law by which a share of the requests goes to a share of the keys, uniformly within and without.

    The hot keys are the nearest whole number to ``keys_ratio`` of all, at least one and not all of them. Where the
    share of the requests is so small that the others are the more popular, those come first.

    Raises:
        PredictionError: there are fewer than 2 keys, or a ratio is not within 0 and 1.

    References:
        Cooper et al., Benchmarking cloud serving systems with YCSB, SoCC 2010 (its hotspot distribution).
    """
    _check_keys(keys, fewest=2)
    for what, ratio in (("keys", keys_ratio), ("requests", requests_ratio)):
        if not 0 <= ratio <= 1:
            raise PredictionError(f"a hot spot with {ratio} of the {what} cannot be; give a share from 0 to 1")
    hot = max(1, min(keys - 1, round(keys * keys_ratio)))
    probabilities = np.full(keys, (1 - requests_ratio) / (keys - hot))
    probabilities[:hot] = requests_ratio / hot
    return probabilities if probabilities[0] >= probabilities[-1] else probabilities[::-1].copy()


def popularity_named(parameters: Mapping[str, Any], keys: int) -> Values | None:
    """Return the vector of what ``run.json`` holds under ``parameters.popularity``.

    Args:
        parameters: ``kind`` (uniform, zipf, hotspot, or one in WITHOUT_A_VECTOR), and beside it ``exponent``, or
            ``keys_ratio`` and ``requests_ratio``.
        keys: The working set that the popularity is over.

    Returns:
        The probabilities; None for those in WITHOUT_A_VECTOR.

    Raises:
        PredictionError: the kind is unknown, a parameter of it is missing, or one is out of its range.
    """
    kind = parameters.get("kind")
    try:
        if kind == "uniform":
            return uniform(keys)
        if kind == "zipf":
            return zipf(keys, parameters["exponent"])
        if kind == "hotspot":
            return hotspot(keys, parameters["keys_ratio"], parameters["requests_ratio"])
    except KeyError as missing:
        raise PredictionError(f"the popularity {kind} has no {missing.args[0]}; run.json must state it") from None
    if kind in WITHOUT_A_VECTOR:
        return None
    known = ("uniform", "zipf", "hotspot", *WITHOUT_A_VECTOR)
    raise PredictionError(f"unknown popularity {kind!r}; known are {', '.join(known)}")


def checked_popularity(popularity: ArrayLike) -> Values:
    """Return the vector as float64, or say what is wrong with it. Its order does not matter.

    Raises:
        PredictionError: it is empty or not a vector, holds a negative or unknown value, or does not sum to 1.
    """
    values = np.asarray(popularity, dtype=np.float64)
    if values.ndim != 1 or not values.size:
        raise PredictionError(f"a popularity of shape {values.shape} is no vector of keys; give one value a key")
    total = float(values.sum())
    if not abs(total - 1) <= SUM_TOLERANCE or float(values.min()) < 0:
        raise PredictionError(
            f"a popularity that sums to {total:.7g} with {float(values.min()):.3g} as its least value is none; "
            "give probabilities from 0 to 1 that sum to 1"
        )
    return values


def _check_keys(keys: int, fewest: int) -> None:
    if keys < fewest:
        raise PredictionError(f"a popularity over {keys} keys leaves nothing to ask for; give at least {fewest}")
