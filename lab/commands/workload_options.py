"""The options that say what traffic is sent: a published workload by name, a law of each kind, or a trace."""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from lab.dataset import DEFAULT_VALUE_SIZES
from lab.stacks.embedded import TTL_S
from lab.workload import DEFAULT_ARRIVALS, DEFAULT_POPULARITY, Workload
from loadtests.errors import PresetError, TraceError
from loadtests.popularity import SPELLINGS
from loadtests.presets import Preset, find_preset
from loadtests.traces import CsvColumns, TraceFormat, TraceSource, parse_columns
from loadtests.traces.source import FORMATS
from loadtests.value_sizes import LARGEST_BYTES, SIZE_SPELLINGS

Command = TypeVar("Command", bound=Callable[..., Any])
ARRIVALS = ("poisson", "constant", "pareto")
NEEDS_TRACE = "says more about --trace; give that as well"
PARAMETERS = (
    "preset", "popularity", "arrivals", "value_sizes", "ttl_s", "trace", "trace_format", "csv_columns", "skip_bad"
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
    help=f"Bytes of each user's info, in the database, the cache and the answers to GET /user/<name>: "
    f"{SIZE_SPELLINGS}; at most {LARGEST_BYTES:,} bytes a value.  [default: {DEFAULT_VALUE_SIZES}]",
)

ttl_option = click.option(
    "--ttl",
    "ttl_s",
    type=click.FloatRange(min=0, min_open=True),
    help=f"embedded: time to live of cache entries, in seconds.  [default: {TTL_S:g}]",
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
                         help="Take popularity, arrivals, value sizes and time to live from a published workload, "
                         "where no option gives them; `lab workloads` lists all."),
            click.option("--popularity", help=f"{SPELLINGS}.  [default: {DEFAULT_POPULARITY}]"),
            click.option("--arrivals", type=click.Choice(ARRIVALS),
                         help="How an open loop spaces its requests; pareto is burstier than poisson."
                         f"  [default: {DEFAULT_ARRIVALS}]"),
            value_sizes_option,
            click.option("--trace", type=click.Path(path_type=Path),
                         help="Replay this trace instead of drawing keys: 32-bit keys, CSV, Twitter's format or "
                         "libCacheSim's oracleGeneral; plain, gzip, xz or zst."),
            click.option("--trace-format", type=click.Choice(FORMATS),
                         help="What the trace is read as.  [default: told from its content]"),
            click.option("--csv-columns", callback=_columns, metavar="key=NAME,…",
                         help="The trace is CSV, with these columns: key, timestamp (seconds), size (bytes), "
                         "operation, ttl (seconds).  [default: columns of these names]"),
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
    trace = _trace_source(given["trace"], given["trace_format"], given["csv_columns"])
    if trace is None and given["skip_bad"]:
        raise click.UsageError(f"--skip-bad {NEEDS_TRACE}")
    said = {name: given[name] for name in ("popularity", "arrivals", "value_sizes", "ttl_s")}
    preset = given["preset"]
    published = {} if preset is None else _published(preset)
    workload = Workload(preset=preset, trace=trace, skip_bad=given["skip_bad"])
    return replace(workload, **{**published, **_known(said)})


def _trace_source(
    path: Path | None, trace_format: TraceFormat | None, columns: CsvColumns | None
) -> TraceSource | None:
    if path is None:
        if trace_format or columns:
            raise click.UsageError(f"{'--trace-format' if trace_format else '--csv-columns'} {NEEDS_TRACE}")
        return None
    if columns is None:
        return TraceSource(path=path, trace_format=trace_format)
    if trace_format not in (None, "csv"):
        raise click.UsageError(f"--csv-columns goes with --trace-format csv, not {trace_format}")
    return TraceSource(path=path, trace_format="csv", columns=columns)


def _published(preset: Preset) -> dict[str, Any]:
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
