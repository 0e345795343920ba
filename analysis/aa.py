"""The lab set against itself: both arms the same, and how often its interval says that they differ."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from scipy import special

from analysis import format as fmt
from analysis.blocks import QUANTILES, STATISTICS, BlockFigures, summarise_blocks
from analysis.cautions import Caution, State
from analysis.estimates import Estimate, over_blocks, ratios, unknown
from analysis.intervals import Interval, Values, log_interval
from analysis.quantiles import samples_needed
from analysis.run import AA, Run
from analysis.self_test import AaPlan
from analysis.sign_flip import FEWEST_BLOCKS, LEVEL, sign_flip_p
from analysis.thresholds import CONFIDENCE

ARMS = ("a", "b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Repetition:
    """One comparison of the arm with itself: the ratio over its blocks, whose true value is 1."""

    repetition: int
    ratio: Estimate
    sign_flip_p: float | None

    @property
    def holds_one(self) -> bool | None:
        """Whether the interval holds the truth; None where there is no interval."""
        bounds = self.ratio.bounds
        return None if bounds is None else bounds[0] <= 1.0 <= bounds[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class AaStatistic:
    """One statistic over all repetitions.

    Attributes:
        repetitions: One each, in order.
        intervals, held: How many of them have an interval, and how many of these hold 1.
        coverage_ratio: Share of the intervals that hold 1; it should be 0.95.
        false_positive_ratio: Share of those that do not: the lab saw a difference where there is none.
        sign_flip_false_positive_ratio: The same by the sign-flip test at 5 %.
    """

    repetitions: tuple[Repetition, ...]
    intervals: int
    held: int
    coverage_ratio: Estimate
    false_positive_ratio: Estimate
    sign_flip_false_positive_ratio: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Aa:
    """What an A/A run found; ``statistics`` goes from mean, p50, p95, p99, p999 to what the repetitions say."""

    operation: str
    route: str
    treatment: str
    repetitions: int
    blocks: int
    requests: int
    offered_rate_rps: float | None
    statistics: Mapping[str, AaStatistic]

    @property
    def sentence(self) -> str:
        """What it comes to, by the mean."""
        mean = self.statistics["mean"]
        coverage, false = mean.coverage_ratio, mean.false_positive_ratio
        if coverage.value is None:
            return f"The lab's own false-positive rate is not known: {coverage.note}."
        return (
            f"With both arms the same ({self.route}, {self.treatment}), {mean.held} of {mean.intervals} intervals "
            f"of the mean held 1, where {fmt.share(CONFIDENCE)} are meant to: the lab's own false-positive rate "
            f"is {fmt.share_estimate(false)}."
        )


def measure_aa(run: Run) -> Aa | None:
    """Return what the A/A repetitions of a run say; None where there were none."""
    plan = run.manifest.aa
    if plan is None:
        return None
    samples = run.in_blocks(AA)
    rows = {(row.population, row.block): row for row in summarise_blocks(samples).rows}
    return Aa(
        operation=plan.operation,
        route=plan.route,
        treatment=plan.treatment,
        repetitions=plan.repetitions,
        blocks=plan.blocks,
        requests=len(samples),
        offered_rate_rps=plan.offered_rate_rps,
        statistics={name: _statistic(plan, rows, name) for name in STATISTICS},
    )


def check_aa(aa: Aa) -> Iterator[Caution]:
    """Caution when the lab's interval holds the truth less often than it promises, chance allowed for."""
    coverage = aa.statistics["mean"].coverage_ratio
    if coverage.high is not None and coverage.high < CONFIDENCE:
        yield Caution(
            code="false-positives",
            severity=State.DOUBTFUL,
            sentence=(
                f"Intervals of the mean held 1 in {fmt.share_estimate(coverage)} of the repetitions, where "
                f"{fmt.share(CONFIDENCE)} are meant to: this lab sees differences where there are none."
            ),
            advice="Look for what comes and goes on this machine, and measure longer blocks.",
            figure=coverage.value,
            threshold=CONFIDENCE,
            operation=aa.operation,
        )


def clopper_pearson(hits: int, trials: int) -> Interval:
    """Return the exact 95 % interval of a share, from a count of independent trials.

    References:
        Clopper and Pearson, The use of confidence or fiducial limits illustrated in the case of the binomial,
        Biometrika 26 (1934).
    """
    tail = (1 - CONFIDENCE) / 2
    low = float(special.betaincinv(hits, trials - hits + 1, tail)) if hits else 0.0
    high = float(special.betaincinv(hits + 1, trials - hits, 1 - tail)) if hits < trials else 1.0
    return Interval(value=hits / trials, low=low, high=high)


Rows = Mapping[tuple[str, int], BlockFigures]
"""Block figures by arm and block."""


def _statistic(plan: AaPlan, rows: Rows, statistic: str) -> AaStatistic:
    repetitions = tuple(_repetition(plan, rows, statistic, number) for number in range(plan.repetitions))
    holding = [each.holds_one for each in repetitions if each.holds_one is not None]
    notes = [each.ratio.note for each in repetitions if each.ratio.note]
    why = notes[0] if notes else "no repetition was measured"
    chances = [each.sign_flip_p for each in repetitions if each.sign_flip_p is not None]
    rejected = sum(p <= LEVEL for p in chances)
    never = f"with fewer than {FEWEST_BLOCKS} blocks a repetition the test never rejects"
    count = sum(each.ratio.count for each in repetitions)
    return AaStatistic(
        repetitions=repetitions,
        intervals=len(holding),
        held=sum(holding),
        coverage_ratio=_share(sum(holding), len(holding), count, plan.blocks, why),
        false_positive_ratio=_share(len(holding) - sum(holding), len(holding), count, plan.blocks, why),
        sign_flip_false_positive_ratio=(
            _share(rejected, len(chances), count, plan.blocks, why)
            if plan.blocks >= FEWEST_BLOCKS
            else unknown("ratio", never)
        ),
    )


def _repetition(plan: AaPlan, rows: Rows, statistic: str, number: int) -> Repetition:
    blocks = range(number * plan.blocks, (number + 1) * plan.blocks)
    values = ratios(*(_column(rows, arm, blocks, statistic) for arm in ARMS))
    needed = samples_needed(QUANTILES[statistic]) if statistic in QUANTILES else 1
    ratio = over_blocks(
        values,
        interval=log_interval,
        unit="ratio",
        count=sum(rows[arm, block].count for arm in ARMS for block in blocks if (arm, block) in rows),
        lacking=f"needs {needed:,} samples a block",
    )
    known = values[np.isfinite(values)]
    p = None if ratio.bounds is None else sign_flip_p(np.log(known))
    return Repetition(repetition=number, ratio=ratio, sign_flip_p=p)


def _column(rows: Rows, arm: str, blocks: range, statistic: str) -> Values:
    held = [rows.get((arm, block)) for block in blocks]
    return np.array([math.nan if row is None else getattr(row.response, statistic) for row in held])


def _share(hits: int, trials: int, count: int, blocks: int, lacking: str) -> Estimate:
    if not trials:
        return unknown("ratio", lacking)
    found = clopper_pearson(hits, trials)
    return Estimate(
        value=found.value, low=found.low, high=found.high, unit="ratio", count=count, blocks=blocks * trials
    )
