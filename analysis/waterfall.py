"""Where the time of a read goes: parts of response times → means over blocks, of all and of the slowest 1 %."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.blocks import CACHED, HIT, MISS, UNCACHED
from analysis.estimates import Estimate, over_blocks
from analysis.intervals import Values, amount_interval
from analysis.parts import Part, clocks_agree, divide
from analysis.quantiles import quantile, samples_needed

WATERFALLS = (HIT, MISS, UNCACHED)
"""The populations whose time is divided."""

SLOWEST_FROM = 0.99
"""The slowest take as long as this quantile, or longer."""

_TOGETHER = "all blocks together, for want of samples: no interval"


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """The mean response time of some answers, and of it each part that any of them had.

    Means over blocks are arithmetic here, so that the parts add up to the whole.
    """

    response: Estimate
    parts: Mapping[Part, Estimate]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waterfall:
    """Where the time of one read goes, by population (hit, miss, uncached); one without an answer is absent.

    ``clocks_agree`` says whether the service's clock can be set against the generator's; None where the service
    states no moment of its own. ``slowest`` holds the slowest 1 % of each block.
    """

    clocks_agree: bool | None
    everyone: Mapping[str, Breakdown]
    slowest: Mapping[str, Breakdown]


def measure_waterfall(samples: pd.DataFrame) -> Waterfall | None:
    """Divide the response times of one read; None where nothing was answered.

    Args:
        samples: The read's measured samples, columns as in :func:`analysis.samples.read_samples`. Failures have no
            parts and are passed over.
    """
    answered = samples[~samples["failed"] & samples["done_ns"].notna() & samples["sent_ns"].notna()]
    if answered.empty:
        return None
    agree = clocks_agree(answered)
    divided = divide(answered, clocks_comparable=bool(agree))
    everyone, slowest = {}, {}
    for population in WATERFALLS:
        chosen = divided[_belongs(population, answered)]
        if len(chosen):
            blocks = [chosen[chosen["block"] == block] for block in sorted(samples["block"].unique())]
            everyone[population] = _breakdown(blocks, lacking="the block has none of them")
            slowest[population] = _breakdown_of_slowest(blocks)
    return Waterfall(clocks_agree=agree, everyone=everyone, slowest=slowest)


def _belongs(population: str, samples: pd.DataFrame) -> "pd.Series[bool]":
    if population == UNCACHED:
        return samples["arm"] == UNCACHED
    return (samples["arm"] == CACHED) & (samples["outcome"] == population)


def _breakdown(blocks: Sequence[pd.DataFrame], *, lacking: str) -> Breakdown:
    """Average the divided answers of each block, then the blocks."""
    count = sum(map(len, blocks))

    def mean(column: str) -> Estimate:
        values = np.array([block[column].mean() / 1e9 for block in blocks])
        return over_blocks(values, interval=amount_interval, unit="s", count=count, lacking=lacking)

    present = [part for part in Part if any(block[part].any() for block in blocks)]
    return Breakdown(response=mean("response_ns"), parts={part: mean(part) for part in present})


def _breakdown_of_slowest(blocks: Sequence[pd.DataFrame]) -> Breakdown:
    """Average the slowest 1 % of each block; of all blocks together where none is large enough."""
    tails = [_slowest(block) for block in blocks]
    if any(map(len, tails)):
        needed, smallest = samples_needed(SLOWEST_FROM), min(map(len, blocks))
        return _breakdown(tails, lacking=f"needs {needed:,} samples a block; the smallest has {smallest:,}")
    found = _breakdown([_slowest(pd.concat(blocks))], lacking=_too_few(blocks))
    return Breakdown(
        response=_without_interval(found.response),
        parts={part: _without_interval(estimate) for part, estimate in found.parts.items()},
    )


def _slowest(divided: pd.DataFrame) -> pd.DataFrame:
    """Return the slowest 1 %; nothing where the sample is too small to know them."""
    response: Values = divided["response_ns"].to_numpy(dtype=np.float64)
    return divided[response >= quantile(np.sort(response), SLOWEST_FROM)]


def _too_few(blocks: Sequence[pd.DataFrame]) -> str:
    return f"needs {samples_needed(SLOWEST_FROM):,} samples; there are {sum(map(len, blocks)):,}"


def _without_interval(estimate: Estimate) -> Estimate:
    return estimate if estimate.value is None else replace(estimate, note=_TOGETHER)
