"""What the charts of freshness are drawn from: cells as they were measured, and the law between them."""

import math

import pandas as pd

from analysis.estimates import Estimate
from analysis.freshness import Freshness, FreshnessCell

CELL, LAW, REPLAY = "cell", "law", "replay"
"""What a row tells: a cell as it was measured, a point of the law, or a cell as it is replayed."""

COLUMNS = (
    "kind", "policy", "write_rate_rps", "ttl_s", "hit_ratio", "hit_low_ratio", "hit_high_ratio",
    "hit_residual_ratio", "stale_ratio", "stale_low_ratio", "stale_high_ratio", "stale_residual_ratio",
    "database_rps", "database_low_rps", "database_high_rps", "database_predicted_rps",
)  # fmt: skip


def freshness_frame(found: Freshness) -> pd.DataFrame:
    """Return what the charts show, a row a cell and a row a point of the law.

    Returns:
        Columns as in COLUMNS; shares from 0 to 1, database calls are those of the read's statement a second. Where
        there is no law the cells as they are replayed stand for it. What a row has not is NaN.
    """
    rows = [_as_measured(cell) for cell in found.cells]
    if found.law:
        rows += [
            _row(LAW, point.policy, point.write_rate_rps, point.ttl_s)
            | {
                "hit_ratio": point.hit_ratio,
                "stale_ratio": point.stale_ratio,
                "database_rps": point.database_rps,
            }
            for point in found.law
        ]
    else:
        rows += [_as_replayed(cell) for cell in found.cells]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype(dict.fromkeys(COLUMNS[2:], float))


def _row(kind: str, policy: str, write_rate_rps: float, ttl_s: float) -> dict[str, object]:
    unknown: dict[str, object] = dict.fromkeys(COLUMNS, math.nan)
    return unknown | {"kind": kind, "policy": policy, "write_rate_rps": write_rate_rps, "ttl_s": ttl_s}


def _as_measured(cell: FreshnessCell) -> dict[str, object]:
    return (
        _row(CELL, cell.policy, cell.write_rate_rps, cell.ttl_s)
        | _ends("hit", "ratio", cell.hit_ratio.measured)
        | _ends("stale", "ratio", cell.stale_ratio.measured)
        | _ends("database", "rps", cell.database_rps.measured)
        | {
            "hit_residual_ratio": cell.hit_ratio.residual,
            "stale_residual_ratio": cell.stale_ratio.residual,
            "database_predicted_rps": cell.database_rps.predicted,
        }
    )


def _as_replayed(cell: FreshnessCell) -> dict[str, object]:
    return _row(REPLAY, cell.policy, cell.write_rate_rps, cell.ttl_s) | {
        "hit_ratio": cell.hit_ratio.replayed,
        "stale_ratio": cell.stale_ratio.replayed,
        "database_rps": cell.database_rps.replayed,
    }


def _ends(name: str, unit: str, estimate: Estimate) -> dict[str, object]:
    return {
        f"{name}_{unit}": estimate.value,
        f"{name}_low_{unit}": estimate.low,
        f"{name}_high_{unit}": estimate.high,
    }
