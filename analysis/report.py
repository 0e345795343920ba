"""Run folder → report: writes results.json, charts, report.md and report.html beside the samples, and digests."""

import json
from collections.abc import Mapping
from pathlib import Path

from analysis.charts.chart import RenderedChart, render_chart
from analysis.digests import read_digests, record_made
from analysis.errors import AnalysisError
from analysis.gallery import charts_of
from analysis.page import compose
from analysis.results import Results, analyse
from analysis.run import Run, read_run
from analysis.templates import fill


def write_report(folder: Path) -> Results:
    """Analyse a run folder and write its results, charts and reports into it.

    Raises:
        RunError: The folder cannot be read as a run.
        AnalysisError: A file cannot be written.
    """
    run = read_run(folder)
    results = analyse(run)
    charts = tuple(charts_of(run, results))
    rendered = {chart.name: render_chart(chart) for chart in charts}
    texts = {
        **report_texts(run, results, rendered),
        **{chart.data_file: chart.data_text() for chart in charts},
    }
    _write(folder, texts, {chart.file: chart.light for chart in rendered.values()})
    return results


def report_texts(run: Run, results: Results, charts: Mapping[str, RenderedChart]) -> dict[str, str]:
    """Return what results.json, report.md and report.html hold; ``charts`` goes from name to chart."""
    page = compose(run.manifest, results)
    return {
        "results.json": json.dumps(results.to_json(), indent=2, ensure_ascii=False, allow_nan=False) + "\n",
        "report.md": fill("report.md", page=page, charts=charts),
        "report.html": fill("report.html", page=page, charts=charts),
    }


def _write(folder: Path, texts: Mapping[str, str], pictures: Mapping[str, bytes]) -> None:
    files = {name: text.encode("utf-8") for name, text in texts.items()} | dict(pictures)
    before = read_digests(folder).made or {}
    try:
        (folder / "charts").mkdir(exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
        # What an earlier report made and this one does not would pass for a part of it.
        for name in before.keys() - files.keys():
            (folder / name).unlink(missing_ok=True)
        record_made(folder, files)
    except OSError as error:
        raise AnalysisError(
            f"{error.filename or folder} cannot be written ({error.strerror}): "
            "make room or change its permissions, then make the report again"
        ) from error
