"""What came of a setting on the live stack, in words."""

from analysis import format as fmt
from analysis.size.confirmation import Confirmation, GoalHeld
from analysis.size.limits import share

LEAST_SHOWN = 0.0005  # what is shown is a tenth of a point


def describe(confirmation: Confirmation) -> str:
    """Say whether the setting held, by which figures, and what lies between them."""
    figures = fmt.listing([_figures(each) for each in confirmation.goals])
    held, planned = fmt.count(confirmation.entries_held), fmt.count(confirmation.entries_planned)
    told = (
        f"{figures}; over {fmt.count(confirmation.requests)} requests at {fmt.rate(confirmation.rate_rps)}, with "
        f"{held} entries held (predicted {planned}) under maxmemory {fmt.byte_size(confirmation.maxmemory_bytes)}."
        f"{_repeated(confirmation)}"
    )
    if confirmation.overloaded:
        return (
            f"Not confirmed, this rate is more than the stack carries: {fmt.count(confirmation.unanswered)} of "
            f"{fmt.count(confirmation.requests)} requests got no answer; take a lower --rate. What was answered: "
            f"{told}"
        )
    if confirmation.held:
        return f"Confirmed: {told}"
    missed = fmt.listing([each.goal.text for each in confirmation.goals if not each.held])
    return f"Not confirmed, {missed} did not hold: {told}{_as_sent(confirmation)}"


def _repeated(confirmation: Confirmation) -> str:
    """Say what requests that came while their key was being fetched took from the hit ratio, if it shows."""
    ratio = confirmation.repeated_misses_ratio
    if ratio < LEAST_SHOWN:
        return ""
    return (
        f" {100 * ratio:.1f} points of hit ratio went to requests for a key that another was just fetching, "
        "which no prediction has: the busier the services, the more."
    )


def _as_sent(confirmation: Confirmation) -> str:
    if confirmation.as_sent is None or confirmation.measured is None:
        return ""
    return (
        f" The requests that were sent, replayed with as many entries as the server held, come to "
        f"{share(confirmation.as_sent)}, where it had {share(confirmation.measured)}."
    )


def _figures(found: GoalHeld) -> str:
    quantity = found.goal.quantity
    return f"{quantity} predicted {_shown(quantity, found.predicted)}, measured {_shown(quantity, found.measured)}"


def _shown(quantity: str, value: float | None) -> str:
    if value is None:
        return fmt.UNKNOWN
    if quantity == "hit_ratio":
        return f"{value:.3f}"
    if quantity == "db_rps":
        return fmt.per_second(value)
    return f"{value:,.2f}" if quantity == "cost" else fmt.duration(value)
