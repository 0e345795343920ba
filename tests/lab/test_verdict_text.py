"""What a terminal shows of a doubtful run: numbers with marks, and below them the cautions so marked."""

from pathlib import Path

import pytest

from analysis import format as fmt
from analysis.break_even_text import show_break_even
from analysis.results import analyse
from analysis.run import read_run
from lab.verdict_text import print_verdict
from tests.analysis.synthetic import THREE_READS, read_manifest_entry, write_manifest, write_run
from tests.analysis.synthetic_freshness import FreshTruth, write_freshness
from tests.analysis.synthetic_sizing import write_sweep


def shown(folder: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    print_verdict(analyse(read_run(folder)), folder)
    return capsys.readouterr().out.splitlines()


def test_a_caution_is_marked_beside_the_number_it_touches(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_run(tmp_path / "run", THREE_READS)
    entry = read_manifest_entry(folder)
    for leg in entry["legs"]:
        if leg["operation"] == "activity" and leg["arm"] == "uncached":
            leg["counters"]["postgresql"]["blocks_read"] = 50_000
    entry["reads"][2]["warm_up"]["settled"] = False
    write_manifest(folder, entry)
    lines = shown(folder, capsys)
    first_caution = next(place for place, line in enumerate(lines) if line.startswith("[1]"))
    # A cell that is too narrow for its mark has it in the line below.
    user, activity, similar = "\n".join(lines[1:first_caution]).split("GET ")[1:]
    assert "[" not in user
    assert activity.count("[2]") == 3  # the speed-up, the price and the break-even
    assert similar.count("[1]") == 3  # the speed-up, the hit ratio and the calls
    text = " ".join(lines)
    assert "[1] doubtful not-settled, GET /user/<name>/similar: The hit ratio" in text
    assert "[2] doubtful cold-blocks, GET /user/<name>/activity: In all 8 blocks, worst in block" in text


def test_the_break_even_stands_beside_the_hit_ratio_that_was_reached(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head, row, *_ = shown(write_run(tmp_path / "run"), capsys)
    found = analyse(read_run(tmp_path / "run")).reads[0]
    reached, even = fmt.share_estimate(found.hit_ratio), show_break_even(found.break_even)
    assert even not in ("unknown", "never")
    assert row.index(reached) == head.index("Hit ratio") < head.index("Breaks even at") == row.index(even)


def test_a_sweep_beside_a_comparison_has_its_sentence_and_its_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = " ".join(shown(write_sweep(tmp_path / "run"), capsys))
    assert lines.count("At 3 points the hit ratio of") == 1  # alone, the headline says it
    assert "GET /user/<name>, sizes: 100 entries" in lines


def test_a_good_run_has_no_marks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert not any("[" in line for line in shown(write_run(tmp_path / "run"), capsys))


def test_freshness_is_told_with_what_it_costs_and_names_its_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    truth = FreshTruth(ttls_s=(1.0, 2.0), write_rates_rps=(8.0,), failed_writes=1, races=2)
    text = " ".join(shown(write_freshness(tmp_path / "run", truth), capsys))
    assert "doubtful write-failures, GET /user/<name>: Freshness: " in text
    assert "With 8 writes a second, from 1 s to 2 s of life" in text
    assert "deletion takes the hit ratio" in text
    assert "look-aside cache: a read that fetched the old row before a commit" in text
