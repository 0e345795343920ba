"""From the options of `lab size` to what is known beside the requests: response times, prices, processor time."""

from contextlib import suppress

from analysis.errors import AnalysisError
from analysis.prediction.cost import Prices
from analysis.size.outlook import Outlook
from analysis.size.times import MeasuredTimes, read_times
from lab.commands.size_options import SizeOptions
from lab.errors import SizeError


def outlook_of(asked: SizeOptions, rate_rps: float) -> tuple[Outlook, str | None]:
    """Return what is known beside the requests, and the run that it is known from; None where none was needed.

    Raises:
        SizeError: no run holds what the goals go by.
        AnalysisError: the run that was named cannot be read.
    """
    times = _measured_times(asked) if asked.needs_times or asked.needs_cpu_time else None
    cpu_s = asked.db_cpu_ms / 1000 if asked.db_cpu_ms is not None else None
    if cpu_s is None and times is not None:
        cpu_s = times.database_cpu_s
    if asked.needs_cpu_time and cpu_s is None:
        raise SizeError("the run does not hold the database's processor time; give it with --db-cpu-ms")
    outlook = Outlook(
        rate_rps=rate_rps,
        times=times.times if times is not None and asked.needs_times else None,
        prices=_prices(asked),
        database_cpu_s=cpu_s,
    )
    return outlook, None if times is None else times.run_id


def _prices(asked: SizeOptions) -> Prices | None:
    """Return what memory and processors cost; None where that was not said."""
    if asked.price_cache_gib_month is None or asked.price_db_cpu_hour is None:
        return None
    return Prices(cache_gib_month=asked.price_cache_gib_month, database_cpu_hour=asked.price_db_cpu_hour)


def _measured_times(asked: SizeOptions) -> MeasuredTimes:
    """Return what the named run measured of the read, or the newest one that did."""
    if asked.run is not None:
        return read_times(asked.run, asked.read)
    for folder in (asked.reports / "latest", *sorted(asked.reports.glob("*-compare"), reverse=True)):
        with suppress(AnalysisError):  # of another read, or of another version: the next may do
            return read_times(folder, asked.read)
    raise SizeError(
        f"goals of time and money go by what was measured, and {asked.reports} holds no comparison of the read "
        f"{asked.read}; make one with `lab run compare --read {asked.read}`, or name one with --run"
    )
