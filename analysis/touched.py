"""Which numbers a caution touches, so that it can stand beside them."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from analysis.cautions import Caution


class Figure(StrEnum):
    """A kind of number in the reports."""

    RESPONSE_TIME = "response time"
    SERVICE_TIME = "service time"
    SPEED_UP = "speed-up"
    HIT_RATIO = "hit ratio"
    CALLS = "calls of PostgreSQL"
    PRICE = "price of the read"
    CPU = "CPU time"
    RATE = "achieved rate"
    FAILED = "failed requests"
    LAG = "lag"


_ALL = frozenset(Figure)
_TIMES = frozenset((Figure.RESPONSE_TIME, Figure.SERVICE_TIME, Figure.SPEED_UP))
_FROM_DUE = frozenset((Figure.RESPONSE_TIME, Figure.SPEED_UP))
_CACHE = frozenset((Figure.HIT_RATIO, Figure.CALLS, Figure.SPEED_UP))
_MACHINE = _TIMES | {Figure.PRICE}

TOUCHED: Mapping[str, frozenset[Figure]] = {
    **dict.fromkeys(("no-samples", "arm-missing", "samples-lost", "blocks-left-out", "few-blocks"), _ALL),
    **dict.fromkeys(("worker-lost", "foreign-commands"), _ALL),
    **dict.fromkeys(("conservation", "uncached-hits", "bypassed", "untold"), _CACHE),
    **dict.fromkeys(("not-settled", "drift", "drift-within", "evictions", "expirations", "memory"), _CACHE),
    "no-witness": _CACHE | {Figure.PRICE},
    "failures": _TIMES | {Figure.FAILED},
    "dropped": _FROM_DUE | {Figure.FAILED},
    "rate-missed": _FROM_DUE | {Figure.RATE},
    "lag": _FROM_DUE | {Figure.LAG},
    **dict.fromkeys(("generator-cpu", "generator-starved", "gc-pause"), _TIMES | {Figure.LAG}),
    **dict.fromkeys(("reconnects", "descriptors", "saturation", "fork", "rejected-connections"), _TIMES),
    **dict.fromkeys(("steal", "cpu-pressure", "throttled", "swap", "foreign-cpu"), _MACHINE),
    "second-opinion": frozenset((Figure.SPEED_UP,)),
    "governor": _MACHINE | {Figure.CPU},
    **dict.fromkeys(("foreign-statements", "cold-blocks", "checkpoint", "autovacuum", "connections"), _MACHINE),
}
"""From code to figures. A code that is not here is about the speed-up, which is what a verdict hangs on."""


def touching(
    cautions: Iterable[Caution], figure: Figure, operation: str, arm: str | None = None
) -> tuple[Caution, ...]:
    """Return the cautions that touch a figure of a read's comparison; of one arm where the figure has one."""
    return tuple(
        each
        for each in cautions
        if figure in TOUCHED.get(each.code, {Figure.SPEED_UP})
        and each.operation in (operation, None)
        and each.part is None
        and (arm is None or each.arm in (arm, None))
    )
