"""Two places share a clock or a loopback address only where that is known."""

import json
import subprocess
import sys
from dataclasses import replace

from loadtests.distributed.place import Place, here


def test_another_process_of_this_machine_is_at_the_same_place() -> None:
    code = "from loadtests.distributed.place import here; import json; print(json.dumps(here().to_json()))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    other = Place(**json.loads(told))
    assert other.shares_clock_with(here())
    assert other.shares_loopback_with(here())


def test_another_boot_or_namespace_is_another_place() -> None:
    place = here()
    assert not replace(place, boot_id="another").shares_clock_with(place)
    assert not replace(place, boot_id="another").shares_loopback_with(place)
    assert not replace(place, time_namespace="time:[1]").shares_clock_with(place)
    assert not replace(place, network_namespace="net:[1]").shares_loopback_with(place)
    assert replace(place, network_namespace="net:[1]").shares_clock_with(place)


def test_what_is_not_known_is_not_shared() -> None:
    unknown = replace(here(), boot_id=None)
    assert not unknown.shares_clock_with(unknown)
    assert not unknown.shares_loopback_with(unknown)
