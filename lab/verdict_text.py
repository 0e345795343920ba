"""The verdict on the terminal: one table, the cautions, the sentence, and where to look."""

from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from analysis import format as fmt
from analysis.blocks import ARMS
from analysis.break_even_text import show_break_even
from analysis.calibration import Calibration
from analysis.capacity import Capacity
from analysis.capacity_sentence import summarise_capacity
from analysis.cautions import State
from analysis.charts.style import NAMES
from analysis.ending import describe_ending
from analysis.freshness import Freshness
from analysis.freshness_sentence import describe_deletion, describe_races, describe_trade
from analysis.limit_sentences import describe_limit
from analysis.page.cautions import caution_texts
from analysis.results import Results
from analysis.sizing import Sizing
from analysis.sizing_answer import answer_sizing
from analysis.sizing_sentence import summarise_sizing
from analysis.touched import Figure, touching

PLAIN_WIDTH = 136  # of a log, where no terminal says how wide it is
STYLES = {"pays": "green", "does not pay": "yellow", "undecided": "cyan", "no verdict": "red"}


def print_verdict(results: Results, folder: Path) -> None:
    """Print what was found; the last line is the report's path."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = PLAIN_WIDTH
    cautions = caution_texts(results.cautions, results.routes)
    if results.reads:
        console.print(
            _table(results, {(each.code, each.sentence): mark for mark, each in enumerate(cautions, start=1)})
        )
    if results.calibration is not None:
        console.print(escape(_calibration(results.calibration)))
    for mark, caution in enumerate(cautions, start=1):
        style = "red" if caution.severity == State.INVALID else "yellow"
        console.print(
            f"[{style}]{escape(f'[{mark}]')} {caution.severity}[/] {caution.code}, "
            f"{escape(f'{caution.where}: {caution.sentence} {caution.advice}')}"
        )
    for read in results.reads:
        sentences = [results.verdicts[read.operation].sentence]
        if (ending := describe_ending(read)) is not None:
            sentences.append(ending.sentence)
        console.print(f"[bold]{escape(read.route)}[/]: {escape(' '.join(sentences))}")
    for found in results.capacity:
        _print_capacity(console, found, alone=not results.reads and len(results.capacity) == 1)
    for sweep in results.sizing:
        _print_sizing(console, sweep, alone=not results.reads and len(results.sizing) == 1)
    for fresh in results.freshness:
        _print_freshness(console, fresh)
    console.print(f"\n[bold]{escape(results.headline)}[/]")
    console.print(f"Report: {folder / 'report.html'}", soft_wrap=True)


def _print_capacity(console: Console, found: Capacity, *, alone: bool) -> None:
    """Print how far each arm keeps the objective, unless the headline says it, and what limited it."""
    if not alone:
        console.print(f"[bold]{escape(found.route)}[/]: {escape(summarise_capacity(found))}")
    for arm in ARMS:
        console.print(f"{NAMES[arm]}: {escape(describe_limit(found.arms[arm]))}")


def _print_freshness(console: Console, found: Freshness) -> None:
    """Print what each second of life buys and costs, and what deletion on a write does."""
    console.print(f"[bold]{escape(found.route)}[/]")
    for sentence in (*describe_trade(found), *describe_deletion(found), *describe_races(found)):
        console.print(escape(sentence))


def _print_sizing(console: Console, found: Sizing, *, alone: bool) -> None:
    """Print what the sizes come to, unless the headline says it, and the answer."""
    answer = answer_sizing(found)
    sentences = ([] if alone else [summarise_sizing(found)]) + ([] if answer is None else [answer])
    if sentences:
        console.print(f"[bold]{escape(found.route)}, sizes[/]: {escape(' '.join(sentences))}")


def _calibration(found: Calibration) -> str:
    """Return what the lab itself adds, to a server that answers at once."""
    return (
        f"The lab itself, at {fmt.rate(found.rate_rps)}: floor {fmt.duration(found.floor_p50_s.value)} at p50, "
        f"{fmt.duration(found.floor_p99_s.value)} at p99; lag {fmt.duration(found.lag_p50_s.value)} at p50, "
        f"{fmt.duration(found.lag_p99_s.value)} at p99. {found.sentence}"
    )


def _table(results: Results, marks: Mapping[tuple[str, str], int]) -> Table:
    """Make the table; ``marks`` number the cautions by code and sentence, and stand beside what they touch."""

    def beside(shown: str, figure: Figure, operation: str) -> str:
        found = touching(results.cautions, figure, operation)
        numbers = sorted({marks[each.code, each.sentence] for each in found})
        return escape(f"{shown} [{','.join(map(str, numbers))}]" if numbers else shown)

    table = Table(title=None, box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("Read", no_wrap=True)
    for heading in ("Verdict", "Speed-up", "Price", "Hit ratio", "Breaks even at", "DB calls saved"):
        table.add_column(heading)
    for read in results.reads:
        word = results.verdicts[read.operation].word.value
        table.add_row(
            escape(read.route),
            f"[{STYLES[word]}]{word}[/]",
            beside(fmt.times_estimate(read.speed_up.mean), Figure.SPEED_UP, read.operation),
            beside(fmt.duration(read.price_s.value), Figure.PRICE, read.operation),
            beside(fmt.share_estimate(read.hit_ratio), Figure.HIT_RATIO, read.operation),
            beside(show_break_even(read.break_even), Figure.RESPONSE_TIME, read.operation),
            beside(fmt.share_estimate(read.database.calls_saved_ratio), Figure.CALLS, read.operation),
        )
    return table
