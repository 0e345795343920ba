"""A strategy's answer as HTTP: Cache-Status (RFC 9211), Age, ETag, Server-Timing, and the JSON body."""

from time import perf_counter_ns

from flask import Response
from werkzeug.http import parse_etags

from services.data_service.ready_response import ReadyResponse
from services.data_service.strategies.interface import Answer, Outcome
from services.shared.http_errors import error_body

_FORWARDED = {Outcome.MISS: "fwd=miss", Outcome.REFRESH: "fwd=request", Outcome.BYPASS: "fwd=bypass"}


def render(answer: Answer, name: str, *, if_none_match: str | None, began_ns: int) -> Response:
    """Return the response; `began_ns` is when the request's work began, by `perf_counter_ns`."""
    headers = [("Cache-Status", _cache_status(answer))]
    if answer.age_s is not None:
        headers.append(("Age", str(int(answer.age_s))))
    body: bytes | None
    if answer.body is None:
        status, body = 404, error_body(f"there is no user {name!r}")
    else:
        headers.append(("ETag", f'W/"{answer.version}"'))
        if if_none_match is not None and parse_etags(if_none_match).contains_weak(str(answer.version)):
            status, body = 304, None
        else:
            status, body = 200, _body(answer.body, cached=answer.outcome is Outcome.HIT)
    if body is not None:
        headers.append(("Content-Type", "application/json"))
    headers.append(("Server-Timing", _server_timing(answer, perf_counter_ns() - began_ns)))
    return ReadyResponse(body, status, headers)


def _body(stored: bytes, *, cached: bool) -> bytes:
    # `stored` is a JSON object as it lies in the cache. Its closing brace makes way for one more field, so
    # that a hit neither parses JSON nor writes it.
    return stored[:-1] + (b', "cached": true}\n' if cached else b', "cached": false}\n')


def _cache_status(answer: Answer) -> str:
    if answer.ttl_s is not None:
        return f"data-service; hit; ttl={int(answer.ttl_s)}"
    stored = "; stored" if answer.stored else ""
    detail = "; detail=cache-error" if answer.cache_failed else ""
    return f"data-service; {_FORWARDED[answer.outcome]}{stored}{detail}"


def _server_timing(answer: Answer, app_ns: int) -> str:
    redis = "" if answer.redis_ns is None else f"redis;dur={answer.redis_ns / 1e6:.3f}, "
    db = "" if answer.db_ns is None else f"db;dur={answer.db_ns / 1e6:.3f}, "
    return f"{redis}{db}app;dur={app_ns / 1e6:.3f}"
