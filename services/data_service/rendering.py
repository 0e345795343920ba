"""A strategy's answer as HTTP: Cache-Status (RFC 9211), Age, ETag, and the JSON body."""

from werkzeug.http import parse_etags

from services.data_service.ready_response import ReadyResponse
from services.data_service.strategies.interface import Answer, Outcome
from services.shared.http_errors import error_body

_FORWARDED = {Outcome.MISS: "fwd=miss", Outcome.REFRESH: "fwd=request", Outcome.BYPASS: "fwd=bypass"}


def render(answer: Answer, name: str, *, if_none_match: str | None) -> ReadyResponse:
    """Return the response."""
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
    return ReadyResponse([] if body is None else [body], status, headers)


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
