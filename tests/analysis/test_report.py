from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from analysis.errors import AnalysisError, RunError
from analysis.report import write_report
from analysis.results import Results
from tests.analysis.synthetic import (
    Truth,
    read_manifest_entry,
    read_rows,
    write_manifest,
    write_run,
    write_samples,
)

REFERENCES = {"src", "href", "srcset", "data", "action", "poster", "xlink:href"}


class References(HTMLParser):
    """Collects whatever a browser would fetch, and the text that it would show."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.found += [value or "" for name, value in attrs if name in REFERENCES]

    def handle_data(self, data: str) -> None:
        self.text += data


def parsed(file: Path) -> References:
    parser = References()
    parser.feed(file.read_text("utf-8"))
    return parser


def test_a_report_is_written_beside_the_samples(reported: tuple[Path, Results]) -> None:
    folder, _ = reported
    assert {file.name for file in folder.iterdir()} == {
        "run.json",
        "samples",
        "results.json",
        "charts",
        "report.md",
        "report.html",
        "digests.json",
    }
    of_reads = [f"{kind}_{read}" for kind in ("latency", "waterfall") for read in ("user", "activity", "similar")]
    charts = ("speedup", "hit_ratio", "database_calls", *of_reads)
    assert {file.name for file in (folder / "charts").iterdir()} == {
        f"{name}.{kind}" for name in charts for kind in ("png", "json")
    }


def test_the_page_fetches_nothing(reported: tuple[Path, Results]) -> None:
    file = reported[0] / "report.html"
    page = parsed(file)
    assert page.found
    assert all(reference.startswith(("data:image/png;base64,", "#")) for reference in page.found)
    assert not {"script", "link", "iframe", "base"} & set(page.tags)
    assert "url(" not in page.text
    assert "@import" not in page.text
    assert file.stat().st_size < 2_000_000


def test_the_page_has_its_charts_for_light_and_dark_and_opens_with_the_verdict(
    reported: tuple[Path, Results],
) -> None:
    page = parsed(reported[0] / "report.html")
    assert page.tags.count("source") == page.tags.count("img") == 9
    assert page.tags.index("table") < page.tags.index("figure")
    headline = page.text.index(reported[1].headline)
    assert headline < page.text.index("does not pay", headline + len(reported[1].headline))


@pytest.mark.parametrize(
    "words",
    [
        "working set",
        "10,000 keys",
        "planned for 1,000 entries, held 1,012",
        "3,000 a second to both arms, 49 % of capacity",
        "the hit ratio had settled after 6 s",
        "Half of capacity keeps queues short",
        "Times are response times",
        "Valkey 9.1.2",
        "Zipf, exponent 0.99",
        "open loop",
        "needs 368 samples a block; the smallest has 240",
        "network out and queue before the service",
        "The slowest 1 % of hits take ",
    ],
)
def test_both_reports_say_how_it_was_measured(reported: tuple[Path, Results], words: str) -> None:
    folder, _ = reported
    assert words in parsed(folder / "report.html").text
    assert words in (folder / "report.md").read_text("utf-8")


def test_markdown_tables_are_whole(reported: tuple[Path, Results]) -> None:
    previous = 0
    for line in (reported[0] / "report.md").read_text("utf-8").splitlines():
        cells = line.count("|") if line.startswith("|") else 0
        assert not (previous and cells) or cells == previous, line
        previous = cells


def test_markdown_charts_exist(reported: tuple[Path, Results]) -> None:
    folder, _ = reported
    text = (folder / "report.md").read_text("utf-8")
    files = [part.partition(")")[0] for part in text.split("](")[1:]]
    assert len(files) == 9
    assert all((folder / file).stat().st_size > 1_000 for file in files)


def test_what_a_run_says_is_escaped(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", blocks=2, requests=50)
    entry = read_manifest_entry(folder)
    entry["command"] = "lab | <script>alert(1)</script>"
    write_manifest(folder, entry)
    write_report(folder)
    page = parsed(folder / "report.html")
    assert "script" not in page.tags
    assert "<script>alert(1)</script>" in page.text
    assert r"lab \| \<script\>" in (folder / "report.md").read_text("utf-8")


def test_a_doubtful_run_shows_its_cautions_in_both(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", blocks=2)
    results = write_report(folder)
    assert results.state == "doubtful"
    for file in ("report.html", "report.md"):
        assert "few-blocks" in (folder / file).read_text("utf-8")


def test_a_run_without_a_single_measured_sample_has_a_report_too(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", blocks=0)
    assert write_report(folder).state == "invalid"
    assert "No verdict" in parsed(folder / "report.html").text


def test_a_run_in_which_everything_failed_has_a_report_too(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", blocks=2, requests=30)
    rows = read_rows(folder).astype({"outcome": str, "done_ns": "Int64"})
    rows["outcome"], rows["done_ns"] = "refused", pd.NA
    write_samples(folder, rows)
    assert write_report(folder).state == "invalid"


def test_a_trace_names_itself(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", [Truth(blocks=2, requests=50)])
    entry = read_manifest_entry(folder)
    entry["parameters"]["popularity"] = {
        "kind": "trace",
        "file": "web12.trace.xz",
        "sha256": "0",
        "requests": 95_607,
        "distinct_keys": 13_756,
    }
    entry["reads"][0]["trace_share_ratio"] = 0.05
    write_manifest(folder, entry)
    write_report(folder)
    text = parsed(folder / "report.html").text
    assert "replay of web12.trace.xz (95,607 requests for 13,756 keys)" in text
    assert "5 % of the trace" in text


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", blocks=2, requests=30)
    (folder / "charts").write_text("in the way")
    with pytest.raises(AnalysisError, match=r"charts cannot be written"):
        write_report(folder)


def test_a_folder_that_is_no_run_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RunError):
        write_report(tmp_path / "nowhere")
