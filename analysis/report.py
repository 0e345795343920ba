"""Run folder → report: writes results.json, the charts, report.md and report.html beside the samples."""

import json
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from analysis.charts.chart import Chart, render_chart
from analysis.charts.database_calls import database_calls_figure, database_calls_frame
from analysis.charts.hit_ratio import hit_ratio_figure, hit_ratio_frame
from analysis.charts.latency import latency_figure, latency_frame
from analysis.charts.speedup import speedup_figure, speedup_frame
from analysis.charts.waterfall import waterfall_figure, waterfall_frame
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
    charts = {chart.name: chart for chart in draw_charts(run, results)}
    page = compose(run.manifest, results)
    texts = {
        "results.json": json.dumps(results.to_json(), indent=2, ensure_ascii=False, allow_nan=False) + "\n",
        "report.md": fill("report.md", page=page, charts=charts),
        "report.html": fill("report.html", page=page, charts=charts),
    }
    _write(folder, texts, charts)
    return results


def draw_charts(run: Run, results: Results) -> Iterator[Chart]:
    """Draw every chart of a run, the headline first."""
    if results.reads:
        yield from _comparison_charts(run, results)


def _comparison_charts(run: Run, results: Results) -> Iterator[Chart]:
    measured, reads = run.measured, results.reads
    speedups = speedup_frame(reads)
    yield render_chart("speedup", "Speed-up of each read against its price", partial(speedup_figure, speedups))
    for read in reads:
        latencies = latency_frame(measured[measured["operation"] == read.operation], read)
        draw = partial(latency_figure, latencies, read.route)
        yield render_chart(f"latency_{read.operation}", f"Response times of {read.route} by percentile", draw)
        waterfall = results.waterfalls.get(read.operation)
        if waterfall is not None:
            parts = partial(waterfall_figure, waterfall_frame(waterfall), read.route)
            yield render_chart(f"waterfall_{read.operation}", f"Where the time of {read.route} goes", parts)
    hit_ratios = [(read, hit_ratio_frame(run.samples, read.operation)) for read in reads]
    yield render_chart("hit_ratio", "Hit ratio over time, by read", partial(hit_ratio_figure, hit_ratios))
    calls = database_calls_frame(reads)
    description = "PostgreSQL calls and time a request, with and without the cache"
    yield render_chart("database_calls", description, partial(database_calls_figure, calls))


def _write(folder: Path, texts: Mapping[str, str], charts: Mapping[str, Chart]) -> None:
    try:
        (folder / "charts").mkdir(exist_ok=True)
        for chart in charts.values():
            (folder / chart.file).write_bytes(chart.light)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise AnalysisError(
            f"{error.filename or folder} cannot be written ({error.strerror}): "
            "make room or change its permissions, then make the report again"
        ) from error
