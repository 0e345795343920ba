import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import psutil
import pytest

from lab.precedence import GROUP_NICENESS, Precedence
from lab.server_process import ServerProcess
from lab.stacks.interface import Stack

# As PostgreSQL, which gives each connection a process with a session of its own.
SERVER = (
    "import subprocess, sys; "
    "subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'], start_new_session=True)"
)

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/autogroup").exists(), reason="this kernel does not group processes by session"
)


class OneServer:
    """As much of a stack as is asked for."""

    def __init__(self, process: ServerProcess) -> None:
        self._process = process

    def process_ids(self) -> Mapping[str, int | None]:
        return {"postgresql": self._process.leash_pid, "redis": None}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    process = ServerProcess(name="server", command=[sys.executable, "-c", SERVER], log=tmp_path / "log")
    process.start()
    process.wait_until(lambda: len(below(process)) == 2, 10.0)
    yield process
    process.stop()


def below(process: ServerProcess) -> list[psutil.Process]:
    return psutil.Process(process.leash_pid).children(recursive=True)


def group_of(pid: int) -> str:
    """Return the niceness of a process's group; empty for one that belongs to none, as without a session."""
    return Path(f"/proc/{pid}/autogroup").read_text().rpartition(" ")[2].strip()


def test_every_process_of_a_server_gives_way_and_the_lab_does_not(server: ServerProcess) -> None:
    own = group_of(psutil.Process().pid)
    Precedence(cast("Stack", cast("Any", OneServer(server)))).claim()
    assert [group_of(process.pid) for process in below(server)] == [str(GROUP_NICENESS)] * 2
    assert group_of(psutil.Process().pid) == own


def test_a_server_that_has_gone_is_no_failure(server: ServerProcess) -> None:
    precedence = Precedence(cast("Stack", cast("Any", OneServer(server))))
    server.stop()
    precedence.claim()
