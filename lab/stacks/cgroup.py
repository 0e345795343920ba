"""A container's control group: where it is, and the CPU seconds that the kernel accounts to it."""

from functools import lru_cache
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")


def container_cpu_s(container_id: str, root: Path = CGROUPS) -> float | None:
    """Return the CPU seconds of all processes of the container so far; None where they cannot be read."""
    folder = _folder_of(container_id, root, "cpuacct")
    if folder is None:
        return None
    try:
        if (folder / "cpu.stat").exists() and (usage_us := _unified_usage_us(folder)) is not None:
            return usage_us / 1e6
        return int((folder / "cpuacct.usage").read_text()) / 1e9  # version 1, in ns
    except OSError:
        return None


def container_cpu_folder(container_id: str, root: Path = CGROUPS) -> Path | None:
    """Return the folder of the container's group in which its CPU quota stands; None where it cannot be seen."""
    return _folder_of(container_id, root, "cpu")


def _unified_usage_us(folder: Path) -> int | None:
    for line in (folder / "cpu.stat").read_text().splitlines():
        name, _, value = line.partition(" ")
        if name == "usage_usec":
            return int(value)
    return None  # a version 1 cpu.stat knows only throttling


@lru_cache(maxsize=64)
def _folder_of(container_id: str, root: Path, controller: str) -> Path | None:
    """Find the container's group; where it lies depends on the engine's driver, its name ends on the id."""
    places = [root / controller, root] if (root / controller).is_dir() else [root]
    for place in places:
        found = next(place.glob(f"**/*{container_id}*"), None)
        if found is not None and found.is_dir():
            return found
    return None
