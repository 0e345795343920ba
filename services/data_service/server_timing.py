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

Stages = tuple[int | None, int | None, int]
"""How long `redis`, `db` and `render` took, in ns; None for a stage that did not run."""

_STARTED_NS = "hit_or_miss.started_ns"


class _Milliseconds(dict[int, str]):
    """Goes from µs to ms as text. What it holds is found ten times as fast as it is written."""

    def __missing__(self, us: int) -> str:
        return f"{us // 1000}.{us % 1000:03d}"


_MS = _Milliseconds({us: f"{us // 1000}.{us % 1000:03d}" for us in range(10_000)})


def no_clock() -> int:
    """Stand in for the clock where nobody asks for times."""
    return 0


def note_start(application: "WSGIApplication") -> "WSGIApplication":
    """Wrap a WSGI application: note when each call of it began, for `server_timing`."""

    def noting(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        environ[_STARTED_NS] = monotonic_ns()
        return application(environ, start_response)

    return noting


def server_timing(stages: Stages, environ: "WSGIEnvironment") -> str:
    """Return the header of an answer that is handed back now."""
    redis_ns, db_ns, render_ns = stages
    started_ns = environ[_STARTED_NS]
    redis = "" if redis_ns is None else f"redis;dur={_MS[redis_ns // 1000]}, "
    db = "" if db_ns is None else f"db;dur={_MS[db_ns // 1000]}, "
    app_ms = _MS[(monotonic_ns() - started_ns) // 1000]
    return f'{redis}{db}render;dur={_MS[render_ns // 1000]}, app;dur={app_ms}, start;desc="{started_ns}"'
