import re
from pathlib import Path

import pytest

from analysis.results import Results, analyse
from analysis.run import read_run
from analysis.verdict import Word
from tests.analysis.synthetic import ACTIVITY, POINT_READ, SIMILAR, Truth, write_run


def verdict_on(folder: Path, truth: Truth, **changes: float) -> tuple[Word, str]:
    results = analyse(read_run(write_run(folder, [truth], **changes)))
    found = results.verdicts[truth.operation]
    return found.word, found.sentence


def test_a_cache_that_slows_a_read_is_said_to(tmp_path: Path) -> None:
    word, sentence = verdict_on(tmp_path / "run", POINT_READ)
    assert word is Word.DOES_NOT_PAY
    assert sentence.startswith("Does not pay: answers come 0.9")
    assert "the cache makes this read slower" in sentence
    assert "It does take 66 % of the calls off PostgreSQL" in sentence
    assert "at 52.0 µs each" in sentence


def test_a_cache_that_buys_a_twentieth_does_not_pay(tmp_path: Path) -> None:
    word, sentence = verdict_on(tmp_path / "run", POINT_READ, hit_ms=0.52, miss_overhead_ms=0.01, block_noise=0.0)
    assert word is Word.DOES_NOT_PAY
    assert "less than the tenth that this report asks of a cache" in sentence


def test_a_cache_that_changes_nothing_is_said_to_change_nothing(tmp_path: Path) -> None:
    word, sentence = verdict_on(tmp_path / "run", POINT_READ, hit_ms=0.58, miss_overhead_ms=0.0)
    assert word is Word.DOES_NOT_PAY
    assert "no difference that this run can tell" in sentence


def test_a_cache_that_pays_is_said_to_with_its_interval(tmp_path: Path) -> None:
    word, sentence = verdict_on(tmp_path / "run", SIMILAR)
    assert word is Word.PAYS
    assert sentence.startswith("Pays: answers come 3.")
    assert "times as fast (" in sentence
    assert "It takes 7" in sentence


def test_an_interval_that_holds_the_threshold_decides_nothing(tmp_path: Path) -> None:
    word, sentence = verdict_on(tmp_path / "run", SIMILAR, requests=20, hit_ratio=0.12)
    assert word is Word.UNDECIDED
    assert "1.10, from where a cache pays here, lies inside that interval" in sentence


def test_one_block_decides_nothing(tmp_path: Path) -> None:
    word, sentence = verdict_on(tmp_path / "run", SIMILAR, blocks=1)
    assert word is Word.UNDECIDED
    assert "one block gives no interval" in sentence


def test_the_headline_names_every_read_under_its_verdict(reported: tuple[Path, Results]) -> None:
    headline = reported[1].headline
    assert headline.startswith("The cache pays for GET /user/<name>/activity (1.6")
    assert "; it does not pay for GET /user/<name> (0.9" in headline


def test_a_doubtful_run_says_so_in_its_headline(tmp_path: Path) -> None:
    results = analyse(read_run(write_run(tmp_path / "run", [ACTIVITY], settled=False)))
    assert results.headline.startswith("With doubts: the cache pays for GET /user/<name>/activity")


def test_a_cache_that_never_hits_takes_nothing_off_the_database(tmp_path: Path) -> None:
    _, sentence = verdict_on(tmp_path / "run", SIMILAR, hit_ratio=0.0)
    assert sentence.endswith("It takes no calls off PostgreSQL.")


@pytest.mark.parametrize("word", Word)
def test_every_word_has_a_class_for_the_style_sheet(word: Word) -> None:
    style = (Path(__file__).parents[2] / "analysis" / "templates" / "style.css").read_text()
    assert f".{word.css_class}" in style


def test_where_it_breaks_even_stands_beside_what_was_reached(tmp_path: Path) -> None:
    # A miss costs 5 ms more than the 15 of a read past the cache, a hit takes 0.7: 5 / (20 - 0.7).
    _, sentence = verdict_on(tmp_path / "run", SIMILAR, miss_overhead_ms=5.0, requests=2_000)
    found = re.search(r"breaks even at a hit ratio of (\d+) % \((\d+) % to (\d+) %\), and reached 7", sentence)
    assert found is not None, sentence
    value, low, high = map(int, found.groups())
    assert low <= value <= high
    assert value == pytest.approx(26, abs=2)


def test_a_hit_that_is_slower_than_the_read_never_breaks_even(tmp_path: Path) -> None:
    _, sentence = verdict_on(tmp_path / "run", POINT_READ, hit_ms=0.65, miss_overhead_ms=0.2)
    assert "No hit ratio would make it quicker" in sentence


def test_a_miss_that_costs_nothing_needs_no_hits(tmp_path: Path) -> None:
    _, sentence = verdict_on(tmp_path / "run", SIMILAR, miss_overhead_ms=-3.0, requests=1_000)
    assert "It is no slower whatever the hit ratio" in sentence
