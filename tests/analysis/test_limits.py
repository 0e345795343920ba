from pathlib import Path
from typing import Any

import pytest

from analysis.capacity import ArmCapacity, measure_capacity
from analysis.limit_sentences import describe_limit
from analysis.limits import Limit
from analysis.run import read_run
from tests.analysis.synthetic import read_manifest_entry, write_manifest
from tests.analysis.synthetic_capacity import ArmTruth, SearchTruth, write_search

RATE_RPS = SearchTruth().rates_rps("cached")[4]  # 1,858/s, the first that is not below the true capacity


def limited(folder: Path, app_s: float = 1e-3, **cpu_s: float | None) -> ArmCapacity:
    """Search with a cached arm that spends so many cores' time, by role, at the rate in question."""
    spent = {role.replace("_", "-"): None if cores is None else cores / RATE_RPS for role, cores in cpu_s.items()}
    truth = SearchTruth(cached=ArmTruth(served_rps=2_000.0, cpu_s=spent, app_s=app_s))
    (found,) = measure_capacity(read_run(write_search(folder, truth)))
    return found.arms["cached"]


def change_legs(folder: Path, **counters: Any) -> ArmCapacity:
    entry = read_manifest_entry(folder)
    for leg in entry["legs"]:
        leg["counters"] |= counters
    write_manifest(folder, entry)
    (found,) = measure_capacity(read_run(folder))
    return found.arms["cached"]


@pytest.mark.parametrize(
    ("cpu_s", "limit", "sentence"),
    [
        (
            {"data_service": 1.8, "generator": 0.1},
            Limit.DATA_SERVICE,
            "At 1,858/s data-service's 2 workers used 90 % of the 2 cores: the processors were the limit.",
        ),
        (
            {"data_service": 1.0, "postgresql": 0.7, "redis": 0.1, "generator": 0.1},
            Limit.PROCESSORS,
            "At 1,858/s all processes used 95 % of the machine's 2 cores (data-service 50 %, postgresql 35 %, "
            "redis 5 %): the processors were the limit.",
        ),
        (
            {"data_service": 0.4, "redis": 0.96},
            Limit.REDIS,
            "At 1,858/s Redis used 96 % of the one core that its thread can use: Redis was the limit.",
        ),
        (
            {"data_service": 0.4, "generator": 0.97},
            Limit.GENERATOR,
            "At 1,858/s the generator used 97 % of what its processes can use: the generator was the limit, and "
            "the arm may carry more.",
        ),
        (
            {"data_service": 0.4, "generator": 0.1},
            Limit.NONE,
            "At 1,858/s nothing was at its limit: all processes used 25 % of the machine's 2 cores (data-service "
            "20 %, generator 5 %), and 1.86 of data-service's 8 threads were taken. What breaks the objective "
            "here is the tail, not the lack of something.",
        ),
        (
            {"data_service": None, "generator": 0.1},
            Limit.UNKNOWN,
            "At 1,858/s it is not known what the limit was: this stack gives no such counter.",
        ),
    ],
)
def test_what_was_at_its_limit_is_named_with_its_figure(
    tmp_path: Path, cpu_s: dict[str, float | None], limit: Limit, sentence: str
) -> None:
    arm = limited(tmp_path / "run", **cpu_s)
    assert arm.load.rate_rps == pytest.approx(RATE_RPS)
    assert arm.load.limit is limit
    assert describe_limit(arm) == sentence


def test_threads_that_are_all_taken_are_a_limit_of_their_own(tmp_path: Path) -> None:
    # 1,858.5 requests a second of 4 ms each keep 7.4 threads at work.
    arm = limited(tmp_path / "run", app_s=4e-3, data_service=0.3, generator=0.1)
    assert arm.load.limit is Limit.THREADS
    assert arm.load.threads_taken.value == pytest.approx(RATE_RPS * 4e-3, rel=1e-3)
    assert describe_limit(arm).startswith(
        "At 1,858/s 7.43 of data-service's 8 threads were taken: requests waited for a thread, while all "
        "processes used 20 % of the machine's 2 cores"
    )


def test_postgresql_that_works_on_as_much_as_it_has_cores_is_a_limit(tmp_path: Path) -> None:
    folder = write_search(tmp_path / "run")
    seconds = 400 / RATE_RPS
    arm = change_legs(
        folder,
        redis=None,
        postgresql={"calls": 120, "exec_time_ms": 1.9e3 * seconds},
        cpu_s={"data-service": 0.1 * seconds, "generator": 0.01},
    )
    assert arm.load.limit is Limit.POSTGRESQL
    assert "PostgreSQL had 1.90 statements of this read at work at once, on 2 cores" in describe_limit(arm)


def test_a_service_with_fewer_workers_than_cores_is_limited_by_their_number(tmp_path: Path) -> None:
    cached = ArmTruth(served_rps=2_000.0, cpu_s={"data-service": 0.96 / RATE_RPS})
    folder = write_search(tmp_path / "run", SearchTruth(cached=cached))
    entry = read_manifest_entry(folder)
    entry["stack"]["servers"][2]["detail"] = "Flask 3.1.3, 1 worker × 4 threads"
    write_manifest(folder, entry)
    (found,) = measure_capacity(read_run(folder))
    assert describe_limit(found.arms["cached"]) == (
        "At 1,858/s data-service's 1 worker used 96 % of the core that each can use, and all processes 48 % of "
        "the machine's 2 cores (data-service 48 %): its number of workers was the limit."
    )


def test_the_generators_own_count_goes_before_that_from_outside(tmp_path: Path) -> None:
    folder = write_search(tmp_path / "run")
    entry = read_manifest_entry(folder)
    for leg in entry["legs"]:
        seconds = (leg["ended_ns"] - leg["started_ns"]) / 1e9
        leg["workers"] = [{"worker": 0, "cpu_s": 0.5 * seconds}, {"worker": 1, "cpu_s": 0.3 * seconds}]
    write_manifest(folder, entry)
    (found,) = measure_capacity(read_run(folder))
    load = found.arms["cached"].load
    assert load.cpu_ratio["generator"].value == pytest.approx(0.4)
    assert load.own_cpu_ratio["generator"].value == pytest.approx(0.4)


def test_what_waited_for_the_processors_stands_beside_them(tmp_path: Path) -> None:
    seconds = 400 / RATE_RPS
    arm = change_legs(
        write_search(tmp_path / "run"),
        cpu_s={"data-service": 0.8 * seconds, "postgresql": 0.7 * seconds, "generator": 0.1 * seconds},
        host={"seconds": seconds, "cores": 2, "pressure_s": 0.66 * seconds},
    )
    assert arm.load.limit is Limit.PROCESSORS
    assert describe_limit(arm) == (
        "At 1,858/s all processes used 80 % of the machine's 2 cores (data-service 40 %, postgresql 35 %, "
        "generator 5 %): the processors were the limit, for which something waited 66 % of the time."
    )


def test_other_programs_are_part_of_what_the_machine_did(tmp_path: Path) -> None:
    seconds = 400 / RATE_RPS
    arm = change_legs(
        write_search(tmp_path / "run"), host={"seconds": seconds, "cores": 2, "foreign_cpu_s": 1.5 * seconds}
    )
    assert arm.load.cpu_ratio["other programs"].value == pytest.approx(0.75, rel=1e-3)
    assert arm.load.limit is Limit.PROCESSORS
    assert "(other programs 75 %, data-service 37 %" in describe_limit(arm)


def test_a_stack_that_counts_nothing_leaves_the_limit_unknown(tmp_path: Path) -> None:
    arm = change_legs(write_search(tmp_path / "run"), redis=None, postgresql=None, cpu_s={})
    assert arm.load.limit is Limit.UNKNOWN
    assert arm.load.statements.value is None
    assert arm.load.machine_ratio.value is None
