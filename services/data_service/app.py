"""The HTTP face of data-service: its routes, and which strategy a request gets."""

import math
from time import monotonic_ns

from flask import Flask, Response, request

from services.data_service.directives import NO_DIRECTIVES, Directives
from services.data_service.reads import Reads
from services.data_service.rendering import render
from services.data_service.server_timing import Clock, no_clock, note_start
from services.data_service.settings import MAX_TTL_S, MIN_TTL_S, DataServiceSettings
from services.data_service.strategies import STRATEGIES, Strategy
from services.data_service.strategies.interface import Lifetime, Loaded, StrategyContext
from services.shared.cache import Cache
from services.shared.database import Database
from services.shared.errors import CacheError, DatabaseError, InvalidInputError
from services.shared.flask_app import new_flask_app
from services.shared.http_errors import error_response, json_response
from services.shared.keys import Read, cache_key
from services.shared.names import checked_name

MOST_ASKED_FOR = 64  # strategies that requests have asked for, by name and TTL; an experiment needs a handful


def create_app(settings: DataServiceSettings) -> Flask:
    """Return the app; it connects when the first request asks it to."""
    app = new_flask_app("data-service", log_requests=settings.common.log_requests)
    database = Database(settings.common.database_url, application_name="data-service")
    cache = Cache(settings.common.redis_url)
    _add_health(app, database, cache)
    clock_ns = monotonic_ns if settings.server_timing else no_clock
    _add_reads(app, Reads(database, clock_ns), _Strategies(settings, cache, clock_ns), clock_ns)
    if settings.server_timing:
        app.wsgi_app = note_start(app.wsgi_app)  # type: ignore[assignment]  # as Flask documents
    return app


class _NotCachedError(Exception):
    """The client wants a stored answer or none, and there is none."""


class _Strategies:
    """Every strategy over one cache, and which of them a request gets."""

    def __init__(self, settings: DataServiceSettings, cache: Cache, clock_ns: Clock) -> None:
        self._settings = settings
        self._cache = cache
        self._clock_ns = clock_ns
        self._none = self._make("none", settings.cache_ttl_s)
        self._default = self._make(settings.cache_strategy, settings.cache_ttl_s)
        self._asked_for: dict[tuple[str | None, str | None], Strategy] = {(None, None): self._default}

    def choose(self, *, no_store: bool, name: str | None, ttl: str | None) -> Strategy:
        """Return a request's strategy; its X-Cache-Strategy and X-Cache-TTL count in lab mode alone."""
        if no_store:
            return self._none
        if not self._settings.lab_mode:
            return self._default
        strategy = self._asked_for.get((name, ttl))
        if strategy is None:
            if len(self._asked_for) >= MOST_ASKED_FOR:
                self._asked_for = {(None, None): self._default}
            strategy = self._asked_for[name, ttl] = self._make_as_asked(name, ttl)
        return strategy

    def _make_as_asked(self, name: str | None, ttl: str | None) -> Strategy:
        if name is not None and name not in STRATEGIES:
            raise InvalidInputError(f"X-Cache-Strategy must be one of: {', '.join(sorted(STRATEGIES))}")
        try:
            ttl_s = self._settings.cache_ttl_s if ttl is None else float(ttl)
        except ValueError:
            ttl_s = math.nan
        if not MIN_TTL_S <= ttl_s <= MAX_TTL_S:
            raise InvalidInputError(f"X-Cache-TTL must be a number of seconds from {MIN_TTL_S:g} to {MAX_TTL_S:g}")
        return self._make(name or self._settings.cache_strategy, ttl_s)

    def _make(self, name: str, ttl_s: float) -> Strategy:
        lifetime = Lifetime(ttl_s=ttl_s, jitter_ratio=self._settings.cache_ttl_jitter_ratio)
        return STRATEGIES[name](StrategyContext(cache=self._cache, lifetime=lifetime, clock_ns=self._clock_ns))


def _add_health(app: Flask, database: Database, cache: Cache) -> None:
    """Add /healthz: 200 while the database answers, since reads need no Redis."""

    @app.get("/healthz")
    def health() -> Response:
        try:
            cache.check()
            cache_state = "ok"
        except CacheError:
            cache_state = "does not answer"
        try:
            database.check()
        except DatabaseError:
            return json_response({"error": "the database does not answer", "cache": cache_state}, 503)
        return json_response({"database": "ok", "cache": cache_state})


def _add_reads(app: Flask, reads: Reads, strategies: _Strategies, clock_ns: Clock) -> None:
    def answer(read: Read, raw_name: str) -> Response:
        name = checked_name(raw_name)
        headers = request.environ
        cache_control = headers.get("HTTP_CACHE_CONTROL")
        directives = NO_DIRECTIVES if cache_control is None else Directives.from_header(cache_control)
        strategy = strategies.choose(
            no_store=directives.no_store,
            name=headers.get("HTTP_X_CACHE_STRATEGY"),
            ttl=headers.get("HTTP_X_CACHE_TTL"),
        )

        encode_ns = 0  # stays so where another request loaded the answer

        def load() -> Loaded:
            nonlocal encode_ns
            if directives.only_if_cached:
                raise _NotCachedError
            loaded = reads.load(read, name)
            encode_ns = loaded.encode_ns
            return loaded

        result = strategy.read(cache_key(read, name), load, refresh=directives.no_cache)
        answered_ns = clock_ns()
        response = render(result, name, if_none_match=headers.get("HTTP_IF_NONE_MATCH"))
        if clock_ns is not no_clock:
            response.stages = (result.redis_ns, result.db_ns, encode_ns + clock_ns() - answered_ns)
        return response

    @app.get("/user/<name>")
    def user(name: str) -> Response:
        return answer("user", name)

    @app.get("/user/<name>/activity")
    def activity(name: str) -> Response:
        return answer("activity", name)

    @app.get("/user/<name>/similar")
    def similar(name: str) -> Response:
        return answer("similar", name)

    @app.errorhandler(_NotCachedError)
    def not_cached(_error: _NotCachedError) -> Response:
        return error_response("no stored answer, and the request takes no other (only-if-cached)", 504)
