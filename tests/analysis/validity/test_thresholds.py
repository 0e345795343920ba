"""Every reason that hangs on one figure of a leg fires just above its threshold, not below, not on unknown."""

from dataclasses import dataclass
from typing import Any

import pytest

from analysis import thresholds
from analysis.cautions import State
from tests.analysis.changed import only
from tests.analysis.validity.conftest import Judge
from tests.analysis.validity.legs import BLOCK, Put, change, counter, host_share, worker, worker_share


@dataclass(frozen=True, kw_only=True)
class Case:
    """``above`` and ``below`` are put in; ``figure`` is what the caution is to say of the former."""

    code: str
    put: Put
    above: Any
    below: Any
    figure: float
    threshold: float
    arm: str = "cached"


def of_share(code: str, put: Put, threshold: float) -> Case:
    return Case(
        code=code,
        put=put,
        above=1.02 * threshold,
        below=0.98 * threshold,
        figure=1.02 * threshold,
        threshold=threshold,
    )


def of_count(code: str, server: str, name: str) -> Case:
    return Case(code=code, put=counter(server, name), above=1, below=0, figure=1, threshold=0)


CASES = (
    of_share("generator-cpu", worker_share("cpu_s"), thresholds.WORKER_CPU_RATIO),
    of_share("generator-starved", worker_share("run_delay_s"), thresholds.RUN_DELAY_RATIO),
    of_share("gc-pause", worker("gc_pause_s"), thresholds.GC_PAUSE_FLOOR_S),
    Case(code="reconnects", put=worker("connects"), above=6, below=5, figure=0.012, threshold=0.01),
    Case(code="descriptors", put=worker("open_files"), above=820, below=819, figure=820 / 1024, threshold=0.8),
    of_share("steal", host_share("steal_s", of_cores=True), thresholds.STEAL_RATIO),
    of_share("foreign-cpu", host_share("foreign_cpu_s", of_cores=True), thresholds.FOREIGN_CPU_RATIO),
    of_share("cpu-pressure", host_share("pressure_s", of_cores=False), thresholds.PRESSURE_RATIO),
    of_share("throttled", host_share("throttled_s", of_cores=False), thresholds.THROTTLED_RATIO),
    of_share("swap", host_share("swapped_pages", of_cores=False), thresholds.SWAPPED_PAGES_RPS),
    Case(code="evictions", put=counter("redis", "evicted_keys"), arm="uncached", above=11, below=10,
         figure=11 / 1012, threshold=0.01),
    Case(code="expirations", put=counter("redis", "expired_keys"), above=6, below=5, figure=0.012, threshold=0.01),
    of_count("rejected-connections", "redis", "rejected_connections"),
    of_count("fork", "redis", "total_forks"),
    Case(code="memory", put=counter("redis", "used_memory_bytes"), above=1_930_000, below=1_920_000,
         figure=1_930_000 / 1_834_567, threshold=1.05),
    of_count("checkpoint", "postgresql", "checkpoints"),
    of_count("autovacuum", "postgresql", "autovacuums"),
    Case(code="cold-blocks", put=counter("postgresql", "blocks_read"), arm="uncached", above=203, below=202,
         figure=203 / 20_203, threshold=0.01),
    Case(code="connections", put=counter("postgresql", "connections"), above=52, below=51,
         figure=52 / 64, threshold=0.8),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.code)
def test_a_figure_above_its_threshold_makes_the_block_doubtful(judge: Judge, case: Case) -> None:
    results = judge(change(case.put, case.above, arm=case.arm))
    caution = only(results, case.code)
    assert (caution.severity, results.state) == (State.DOUBTFUL, State.DOUBTFUL)
    assert caution.figure == pytest.approx(case.figure)
    assert caution.threshold == pytest.approx(case.threshold)
    assert (caution.operation, caution.block, caution.arm) == ("similar", BLOCK, case.arm)
    assert caution.sentence.startswith(f"Block {BLOCK}, {case.arm} arm: ")
    verdicts = {verdict.block: verdict for verdict in results.block_verdicts}
    assert verdicts[BLOCK].reasons == (case.code,)
    assert {verdict.state for block, verdict in verdicts.items() if block != BLOCK} == {State.VALID}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.code)
def test_a_figure_below_its_threshold_is_let_pass(judge: Judge, case: Case) -> None:
    assert judge(change(case.put, case.below, arm=case.arm)).cautions == ()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.code)
def test_an_unknown_figure_doubts_nothing(judge: Judge, case: Case) -> None:
    assert judge(change(case.put, None, arm=case.arm)).cautions == ()
