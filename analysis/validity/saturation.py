"""Was either arm so near to its capacity that its latency is a queue's?"""

from collections.abc import Iterator

from analysis import format as fmt
from analysis import thresholds
from analysis.blocks import CACHED, UNCACHED
from analysis.cautions import Caution, State
from analysis.validity.evidence import Evidence

_MEANING = {UNCACHED: "and flatters the cache", CACHED: "and does the cache an injustice"}


def below_saturation(evidence: Evidence) -> Iterator[Caution]:
    """Doubt a read that was offered too much of what an arm can carry."""
    read = evidence.read
    for arm, capacity_rps in ((UNCACHED, read.capacity_rps), (CACHED, read.cached_capacity_rps)):
        if capacity_rps and read.offered_rate_rps / capacity_rps > thresholds.SATURATION_RATIO:
            share = read.offered_rate_rps / capacity_rps
            yield evidence.caution(
                "saturation",
                State.DOUBTFUL,
                f"The rate offered is {fmt.share(share)} of what the {arm} arm can carry: its latency is mostly a "
                f"queue's, {_MEANING[arm]}.",
                f"Offer at most {fmt.rate(thresholds.SATURATION_RATIO * capacity_rps)}.",
                figure=share,
                threshold=thresholds.SATURATION_RATIO,
                arm=arm,
            )
