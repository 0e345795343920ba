"""The options of `lab size`, and what of them does not go together."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from analysis.size.goal import Goal
from analysis.size.policies import POLICIES
from lab.commands.external_options import external_options
from lab.commands.workload_options import csv_columns_option, trace_format_option, trace_source
from lab.experiments.profile import PROFILES
from loadtests.popularity import SPELLINGS
from loadtests.traces import CsvColumns, TraceFormat, TraceSource

Command = TypeVar("Command", bound=Callable[..., Any])

MOST_KEYS = 2_000_000
MOST_VALUE_BYTES = 64 << 20
MARGIN_POINTS = 0.5
"""The replay was off by up to 0.2 points on a trace and 0.4 to 0.8 on drawn keys (docs/models.md)."""


def workload_options(command: Command) -> Command:
    """Add what is sized, and what it is judged by."""
    for option in reversed(
        (
            click.option("--trace", type=click.Path(path_type=Path),
                         help="Size for this trace: 32-bit keys, CSV, Twitter's format or libCacheSim's "
                         "oracleGeneral; plain, gzip, xz or zst."),
            trace_format_option,
            csv_columns_option,
            click.option("--log", type=click.Path(path_type=Path),
                         help="Size for this access log, in the common or combined log format; packed likewise."),
            click.option("--key", "key_pattern", metavar="PATTERN",
                         help="Regular expression whose group `key`, or first one, is the key in a path of --log, "
                         "as in '^/product/([0-9]+)'. Other lines are left out, and counted."),
            click.option("--skip-bad", is_flag=True, help="Skip bad lines and records of a file, and count them."),
            click.option("--popularity", help=f"Size for keys drawn by {SPELLINGS.rpartition(' or ')[0]}; "
                         "with --keys."),
            click.option("--keys", type=click.IntRange(2, MOST_KEYS), help="How many keys --popularity is over."),
            click.option("--rate", "rate_rps", type=click.FloatRange(min=0, min_open=True),
                         help="Requests a second.  [default: the file's own times, or else 1,000]"),
            click.option("--policy", "policies", multiple=True, type=click.Choice(POLICIES),
                         help="A maxmemory-policy that may be chosen; may be repeated.  [default: all of them]"),
            click.option("--ttl", "ttl_s", type=click.FloatRange(min=0.001),
                         help="Time to live that entries must have, in seconds.  "
                         "[default: the shortest that meets the goals]"),
            click.option("--value-bytes", type=click.IntRange(0, MOST_VALUE_BYTES),
                         help="Size of a cached value.  [default: the file's own sizes, or else what data-service "
                         "stores for GET /user/<name>]"),
            click.option("--margin", "margin_points", type=click.FloatRange(0, 50), default=MARGIN_POINTS,
                         show_default=True,
                         help="By how many points the hit ratio may turn out lower than predicted, with the goals "
                         "still met."),
            click.option("--read", type=click.Choice(["user", "activity", "similar"]), default="user",
                         show_default=True, help="The read whose times count, and that --confirm sends."),
            click.option("--run", type=click.Path(path_type=Path),
                         help="The comparison whose times of hits and misses goals of time go by.  "
                         "[default: the newest of --read in --reports]"),
            click.option("--price-cache-gib-month", type=click.FloatRange(min=0),
                         help="Price of a GiB of cache for a month, in a currency of yours."),
            click.option("--price-db-cpu-hour", type=click.FloatRange(min=0),
                         help="Price of an hour of one of the database's processors, in the same."),
            click.option("--db-cpu-ms", type=click.FloatRange(min=0),
                         help="The database's processor time for a read, in ms.  [default: as measured in --run]"),
        )
    ):  # fmt: skip
        command = option(command)
    return command


def confirm_options(command: Command) -> Command:
    """Add what the live stack is told, where the setting is tried."""
    for option in reversed(
        (
            click.option("--confirm", is_flag=True,
                         help="Try the setting on the live stack, and say whether it held."),
            click.option("--profile", "profile_name", type=click.Choice(list(PROFILES)), default="quick",
                         show_default=True, help="confirm: how long; of a trace it is one pass in any case."),
            click.option("--stack", "stack_kind", type=click.Choice(["embedded", "external"]), default="embedded",
                         show_default=True,
                         help="confirm: processes of this machine, or something that runs already."),
            *external_options,
            click.option("--redis-server", type=click.Path(path_type=Path),
                         help="Measure on, and confirm with, another server binary than the bundled Valkey."),
            click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True,
                         help="Seed of the keys that are drawn, and of arrivals."),
            click.option("--reports", type=click.Path(path_type=Path), default=Path("reports"), show_default=True,
                         help="Folder for the run's folder, and where --run is looked for."),
        )
    ):  # fmt: skip
        command = option(command)
    return command


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeOptions:
    """What stood on the command line; `--help` explains each."""

    goals: tuple[Goal, ...]
    trace: Path | None
    trace_format: TraceFormat | None
    csv_columns: CsvColumns | None
    log: Path | None
    key_pattern: str | None
    skip_bad: bool
    popularity: str | None
    keys: int | None
    rate_rps: float | None
    policies: tuple[str, ...]
    ttl_s: float | None
    value_bytes: int | None
    margin_points: float
    read: str
    run: Path | None
    price_cache_gib_month: float | None
    price_db_cpu_hour: float | None
    db_cpu_ms: float | None
    confirm: bool
    profile_name: str
    stack_kind: str
    data_url: str | None
    database_url: str | None
    redis_url: str | None
    empty_cache: bool
    redis_server: Path | None
    seed: int
    reports: Path
    as_json: bool

    def __post_init__(self) -> None:
        """Refuse what does not go together."""
        given = [name for name in ("trace", "log", "popularity") if getattr(self, name) is not None]
        if len(given) != 1:
            raise click.UsageError(
                "give one of --trace FILE, --log FILE with --key PATTERN, and --popularity LAW with --keys N"
            )
        if (self.log is None) != (self.key_pattern is None):
            raise click.UsageError("--log FILE and --key PATTERN go together: the pattern tells the key in a path")
        if (self.popularity is None) != (self.keys is None):
            raise click.UsageError("--popularity LAW and --keys N go together")
        if self.popularity is not None and self.popularity.startswith("trace:"):
            raise click.UsageError("--popularity takes no trace here; give --trace FILE")
        if self.trace is None and (self.trace_format or self.csv_columns):
            raise click.UsageError("--trace-format and --csv-columns say more about --trace; give that as well")
        _ = self.source
        self._check_prices()
        missing = [name for name in ("data", "database", "redis") if not getattr(self, f"{name}_url")]
        if self.confirm and self.stack_kind == "external" and missing:
            raise click.UsageError(f"--stack external needs {', '.join(f'--{name}-url' for name in missing)}")
        if self.confirm and self.profile_name == "smoke" and self.read != "user":
            raise click.UsageError("the profile smoke has only the read user; give another --read or --profile")

    @property
    def source(self) -> TraceSource | None:
        """The trace and how it is to be read; None where there is none."""
        return trace_source(self.trace, self.trace_format, self.csv_columns)

    @property
    def needs_times(self) -> bool:
        """Whether the answer needs a run's response times, or one was named."""
        return self.run is not None or any(goal.is_of_time for goal in self.goals)

    @property
    def needs_cpu_time(self) -> bool:
        """Whether the answer needs the database's processor time from a run."""
        return bool(self.price_db_cpu_hour) and self.db_cpu_ms is None

    def _check_prices(self) -> None:
        if (self.price_cache_gib_month is None) != (self.price_db_cpu_hour is None):
            raise click.UsageError(
                "--price-cache-gib-month and --price-db-cpu-hour go together; 0 is what costs nothing"
            )
        if self.price_cache_gib_month is None and any(goal.quantity == "cost" for goal in self.goals):
            raise click.UsageError(
                "a goal of cost needs --price-cache-gib-month and --price-db-cpu-hour: no price is built in"
            )
