"""What a run does not say is never held against it, whichever part of it is missing."""

from typing import Any

import numpy as np
import pytest

from analysis.cautions import State
from tests.analysis.validity.conftest import Entry, Judge

BLOCKS = ("redis", "postgresql", "host")
NEW_KEYS = ("treatment", "workers", "lost_workers", "response_s")


def test_a_run_of_an_older_version_is_still_valid(judge: Judge) -> None:
    def age(entry: Entry) -> None:
        for leg in entry["legs"]:
            for key in NEW_KEYS:
                leg.pop(key, None)
            counters = leg["counters"]
            del counters["host"]
            counters["redis"] = {name: counters["redis"][name] for name in ("keyspace_hits", "keyspace_misses")}
            counters["postgresql"] = {name: counters["postgresql"][name] for name in ("calls", "exec_time_ms")}

    assert judge(age).state is State.VALID


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("leave", [None, "absent"])
def test_no_set_of_missing_figures_doubts_more_than_the_witness(
    judge: Judge, seed: int, leave: str | None
) -> None:
    rng = np.random.default_rng(seed)

    def forget(entry: Entry) -> None:
        for leg in entry["legs"]:
            for part in [*leg["workers"], *(leg["counters"][name] for name in BLOCKS)]:
                _forget_some(part, rng, leave)
            for name in BLOCKS:
                if rng.random() < 0.1:
                    leg["counters"][name] = None

    assert {caution.code for caution in judge(forget).cautions} <= {"no-witness"}


def _forget_some(part: dict[str, Any], rng: np.random.Generator, leave: str | None) -> None:
    for name in list(part):
        if name != "worker" and rng.random() < 0.3:
            if leave == "absent":
                del part[name]
            else:
                part[name] = None
