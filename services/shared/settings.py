"""The settings both services have: where to listen, what to connect to, what to log. Checked when made."""

import ipaddress
import re
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

import psycopg2
from psycopg2.extensions import parse_dsn

from services.shared.environment import Environment, require_choice, require_range
from services.shared.errors import SettingsError

DATABASE_URL_ADVICE = "put an address such as postgresql://user:password@host:5432/database there"
REDIS_URL_ADVICE = "put an address such as redis://:password@host:6379/0 there"
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
MAX_WORKERS = 64
MAX_THREADS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonSettings:
    """Where a service listens, with how many `workers` (processes) of how many `threads` each.

    The addresses of PostgreSQL and Redis are left out of `repr`, since they may hold passwords.
    """

    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int
    workers: int = 2
    threads: int = 4
    log_level: str = "INFO"
    log_requests: bool = False

    def __post_init__(self) -> None:
        _check_database_url(self.database_url)
        _check_redis_url(self.redis_url)
        _check_host(self.host)
        require_range("PORT", self.port, 1, 65_535)
        require_range("WORKERS", self.workers, 1, MAX_WORKERS)
        require_range("THREADS", self.threads, 1, MAX_THREADS)
        require_choice("LOG_LEVEL", self.log_level, LOG_LEVELS)

    @classmethod
    def from_environment(cls, environment: Environment, *, default_port: int) -> Self:
        """Read the shared variables."""
        return cls(
            database_url=environment.required("DATABASE_URL", DATABASE_URL_ADVICE),
            redis_url=environment.required("REDIS_URL", REDIS_URL_ADVICE),
            host=environment.text("HOST", "127.0.0.1"),
            port=environment.integer("PORT", default_port),
            workers=environment.integer("WORKERS", 2),
            threads=environment.integer("THREADS", 4),
            log_level=environment.text("LOG_LEVEL", "INFO").upper(),
            log_requests=environment.switch("LOG_REQUESTS"),
        )


def _check_database_url(url: str) -> None:
    try:
        if not url.startswith(("postgresql://", "postgres://")):
            raise ValueError("another scheme")
        parse_dsn(url)
    except (ValueError, psycopg2.Error):
        raise SettingsError("DATABASE_URL", f"is {_masked(url)!r}", DATABASE_URL_ADVICE) from None


def _check_redis_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        if parts.scheme != "redis" or not parts.hostname or not re.fullmatch("(/[0-9]*)?", parts.path):
            raise ValueError("another scheme, no host, or no number of a database")
        _ = parts.port  # raises ValueError when it is no number
    except ValueError:
        raise SettingsError("REDIS_URL", f"is {_masked(url)!r}", REDIS_URL_ADVICE) from None


def _check_host(host: str) -> None:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        advice = "put an IP address there, such as 127.0.0.1 for this machine alone or 0.0.0.0 for every network"
        raise SettingsError("HOST", f"is {host!r}", advice) from None


def _masked(url: str) -> str:
    """Return a rejected address without what might be a password.

    It could not be parsed, so nothing says where a password ends: whatever stands between the scheme and the
    last @ goes, and all of it when there is no @ or a password is named.
    """
    scheme, separator, rest = url.rpartition("://")
    if "password" in rest or ("@" not in rest and rest.count(":")):
        return f"{scheme}{separator}***"
    return f"{scheme}{separator}{re.sub('.*@', '***@', rest)}"
