"""Run → results: the whole of what was found, as frozen values and as JSON with stable keys."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analysis import thresholds
from analysis.aa import Aa, check_aa, measure_aa
from analysis.blocks import BlockFigures, BlockTable, summarise_blocks
from analysis.calibration import Calibration, measure_calibration
from analysis.capacity import Capacity, measure_capacity
from analysis.capacity_sentence import summarise_capacity
from analysis.cautions import Caution, State, worst
from analysis.freshness import Freshness, measure_freshness
from analysis.freshness_residuals import describe_fit
from analysis.freshness_residuals import explain_residuals as explain_freshness_residuals
from analysis.freshness_sentence import describe_deletion, describe_races, describe_trade, summarise_freshness
from analysis.limit_sentences import describe_limit
from analysis.plain import plain as _plain
from analysis.reads import ReadResult, measure_read
from analysis.run import Run
from analysis.sizing import Sizing, measure_sizing
from analysis.sizing_answer import answer_sizing
from analysis.sizing_sentence import explain_residuals, summarise_sizing
from analysis.validity import BlockVerdict, Evidence, judge, judge_blocks, left_out
from analysis.validity.capacity import judge_capacity, judge_capacity_blocks
from analysis.validity.freshness import judge_freshness, judge_freshness_legs
from analysis.validity.sizing import judge_sizing, judge_sizing_legs
from analysis.verdict import Verdict, headline, judge_read
from analysis.waterfall import Waterfall, measure_waterfall

SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What a run found; parts that it does not have are None. ``verdicts`` and ``waterfalls`` go from operation.

    ``blocks`` are the figures of all blocks, ``block_verdicts`` say which of them went into the estimates;
    ``capacity_verdicts``, ``sizing_verdicts`` and ``freshness_verdicts`` say the same of those parts of a run.
    """

    run_id: str
    experiment: str
    state: State
    headline: str
    cautions: tuple[Caution, ...]
    reads: tuple[ReadResult, ...]
    verdicts: Mapping[str, Verdict]
    waterfalls: Mapping[str, Waterfall]
    blocks: tuple[BlockFigures, ...]
    block_verdicts: tuple[BlockVerdict, ...]
    calibration: Calibration | None = None
    aa: Aa | None = None
    capacity: tuple[Capacity, ...] = ()
    capacity_verdicts: tuple[BlockVerdict, ...] = ()
    sizing: tuple[Sizing, ...] = ()
    sizing_verdicts: tuple[BlockVerdict, ...] = ()
    freshness: tuple[Freshness, ...] = ()
    freshness_verdicts: tuple[BlockVerdict, ...] = ()

    @property
    def left_out(self) -> frozenset[tuple[str, int]]:
        """The blocks that have no part in the estimates, each as its read's operation and its number."""
        return left_out(self.block_verdicts)

    @property
    def routes(self) -> Mapping[str, str]:
        """What each operation is called, of every part of the run."""
        found = (*self.reads, *self.capacity, *self.sizing, *self.freshness, *((self.aa,) if self.aa else ()))
        return {each.operation: each.route for each in found}

    def touching(self, operation: str) -> tuple[Caution, ...]:
        """Return the cautions of one read, those of the whole run included."""
        return tuple(each for each in self.cautions if each.operation in (operation, None) and each.part is None)

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
            "reads": [self._read(read) for read in self.reads],
            "blocks": [self._block(block) for block in self.blocks],
            "block_cautions": [
                _plain(each)
                for verdicts in (
                    self.block_verdicts,
                    self.capacity_verdicts,
                    self.sizing_verdicts,
                    self.freshness_verdicts,
                )
                for verdict in verdicts
                for each in verdict.cautions
            ],
            "calibration": _plain(self.calibration),
            "aa": _plain(self.aa),
            "capacity": [_plain_capacity(each) for each in self.capacity],
            "sizing": [_plain_sizing(each) for each in self.sizing],
            "freshness": [_plain_freshness(each) for each in self.freshness],
        }

    def _read(self, read: ReadResult) -> dict[str, Any]:
        cautions = self.touching(read.operation)
        return {
            **_plain(read),
            "verdict": _plain(self.verdicts[read.operation]),
            "waterfall": _plain(self.waterfalls.get(read.operation)),
            "state": worst(cautions).value,
            "reasons": list(dict.fromkeys(each.code for each in cautions)),
        }

    def _block(self, figures: BlockFigures) -> dict[str, Any]:
        place = (figures.operation, figures.block)
        verdict = next((each for each in self.block_verdicts if (each.operation, each.block) == place), None)
        return {
            **_plain(figures),
            "state": (State.VALID if verdict is None else verdict.state).value,
            "reasons": [] if verdict is None else list(verdict.reasons),
        }


def analyse(run: Run) -> Results:
    """Find out what a run says, and whether it may be believed: judge its blocks, then estimate from the kept."""
    everything = summarise_blocks(run.measured)
    block_verdicts = judge_blocks(run, everything)
    evidence = _evidence(run.without(left_out(block_verdicts)), everything.without(left_out(block_verdicts)))
    calibration, aa = measure_calibration(run), measure_aa(run)
    capacity_verdicts = judge_capacity_blocks(run)
    capacities = measure_capacity(run, left_out(capacity_verdicts))
    sizing_verdicts = judge_sizing_legs(run)
    sweeps = measure_sizing(run, left_out(sizing_verdicts))
    freshness_verdicts = judge_freshness_legs(run)
    freshness = measure_freshness(run, left_out(freshness_verdicts))
    cautions = (
        *judge(run, evidence, block_verdicts),
        *(check_aa(aa) if aa else ()),
        *judge_capacity(run, capacities, capacity_verdicts),
        *judge_sizing(run, sweeps, sizing_verdicts),
        *judge_freshness(run, freshness, freshness_verdicts),
    )
    state = worst(cautions)
    reads = tuple(each.result for each in evidence)
    resolution_s = None if calibration is None else calibration.resolution_s
    verdicts = {read.operation: judge_read(read, state, resolution_s) for read in reads}
    carried = " ".join(summarise_capacity(each) for each in capacities)
    sized = " ".join(summarise_sizing(each) for each in sweeps)
    fresh = " ".join(summarise_freshness(each) for each in freshness)
    findings = (
        *filter(None, (carried, sized, fresh)),
        *(each.sentence for each in (aa, calibration) if each is not None),
    )
    waterfalls = {each.operation: measure_waterfall(each.samples) for each in evidence}
    return Results(
        run_id=run.manifest.run_id,
        experiment=run.manifest.experiment,
        state=state,
        headline=headline(verdicts, reads, cautions, findings),
        cautions=cautions,
        reads=reads,
        verdicts=verdicts,
        waterfalls={operation: found for operation, found in waterfalls.items() if found is not None},
        blocks=everything.rows,
        block_verdicts=block_verdicts,
        calibration=calibration,
        aa=aa,
        capacity=capacities,
        capacity_verdicts=capacity_verdicts,
        sizing=sweeps,
        sizing_verdicts=sizing_verdicts,
        freshness=freshness,
        freshness_verdicts=freshness_verdicts,
    )


def _plain_capacity(found: Capacity) -> dict[str, Any]:
    """Return a capacity with what it comes to, and what the arms' limits are called."""
    plain: dict[str, Any] = _plain(found)
    for arm, entry in plain["arms"].items():
        held = found.arms[arm]
        entry["load"] |= {"limit": held.load.limit.value, "sentence": describe_limit(held)}
    return {**plain, "sentence": summarise_capacity(found)}


def _plain_sizing(found: Sizing) -> dict[str, Any]:
    """Return a sweep with what it comes to; each point has its prediction beside what was measured."""
    plain: dict[str, Any] = _plain(found)
    for entry in plain["points"]:
        entry |= {"predicted": entry["forecast"]["predicted"]}
    sentences = {"sentence": summarise_sizing(found), "answer": answer_sizing(found)}
    return {**plain, **sentences, "residuals": list(explain_residuals(found))}


def _plain_freshness(found: Freshness) -> dict[str, Any]:
    """Return what was found of freshness with what it comes to in words."""
    return {
        **_plain(found),
        "sentence": summarise_freshness(found),
        "trade": list(describe_trade(found)),
        "deletion": list(describe_deletion(found)),
        "races": list(describe_races(found)),
        "fit": describe_fit(found),
        "residuals": list(explain_freshness_residuals(found)),
    }


def _evidence(run: Run, table: BlockTable) -> tuple[Evidence, ...]:
    """Estimate every read from the blocks that it is given."""
    measured = run.measured
    evidence = []
    for read in run.manifest.reads:
        samples = measured[measured["operation"] == read.operation]
        result = measure_read(run, read, samples, table)
        evidence.append(Evidence(run=run, read=read, samples=samples, table=table, result=result))
    return tuple(evidence)
