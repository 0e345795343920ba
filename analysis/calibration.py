"""What this lab can tell apart: its own floor, lateness and error, from requests to a server that answers at once.

Both arms of a calibration are the same, so that whatever differs between them is the lab's own doing.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis import format as fmt
from analysis.estimates import Estimate, over_blocks
from analysis.intervals import Values, amount_interval, mean_interval
from analysis.quantiles import quantile, samples_needed
from analysis.run import CALIBRATE, Run

ARMS = ("a", "b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """The lab's own part in every time that it reports.

    Attributes:
        rate_rps: Rate offered.
        connections: Connections that shared it; None where the run does not say.
        blocks: Blocks measured, each with both arms.
        requests: Requests in them.
        floor_p50_s, floor_p99_s: Service time, where the service takes none: connection, parser, loop.
        lag_p50_s, lag_p99_s: How late requests left.
        difference_s: Mean response time of arm a less that of arm b, paired by block; its true value is 0.
        resolution_s: What is not distinguishable here, in seconds; None without two blocks that both arms have.
    """

    rate_rps: float
    connections: int | None
    blocks: int
    requests: int
    floor_p50_s: Estimate
    floor_p99_s: Estimate
    lag_p50_s: Estimate
    lag_p99_s: Estimate
    difference_s: Estimate
    resolution_s: float | None

    @property
    def sentence(self) -> str:
        """What it comes to."""
        if self.resolution_s is None:
            return "What this lab can tell apart is not known: its calibration has too few blocks."
        return f"Differences under {fmt.duration(self.resolution_s)} are not distinguishable here."


def measure_calibration(run: Run) -> Calibration | None:
    """Return the calibration that was kept with a run; None where there was none."""
    plan, samples = run.manifest.calibration, run.in_blocks(CALIBRATE)
    if plan is None:
        return None
    blocks = [part for _, part in samples.groupby("block", observed=True)]
    difference_s = _difference(blocks)
    return Calibration(
        rate_rps=plan.rate_rps,
        connections=plan.connections,
        blocks=len(blocks),
        requests=len(samples),
        floor_p50_s=_over(blocks, "service_s", 0.50),
        floor_p99_s=_over(blocks, "service_s", 0.99),
        lag_p50_s=_over(blocks, "lag_s", 0.50),
        lag_p99_s=_over(blocks, "lag_s", 0.99),
        difference_s=difference_s,
        resolution_s=resolution(difference_s),
    )


def resolution(difference_s: Estimate) -> float | None:
    """Return the smallest difference that this lab does not make by itself, from that of two equal arms.

    It is the farther end of the 95 % interval of a difference that is truly 0: the difference seen plus the
    half-width. The first is what the lab adds to one arm for no reason (order, warm caches of the processor), the
    second how well so many blocks know it; a smaller difference between unequal arms could be either. It is also
    the smallest margin within which two one-sided tests call the two arms equivalent, at 2.5 % each.

    References:
        Schuirmann, A comparison of the two one-sided tests procedure and the power approach for assessing the
        equivalence of average bioavailability, Journal of Pharmacokinetics and Biopharmaceutics 15 (1987).
    """
    return None if difference_s.bounds is None else max(map(abs, difference_s.bounds))


def _difference(blocks: list[pd.DataFrame]) -> Estimate:
    means = [[_mean_s(part[part["arm"] == arm]) for arm in ARMS] for part in blocks]
    values = np.array([a - b for a, b in means], dtype=np.float64)
    # inf - inf is not a difference of 0: where both arms failed, the block knows nothing.
    return over_blocks(values, interval=mean_interval, unit="s", count=sum(map(len, blocks)))


def _mean_s(samples: pd.DataFrame) -> float:
    return float(samples["response_s"].mean()) if len(samples) else float("nan")


def _over(blocks: list[pd.DataFrame], time: str, share_ratio: float) -> Estimate:
    """Estimate a quantile of both arms together over the blocks."""
    values: Values = np.array(
        [quantile(np.sort(part[time].fillna(np.inf).to_numpy()), share_ratio) for part in blocks], dtype=np.float64
    )
    return over_blocks(
        values,
        interval=amount_interval,
        unit="s",
        count=sum(map(len, blocks)),
        lacking=f"needs {samples_needed(share_ratio):,} samples a block",
    )
