"""Read a request's body: one JSON object with exactly the string fields a route expects."""

import json

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

from services.shared.errors import InvalidInputError
from services.shared.names import MAX_INFO_BYTES, MAX_NAME_CHARACTERS

# A legal body at its longest: JSON may spell each byte of info as \u00XX and each character of a name as two
# such escapes, six bytes each, plus the field names. Anything longer is refused before it is parsed.
MAX_BODY_BYTES = 6 * MAX_INFO_BYTES + 12 * MAX_NAME_CHARACTERS + 1024


def read_fields(request: Request, *fields: str) -> tuple[str, ...]:
    """Return the values of `fields` in order, or raise InvalidInputError (400, 413 or 415)."""
    if request.mimetype != "application/json":
        raise InvalidInputError("the body must be JSON: send Content-Type: application/json", status=415)
    document = _parsed(_body(request))
    if not isinstance(document, dict):
        raise InvalidInputError(f"the body must be a JSON object with {_quoted(fields)}")
    unknown = sorted(document.keys() - set(fields))
    if unknown:
        raise InvalidInputError(f"unknown field {ascii(unknown[0])[:80]}: this route takes {_quoted(fields)}")
    return tuple(_string(document, field) for field in fields)


def _body(request: Request) -> bytes:
    try:
        return request.get_data(cache=False)
    except RequestEntityTooLarge:
        raise InvalidInputError(f"the body must have at most {MAX_BODY_BYTES} bytes", status=413) from None


def _parsed(body: bytes) -> object:
    try:
        return json.loads(body.decode())
    except RecursionError:
        raise InvalidInputError("the body is nested too deeply") from None
    except UnicodeDecodeError:
        raise InvalidInputError("the body must be UTF-8") from None
    except ValueError as error:
        raise InvalidInputError(f"the body is not JSON: {error}") from None


def _string(document: dict[str, object], field: str) -> str:
    if field not in document:
        raise InvalidInputError(f"field {field!r} is missing")
    value = document[field]
    if not isinstance(value, str):
        raise InvalidInputError(f"field {field!r} must be a string")
    return value


def _quoted(fields: tuple[str, ...]) -> str:
    return " and ".join(repr(field) for field in fields)
