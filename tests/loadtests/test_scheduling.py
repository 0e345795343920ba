"""The generator's wish for short slices reaches the kernel."""

import platform
import subprocess
import sys

import pytest


@pytest.mark.skipif(platform.system() != "Linux", reason="a wish to Linux's scheduler")
def test_the_kernel_takes_the_wish() -> None:
    code = "from loadtests.scheduling import ask_for_short_slices; print(ask_for_short_slices())"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == "True\n"
