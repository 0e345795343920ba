"""Turn every failure of a Flask app into JSON: {"error": "what is wrong"}."""

import json
import logging

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from services.shared.errors import DatabaseError, InvalidInputError

logger = logging.getLogger(__name__)


def json_response(document: object, status: int = 200) -> Response:
    """Return `document` as a JSON answer."""
    return Response(_json(document), status, content_type="application/json")


def error_response(message: str, status: int) -> Response:
    """Return the one form every error answer has."""
    return json_response({"error": message}, status)


def error_body(message: str) -> bytes:
    """Return the body of an error answer."""
    return _json({"error": message})


def _json(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode() + b"\n"


def answer_errors_as_json(app: Flask) -> None:
    """Register the handlers on `app`; an unforeseen exception is logged and answered with 500."""
    app.register_error_handler(InvalidInputError, lambda error: error_response(str(error), error.status))
    app.register_error_handler(DatabaseError, _database_unavailable)
    app.register_error_handler(HTTPException, _http_exception)
    app.register_error_handler(Exception, _unforeseen)


def _database_unavailable(_error: DatabaseError) -> Response:
    return error_response("the database does not answer; try again later", 503)


def _http_exception(error: HTTPException) -> Response:
    response = error_response(_description(error), error.code or 500)
    for name, value in error.get_headers():
        if name != "Content-Type":  # such as Allow, on 405
            response.headers[name] = value
    return response


def _description(error: HTTPException) -> str:
    if error.code == 404:
        return "there is nothing at this address"
    if error.code == 405:
        return "this address does not take that method"
    return error.description or error.name


def _unforeseen(error: Exception) -> Response:
    logger.error("request_failed", exc_info=error)
    return error_response("the service failed on this request; its log says why", 500)
