"""Whether a search for capacity is to be believed: each check goes from what was found to its cautions."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pandas as pd

from analysis import format as fmt
from analysis import thresholds
from analysis.blocks import ARMS, CACHED
from analysis.capacity import Capacity
from analysis.cautions import Caution, State
from analysis.conservation import check_conservation
from analysis.limits import GENERATOR, Limit
from analysis.run import CAPACITY, Run

PREFIX = "Capacity: "
"""How each of their sentences begins, since a run may have compared the same read too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityEvidence:
    """One read's search: its samples, and what was found."""

    run: Run
    found: Capacity
    samples: pd.DataFrame

    def caution(
        self,
        code: str,
        severity: State,
        sentence: str,
        advice: str,
        *,
        figure: float | None = None,
        threshold: float | None = None,
    ) -> Caution:
        """Return a caution about this search."""
        return Caution(
            code=code,
            severity=severity,
            sentence=f"{PREFIX}{sentence}",
            advice=advice,
            figure=figure,
            threshold=threshold,
            operation=self.found.operation,
        )


def check_capacity(run: Run, capacities: tuple[Capacity, ...]) -> tuple[Caution, ...]:
    """Return every caution, read by read."""
    samples = run.in_blocks(CAPACITY)
    evidence = [
        CapacityEvidence(run=run, found=found, samples=samples[samples["operation"] == found.operation])
        for found in capacities
    ]
    return tuple(caution for each in evidence for check in CHECKS for caution in check(each))


def _measured(evidence: CapacityEvidence) -> Iterator[Caution]:
    missing = [arm for arm in ARMS if not any(rate.requests for rate in evidence.found.arms[arm].rates)]
    if missing:
        yield evidence.caution(
            "arm-missing",
            State.INVALID,
            f"no request of the {fmt.listing(missing)} arm was measured.",
            "The run ended too early; measure again.",
            figure=float(len(ARMS) - len(missing)),
            threshold=float(len(ARMS)),
        )


def _complete(evidence: CapacityEvidence) -> Iterator[Caution]:
    held = evidence.samples.groupby("leg").size()
    for leg in evidence.run.measured_legs(evidence.found.operation, CAPACITY):
        rows = int(held.get(leg.leg, 0))
        if rows < leg.requests:
            yield evidence.caution(
                "samples-lost",
                State.INVALID,
                f"leg {leg.leg} made {leg.requests:,} requests, but only {rows:,} samples of it are there.",
                "A worker died or its file was cut off; measure again.",
                figure=float(rows),
                threshold=float(leg.requests),
            )
            return


def _conserved(evidence: CapacityEvidence) -> Iterator[Caution]:
    for caution in check_conservation(evidence.run, evidence.found.operation, evidence.samples, CAPACITY):
        yield replace(caution, sentence=f"{PREFIX}{caution.sentence}")


def _same_hit_ratio(evidence: CapacityEvidence) -> Iterator[Caution]:
    """Caution when the cached arm had another cache at one rate than at the next."""
    shares = {
        rate.rate_rps: rate.hit_ratio.value
        for rate in evidence.found.arms[CACHED].rates
        if rate.hit_ratio.value is not None
    }
    if not shares:
        return
    low_rps, high_rps = min(shares, key=lambda rate: shares[rate]), max(shares, key=lambda rate: shares[rate])
    reach = shares[high_rps] - shares[low_rps]
    if reach > thresholds.HIT_RATIO_RANGE:
        yield evidence.caution(
            "hit-ratio-moved",
            State.DOUBTFUL,
            f"the hit ratio was {fmt.share(shares[low_rps])} at {fmt.per_second(low_rps)} and "
            f"{fmt.share(shares[high_rps])} at {fmt.per_second(high_rps)}: the curve with the cache is that of "
            "more than one cache.",
            "Warm up for longer, or look for what fills or empties the cache.",
            figure=reach,
            threshold=thresholds.HIT_RATIO_RANGE,
        )


def _generator_able(evidence: CapacityEvidence) -> Iterator[Caution]:
    for arm in ARMS:
        load = evidence.found.arms[arm].load
        if load.limit is Limit.GENERATOR:
            share = load.own_cpu_ratio[GENERATOR].value or 0.0
            yield evidence.caution(
                "generator-limited",
                State.DOUBTFUL,
                f"at {fmt.per_second(load.rate_rps)} of the {arm} arm the generator used "
                f"{fmt.share(min(1.0, share))} of what its processes can use: what broke the objective may be its "
                "own queue, so the capacity found is a lower bound.",
                "Give the generator more workers, or another machine.",
                figure=share,
                threshold=thresholds.BUSY_RATIO,
            )


def _enough_blocks(evidence: CapacityEvidence) -> Iterator[Caution]:
    blocks = evidence.found.blocks
    if 0 < blocks < thresholds.MINIMUM_BLOCKS:
        yield evidence.caution(
            "few-blocks",
            State.DOUBTFUL,
            f"{fmt.plural(blocks, 'block')}; an interval from fewer than {thresholds.MINIMUM_BLOCKS} hangs on "
            "what they happened to meet.",
            "Good enough to see that everything works; measure more blocks before deciding anything.",
            figure=float(blocks),
            threshold=float(thresholds.MINIMUM_BLOCKS),
        )


CHECKS: tuple[Callable[[CapacityEvidence], Iterator[Caution]], ...] = (
    _measured,
    _complete,
    _conserved,
    _same_hit_ratio,
    _generator_able,
    _enough_blocks,
)
