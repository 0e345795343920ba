"""What a Flask app of either service starts from: JSON errors, strict addresses, `GET /`, request logs."""

import logging

from flask import Flask, Request, Response, request
from flask.sessions import NullSession, SessionInterface
from werkzeug.routing import MapAdapter

from services.shared.http_errors import answer_errors_as_json, json_response

logger = logging.getLogger(__name__)


def new_flask_app(service: str, *, log_requests: bool) -> Flask:
    """Return an app without static files, with `GET /`, and without the routes of a service."""
    app = _ServiceApp(service, static_folder=None)
    # By default /user//activity would be sent on to /user/activity, the page of a user called "activity".
    app.url_map.merge_slashes = False
    answer_errors_as_json(app)
    status = {"service": service, "status": "running"}
    app.add_url_rule("/", view_func=lambda: json_response(status), endpoint="root")
    if log_requests:
        app.after_request(_log_request)
    return app


class _NoSessions(SessionInterface):
    """Gives every request the same empty session, and never a cookie."""

    _session = NullSession()

    def open_session(self, app: Flask, request: Request) -> NullSession:
        return self._session


class _ServiceApp(Flask):
    """Flask without two things that no route here needs, and that cost a hit a twentieth of its throughput.

    These are sessions, and addresses that depend on the request's Host header.
    """

    session_interface = _NoSessions()

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        if request is None:
            return super().create_url_adapter(None)
        return self.url_map.bind("localhost", path_info=request.path, default_method=request.method)


def _log_request(response: Response) -> Response:
    logger.info("request", extra={"method": request.method, "path": request.path, "status": response.status_code})
    return response
