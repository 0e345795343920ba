"""Run → results: the whole of what was found, as frozen values and as JSON with stable keys."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from analysis import thresholds
from analysis.blocks import BlockFigures, summarise_blocks
from analysis.cautions import Caution, State, worst
from analysis.reads import ReadResult, measure_read
from analysis.run import Run
from analysis.validity import Evidence, judge
from analysis.verdict import Verdict, headline, judge_read
from analysis.waterfall import Waterfall, measure_waterfall

SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What a run found. ``verdicts`` and ``waterfalls`` go from operation to what is said of it."""

    run_id: str
    experiment: str
    state: State
    headline: str
    cautions: tuple[Caution, ...]
    reads: tuple[ReadResult, ...]
    verdicts: Mapping[str, Verdict]
    waterfalls: Mapping[str, Waterfall]
    blocks: tuple[BlockFigures, ...]

    def to_json(self) -> dict[str, Any]:
        """Return what results.json holds. An unknown number is None; no NaN, no infinity."""
        return {
            "schema": SCHEMA,
            "run_id": self.run_id,
            "experiment": self.experiment,
            "state": self.state.value,
            "headline": self.headline,
            "worthwhile_ratio": thresholds.WORTHWHILE_RATIO,
            "confidence": thresholds.CONFIDENCE,
            "cautions": [_plain(caution) for caution in self.cautions],
            "reads": [
                {
                    **_plain(read),
                    "verdict": _plain(self.verdicts[read.operation]),
                    "waterfall": _plain(self.waterfalls.get(read.operation)),
                }
                for read in self.reads
            ],
            "blocks": [_plain(block) for block in self.blocks],
        }


def analyse(run: Run) -> Results:
    """Find out what a run says, and whether it may be believed."""
    measured = run.measured
    table = summarise_blocks(measured)
    evidence = []
    for read in run.manifest.reads:
        samples = measured[measured["operation"] == read.operation]
        result = measure_read(run, read, samples, table)
        evidence.append(Evidence(run=run, read=read, samples=samples, table=table, result=result))
    cautions = judge(run, tuple(evidence))
    state = worst(cautions)
    reads = tuple(each.result for each in evidence)
    waterfalls = {each.read.operation: measure_waterfall(each.samples) for each in evidence}
    verdicts = {read.operation: judge_read(read, state) for read in reads}
    return Results(
        run_id=run.manifest.run_id,
        experiment=run.manifest.experiment,
        state=state,
        headline=headline(verdicts, reads, cautions),
        cautions=cautions,
        reads=reads,
        verdicts=verdicts,
        waterfalls={operation: found for operation, found in waterfalls.items() if found is not None},
        blocks=table.rows,
    )


def _plain(value: Any) -> Any:
    """Return a value made of what JSON has; dataclasses become objects under their field names."""
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
