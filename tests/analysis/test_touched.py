import re
from pathlib import Path

import pytest

import analysis.validity
from analysis.cautions import Caution, State
from analysis.touched import TOUCHED, Figure, touching


def caution(code: str, *, operation: str | None = "user", arm: str | None = None) -> Caution:
    return Caution(
        code=code,
        severity=State.DOUBTFUL,
        sentence="Found.",
        advice="Do.",
        figure=None,
        threshold=None,
        operation=operation,
        arm=arm,
    )


def codes_in_the_checks() -> set[str]:
    folder = Path(analysis.validity.__file__).parent
    # A search for capacity has figures of its own, and its own cautions beside them.
    files = [file for file in folder.glob("*.py") if file.name != "capacity.py"]
    texts = "".join(file.read_text("utf-8") for file in files)
    return set(re.findall(r'(?:doubt\(|caution\(|code=)\s*"([a-z-]+)"', texts))


def test_every_reason_there_is_says_what_it_touches() -> None:
    codes = codes_in_the_checks()
    assert len(codes) > 40
    assert codes == set(TOUCHED)


def test_every_reason_touches_a_figure_of_the_verdict() -> None:
    shown = {Figure.SPEED_UP, Figure.HIT_RATIO, Figure.CALLS, Figure.PRICE}
    assert all(figures & shown for figures in TOUCHED.values())


@pytest.mark.parametrize(
    ("operation", "arm", "touched"),
    [("user", "cached", True), ("user", None, True), ("user", "uncached", False), ("similar", "cached", False)],
)
def test_a_reason_of_one_arm_of_one_read_touches_no_other(operation: str, arm: str | None, touched: bool) -> None:
    lag = caution("lag", arm="cached")
    assert touching((lag,), Figure.LAG, operation, arm) == (lag,) * touched


def test_a_reason_of_the_run_touches_every_read() -> None:
    steal = caution("steal", operation=None)
    assert touching((steal,), Figure.RESPONSE_TIME, "similar", "uncached") == (steal,)
    assert touching((steal,), Figure.HIT_RATIO, "similar") == ()


def test_a_reason_that_nobody_knows_is_about_the_speed_up() -> None:
    new = caution("entirely-new")
    assert [figure for figure in Figure if touching((new,), figure, "user")] == [Figure.SPEED_UP]
