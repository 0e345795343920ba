"""Legs in one process: what their summaries say when the samples are slow to be written."""

import json
import subprocess
import sys

from tests.loadtests.conftest import leg
from tests.loadtests.stub_service import slow, stub_service

WITH_A_SLOW_SINK = """
import json, sys, time
import locust
from loadtests.leg_runner import LegRunner
from loadtests.traffic import Leg
from loadtests.worker_settings import WorkerSettings

class SlowSink:
    rows = 0
    def write(self, table):
        time.sleep(0.2)
        self.rows += len(table)
    def close(self):
        pass

order = json.loads(sys.argv[1])
settings = WorkerSettings(url=order["url"], connections=1, epoch_ns=0, samples="", queue_limit=1)
sink = SlowSink()
runner = LegRunner(settings, sink)
runner.open()
print(json.dumps({**runner.run(Leg.from_json(order["leg"])), "written": sink.rows}))
runner.close()
"""


def test_outcomes_of_a_long_leg_are_counted_when_its_rows_are_on_their_way_to_the_sink() -> None:
    """A leg of more rows than are held back: the last ones are still being written when it ends."""
    flood = leg(rate_rps=800_000.0, duration_s=1.0, connections=1)
    with stub_service(slow(0.5)) as stub:
        order = json.dumps({"url": stub.url, "leg": flood.to_json()})
        ended = subprocess.run(
            [sys.executable, "-c", WITH_A_SLOW_SINK, order],
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
    assert ended.returncode == 0, ended.stderr
    summary = json.loads(ended.stdout)
    assert sum(summary["outcomes"].values()) == summary["requests"] == summary["written"] > 700_000
