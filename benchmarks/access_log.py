"""How many lines of an access log are read a second, all of them good or some of them bad.

    python benchmarks/access_log.py [--json]

A log in the combined format is made with keys by Zipf's law, and read whole in a few rounds. A speed is the median
over rounds, of lines a second of this process's CPU time, so that what other programs take does not count.
"""

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

# Run as a program, not as a module: the packages lie one folder up.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import click
import numpy as np

from loadtests.traces import KeyPattern, read_trace

KEYS, EXPONENT = 100_000, 1.2
SECONDS = 3_600
BAD_EVERY = 1_000
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
PATTERN = KeyPattern("^/product/([0-9]+)")


@click.command()
@click.option(
    "--lines", type=click.IntRange(1_000), default=1_000_000, show_default=True, help="Lines of the log."
)
@click.option("--rounds", type=click.IntRange(1), default=3, show_default=True, help="Readings of each log.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object alone.")
def main(lines: int, rounds: int, as_json: bool) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        speeds = {
            name: _lines_per_s(_write_log(Path(folder) / name, lines, bad_every), lines, rounds)
            for name, bad_every in (("good", None), ("some-bad", BAD_EVERY))
        }
    if as_json:
        print(json.dumps({"lines": lines, "lines_per_s": speeds}))
        return
    for name, speed in speeds.items():
        print(f"{name:10} {speed:12,.0f} lines a second of CPU time")


def _write_log(path: Path, lines: int, bad_every: int | None) -> Path:
    random = np.random.default_rng(1)
    keys = random.zipf(EXPONENT, lines) % KEYS
    seconds = np.sort(random.integers(0, SECONDS, lines))
    with path.open("w") as log:
        for number, (key, second) in enumerate(zip(keys.tolist(), seconds.tolist(), strict=True)):
            at = f"10/Oct/2026:13:{second // 60:02d}:{second % 60:02d} +0200"
            request = f"GET /product/{key}?visit={number % 50} HTTP/1.1"
            log.write(f'10.0.{key % 256}.1 - - [{at}] "{request}" 200 {500 + key % 1_000} "-" "{AGENT}"\n')
            if bad_every and number % bad_every == 0:
                log.write("cut off\n")
    return path


def _lines_per_s(log: Path, lines: int, rounds: int) -> float:
    speeds = []
    for _ in range(rounds):
        started = time.process_time()
        read_trace(log, key_pattern=PATTERN, skip_bad=True)
        speeds.append(lines / (time.process_time() - started))
    return statistics.median(speeds)


if __name__ == "__main__":
    main()
