"""Cache-Status headers of RFC 9211 and the outcomes they state."""

import pytest

from loadtests.outcome import Outcome, outcome_of


@pytest.mark.parametrize(
    ("header", "outcome"),
    [
        (b"data-service; hit; ttl=42", Outcome.HIT),
        (b"data-service;hit", Outcome.HIT),
        (b"data-service; hit; ttl=-3", Outcome.STALE),
        (b"data-service; fwd=miss; stored", Outcome.MISS),
        (b"data-service; fwd=uri-miss", Outcome.MISS),
        (b"data-service; fwd=stale; stored", Outcome.MISS),
        (b"data-service; fwd=bypass", Outcome.BYPASS),
        (b"data-service; fwd=bypass; detail=cache-error", Outcome.BYPASS),
        (b"data-service; fwd=request; stored", Outcome.BYPASS),
        (b"data-service; fwd=miss; collapsed", Outcome.COLLAPSED),
        (b"origin-shield; hit, edge; fwd=miss", Outcome.MISS),
        (b"origin-shield; fwd=miss, edge; hit", Outcome.HIT),
        (b"data-service", Outcome.UNKNOWN),
        (b"", Outcome.UNKNOWN),
        (b"HIT from cache@@", Outcome.UNKNOWN),
        (None, Outcome.UNKNOWN),
    ],
)
def test_the_header_states_the_outcome(header: bytes | None, outcome: Outcome) -> None:
    assert outcome_of(header) is outcome
    assert outcome_of(header) is outcome  # from the memo


def test_only_requests_without_a_good_answer_failed() -> None:
    failed = {outcome.label for outcome in Outcome if outcome.failed}
    assert failed == {"error", "timeout", "refused", "reset", "dropped"}
