"""The table of processes: who is below whom, and what they have used."""

import os
import subprocess
import sys
from pathlib import Path

import psutil

from lab.processes import read_processes, total_cpu_s


def stat_line(pid: int, name: str, parent: int, ticks: tuple[int, int, int, int], core: int) -> str:
    fields = ["S", str(parent), *["0"] * 9, *map(str, ticks), *["0"] * 21, str(core), *["0"] * 13]
    return f"{pid} ({name}) {' '.join(fields)}\n"


def test_a_name_with_brackets_and_blanks_hides_nothing(tmp_path: Path) -> None:
    for pid, parent, name in ((1, 0, "init"), (30, 1, "a) S 9 (b"), (31, 30, "leaf"), (40, 1, "other")):
        (tmp_path / str(pid)).mkdir()
        (tmp_path / str(pid) / "stat").write_text(stat_line(pid, name, parent, (100, 50, 25, 25), core=3))
    processes = read_processes(tmp_path)
    assert processes is not None
    assert [process.pid for process in processes.tree(30)] == [30, 31]
    assert [process.core for process in processes.tree(30)] == [3, 3]
    assert total_cpu_s(processes.tree(30)) == 2 * 200 / os.sysconf("SC_CLK_TCK")
    assert processes.tree(99) == []
    assert total_cpu_s([]) is None


def test_it_agrees_with_psutil_on_this_process() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert child.stdin is not None
    before = sum(psutil.Process().cpu_times()[:4])
    processes = read_processes()
    after = sum(psutil.Process().cpu_times()[:4])
    child.stdin.close()
    child.wait()
    assert processes is not None
    me = processes.tree(os.getpid())
    assert child.pid in [process.pid for process in me]
    assert before - 1e-9 <= me[0].cpu_s <= after + 1e-9


def test_a_system_without_them_is_unknown(tmp_path: Path) -> None:
    assert read_processes(tmp_path / "no-proc") is None
