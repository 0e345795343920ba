"""Server-Timing (W3C): how long each stage of an answer took, and when the work on it began.

    redis;dur=0.210, db;dur=3.400, render;dur=0.012, app;dur=4.100, start;desc="123456789012345"

- `redis`, `db`: waiting for Redis and PostgreSQL, their client libraries included; absent where not asked.
- `render`: making JSON of a row that was loaded, then the body and the headers of the answer.
- `app`: all of the service's work, from the server's call of the WSGI application to the moment the answer is
  handed back. What is in none of the stages is the routing, the strategy, and Flask itself.
- `start`: when `app` began, CLOCK_MONOTONIC in ns. A client on the same machine can tell by it how long the
  request was on its way and in the server's queue.

`dur` counts ms, cut to whole µs. As every figure is cut and none is rounded, stages never add up to more than
`app`, nor does `start` and `app` reach past the moment it ended.

References:
    W3C, Server Timing, https://www.w3.org/TR/server-timing/.
"""

from collections.abc import Callable, Iterable
from time import monotonic_ns
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Clock = Callable[[], int]
"""Returns ns from any zero point."""

_STARTED_NS = "hit_or_miss.started_ns"

# Durations up to here are looked up as text: to write one takes ten times as long, and an answer has four.
_WRITTEN_US = 10_000
_WRITTEN_MS = tuple(f"{us // 1000}.{us % 1000:03d}" for us in range(_WRITTEN_US))


def no_clock() -> int:
    """Stand in for the clock where nobody asks for times."""
    return 0


def note_start(application: "WSGIApplication") -> "WSGIApplication":
    """Wrap a WSGI application: note when each call of it began, for `server_timing`."""

    def noting(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        environ[_STARTED_NS] = monotonic_ns()
        return application(environ, start_response)

    return noting


def stage_times(*, redis_ns: int | None, db_ns: int | None, render_ns: int) -> str:
    """Return the header's first half; a stage that did not run is None."""
    redis = "" if redis_ns is None else f"redis;dur={_ms(redis_ns)}, "
    db = "" if db_ns is None else f"db;dur={_ms(db_ns)}, "
    return f"{redis}{db}render;dur={_ms(render_ns)}"


def server_timing(stages: str, environ: "WSGIEnvironment") -> str:
    """Return the whole header of an answer that is handed back now; `stages` is its first half."""
    started_ns = environ[_STARTED_NS]
    return f'{stages}, app;dur={_ms(monotonic_ns() - started_ns)}, start;desc="{started_ns}"'


def _ms(duration_ns: int) -> str:
    us = duration_ns // 1000
    return _WRITTEN_MS[us] if us < _WRITTEN_US else f"{us // 1000}.{us % 1000:03d}"
