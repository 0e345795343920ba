"""How a break-even hit ratio is shown; the sentences are held to whole runs in test_verdict.py."""

import pytest

from analysis.break_even_text import show_break_even
from analysis.prediction.break_even import BreakEven


@pytest.mark.parametrize(
    ("hit_ratio", "low", "high", "shown"),
    [
        (0.431, 0.402, 0.46, "43.1 (40.2–46.0) %"),
        (0.93, 0.81, 1.2, "93.0 (81.0 to never) %"),
        (0.01, 0.0, 0.03, "1.0 (0.0–3.0) %"),
        (0.431, None, None, "43.1 %, not bounded"),
        (1.3, 1.1, 1.6, "never"),
        (1.3, 0.9, 1.6, "never, or from 90.0 %"),
        (1.3, None, None, "never"),
        (0.0, 0.0, 0.0, "always"),
        (None, None, None, "unknown"),
    ],
)
def test_a_break_even_is_a_share_with_its_interval_or_a_word(
    hit_ratio: float | None, low: float | None, high: float | None, shown: str
) -> None:
    assert show_break_even(BreakEven(hit_ratio=hit_ratio, low=low, high=high, blocks=8)) == shown
