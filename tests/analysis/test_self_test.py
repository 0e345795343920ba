import pytest

from analysis.self_test import StoppedBy, parse_aa, parse_calibration, parse_stopped_by


def test_what_a_run_does_not_say_is_none() -> None:
    assert parse_calibration(None) is parse_aa(None) is parse_stopped_by(None) is None


def test_a_rule_is_read_with_what_it_asked_for_and_whether_it_got_it() -> None:
    entry = {
        "rule": "until",
        "target_ratio": 0.05,
        "of": ["mean", "p99"],
        "blocks": 14,
        "cap_blocks": 32,
        "reached": True,
    }
    found = parse_stopped_by(entry)
    assert found == StoppedBy(
        rule="until", target_ratio=0.05, of=("mean", "p99"), blocks=14, cap_blocks=32, reached=True
    )
    fixed = parse_stopped_by({"rule": "fixed", "blocks": 8})
    assert fixed is not None
    assert (fixed.target_ratio, fixed.of, fixed.reached) == (None, (), None)


def test_a_plan_that_is_cut_off_is_an_error() -> None:
    with pytest.raises(KeyError):
        parse_calibration({"rate_rps": 1_000.0})
    with pytest.raises(KeyError):
        parse_aa({"operation": "user"})
