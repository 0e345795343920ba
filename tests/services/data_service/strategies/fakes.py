"""What a strategy is given in the tests: a cache in memory that can fail, a clock that waits, a counting load."""

from dataclasses import dataclass, field

from services.data_service.strategies.interface import Loaded
from services.shared.errors import CacheError


@dataclass
class FakeCache:
    """Keys and bytes in memory, and the commands it was sent. `fails` names commands to refuse."""

    entries: dict[str, bytes] = field(default_factory=dict)
    ttls_ms: dict[str, int] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    fails: set[str] = field(default_factory=set)

    def get(self, key: str) -> bytes | None:
        self._note("get")
        return self.entries.get(key)

    def set(self, key: str, value: bytes, *, ttl_ms: int) -> None:
        self._note("set")
        self.entries[key] = value
        self.ttls_ms[key] = ttl_ms

    def _note(self, command: str) -> None:
        self.commands.append(command)
        if command in self.fails:
            raise CacheError(f"{command} refused")


@dataclass
class FakeClock:
    """A wall clock that stands still until moved."""

    now_s: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now_s


@dataclass
class FakeLoad:
    """A database with one user, or none, that counts how often it is asked."""

    body: bytes | None = b'{"name": "ada", "version": 3}'
    version: int | None = 3
    calls: int = 0

    def __call__(self) -> Loaded:
        self.calls += 1
        return Loaded(self.body, self.version, db_ns=1000)
