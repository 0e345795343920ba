"""Where a process runs: tells whether two processes read the same clock and mean the same loopback address."""

import platform
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
NAMESPACES = Path("/proc/self/ns")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A kernel, and the namespaces of it that a process is in; None where the system does not say.

    Attributes:
        host: name of the machine.
        boot_id: names one start of one kernel; containers of a machine share it.
        time_namespace: processes of one kernel and one time namespace read the same CLOCK_MONOTONIC.
        network_namespace: processes of one kernel and one network namespace reach the same 127.0.0.1.
    """

    host: str
    boot_id: str | None
    time_namespace: str | None
    network_namespace: str | None

    def shares_clock_with(self, other: "Place") -> bool:
        """Return whether monotonic times of the two are comparable as they are."""
        return self.boot_id is not None and (
            (self.boot_id, self.time_namespace) == (other.boot_id, other.time_namespace)
        )

    def shares_loopback_with(self, other: "Place") -> bool:
        """Return whether a service on this place's loopback address is the same on the other's."""
        return self.boot_id is not None and (
            (self.boot_id, self.network_namespace) == (other.boot_id, other.network_namespace)
        )

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON values."""
        return asdict(self)


def here() -> Place:
    """Return this process's place."""
    return Place(
        host=platform.node(),
        boot_id=_read(BOOT_ID),
        # A kernel before 5.6 has no time namespaces: None on both sides, which compares equal.
        time_namespace=_link(NAMESPACES / "time"),
        network_namespace=_link(NAMESPACES / "net"),
    )


def _read(path: Path) -> str | None:
    try:
        return path.read_text().strip()
    except OSError:
        return None


def _link(path: Path) -> str | None:
    try:
        return str(path.readlink())
    except OSError:
        return None
