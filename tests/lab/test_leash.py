"""A leash lets nothing survive it."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from lab.server_process import LEASH
from tests.lab.processes import left_after

SLEEPER = "import time; time.sleep(120)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(120)"
)
PARENT_OF_A_STRAY = (
    "import subprocess, sys, time\n"
    f"subprocess.Popen([sys.executable, '-c', {SLEEPER!r}, sys.argv[1]])\n"
    "print('up', flush=True)\n"
    "time.sleep(120)\n"
)


def leashed(code: str, marker: Path, grace_s: float = 5.0) -> "subprocess.Popen[str]":
    command = [
        sys.executable,
        "-I",
        "-S",
        str(LEASH),
        "SIGTERM",
        str(grace_s),
        "0",
        sys.executable,
        "-c",
        code,
        str(marker),
    ]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def let_go(leash: "subprocess.Popen[str]") -> float:
    assert leash.stdin is not None
    started = time.monotonic()
    leash.stdin.close()
    leash.wait(30)
    return time.monotonic() - started


def test_letting_go_ends_the_command(tmp_path: Path) -> None:
    let_go(leashed(SLEEPER, tmp_path))
    assert not left_after(tmp_path)


def test_the_exit_code_is_the_commands() -> None:
    leash = leashed("import sys; sys.exit(7)", Path("x"))
    assert leash.wait(30) == 7


def test_a_command_that_ignores_the_signal_is_killed_after_the_grace(tmp_path: Path) -> None:
    leash = leashed(STUBBORN, tmp_path, grace_s=0.5)
    assert leash.stdout is not None
    leash.stdout.readline()
    assert let_go(leash) >= 0.5
    assert not left_after(tmp_path)


def test_children_of_the_command_go_too(tmp_path: Path) -> None:
    leash = leashed(PARENT_OF_A_STRAY, tmp_path)
    assert leash.stdout is not None
    leash.stdout.readline()
    let_go(leash)
    assert not left_after(tmp_path)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_holder_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    holder = (
        "import subprocess, sys, time\n"
        f"leash = [sys.executable, '-I', '-S', {str(LEASH)!r}, 'SIGTERM', '5', '0']\n"
        f"command = [sys.executable, '-c', {SLEEPER!r}, {str(tmp_path)!r}]\n"
        "subprocess.Popen([*leash, *command], stdin=subprocess.PIPE)\n"
        "print('up', flush=True)\n"
        "time.sleep(120)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", holder], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    psutil.Process(process.pid).send_signal(number)
    process.wait(30)
    assert not left_after(tmp_path)
