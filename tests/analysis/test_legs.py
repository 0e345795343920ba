from pathlib import Path

from analysis.blocks import summarise_blocks
from analysis.legs import Worker, parse_leg
from analysis.manifest import RampStep, parse_manifest
from analysis.run import read_run
from tests.analysis.synthetic import read_manifest_entry, write_run

BARE = {
    "leg": 7,
    "operation": "user",
    "phase": "aa",
    "arm": "a",
    "started_ns": 1_000_000_000,
    "ended_ns": 3_500_000_000,
    "requests": 10,
}


def test_what_a_leg_does_not_say_is_unknown() -> None:
    leg = parse_leg(BARE)
    assert (leg.treatment, leg.workers, leg.lost_workers, leg.response_s, leg.counters) == (
        "a",
        (),
        None,
        None,
        None,
    )
    assert leg.seconds == 2.5


def test_what_a_leg_says_is_kept_and_what_nobody_knows_is_left_alone() -> None:
    leg = parse_leg(
        BARE
        | {
            "treatment": "cached",
            "lost_workers": 2,
            "response_s": {"mean": 0.1, "p99": None},
            "workers": [{"worker": 3, "cpu_s": 0.4, "cores": [0, 1], "mood": "good"}],
            "counters": {
                "redis": {"keyspace_hits": 4, "mood": "good"},
                "postgresql": None,
                "host": {"governor": "performance", "cores_by_role": {"redis": [1], "generator": None}},
            },
        }
    )
    assert (leg.treatment, leg.lost_workers, leg.response_s) == ("cached", 2, {"mean": 0.1, "p99": None})
    assert leg.workers == (Worker(worker=3, cpu_s=0.4, cores=(0, 1)),)
    assert leg.counters is not None
    assert leg.counters.postgresql is None
    assert leg.counters.redis is not None
    assert (leg.counters.redis.keyspace_hits, leg.counters.redis.keyspace_misses) == (4, None)
    assert leg.counters.host is not None
    assert leg.counters.host.cores_by_role == {"redis": (1,), "generator": ()}


def test_a_run_without_a_block_keeps_its_warm_up_and_the_others(tmp_path: Path) -> None:
    run = read_run(write_run(tmp_path / "run", blocks=3, requests=50))
    kept = run.without({("similar", 1)})
    assert sorted(kept.samples["block"].dropna().unique()) == [0, 2]
    assert len(kept.samples) == len(run.samples) - 100
    assert [leg.block for leg in kept.measured_legs("similar")] == [0, 0, 2, 2]
    assert summarise_blocks(run.measured).without({("similar", 1)}) == summarise_blocks(kept.measured)


def test_the_cached_arms_capacity_is_read_where_it_is_told(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", blocks=1, requests=30)
    (untold,) = read_run(folder).manifest.reads
    assert (untold.cached_ramp, untold.cached_capacity_rps) == ((), None)
    entry = read_manifest_entry(folder)
    entry["reads"][0] |= {"cached_ramp": [{"connections": 4, "achieved_rps": 810}], "cached_capacity_rps": 810.0}
    (told,) = parse_manifest(entry).reads
    assert told.cached_ramp == (RampStep(connections=4, achieved_rps=810.0),)
    assert told.cached_capacity_rps == 810.0
