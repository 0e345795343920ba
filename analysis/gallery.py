"""Every chart of a run, the headline first: which there are depends on what the run asked."""

from collections.abc import Iterator
from functools import partial

from analysis.capacity import Capacity
from analysis.charts.aa import aa_figure, aa_frame
from analysis.charts.capacity import capacity_figure, capacity_frame
from analysis.charts.chart import Chart
from analysis.charts.database_calls import database_calls_figure, database_calls_frame
from analysis.charts.freshness import freshness_figure
from analysis.charts.freshness_frame import freshness_frame
from analysis.charts.hit_ratio import all_hit_ratios, hit_ratio_figure, hit_ratio_frame
from analysis.charts.latency import latency_figure, latency_frame
from analysis.charts.service import service_figure, service_frame, times_differ
from analysis.charts.sizing import sizing_figure, sizing_frame
from analysis.charts.speedup import speedup_figure, speedup_frame
from analysis.charts.time_to_live import time_to_live_figure
from analysis.charts.waterfall import waterfall_figure, waterfall_frame
from analysis.freshness import Freshness
from analysis.reads import ReadResult
from analysis.results import Results
from analysis.run import Run
from analysis.sizing import Sizing


def charts_of(run: Run, results: Results) -> Iterator[Chart]:
    """Yield the charts with their data; they are drawn when they are rendered."""
    if results.reads:
        yield _speed_up(results)
        for read in results.reads:
            yield from _of_read(run, results, read)
        yield _hit_ratio(run, results)
        yield _database_calls(results)
    for found in results.capacity:
        yield _capacity(found)
    for sweep in results.sizing:
        yield _sizing(sweep)
    for fresh in results.freshness:
        yield from _freshness(fresh)
    if results.aa:
        intervals = aa_frame(results.aa)
        yield Chart(
            name="aa",
            description="Intervals of all repetitions of an arm against itself",
            data=intervals,
            draw=partial(aa_figure, intervals),
        )


def _capacity(found: Capacity) -> Chart:
    curves = capacity_frame(found)
    return Chart(
        name=f"capacity_{found.operation}",
        description=f"Latency of {found.route} against load, with and without the cache, and its objective",
        data=curves,
        draw=partial(capacity_figure, curves, found),
    )


def _sizing(found: Sizing) -> Chart:
    points = sizing_frame(found)
    return Chart(
        name=f"sizing_{found.operation}",
        description=f"Hit ratio of {found.route} against the size of the cache, predicted and measured",
        data=points,
        draw=partial(sizing_figure, points, found),
    )


def _freshness(found: Freshness) -> Iterator[Chart]:
    cells = freshness_frame(found)
    yield Chart(
        name=f"freshness_{found.operation}",
        description=f"Database calls of {found.route} against the share of stale answers, predicted and measured",
        data=cells,
        draw=partial(freshness_figure, cells, found),
    )
    yield Chart(
        name=f"time_to_live_{found.operation}",
        description=f"Hit ratio of {found.route} by time to live, predicted and measured",
        data=cells,
        draw=partial(time_to_live_figure, cells, found),
    )


def _speed_up(results: Results) -> Chart:
    speedups = speedup_frame(results.reads)
    return Chart(
        name="speedup",
        description="Speed-up of each read against its price",
        data=speedups,
        draw=partial(speedup_figure, speedups),
    )


def _of_read(run: Run, results: Results, read: ReadResult) -> Iterator[Chart]:
    samples = run.measured[run.measured["operation"] == read.operation]
    latencies = latency_frame(samples, read)
    yield Chart(
        name=f"latency_{read.operation}",
        description=f"Response times of {read.route} by percentile",
        data=latencies,
        draw=partial(latency_figure, latencies, read.route),
    )
    waterfall = results.waterfalls.get(read.operation)
    if waterfall is not None:
        parts = waterfall_frame(waterfall)
        yield Chart(
            name=f"waterfall_{read.operation}",
            description=f"Where the time of {read.route} goes",
            data=parts,
            draw=partial(waterfall_figure, parts, read.route),
        )
    if times_differ(read):
        waits = service_frame(samples)
        yield Chart(
            name=f"service_{read.operation}",
            description=f"Response and service times of {read.route} by percentile",
            data=waits,
            draw=partial(service_figure, waits, read.route),
        )


def _hit_ratio(run: Run, results: Results) -> Chart:
    hit_ratios = [(read, hit_ratio_frame(run.samples, read.operation)) for read in results.reads]
    return Chart(
        name="hit_ratio",
        description="Hit ratio over time, by read",
        data=all_hit_ratios(hit_ratios),
        draw=partial(hit_ratio_figure, hit_ratios),
    )


def _database_calls(results: Results) -> Chart:
    calls = database_calls_frame(results.reads)
    return Chart(
        name="database_calls",
        description="PostgreSQL calls and time a request, with and without the cache",
        data=calls,
        draw=partial(database_calls_figure, calls),
    )
