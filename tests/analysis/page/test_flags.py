"""Cautions stand beside the numbers they touch, in the page and in both reports."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from analysis.page import Page, compose
from analysis.page.table import Table
from analysis.report import write_report
from analysis.results import analyse
from analysis.run import read_run
from tests.analysis.synthetic import read_manifest_entry, write_manifest, write_run
from tests.analysis.validity.conftest import Entry
from tests.analysis.validity.legs import change, counter, host_share

ALL = tuple(range(8))


def doubt(entry: Entry) -> None:
    change(counter("postgresql", "blocks_read"), 5_000, arm="uncached", blocks=ALL)(entry)
    change(counter("redis", "expired_keys"), 50, blocks=(1, 2))(entry)


def spoil(entry: Entry) -> None:
    for name in ("steal_s", "foreign_cpu_s", "pressure_s", "throttled_s"):
        change(host_share(name, of_cores=False), 0.9, blocks=ALL)(entry)
    doubt(entry)


def folder_of(place: Path, change_of: object) -> Path:
    folder = write_run(place / "run")
    entry = read_manifest_entry(folder)
    change_of(entry)  # type: ignore[operator]
    write_manifest(folder, entry)
    return folder


@pytest.fixture
def page(tmp_path: Path) -> Page:
    run = read_run(folder_of(tmp_path, doubt))
    return compose(run.manifest, analyse(run))


def rows(table: Table) -> dict[tuple[str, ...], list[str]]:
    return {row[:2]: [flag.text for flag in flags] for row, flags in zip(table.rows, table.flags, strict=True)}


def test_each_cell_of_the_verdict_has_the_flags_of_its_own_number(page: Page) -> None:
    assert page.comparison is not None
    (row,) = page.comparison.verdicts
    flags = {name: {flag.text for flag in found} for name, found in row.flags.items()}
    assert flags == {
        "speed_up": {"expirations", "cold-blocks"},
        "hit_ratio": {"expirations"},
        "break_even": {"cold-blocks"},
        "calls_saved": {"expirations"},
        "price": {"cold-blocks"},
    }


def test_rows_of_the_other_arm_have_none(page: Page) -> None:
    assert page.comparison is not None
    section = page.comparison.sections[0]
    by_population = {name: flags for (name, _), flags in rows(section.response).items()}
    assert by_population == {"hit": [], "miss": [], "with the cache": [], "without the cache": ["cold-blocks"]}
    by_arm = {arm: flags for (_, arm), flags in rows(page.comparison.database).items()}
    assert by_arm == {"with the cache": ["expirations"], "without the cache": ["cold-blocks"]}
    assert not any(rows(page.comparison.traffic).values())


class Anchors(HTMLParser):
    """Collects where links lead inside the page, and the places there are."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.places: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if named.get("class") == "flag":
            self.links.append((named["href"] or "").removeprefix("#"))
        if "id" in named:
            self.places.append(named["id"] or "")


def test_every_flag_leads_to_its_caution(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, spoil)
    write_report(folder)
    anchors = Anchors()
    anchors.feed((folder / "report.html").read_text("utf-8"))
    assert len(anchors.links) > 10
    assert set(anchors.links) <= set(anchors.places)
    assert len(set(anchors.places)) == len(anchors.places)


def test_markdown_has_the_flags_in_the_same_rows(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, doubt)
    write_report(folder)
    text = (folder / "report.md").read_text("utf-8")
    verdict = next(line for line in text.splitlines() if "**pays**" in line)
    _, _, _, speed_up, hit_ratio, break_even, calls_saved, price, _ = verdict.split("|")
    assert "[expirations](#cautions)" in speed_up
    assert "[cold-blocks](#cautions)" in speed_up
    assert "expirations" in hit_ratio
    assert "cold-blocks" not in hit_ratio + calls_saved
    assert "[cold-blocks](#cautions)" in break_even
    assert "expirations" not in break_even
    assert price.rstrip().endswith("[cold-blocks](#cautions)")
    assert re.search(r"^\| without the cache \[cold-blocks\]\(#cautions\) \| 4,000", text, re.MULTILINE)


def test_more_flags_than_can_be_read_are_counted(tmp_path: Path) -> None:
    run = read_run(folder_of(tmp_path, spoil))
    page = compose(run.manifest, analyse(run))
    assert page.comparison is not None
    flags = page.comparison.verdicts[0].flags["speed_up"]
    assert len({flag.text for flag in flags}) == len(flags) == 4
    assert flags[-1] == ("3 more", "cautions")
