"""Compare what the lab reports, and what Locust reports, with the truth.

A server keeps every request for a delay drawn from a seed and says itself how long it really kept it. Both send to
it in turns, in an order drawn anew for each round: constant and Poisson arrivals at 10, 50 and 80 % of what it
can do, and once with the server stopped (SIGSTOP) for 1 s in 20. The lab's figures go their usual way: worker
process, sample file, analysis. Locust's are its own, from FastHttpUser, as its table prints them.

    python benchmarks/accuracy.py [--json] [--quick] [--case stall]

What is true of a request: how long the server kept it, from the kernel's receiving it to the answer's being
written. A generator's late sending and late noticing are its error. Only what the server itself kept from being
sent, by leaving all connections without an answer, counts from when it was due (benchmarks/truth/truths.py).
Locust's users have no schedule; its figures are held against what the server did to its own requests, but in the
stall against the same truth as the lab's: the rate, the delays and the stall are the same.

The lab's figures must be within 2 % or 0.1 ms of the truth, whichever is larger, up to 50 % load, the stall
included. `worst_error_ratio` is the largest error there, in units of the allowed one: at most 1. Above 50 % load
the errors are shown and not judged.
"""

import json
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

# Called as a file, it finds only what is in its own folder.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import click
import numpy as np

from analysis.samples import read_samples
from benchmarks.truth.cases import CAPACITY_RPS, FULL, MEAN_DELAY_S, QUICK, SLOTS, Case
from benchmarks.truth.comparison import SHARES, Row, quantiles_ms, worst_error_ratio
from benchmarks.truth.known_server import running_server
from benchmarks.truth.others import QUIET_CORES, Others
from benchmarks.truth.sides import LabSide, LocustSide, running_lab, running_locust

PATIENCE_S = 25.0
CASE_NAMES = [case.name for case in FULL]


def run(cases: list[Case], seed: int, patience_s: float) -> dict[str, Any]:
    """Measure the cases, waiting so long in all for a quiet machine, and return the results."""
    with tempfile.TemporaryDirectory(prefix="hit-or-miss-accuracy-") as name:
        folder = Path(name)
        with (
            running_server(folder) as server,
            running_locust(server) as locust,
            running_lab(server, folder) as lab,
        ):
            others_cores = measure(cases, random.Random(seed), Others(patience_s), lab, locust)
        rows, late_ms = compare(folder, cases, lab, locust)
    return {
        "cases": [row.to_json() for row in rows],
        "worst_error_ratio": worst_error_ratio(rows),
        "lab_late_ms": late_ms,
        "others_cores": others_cores,
        "capacity_rps": CAPACITY_RPS,
    }


def measure(cases: list[Case], rng: random.Random, others: Others, lab: LabSide, locust: LocustSide) -> float:
    """Run all legs of all cases, the lab and Locust in turns; return how many cores others kept busy meanwhile.

    Each turn waits for a quiet machine, but not for ever.
    """
    others_s = turns_s = 0.0
    for number in range(max(case.legs for case in cases)):
        due = [case for case in cases if number < case.legs]
        for case in rng.sample(due, len(due)):
            seed = rng.randrange(1 << 30)
            for turn in rng.sample([lab.run, locust.run], 2):
                others.wait_until_quiet()
                began_s, before_s = time.monotonic(), others.cpu_s()
                turn(case, seed)
                others_s += others.cpu_s() - before_s
                turns_s += time.monotonic() - began_s
            click.echo(f"round {number + 1}: {case.name} done", err=True)
    return others_s / turns_s


def compare(
    folder: Path, cases: list[Case], lab: LabSide, locust: LocustSide
) -> tuple[list[Row], dict[str, dict[str, dict[str, float | None]]]]:
    """Return a row a quantile of each case; and, by case, how late the lab sent and saw the answers."""
    samples = read_samples(folder)
    rows, late_ms = [], {}
    for case in cases:
        legs = [leg for leg in lab.legs if leg.case == case]
        own = samples[samples["leg"].isin([leg.leg for leg in legs])]
        true = quantiles_ms(np.concatenate([leg.truth_ns for leg in legs]))
        said = quantiles_ms(own["response_s"].to_numpy() * 1e9)
        kept_ns = np.concatenate(locust.kept[case.name])
        locust_true = true if case.stall_s else quantiles_ms(kept_ns)
        locust_said = locust.said[case.name]
        rows += [
            Row(
                case=case.name,
                load_ratio=case.load_ratio,
                quantile=name,
                requests=len(own),
                truth_ms=true[name],
                lab_ms=said[name],
                locust_requests=locust_said["requests"],
                locust_truth_ms=locust_true[name],
                locust_ms=None if locust_true[name] is None else locust_said["percentiles_ms"][name],
            )
            for name in SHARES
        ]
        late_ms[case.name] = {
            "sent": quantiles_ms(np.concatenate([leg.sent_late_ns for leg in legs])),
            "seen": quantiles_ms(np.concatenate([leg.seen_late_ns(own) for leg in legs])),
        }
    return rows, late_ms


def show(found: dict[str, Any]) -> None:
    """Print the results as a table."""
    print(
        f"\nA server of {SLOTS} slots, {MEAN_DELAY_S * 1e3:g} ms a request on average: {CAPACITY_RPS:,.0f} req/s. "
        "All times in ms.\n"
    )
    print(
        f"{'case':13}{'':6}{'requests':>9}{'truth':>10}{'lab':>10}{'error':>9}{'of allowed':>12}"
        f"{'Locust of':>13}{'Locust':>8}{'error':>10}"
    )
    for row in found["cases"]:
        of_allowed = row["error_of_allowed_ratio"]
        print(
            f"{row['case'] if row['quantile'] == 'p50' else '':13}{row['quantile']:6}{row['requests']:>9,}"
            f"{_ms(row['truth_ms']):>10}{_ms(row['lab_ms']):>10}{_ms(row['error_ms'], '+'):>9}"
            f"{'–' if of_allowed is None else f'{of_allowed:.0%}':>9}{'  ' if row['judged'] else ' *'} "
            f"{_ms(row['locust_truth_ms']):>13}{_ms(row['locust_ms']):>8}{_ms(row['locust_error_ms'], '+'):>10}"
        )
    print("\nAllowed: 2 % or 0.1 ms, whichever is larger.  * above 50 % load: shown, not judged.")
    worst = found["worst_error_ratio"]
    print(f"Worst error where judged: {'–' if worst is None else f'{worst:.0%}'} of what is allowed.")
    busy_cores = found["others_cores"]
    print(
        f"Other programs kept {busy_cores:.2f} cores busy meanwhile"
        + (
            "."
            if busy_cores < QUIET_CORES
            else ": they are part of these errors; run it again on a quiet machine."
        )
    )
    print("\nWhere the lab's error comes from: late by so much at p50 / p99\n")
    for case, late in found["lab_late_ms"].items():
        parts = (f"{what} {_ms(late[what]['p50'])} / {_ms(late[what]['p99'])}" for what in ("sent", "seen"))
        print(f"{case:13}" + "".join(f"{part:>26}" for part in parts))


def _ms(value: float | None, sign: str = "") -> str:
    return "–" if value is None else f"{value:{sign}.3f}"


@click.command()
@click.option(
    "--quick", is_flag=True, help="Short legs: a look in 40 s; quantiles they cannot bound are left out."
)
@click.option("--case", "names", type=click.Choice(CASE_NAMES), multiple=True, help="This case only; repeatable.")
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of arrivals, delays and order.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object on standard output, and nothing else."
)
def main(quick: bool, names: tuple[str, ...], seed: int, as_json: bool) -> None:
    """Compare what the lab and Locust report with what a server of known latency did: under 4 minutes."""
    cases = [case for case in (QUICK if quick else FULL) if not names or case.name in names]
    found = run(cases, seed, 0.0 if quick else PATIENCE_S)
    if as_json:
        print(json.dumps(found))
    else:
        show(found)


if __name__ == "__main__":
    main()
