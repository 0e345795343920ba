"""The HTTP face of user-service: routes, status codes and bodies."""

from flask import Flask, Response, request

from services.shared.body import MAX_BODY_BYTES, read_fields
from services.shared.cache import Cache
from services.shared.database import Database
from services.shared.errors import DatabaseError, InvalidInputError
from services.shared.flask_app import new_flask_app
from services.shared.http_errors import error_response, json_response
from services.shared.names import checked_info, checked_name
from services.user_service.settings import UserServiceSettings
from services.user_service.users import Users
from services.user_service.write_policies import WRITE_POLICIES, WritePolicy


def create_app(settings: UserServiceSettings) -> Flask:
    """Return the app; it connects when the first request asks it to."""
    app = new_flask_app("user-service", log_requests=settings.common.log_requests)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    database = Database(settings.common.database_url, application_name="user-service")
    _add_health(app, database)
    _add_changes(app, Users(database), _WritePolicies(settings, Cache(settings.common.redis_url)))
    return app


def _add_health(app: Flask, database: Database) -> None:
    @app.get("/healthz")
    def health() -> Response:
        try:
            database.check()
        except DatabaseError:
            return error_response("the database does not answer", 503)
        return json_response({"database": "ok"})


def _add_changes(app: Flask, users: Users, policies: "_WritePolicies") -> None:
    def asked_policy() -> WritePolicy:
        return policies.choose(request.headers.get("X-Write-Policy"))

    @app.post("/register")
    def register() -> Response:
        policy = asked_policy()  # before the change: a request that cannot be honoured must change nothing
        raw_name, raw_info = read_fields(request, "name", "info")
        name, info = checked_name(raw_name), checked_info(raw_info)
        version = users.register(name, info)
        if version is None:
            return error_response(f"the name {name!r} is taken", 409)
        policy.committed(name)
        return _written(f"user {name} registered", name, version, status=201)

    @app.put("/user/<name>")
    def update(name: str) -> Response:
        policy, name = asked_policy(), checked_name(name)
        info = checked_info(*read_fields(request, "info"))
        version = users.update(name, info)
        if version is None:
            return error_response(f"there is no user {name!r}", 404)
        policy.committed(name)
        return _written(f"user {name} updated", name, version)

    @app.delete("/user/<name>")
    def delete(name: str) -> Response:
        policy, name = asked_policy(), checked_name(name)
        if not users.delete(name):
            return error_response(f"there is no user {name!r}", 404)
        policy.committed(name)
        return Response(status=204)


class _WritePolicies:
    """Every write policy over one cache, and which of them a change gets."""

    def __init__(self, settings: UserServiceSettings, cache: Cache) -> None:
        self._by_name = {name: policy(cache) for name, policy in WRITE_POLICIES.items()}
        self._default = self._by_name[settings.write_policy]
        self._lab_mode = settings.lab_mode

    def choose(self, wanted: str | None) -> WritePolicy:
        """Return a request's policy; `wanted` is its X-Write-Policy, which lab mode alone honours."""
        if wanted is None or not self._lab_mode:
            return self._default
        if wanted not in self._by_name:
            raise InvalidInputError(f"X-Write-Policy must be one of: {', '.join(sorted(self._by_name))}")
        return self._by_name[wanted]


def _written(message: str, name: str, version: int, status: int = 200) -> Response:
    """Return the answer to a change; its version is in a header too, where a client need not parse a body.

    Not as an ETag, which a server must not send here: what was stored is not what the request held (RFC 9110,
    section 9.3.4).
    """
    response = json_response({"message": message, "name": name, "version": version}, status)
    response.headers["X-Version"] = str(version)
    return response
