"""A search for capacity → the sentence that it comes to. Where only a bound is known, it says a bound."""

from analysis import format as fmt
from analysis.blocks import CACHED, UNCACHED
from analysis.capacity import Capacity
from analysis.censoring import Located
from analysis.limits import Limit


def summarise_capacity(found: Capacity) -> str:
    """Say how far each arm keeps the objective, and how many times as far the cached one does."""
    cached, uncached = (found.arms[arm] for arm in (CACHED, UNCACHED))
    if not cached.capacity.known and not uncached.capacity.known:
        return (
            f"At which rate {found.route} stops keeping {found.objective.text} is not known: "
            f"{cached.capacity.estimate.note}."
        )
    return (
        f"With the cache {found.route} keeps {found.objective.text} {_up_to(cached.capacity)}, without it "
        f"{_up_to(uncached.capacity)}{_times(found.ratio)}{_of_generator(found)}."
    )


def _up_to(capacity: Located) -> str:
    if capacity.estimate.value is not None:
        return f"up to {fmt.per_second_estimate(capacity.estimate)}"
    if capacity.at_least is not None:
        return f"up to at least {fmt.per_second(capacity.at_least)}"
    if capacity.below is not None:
        return f"only below {fmt.per_second(capacity.below)}, if at all"
    return f"up to a rate that is not known ({capacity.estimate.note})"


def _times(ratio: Located) -> str:
    if ratio.estimate.value is not None:
        times = fmt.plain_estimate(ratio.estimate)
        value, bracket, interval = times.partition(" (")
        return f": {value} times{bracket}{interval}{_difference(ratio)}"
    if ratio.at_least is not None:
        return f": at least {fmt.ratio(ratio.at_least)} times"
    if ratio.below is not None:
        return f": less than {fmt.ratio(ratio.below)} times"
    return ""


def _difference(ratio: Located) -> str:
    """Return what to say of a ratio whose interval holds 1."""
    bounds = ratio.estimate.bounds
    return ", no difference that this run can tell" if bounds and bounds[0] <= 1 <= bounds[1] else ""


def _of_generator(found: Capacity) -> str:
    """Return a reservation where it was the generator that could do no more."""
    limited = [arm for arm in (CACHED, UNCACHED) if found.arms[arm].load.limit is Limit.GENERATOR]
    if not limited:
        return ""
    if len(limited) == len(found.arms):
        return "; the generator could do no more, so both may carry more"
    return f"; there the generator could do no more: {_ARMS[limited[0]]} it may carry more"


_ARMS = {CACHED: "with the cache", UNCACHED: "without it"}
