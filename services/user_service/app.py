"""The HTTP face of user-service: routes, status codes and bodies."""

from flask import Flask, Response, request

from services.shared.body import MAX_BODY_BYTES, read_fields
from services.shared.cache import Cache
from services.shared.database import Database
from services.shared.errors import DatabaseError
from services.shared.flask_app import new_flask_app
from services.shared.http_errors import error_response, json_response
from services.shared.names import checked_info, checked_name
from services.user_service.settings import UserServiceSettings
from services.user_service.users import Users
from services.user_service.write_policies import WRITE_POLICIES


def create_app(settings: UserServiceSettings) -> Flask:
    """Return the app; it connects when the first request asks it to."""
    app = new_flask_app("user-service", log_requests=settings.common.log_requests)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    database = Database(settings.common.database_url, application_name="user-service")
    users = Users(database)
    policy = WRITE_POLICIES[settings.write_policy](Cache(settings.common.redis_url))

    @app.get("/healthz")
    def health() -> Response:
        try:
            database.check()
        except DatabaseError:
            return error_response("the database does not answer", 503)
        return json_response({"database": "ok"})

    @app.post("/register")
    def register() -> Response:
        raw_name, raw_info = read_fields(request, "name", "info")
        name, info = checked_name(raw_name), checked_info(raw_info)
        version = users.register(name, info)
        if version is None:
            return error_response(f"the name {name!r} is taken", 409)
        policy.committed(name)
        return json_response({"message": f"user {name} registered", "name": name, "version": version}, 201)

    @app.put("/user/<name>")
    def update(name: str) -> Response:
        name = checked_name(name)
        info = checked_info(*read_fields(request, "info"))
        version = users.update(name, info)
        if version is None:
            return error_response(f"there is no user {name!r}", 404)
        policy.committed(name)
        return json_response({"message": f"user {name} updated", "name": name, "version": version})

    @app.delete("/user/<name>")
    def delete(name: str) -> Response:
        name = checked_name(name)
        if not users.delete(name):
            return error_response(f"there is no user {name!r}", 404)
        policy.committed(name)
        return Response(status=204)

    return app
