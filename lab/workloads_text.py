"""The published workloads as a table on the terminal, and as JSON values."""

from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from analysis import format as fmt
from lab.verdict_text import PLAIN_WIDTH
from loadtests.presets import PRESETS, Preset

NOT_SAID = "–"


def describe_presets() -> list[dict[str, Any]]:
    """Return every field of every workload, and of its times to live the one that is taken."""
    return [{**asdict(preset), "ttl_s": preset.commonest_ttl_s} for preset in PRESETS]


def print_presets() -> None:
    """Print the parameters as a table, and below it each one's source."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = PLAIN_WIDTH
    table = Table(box=None, pad_edge=False)
    table.add_column("workload", no_wrap=True)
    for name in ("popularity", "arrivals", "writes", "values", "keys", "TTL", "in production"):
        table.add_column(name, overflow="fold")
    for preset in PRESETS:
        table.add_row(*map(escape, _row(preset)))
    console.print(table)
    for preset in PRESETS:
        note = "" if preset.note is None else f" Here: {preset.note}."
        console.print(f"\n[bold]{escape(preset.name)}[/]: {escape(preset.source)}.{escape(note)}")
    console.print(
        "\nOf several times to live the commonest is taken, for all entries; it stands first. Sizes of keys are "
        "not reproduced: the services' keys are names of users. Rates are not taken: say --rate."
    )


def _row(preset: Preset) -> tuple[str, ...]:
    return (
        preset.name,
        preset.popularity,
        preset.arrivals or NOT_SAID,
        fmt.share(preset.write_ratio),
        preset.value_sizes,
        preset.key_sizes or NOT_SAID,
        _times_to_live(preset),
        NOT_SAID if preset.rate_rps is None else fmt.per_second(preset.rate_rps),
    )


def _times_to_live(preset: Preset) -> str:
    if preset.ttls_s is None:
        return NOT_SAID
    by_share = sorted(preset.ttls_s, key=lambda each: -each[1])
    return ", ".join(f"{ttl_s:,.0f} s ({fmt.share(share)})" for ttl_s, share in by_share)
