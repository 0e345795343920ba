"""A timer fires once the time has come and not before: woken early, it waits for the rest."""

import subprocess
import sys

import pytest

FIRE = """
import time
from gevent.event import Event
from loadtests.timer import make_timer

fired = Event()
fired_ns = []

def fire():
    fired_ns.append(time.monotonic_ns())
    fired.set()

timer = make_timer(fire)
for wait_ns in ({waits}):
    fired.clear()
    at_ns = time.monotonic_ns() + wait_ns
    timer.arm(at_ns)
    assert fired.wait(10)
    print(fired_ns[-1] >= at_ns)
timer.close()
"""


@pytest.mark.parametrize("wait_ns", [-1_000_000, 0, 50_000, 319_000, 321_000, 5_000_000])
def test_fires_once_its_time_has_come(wait_ns: int) -> None:
    assert _fired(str([wait_ns] * 5)) == ["True"] * 5


def test_armed_anew_it_forgets_the_earlier_time() -> None:
    code = FIRE.format(waits="20_000_000, 1_000_000").replace("timer.arm(at_ns)", "timer.arm(1); timer.arm(at_ns)")
    assert _run(code) == ["True", "True"]


def _fired(waits: str) -> list[str]:
    return _run(FIRE.format(waits=f"*{waits},"))


def _run(code: str) -> list[str]:
    """In a process of its own: the hub belongs to whoever imports gevent first."""
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30
    ).stdout.split()
