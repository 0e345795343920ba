"""How long the experiment's control groups were held back by a CPU quota, under either version of them."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from lab.processes import PROC
from lab.stacks.cgroup import CGROUPS, container_cpu_folder

# Version 1 mounts the controller alone or with its accounting.
CPU_MOUNTS = ("cpu", "cpu,cpuacct")


def throttled_by_group(
    pids: Iterable[int], containers: Iterable[str], root: Path = CGROUPS, proc: Path = PROC
) -> Mapping[Path, float] | None:
    """Return for how long (s) each group of the processes and containers had work and no quota left.

    A quota holds for all that is below it, so the groups above count too. None where a group cannot be seen.
    """
    memberships = {line for pid in pids for line in _memberships(pid, proc)}
    groups = {group for line in memberships for group in _groups(line, root)}
    for container in containers:
        folder = container_cpu_folder(container, root)
        if folder is None:
            return None
        groups.add(folder)
    seconds = {group: _group_throttled_s(group) for group in groups}
    return {group: each for group, each in seconds.items() if each is not None} or None


def throttled_between(later: Mapping[Path, float] | None, earlier: Mapping[Path, float] | None) -> float | None:
    """Return the seconds of throttling between two readings, of the groups that are in both."""
    if later is None or earlier is None:
        return None
    return sum(seconds - earlier[group] for group, seconds in later.items() if group in earlier)


def _memberships(pid: int, proc: Path) -> list[str]:
    try:
        return (proc / str(pid) / "cgroup").read_text().splitlines()
    except OSError:  # it has just ended, or this is another system
        return []


def _groups(membership: str, root: Path) -> Iterator[Path]:
    """Yield the folder of a group and those above it, from a line of /proc/PID/cgroup.

    In a container the kernel may tell a path of the host, while only the container's own group is mounted: what
    is not there is passed over.
    """
    _, controllers, path = membership.split(":", 2)
    mount = _mount(controllers, root)
    if mount is not None:
        group = PurePosixPath(path.lstrip("/"))
        folders = (mount / group, *(mount / above for above in group.parents))
        yield from (folder for folder in folders if (folder / "cpu.stat").exists())


def _mount(controllers: str, root: Path) -> Path | None:
    if not controllers:  # version 2, alone or beside version 1
        return root if (root / "cgroup.controllers").exists() else None
    if "cpu" in controllers.split(","):
        return next((root / name for name in CPU_MOUNTS if (root / name).is_dir()), None)
    return None


def _group_throttled_s(group: Path) -> float | None:
    try:
        lines = (group / "cpu.stat").read_text().splitlines()
    except OSError:
        return None
    fields = dict(line.split() for line in lines)
    if "throttled_usec" in fields:  # version 2
        return int(fields["throttled_usec"]) / 1e6
    if "throttled_time" in fields:  # version 1, in ns
        return int(fields["throttled_time"]) / 1e9
    return 0.0  # no line of it where no quota can be set, as in the topmost group
