"""Run folder → report: writes results.json, charts, report.md and report.html beside the samples, and digests."""

import json
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from analysis.charts.chart import Chart, RenderedChart, render_chart
from analysis.charts.database_calls import database_calls_figure, database_calls_frame
from analysis.charts.hit_ratio import all_hit_ratios, hit_ratio_figure, hit_ratio_frame
from analysis.charts.latency import latency_figure, latency_frame
from analysis.charts.speedup import speedup_figure, speedup_frame
from analysis.digests import read_digests, record_made
from analysis.errors import AnalysisError
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


def charts_of(run: Run, results: Results) -> Iterator[Chart]:
    """Yield every chart of a run, the headline first."""
    if results.reads:
        yield from _comparison_charts(run, results)


def _comparison_charts(run: Run, results: Results) -> Iterator[Chart]:
    measured, reads = run.measured, results.reads
    speedups = speedup_frame(reads)
    yield Chart(
        name="speedup",
        description="Speed-up of each read against its price",
        data=speedups,
        draw=partial(speedup_figure, speedups),
    )
    for read in reads:
        latencies = latency_frame(measured[measured["operation"] == read.operation], read)
        yield Chart(
            name=f"latency_{read.operation}",
            description=f"Response times of {read.route} by percentile",
            data=latencies,
            draw=partial(latency_figure, latencies, read.route),
        )
    hit_ratios = [(read, hit_ratio_frame(run.samples, read.operation)) for read in reads]
    yield Chart(
        name="hit_ratio",
        description="Hit ratio over time, by read",
        data=all_hit_ratios(hit_ratios),
        draw=partial(hit_ratio_figure, hit_ratios),
    )
    calls = database_calls_frame(reads)
    yield Chart(
        name="database_calls",
        description="PostgreSQL calls and time a request, with and without the cache",
        data=calls,
        draw=partial(database_calls_figure, calls),
    )


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
