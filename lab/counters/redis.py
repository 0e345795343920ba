"""Redis's own counters, without the commands that the lab itself sends in order to read them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import redis

from lab.counters.difference import difference

COMMAND = "cmdstat_"


class CountingRedis(redis.Redis):
    """A client that knows how many commands of each name it has sent."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.sent: Counter[str] = Counter()

    def execute_command(self, *words: Any, **options: Any) -> Any:
        # As the server spells it: "config|set" for CONFIG SET.
        self.sent[str(words[0]).lower().replace(" ", "|")] += 1
        return super().execute_command(*words, **options)  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisCounters:
    """What Redis counted between two readings; memory as it was at the second.

    Attributes:
        commands: calls by command, those of the lab taken out.
    """

    keyspace_hits: int
    keyspace_misses: int
    evicted_keys: int
    expired_keys: int
    rejected_connections: int | None
    total_forks: int | None
    used_memory_bytes: int | None
    maxmemory_bytes: int | None
    commands: Mapping[str, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisReading:
    """What Redis had counted at one moment.

    Attributes:
        information: the answer to INFO, parsed.
        sent: what the lab had sent by then, by command.
    """

    information: Mapping[str, Any]
    sent: Mapping[str, int]

    def since(self, earlier: "RedisReading") -> RedisCounters:
        """Return what came after `earlier`."""

        def counted(name: str) -> int:
            return int(self.information[name]) - int(earlier.information[name])

        def counted_where_told(name: str) -> int | None:
            return difference(self._number(name), earlier._number(name))

        return RedisCounters(
            keyspace_hits=counted("keyspace_hits"),
            keyspace_misses=counted("keyspace_misses"),
            evicted_keys=counted("evicted_keys"),
            expired_keys=counted("expired_keys"),
            rejected_connections=counted_where_told("rejected_connections"),
            total_forks=counted_where_told("total_forks"),
            used_memory_bytes=self._number("used_memory"),
            maxmemory_bytes=self._number("maxmemory"),
            commands=self._commands_since(earlier),
        )

    def _number(self, name: str) -> int | None:
        value = self.information.get(name)
        return None if value is None else int(value)

    def _commands_since(self, earlier: "RedisReading") -> dict[str, int] | None:
        calls, before = self._calls(), earlier._calls()
        if not calls:  # a server that does not tell
            return None
        for name, sent in self.sent.items():
            # Servers before 7.0 count CONFIG SET as "config".
            known = name if name in calls else name.partition("|")[0]
            if known in calls:
                calls[known] -= sent - earlier.sent.get(name, 0)
        return {name: count - before[name] for name, count in sorted(calls.items()) if count != before[name]}

    def _calls(self) -> Counter[str]:
        return Counter(
            {
                name.removeprefix(COMMAND): int(statistics["calls"])
                for name, statistics in self.information.items()
                if name.startswith(COMMAND)
            }
        )


def read_redis(client: CountingRedis) -> RedisReading | None:
    """Return Redis's counters of now; None where the lab may not ask for them.

    Raises:
        redis.RedisError: the server has stopped answering.
    """
    try:
        # Not by section: servers before 7.0 take one, and to ask three times takes longer.
        information: dict[str, Any] = client.info("all")
    except redis.ResponseError:
        return None
    # The server counts a command once it has answered it: this INFO is in neither its count nor, at the next
    # reading, missing from it. So the lab's are counted in the same way, one INFO late in both readings.
    return RedisReading(information=information, sent=dict(client.sent))
