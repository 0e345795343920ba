"""The summary of a leg that several workers sent: sums and extremes of theirs, and statistics of all samples."""

from collections import Counter
from typing import Any

from loadtests.distributed.peer import Peer


def merged_summary(leg: int, started_ns: int, summaries: dict[Peer, dict[str, Any]]) -> dict[str, Any]:
    """Return one summary of the form that a single worker gives, but for response times and `connects`.

    Args:
        leg: number of the leg.
        started_ns: the agreed start, from the epoch.
        summaries: what each worker said, its times by its own clock.
    """
    outcomes: Counter[str] = Counter()
    for summary in summaries.values():
        outcomes.update(summary["outcomes"])
    ends_ns = [summary["ended_ns"] - peer.clock.offset_ns for peer, summary in summaries.items()]
    return {
        "leg": leg,
        "started_ns": started_ns,
        "ended_ns": max(ends_ns, default=started_ns),
        "requests": sum(summary["requests"] for summary in summaries.values()),
        "outcomes": dict(outcomes),
        "writes": sum(summary["writes"] for summary in summaries.values()),
        "positions": sum(summary["positions"] for summary in summaries.values()),
        "workers": [
            {**vitals, "worker": peer.number}
            for peer, summary in summaries.items()
            for vitals in summary["workers"]
        ],
    }
