"""Legs in run.json, found and changed: each function returns a change that puts one figure into chosen legs."""

from collections.abc import Callable, Iterator
from typing import Any

Entry = dict[str, Any]
Change = Callable[[Entry], None]
Put = Callable[[Entry, Any], None]

BLOCK = 2
"""The block that a test touches unless it says otherwise."""


def legs(entry: Entry, *, arm: str | None = None, blocks: tuple[int, ...] = (BLOCK,)) -> Iterator[Entry]:
    for leg in entry["legs"]:
        if leg["phase"] == "measure" and leg["block"] in blocks and arm in (None, leg["arm"]):
            yield leg


def seconds(leg: Entry) -> float:
    return float(leg["ended_ns"] - leg["started_ns"]) / 1e9


def change(put: Put, value: Any, *, arm: str = "cached", blocks: tuple[int, ...] = (BLOCK,)) -> Change:
    """Return a change that puts a value into the legs of one arm in some blocks."""

    def changed(entry: Entry) -> None:
        for leg in legs(entry, arm=arm, blocks=blocks):
            put(leg, value)

    return changed


def worker(name: str) -> Put:
    def put(leg: Entry, value: Any) -> None:
        leg["workers"][0][name] = value

    return put


def worker_share(name: str) -> Put:
    def put(leg: Entry, value: Any) -> None:
        leg["workers"][0][name] = None if value is None else value * seconds(leg)

    return put


def counter(server: str, name: str) -> Put:
    def put(leg: Entry, value: Any) -> None:
        leg["counters"][server][name] = value

    return put


def host_share(name: str, *, of_cores: bool) -> Put:
    """Put a time as a share of the leg, or of the leg on all cores."""

    def put(leg: Entry, value: Any) -> None:
        host = leg["counters"]["host"]
        whole_s = host["seconds"] * (host["cores"] if of_cores else 1)
        host[name] = None if value is None else value * whole_s

    return put
