from typing import Any

import pytest

from analysis.freshness_plan import CellPlan, parse_freshness

CELL = {
    "policy": "none", "ttl_s": 1, "write_rate_rps": 4, "warm_up_requests": 900, "first_leg": 17, "legs": [19, 20],
}  # fmt: skip
ENTRY: dict[str, Any] = {
    "operation": "user", "route": "GET /user/<name>", "working_set_keys": 10_000, "trace_share_ratio": None,
    "offered_rate_rps": 400, "ttl_jitter_ratio": 0.1, "cells": [CELL],
}  # fmt: skip


def test_a_plan_is_read_as_it_stands() -> None:
    (plan,) = parse_freshness([ENTRY])
    assert (plan.offered_rate_rps, plan.ttl_jitter_ratio, plan.trace_share_ratio) == (400.0, 0.1, None)
    assert plan.cells == (
        CellPlan(policy="none", ttl_s=1.0, write_rate_rps=4.0, warm_up_requests=900, first_leg=17, legs=(19, 20)),
    )


def test_a_jitter_that_is_not_known_stays_unknown() -> None:
    (plan,) = parse_freshness([ENTRY | {"ttl_jitter_ratio": None}])
    assert plan.ttl_jitter_ratio is None


def test_a_run_that_asked_nothing_has_no_plan() -> None:
    assert parse_freshness(None) == ()


def test_what_every_version_writes_must_be_there() -> None:
    with pytest.raises(KeyError):
        parse_freshness([{name: value for name, value in ENTRY.items() if name != "cells"}])
