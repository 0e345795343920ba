"""Hold the break-even hit ratio to a direct sweep: where does a cache begin to pay?

An embedded stack is asked in pairs of legs, one through its cache and one past it, for the same keys at the same
moments. In each pair a stated share of the requests asks for keys that are known to be in the cache, and the rest
for keys that are known not to be, each once; nothing is evicted, and what a leg has stored is taken out again. So
the hit ratio is what it was set to, and the answers say so. In every round each hit ratio has its pair, in an
order drawn at random; a pair whose legs were not done in time is sent again. The crossover is where the ratio of
the pairs' means passes 1.

    python benchmarks/break_even.py [--read activity] [--hit-ratio H]... [--rounds N] [--seconds S] [--load L]

Beside it stands the lab's own `break_even` of the same pairs' hits, misses and uncached reads, which never looks
at the hit ratio that a pair had. The two agree if one's interval holds the other; if not, the program ends with 1.
They agree only as far as a hit and a miss cost the same at any hit ratio, which is why the rate is a small share
of what the uncached arm carries; the table shows all three prices at each hit ratio. How much of a difference is
those prices' is told by a third figure: the break-even of the pairs nearest to the crossover alone.
"""

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

# A file beside this one is called like a package: `import services` must not find the file.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import click
import numpy as np

from analysis.intervals import Values, log_interval
from analysis.prediction.break_even import BreakEven, break_even
from benchmarks.crossover import Crossover, find_crossover
from benchmarks.set_hit_ratio import Pair, Setting, measure_pairs
from lab.dataset import DatasetParameters, ensure_dataset
from lab.stacks.embedded import EmbeddedSettings, embedded_stack
from lab.stacks.interface import Stack

READS = ("activity", "user")
HIT_RATIOS = (0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.0)
A_DAY_S = 86_400.0
WIDE_RATIO = 0.3


@contextmanager
def running_stack(folder: Path, users: int, events: int) -> Iterator[Stack]:
    """Start a stack whose entries do not expire, with its data set; stop it at the end."""
    folder.chmod(0o755)
    with embedded_stack(EmbeddedSettings(directory=folder / "stack", cache_ttl_s=A_DAY_S)) as stack:
        ensure_dataset(stack.endpoints.database_url, DatasetParameters(users=users, events=events))
        yield stack


def run(reads: tuple[str, ...], events: int, setting: Setting) -> dict[str, Any]:
    """Sweep every read and return the results."""
    found = []
    with (
        tempfile.TemporaryDirectory(prefix="hit-or-miss-benchmark-") as directory,
        running_stack(Path(directory), setting.users, events) as stack,
    ):
        for read in reads:
            sent = measure_pairs(stack, Path(directory) / read, read, setting)
            judged = judge(np.array(setting.hit_ratios), sent.pairs)
            found.append({"read": read, "rate_rps": sent.rate_rps, "repeated_pairs": sent.repeats, **judged})
    return {"setting": asdict(setting), "reads": found}


def judge(hit_ratios: Values, pairs: list[Pair]) -> dict[str, Any]:
    """Return the crossover of the sweep, the break-even of the same pairs, and whether they agree.

    Args:
        hit_ratios: those swept, ascending.
        pairs: one for each of them in every round.
    """
    rows = [[pair for pair in pairs if pair.hit_ratio == hit_ratio] for hit_ratio in hit_ratios]
    ratios = np.array([[pair.uncached_s / pair.cached_s for pair in row] for row in rows])
    crossover = find_crossover(hit_ratios, np.log(ratios).T)
    even = break_even_of(pairs)
    return {
        "crossover": asdict(crossover),
        "break_even": asdict(even),
        "break_even_beside": asdict(break_even_of(beside(hit_ratios, crossover, rows))),
        "break_even_holds_crossover": holds(even, crossover),
        "crossover_holds_break_even": crossover.holds(even.hit_ratio),
        "agree": agree(even, crossover),
        "hit_ratios": [
            {"hit_ratio": float(hit_ratio), "ratio": asdict(log_interval(values)), **medians(row)}
            for hit_ratio, values, row in zip(hit_ratios, ratios, rows, strict=True)
        ],
    }


TIMES = ("hits_s", "misses_s", "uncached_s")


def break_even_of(pairs: list[Pair]) -> BreakEven:
    """Return the break-even of some pairs."""
    return break_even(*(np.array([getattr(pair, name) for pair in pairs]) for name in TIMES))


def beside(hit_ratios: Values, crossover: Crossover, rows: list[list[Pair]]) -> list[Pair]:
    """Return the pairs at the hit ratio nearest to the crossover that has hits and misses; none without one."""
    if crossover.hit_ratio is None:
        return []
    mixed = [place for place, hit_ratio in enumerate(hit_ratios) if 0 < hit_ratio < 1]
    if not mixed:
        return []
    return rows[min(mixed, key=lambda place: abs(hit_ratios[place] - (crossover.hit_ratio or 0.0)))]


def medians(row: list[Pair]) -> dict[str, float | None]:
    """Return the median of each kind of time over the rounds; None where there was none of it."""
    times = {name: np.array([getattr(pair, name) for pair in row]) for name in TIMES}
    return {name: None if np.isnan(values).all() else float(np.median(values)) for name, values in times.items()}


def holds(even: BreakEven, crossover: Crossover) -> bool:
    """Return whether the break-even's interval holds the crossover; one that is nowhere lies above all."""
    if even.low is None or even.high is None:
        return False
    if crossover.hit_ratio is None:
        return even.high > 1
    return even.low <= crossover.hit_ratio <= even.high


def agree(even: BreakEven, crossover: Crossover) -> bool:
    """Return whether the interval of one holds the other, or both say that the cache never is the quicker one."""
    never = even.never is True and crossover.hit_ratio is None
    return never or holds(even, crossover) or crossover.holds(even.hit_ratio)


def show(found: dict[str, Any]) -> None:
    """Print the results as tables."""
    for read in found["reads"]:
        print(
            f"\n{read['read']}, {read['rate_rps']:,.0f} requests a second, {found['setting']['rounds']} rounds, "
            f"{read['repeated_pairs']} pairs sent again\n"
        )
        print(f"{'hit ratio':>10}{'hit':>10}{'miss':>10}{'uncached':>10}   uncached over cached, means")
        for each in read["hit_ratios"]:
            times = "".join(f"{milliseconds(each[name]):>10}" for name in TIMES)
            print(f"{each['hit_ratio']:>10.0%}{times}   {bracketed(each['ratio'], 'value')}")
        print(f"\ncrossover of the sweep   {bracketed(read['crossover'], 'hit_ratio')}")
        print(f"break-even of its pairs  {bracketed(read['break_even'], 'hit_ratio')}")
        print(f"of the nearest alone     {bracketed(read['break_even_beside'], 'hit_ratio')}")
        inside = [
            text
            for name, text in (
                ("break_even_holds_crossover", "the break-even's interval holds the crossover"),
                ("crossover_holds_break_even", "the crossover's interval holds the break-even"),
            )
            if read[name]
        ]
        said = " and ".join(inside) or "neither interval holds the other"
        print(f"{'agree' if read['agree'] else 'DISAGREE'}: {said}")
        if is_wide(read["crossover"]):
            print("the sweep's interval is so wide that this says little; give more --rounds on a quieter machine")
    print("\ntimes are medians over rounds, in ms; intervals are 95 %, over rounds or pairs")


def is_wide(crossover: dict[str, float | None]) -> bool:
    """Return whether the interval of a crossing is open, or wider than a reader can do anything with."""
    if crossover["hit_ratio"] is None:
        return False
    low, high = crossover["low"], crossover["high"]
    return low is None or high is None or high - low > WIDE_RATIO


def milliseconds(seconds: float | None) -> str:
    """Return a time in ms, a dash for none."""
    return "-" if seconds is None else f"{1e3 * seconds:.3f}"


def bracketed(found: dict[str, float | None], name: str) -> str:
    """Return a value with its interval as text."""
    value, low, high = found[name], found["low"], found["high"]
    ends = ["open" if end is None else f"{end:.3f}" for end in (low, high)]
    return f"{'none' if value is None else f'{value:.3f}'} ({ends[0]} to {ends[1]})"


def ascending(context: click.Context, parameter: click.Parameter, given: tuple[float, ...]) -> tuple[float, ...]:
    """Return the hit ratios in order, each once."""
    if len(set(given)) < 2:
        raise click.BadParameter("a sweep needs two hit ratios or more")
    return tuple(sorted(set(given)))


@click.command()
@click.option(
    "--read",
    "reads",
    type=click.Choice([*READS, "similar"]),
    multiple=True,
    default=READS,
    show_default=True,
    help="Read to sweep; may be given more than once.",
)
@click.option(
    "--hit-ratio",
    "hit_ratios",
    type=click.FloatRange(0, 1),
    multiple=True,
    default=HIT_RATIOS,
    show_default=True,
    callback=ascending,
    help="Hit ratio of the sweep, from 0 to 1; may be given more than once.",
)
@click.option("--rounds", type=click.IntRange(2), default=30, show_default=True, help="Pairs at each hit ratio.")
@click.option("--seconds", type=click.FloatRange(0.1, 20), default=0.5, show_default=True, help="Length of a leg.")
@click.option(
    "--load",
    type=click.FloatRange(0.01, 0.5),
    default=0.15,
    show_default=True,
    help="Rate, as a share of what the uncached arm carries.",
)
@click.option(
    "--users", type=click.IntRange(1_000), default=20_000, show_default=True, help="Users in the data set."
)
@click.option("--events", type=click.IntRange(1), default=1_000_000, show_default=True, help="Events in it.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Seed of keys and orders.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object on standard output, and nothing else."
)
def main(
    *,
    reads: tuple[str, ...],
    hit_ratios: tuple[float, ...],
    rounds: int,
    seconds: float,
    load: float,
    users: int,
    events: int,
    seed: int,
    as_json: bool,
) -> None:
    """Hold the break-even hit ratio to a direct sweep of the hit ratio."""
    setting = Setting(
        hit_ratios=hit_ratios,
        rounds=rounds,
        users=users,
        warm_keys=users // 10,
        leg_s=seconds,
        load_ratio=load,
        seed=seed,
    )
    found = run(reads, events, setting)
    if as_json:
        print(json.dumps(found))
    else:
        show(found)
    if not all(read["agree"] for read in found["reads"]):
        sys.exit(1)


if __name__ == "__main__":
    main()
