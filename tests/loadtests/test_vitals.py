import gc
import os
import tempfile

from loadtests.vitals import Vitals


def test_a_leg_is_charged_with_its_own_cpu_time_collections_and_open_files() -> None:
    vitals = Vitals()
    gc.collect()
    vitals.begin()
    idle = vitals.end()
    assert idle["gc_collections"] == 0
    assert idle["gc_pause_s"] == 0.0
    vitals.begin()
    sum(number * number for number in range(2_000_000))
    gc.collect()
    with tempfile.TemporaryFile():
        busy = vitals.end()
    assert busy["cpu_s"] > idle["cpu_s"]
    assert busy["gc_collections"] >= 1
    assert busy["gc_pause_s"] > 0
    assert busy["open_files"] == idle["open_files"] + 1
    assert busy["cores"] == sorted(os.sched_getaffinity(0))
    assert busy["open_files_limit"] > busy["open_files"]
