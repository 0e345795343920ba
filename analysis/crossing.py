"""Where a latency that rises with the rate passes a limit: one block's curve in, the rate out."""

import math

import numpy as np
from scipy.optimize import isotonic_regression

from analysis.censoring import Censored, Side
from analysis.intervals import Values

FEWEST_POINTS = 2


def find_crossing(rates_rps: Values, latencies_s: Values, limit_s: float) -> Censored | None:
    """Return the highest rate at which the latency stays below the limit.

    A latency does not fall when the rate rises, so where noise made it fall, neighbours are pooled: the isotonic
    regression of the log latency on the rate, by pool-adjacent-violators, all points of equal weight. Between the
    rates that were measured the log latency is taken to be a straight line. The true curve bends upwards there,
    so the rate found is a little low: by at most 3 % at the steps of the lab and M/M/1's curve.

    Args:
        rates_rps: Ascending.
        latencies_s: At those rates: NaN where refused, which is left out; infinite where failures reached the
            statistic. From the first infinite one on the limit is broken, and the crossing lies no higher than
            the rate before it.
        limit_s: The limit.

    Returns:
        The rate; censored where even the highest rate kept the limit, or even the lowest broke it. None with
        fewer than two known points.

    References:
        Barlow, Bartholomew, Bremner and Brunk, Statistical Inference under Order Restrictions (1972), chapter 1.
        de Leeuw, Hornik and Mair, Isotone optimization in R: pool-adjacent-violators algorithm and active set
        methods, Journal of Statistical Software 32 (2009).
    """
    known = ~np.isnan(latencies_s)
    rates, logs = rates_rps[known], np.log(latencies_s[known])
    if rates.size < FEWEST_POINTS:
        return None
    finite = int(np.argmax(np.isinf(logs))) if np.isinf(logs).any() else logs.size
    limit = math.log(limit_s)
    fitted = isotonic_regression(logs[:finite]).x if finite else logs[:0]
    kept = int(np.searchsorted(fitted, limit, side="left"))
    if not kept:
        return Censored(value=float(rates[0]), side=Side.BELOW)
    if kept == rates.size:
        return Censored(value=float(rates[-1]), side=Side.AT_LEAST)
    if kept == finite:  # the next point is a failure: how far the curve lies below the limit is not known
        return Censored(value=float(rates[kept - 1]), side=Side.EXACT)
    share = (limit - fitted[kept - 1]) / (fitted[kept] - fitted[kept - 1])
    return Censored(value=float(rates[kept - 1] + share * (rates[kept] - rates[kept - 1])), side=Side.EXACT)
