"""What machine the run was made on, as far as it bears on the numbers."""

import os
import platform
from pathlib import Path
from typing import Any

import psutil

CPUFREQ = Path("/sys/devices/system/cpu/cpufreq")
CPUINFO = Path("/proc/cpuinfo")


def describe_machine() -> dict[str, Any]:
    """Return processor, cores, memory, system and Python as JSON values."""
    cpuinfo = _cpuinfo()
    return {
        "cpu": cpuinfo.get("model name") or platform.processor() or platform.machine(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
        "system": f"{platform.system()} {platform.release()}",
        "kernel": platform.version(),
        "python": platform.python_version(),
        "governor": frequency_governor(),
        "virtual": "hypervisor" in cpuinfo["flags"].split() if "flags" in cpuinfo else None,
    }


def frequency_governor(folder: Path = CPUFREQ) -> str | None:
    """Return what sets the cores' frequency, "mixed" where they differ; None where the kernel does not tell."""
    try:
        governors = {file.read_text().strip() for file in folder.glob("policy*/scaling_governor")}
    except OSError:
        return None
    if not governors:
        return None
    return governors.pop() if len(governors) == 1 else "mixed"


def _cpuinfo() -> dict[str, str]:
    """Return the fields of the first core; none on another system."""
    try:
        first, _, _ = CPUINFO.read_text().partition("\n\n")
    except OSError:
        return {}
    fields = (line.partition(":") for line in first.splitlines())
    return {name.strip(): value.strip() for name, _, value in fields}
