"""What a Flask app of either service starts from: JSON errors, strict addresses, `GET /`, request logs."""

import logging

from flask import Flask, Response, request

from services.shared.http_errors import answer_errors_as_json, json_response

logger = logging.getLogger(__name__)


def new_flask_app(service: str, *, log_requests: bool) -> Flask:
    """Return an app without static files, with `GET /`, and without the routes of a service."""
    app = Flask(service, static_folder=None)
    # By default /user//activity would be sent on to /user/activity, the page of a user called "activity".
    app.url_map.merge_slashes = False
    answer_errors_as_json(app)
    app.add_url_rule(
        "/", view_func=lambda: json_response({"service": service, "status": "running"}), endpoint="root"
    )
    if log_requests:
        app.after_request(_log_request)
    return app


def _log_request(response: Response) -> Response:
    logger.info("request", extra={"method": request.method, "path": request.path, "status": response.status_code})
    return response
