"""The break-even hit ratio as text: a cell for tables, and a sentence that sets it beside the ratio reached."""

from analysis import format as fmt
from analysis.prediction.break_even import BreakEven
from analysis.reads import ReadResult


def show_break_even(found: BreakEven) -> str:
    """Return the cell: ``43.1 (40.2–46.0) %``, its interval in brackets; in words where it is no hit ratio."""
    if found.hit_ratio is None:
        return fmt.UNKNOWN
    if found.hit_ratio > 1:
        return "never" if found.low is None or found.low > 1 else f"never, or from {100 * found.low:.1f} %"
    if found.high == 0:
        return "always"
    value = f"{100 * found.hit_ratio:.1f}"
    if found.low is None or found.high is None:
        return f"{value} %, not bounded"
    if found.high > 1:
        return f"{value} ({100 * found.low:.1f} to never) %"
    return f"{value} ({100 * found.low:.1f}{fmt.EN_DASH}{100 * found.high:.1f}) %"


def describe_break_even(result: ReadResult) -> list[str]:
    """Return from which hit ratio on the cache is no slower, beside the one that was reached.

    All of it goes by what hits and misses cost at that one: a lower one leaves the database more to do.
    """
    found, reached = result.break_even, result.hit_ratio.value
    if found.hit_ratio is None or reached is None:
        return []
    if found.hit_ratio > 1:
        sure = "" if found.low is not None and found.low > 1 else ", as far as these blocks can tell"
        return [f"No hit ratio would make it quicker{sure}: a hit itself takes longer than a read past the cache."]
    if found.high == 0:
        return [
            "It is no slower whatever the hit ratio, if misses go on costing what they do at "
            f"{fmt.share(reached)}: one takes no longer than a read past the cache."
        ]
    if found.low is None or found.high is None:
        interval = ", within bounds that these blocks do not give"
    else:
        high = "never" if found.high > 1 else fmt.share(found.high)
        interval = f" ({fmt.share(found.low)} to {high})"
    even = f"It breaks even at a hit ratio of {fmt.share(found.hit_ratio)}{interval}"
    return [f"{even}, and reached {fmt.share(reached)}."]
