"""A percentile distribution holds the samples' own values, in the steps and the form of HdrHistogram."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.export.hgrm import Distribution, hgrm_lines, read_distribution
from analysis.export.selection import Selection, select
from tests.analysis.synthetic import Truth, read_rows, write_run, write_samples

Row = tuple[float, float, int]


def distribution(values_ns: list[int], failures: int = 0) -> Distribution:
    return Distribution(answered_ns=np.sort(np.array(values_ns, dtype=np.int64)), failures=failures)


def parsed(found: Distribution) -> list[Row]:
    """Read the rows as HdrHistogram's plotter does: no comment, four words (three at 100 %), all numbers."""
    rows = []
    for line in hgrm_lines(found, "title"):
        words = line.split()
        if words and not line.startswith("#") and words[0] != "Value":
            assert len(words) == (3 if float(words[1]) == 1 else 4)
            rows.append((float(words[0]), float(words[1]), int(words[2])))
    return rows


def trailer(found: Distribution) -> dict[str, str]:
    text = "\n".join(hgrm_lines(found, "title"))
    return dict(re.findall(r"(Mean|StdDeviation|Max|Total count|Buckets|SubBuckets) *= *([-\w.]+)", text))


def test_it_has_the_rows_that_hdrhistogram_prints_for_the_same_values() -> None:
    # As its Java implementation prints them for four values, ticks of five to a half distance.
    assert parsed(distribution([5_975_000, 6_327_000, 6_507_000, 8_231_000])) == [
        *((5.975, percentile, 1) for percentile in (0.0, 0.1, 0.2)),
        *((6.327, percentile, 2) for percentile in (0.3, 0.4, 0.5)),
        *((6.507, percentile, 3) for percentile in (0.55, 0.6, 0.65, 0.7, 0.75)),
        (8.231, 0.775, 4),
        (8.231, 1.0, 4),
    ]


def test_its_text_is_laid_out_as_hdrhistogram_does() -> None:
    lines = list(hgrm_lines(distribution([1_000_000, 3_000_000]), "a run"))
    assert lines[0] == "# a run"
    start = next(place for place, line in enumerate(lines) if not line.startswith("#"))
    assert lines[start:] == [
        "       Value     Percentile TotalCount 1/(1-Percentile)",
        "",
        "    1.000000 0.000000000000          1           1.00",
        "    1.000000 0.100000000000          1           1.11",
        "    1.000000 0.200000000000          1           1.25",
        "    1.000000 0.300000000000          1           1.43",
        "    1.000000 0.400000000000          1           1.67",
        "    1.000000 0.500000000000          1           2.00",
        "    3.000000 0.550000000000          2           2.22",
        "    3.000000 1.000000000000          2",
        "#[Mean    =     2.000000, StdDeviation   =     1.000000]",
        "#[Max     =     3.000000, Total count    =            2]",
        "#[Buckets =            1, SubBuckets     =            2]",
    ]


@pytest.mark.parametrize("size", [1, 7, 1_000, 20_000])
def test_every_row_is_the_quantile_that_numpy_finds(size: int) -> None:
    values_ns = np.random.default_rng(size).gamma(2.0, 3e6, size).astype(np.int64) // 1_000 * 1_000
    rows = parsed(distribution(values_ns.tolist()))
    shares = [percentile for _, percentile, _ in rows]
    expected_ns = np.quantile(values_ns, shares, method="inverted_cdf")
    for (value_ms, _, count), value_ns in zip(rows, expected_ns, strict=True):
        assert value_ms == pytest.approx(value_ns / 1e6, abs=1e-9)
        assert count == (values_ns <= value_ns).sum()
    assert shares == sorted(set(shares))
    assert rows[-1] == (pytest.approx(values_ns.max() / 1e6), 1.0, size)
    # The largest value shows once before the last row, as there.
    assert [count for _, _, count in rows].count(size) == 2


def test_where_requests_failed_it_stops_below_them_and_says_so() -> None:
    found = distribution(list(range(1_000_000, 91_000_000, 1_000_000)), failures=10)
    rows = parsed(found)
    # 90 of 100 were answered: the 90th percentile is the largest value, what lies above is unknown.
    assert rows[-1] == (90.0, 0.9, 90)
    assert "# 10 requests failed and rank above every value; percentiles count them" in list(hgrm_lines(found, ""))
    assert trailer(found) == {
        "Mean": "inf",
        "StdDeviation": "nan",
        "Max": "inf",
        "Total count": "100",
        "Buckets": "1",
        "SubBuckets": "90",
    }


def test_where_everything_failed_there_is_no_row() -> None:
    assert parsed(distribution([], failures=5)) == []


def test_trailer_has_the_moments_of_the_samples() -> None:
    values_ns = np.random.default_rng(3).gamma(2.0, 3e6, 500).astype(np.int64)
    found = trailer(distribution(values_ns.tolist()))
    assert float(found["Mean"]) == pytest.approx(values_ns.mean() / 1e6, abs=1e-6)
    assert float(found["StdDeviation"]) == pytest.approx(values_ns.std() / 1e6, abs=1e-6)
    assert float(found["Max"]) == pytest.approx(values_ns.max() / 1e6, abs=1e-6)
    assert found["Total count"] == "500"


@pytest.mark.parametrize(("time", "start"), [("response", "intended_ns"), ("service", "sent_ns")])
@pytest.mark.parametrize("population", ["hit", "miss", "cached", "uncached"])
def test_a_population_is_read_from_both_workers_files(
    tmp_path: Path, time: str, start: str, population: str
) -> None:
    folder = write_run(tmp_path / "run", [Truth(blocks=2, requests=80, lag_ms=1.0)])
    found = read_distribution(folder, select("measure", "similar", population), time)
    rows = read_rows(folder).astype({"outcome": str})
    rows = rows[rows["phase"] == "measure"]
    column = "outcome" if population in ("hit", "miss") else "arm"
    chosen = rows[rows[column] == population]
    assert found.answered_ns.tolist() == sorted((chosen["done_ns"] - chosen[start]).tolist())
    assert found.failures == 0
    assert found.count == len(chosen) > 20


def test_failures_and_what_never_ended_are_counted_and_have_no_time(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", [Truth(blocks=2, requests=80)])
    rows = read_rows(folder).astype({"outcome": str, "done_ns": "Int64"})
    rows.loc[rows.index[rows["phase"] == "measure"][:5], "outcome"] = "error"
    rows.loc[rows.index[rows["phase"] == "measure"][5:8], "done_ns"] = pd.NA
    write_samples(folder, rows)
    found = read_distribution(folder, Selection(phase="measure"), "response")
    assert found.failures == 8
    assert found.count == int((rows["phase"] == "measure").sum())
