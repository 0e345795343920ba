"""The options that say what traffic is sent: a published workload by name, a law of each kind, or a trace."""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from lab.stacks.embedded import TTL_S
from lab.workload import DEFAULT_ARRIVALS, DEFAULT_POPULARITY, Workload
from loadtests.errors import PresetError, TraceError
from loadtests.popularity import SPELLINGS
from loadtests.presets import Preset, find_preset
from loadtests.traces import CsvColumns, TraceFormat, TraceSource, parse_columns
from loadtests.traces.source import FORMATS
from loadtests.value_sizes import DEFAULT_VALUE_SIZES, LARGEST_BYTES, SIZE_SPELLINGS

Command = TypeVar("Command", bound=Callable[..., Any])
ARRIVALS = ("poisson", "constant", "pareto")
PARAMETERS = (
    "preset", "popularity", "arrivals", "write_ratio", "value_sizes", "ttl_s", "trace", "speed", "trace_format",
    "csv_columns", "skip_bad",
)  # fmt: skip


def _preset(context: click.Context, parameter: click.Parameter, name: str | None) -> Preset | None:
    """Return the published workload of that name."""
    try:
        return None if name is None else find_preset(name)
    except PresetError as error:
        raise click.BadParameter(str(error)) from error


def _columns(context: click.Context, parameter: click.Parameter, text: str | None) -> CsvColumns | None:
    """Return the columns that were named."""
    try:
        return None if text is None else parse_columns(text)
    except TraceError as error:
        raise click.BadParameter(str(error)) from error


value_sizes_option = click.option(
    "--value-sizes",
    metavar="SPELLING",
    help="Bytes of each user's info, and of what is written, in the database, the cache and the answers to "
    f"GET /user/<name>: {SIZE_SPELLINGS}; at most {LARGEST_BYTES:,} bytes a value.  [default: those of --trace, "
    f"else {DEFAULT_VALUE_SIZES}]",
)

ttl_option = click.option(
    "--ttl",
    "ttl_s",
    type=click.FloatRange(min=0, min_open=True),
    help=f"embedded: time to live of cache entries, in seconds.  [default: {TTL_S:g}]",
)


trace_format_option = click.option(
    "--trace-format",
    type=click.Choice(FORMATS),
    help="What the trace is read as.  [default: told from its content]",
)

csv_columns_option = click.option(
    "--csv-columns",
    callback=_columns,
    metavar="key=NAME,…",
    help="The trace is CSV, with these columns: key, timestamp (seconds), size (bytes), operation, ttl (seconds)."
    "  [default: columns of these names]",
)


def workload_options(command: Command) -> Command:
    """Add the options; the command gets what they come to as its argument `workload`."""
    return ttl_option(workload_options_but_ttl(command))


def workload_options_but_ttl(command: Command) -> Command:
    """Add the options to a command that gives cached answers times to live of its own."""

    @wraps(command)
    def with_workload(**options: Any) -> Any:
        given = {name: options.pop(name, None) for name in PARAMETERS}
        return command(workload=_asked_workload(given), **options)

    wrapped = cast("Command", with_workload)
    for option in reversed(
        (
            click.option("--workload", "preset", callback=_preset, metavar="NAME",
                         help="Take popularity, arrivals, share of writes, value sizes and time to live from a "
                         "published workload, where no option gives them, nor a trace its own; `lab workloads` "
                         "lists all."),
            click.option("--popularity", help=f"{SPELLINGS}.  [default: {DEFAULT_POPULARITY}]"),
            click.option("--arrivals", type=click.Choice(ARRIVALS),
                         help="How an open loop spaces its requests; pareto is burstier than poisson."
                         f"  [default: {DEFAULT_ARRIVALS}]"),
            click.option("--write-ratio", type=click.FloatRange(0, 1, max_open=True),
                         help="Share of the requests (0 to 1) that write, through user-service, beside the reads "
                         "of --rate, keys by the same popularity; every record of a trace then reads."
                         "  [default: the trace's own, else 0]"),
            value_sizes_option,
            click.option("--trace", type=click.Path(path_type=Path),
                         help="Replay this trace instead of drawing keys: 32-bit keys, CSV, Twitter's format or "
                         "libCacheSim's oracleGeneral; plain, gzip, xz or zst."),
            click.option("--speed", type=click.FloatRange(min=0, min_open=True),
                         help="Replay the trace by its own timestamps, so many times as fast as it was recorded "
                         "(1: as recorded).  [default: by its order, at --rate]"),
            trace_format_option,
            csv_columns_option,
            click.option("--skip-bad", is_flag=True,
                         help="Leave out bad records of the trace, and count them, instead of ending at one."),
        )
    ):  # fmt: skip
        wrapped = option(wrapped)
    return wrapped


def _asked_workload(given: dict[str, Any]) -> Workload:
    """Return the workload: what was given, else what the preset says, else the defaults.

    Raises:
        click.UsageError: options contradict one another.
    """
    if given["trace"] and given["popularity"]:
        raise click.UsageError("--trace brings its own popularity; give one of the two")
    _require_trace(given)
    preset, speed = given["preset"], given["speed"]
    if speed is not None and given["arrivals"]:
        raise click.UsageError("--speed takes the arrivals from the trace; give it or --arrivals")
    said = {name: given[name] for name in ("popularity", "arrivals", "write_ratio", "value_sizes", "ttl_s")}
    if speed is not None:
        said["arrivals"] = "trace"
    workload = Workload(
        preset=preset,
        trace=trace_source(given["trace"], given["trace_format"], given["csv_columns"]),
        speed=speed,
        skip_bad=given["skip_bad"],
    )
    return replace(workload, **{**_published(preset, of_trace=workload.trace is not None), **_known(said)})


def _require_trace(given: dict[str, Any]) -> None:
    """Refuse options that say how a trace is replayed where there is none."""
    for name in ("speed", "trace_format", "csv_columns", "skip_bad"):
        if given[name] and given["trace"] is None:
            raise click.UsageError(f"--{name.replace('_', '-')} says more about --trace; give that as well")


def trace_source(
    path: Path | None, trace_format: TraceFormat | None, columns: CsvColumns | None
) -> TraceSource | None:
    """Return a trace and how it is to be read; None where there is none.

    Raises:
        click.UsageError: columns are named of what is no CSV.
    """
    if path is None:
        return None
    if columns is None:
        return TraceSource(path=path, trace_format=trace_format)
    if trace_format not in (None, "csv"):
        raise click.UsageError(f"--csv-columns goes with --trace-format csv, not {trace_format}")
    return TraceSource(path=path, trace_format="csv", columns=columns)


def _published(preset: Preset | None, *, of_trace: bool) -> dict[str, Any]:
    """Return what a preset says; a trace has keys, writes and sizes of its own, whether it tells them or not."""
    if preset is None:
        return {}
    if of_trace:
        return _known({"arrivals": preset.arrivals, "ttl_s": preset.commonest_ttl_s})
    return _known(
        {
            "popularity": preset.popularity,
            "arrivals": preset.arrivals,
            "write_ratio": preset.write_ratio,
            "value_sizes": preset.value_sizes,
            "ttl_s": preset.commonest_ttl_s,
        }
    )


def _known(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
