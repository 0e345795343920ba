"""Numbers → text, for sentences, tables and axes. The only place where units are converted."""

import math
from collections.abc import Callable
from datetime import UTC, datetime

from analysis.estimates import Estimate

UNKNOWN = "unknown"

# Named, because they are easily taken for a letter and a hyphen.
EN_DASH = "\N{EN DASH}"
TIMES = "\N{MULTIPLICATION SIGN}"
MINUS = "\N{MINUS SIGN}"

_DURATIONS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
_SPANS = ((86400.0, "days"), (3600.0, "h"), (60.0, "min"))
_BYTES = ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))
_SIGNIFICANT_DIGITS = 3


def duration(seconds: float | None, *, beside: float | None = None) -> str:
    """Return a time with its unit: ``412 µs``, ``1.23 ms``; in the unit of ``beside`` where two are compared."""
    if seconds is None:
        return UNKNOWN
    scale, unit = _duration_unit(seconds if beside is None else beside)
    return f"{number(seconds / scale)} {unit}"


def span(seconds: float | None) -> str:
    """Return how long something lasted or lasts: ``8 s``, ``2.5 s``, ``5 min``, ``4 h``, ``7 days``."""
    if seconds is None:
        return UNKNOWN
    scale, unit = next(((scale, unit) for scale, unit in _SPANS if seconds >= 2 * scale), (1.0, "s"))
    return f"{seconds / scale:.3g} {unit}"


def duration_estimate(estimate: Estimate) -> str:
    """Return a time and its interval in one unit: ``1.23 ms`` with its ends in brackets."""
    if estimate.value is None:
        return UNKNOWN
    scale, unit = _duration_unit(estimate.value)
    return f"{_with_interval(estimate, scale)} {unit}"


def ratio(value: float | None) -> str:
    """Return a ratio of two like things as text: ``1.95``, ``0.97``."""
    return UNKNOWN if value is None else _fixed(value, _decimals_of_estimate(value))


def times_estimate(estimate: Estimate) -> str:
    """Return a speed-up and its interval, the sign for times behind them."""
    return UNKNOWN if estimate.value is None else f"{_with_interval(estimate)}{TIMES}"


def plain_estimate(estimate: Estimate) -> str:
    """Return a number and its interval, without a unit."""
    return UNKNOWN if estimate.value is None else _with_interval(estimate)


def share(value: float | None) -> str:
    """Return a share as a percentage: ``66 %``, ``0.4 %``, ``99.7 %``."""
    return UNKNOWN if value is None else f"{_percent(value)} %"


def share_estimate(estimate: Estimate) -> str:
    """Return a share and its interval as percentages, to a tenth."""
    if estimate.value is None:
        return UNKNOWN
    shown = [f"{100 * part:.1f}" for part in (estimate.value, *(estimate.bounds or ()))]
    return f"{_ranged(shown)} %"


def share_tenths(value: float | None) -> str:
    """Return a share to a tenth of a point, as an estimate of one has it: ``66.1 %``."""
    return UNKNOWN if value is None else f"{100 * value:.1f} %"


def points(difference_ratio: float) -> str:
    """Return by how much two shares differ, whichever is the greater: ``2.3 points``."""
    return f"{100 * abs(difference_ratio):.1f} points"


def signed_points(difference_ratio: float | None) -> str:
    """Return a difference of two shares in points, with its sign: ``+2.3``."""
    if difference_ratio is None:
        return UNKNOWN
    return f"{100 * difference_ratio:+.1f}".replace("-", MINUS)


def rate(per_second: float | None) -> str:
    """Return a rate: ``2,010 a second``."""
    return UNKNOWN if per_second is None else f"{number(per_second)} a second"


def rate_estimate(estimate: Estimate) -> str:
    """Return a rate and its interval."""
    return UNKNOWN if estimate.value is None else f"{_with_interval(estimate)} a second"


def per_second(amount: float | None) -> str:
    """Return a rate where many stand together: ``1,240/s``."""
    return UNKNOWN if amount is None else f"{_fixed(amount, _decimals_of_estimate(amount))}/s"


def per_second_estimate(estimate: Estimate) -> str:
    """Return a rate and its interval where many stand together: ``1,240/s``, its ends in brackets behind it."""
    if estimate.value is None:
        return UNKNOWN
    value, bracket, interval = _with_interval(estimate).partition(" (")
    return f"{value}/s{bracket}{interval}"


def count(amount: float | None) -> str:
    """Return a whole number with its thousands apart: ``95,607``."""
    return UNKNOWN if amount is None else f"{amount:,.0f}"


def byte_size(amount: float | None) -> str:
    """Return an amount of memory: ``310 B``, ``1.75 MiB``."""
    if amount is None:
        return UNKNOWN
    scale, unit = next(((scale, unit) for scale, unit in _BYTES if amount >= scale), (1, "B"))
    return f"{number(amount / scale)} {unit}"


def moment(timestamp: str) -> str:
    """Return an ISO 8601 time for reading: ``22 November 2026, 14:03 UTC``; as it stands if it is not one."""
    try:
        when = datetime.fromisoformat(timestamp).astimezone(UTC)
    except ValueError:
        return timestamp
    return f"{when.day} {when:%B %Y, %H:%M} UTC"


def statistic(name: str) -> str:
    """Return the name of a statistic as it is read: ``p99.9`` for what is called p999 where a dot cannot stand."""
    return {"p999": "p99.9"}.get(name, name)


def probability(p: float | None) -> str:
    """Return a p value: ``0.0078``, ``0.34``, and nothing finer than ``< 0.0001``."""
    if p is None:
        return UNKNOWN
    return "< 0.0001" if p < 0.0001 else f"{p:.2g}"


def listing(parts: list[str]) -> str:
    """Join parts as a sentence does: ``a``, ``a and b``, ``a, b and c``."""
    return parts[0] if len(parts) == 1 else " and ".join([", ".join(parts[:-1]), parts[-1]]) if parts else ""


def plural(amount: int, noun: str, many: str | None = None) -> str:
    """Return a count and its noun: ``1 block``, ``8 blocks``; ``many`` is a plural that takes more than an s."""
    return f"{amount:,} {noun if amount == 1 else many or noun + 's'}"


def number(value: float) -> str:
    """Return a number with three significant digits, never in exponents: ``0.0512``, ``1.95``, ``12,300``."""
    decimals = _decimals(value)
    return _fixed(round(value, decimals), max(0, decimals))


def _with_interval(estimate: Estimate, scale: float = 1.0) -> str:
    """Return value and interval with the same decimals, set by the value."""
    value = estimate.value or 0.0
    scaled = [part / scale for part in (value, *(estimate.bounds or ()))]
    decimals = _decimals_of_estimate(scaled[0])
    return _ranged([_fixed(part, decimals) for part in scaled])


def _ranged(shown: list[str]) -> str:
    if len(shown) == 1:
        return shown[0]
    value, low, high = shown
    # A dash before a minus sign reads as nothing at all.
    joint = " to " if MINUS in low + high else EN_DASH
    return f"{value} ({low}{joint}{high})"


def _fixed(value: float, decimals: int) -> str:
    shown = f"{abs(value):,.{decimals}f}"
    return f"{MINUS}{shown}" if value < 0 and shown.strip("0.,") else shown


def _decimals_of_estimate(value: float) -> int:
    """Return as many decimals below 1 as just above it, since an interval around 1 has both."""
    return 2 if 0.1 <= abs(value) < 1 else max(0, _decimals(value))


def _decimals(value: float) -> int:
    """Return the decimals of three significant digits: negative from 1,000 on."""
    if value == 0:
        return 0
    # Rounded first: 9.996 has one decimal, as 10.0.
    rounded = float(f"{abs(value):.{_SIGNIFICANT_DIGITS}g}")
    return _SIGNIFICANT_DIGITS - 1 - math.floor(math.log10(rounded))


def _duration_unit(seconds: float) -> tuple[float, str]:
    if seconds == 0:
        return _DURATIONS[0]
    # 0.9995 rounds up to the next unit, which is where it should be shown.
    return next((each for each in _DURATIONS if abs(seconds) >= 0.9995 * each[0]), _DURATIONS[-1])


def _percent(value: float) -> str:
    percent = 100 * value
    if percent == 0 or 1 <= abs(percent) <= 99:
        return f"{percent:.0f}"
    return f"{percent:.2g}" if abs(percent) < 1 else f"{percent:.4g}"


Formatter = Callable[[Estimate], str]
"""Turns an estimate into the text of one table cell."""
