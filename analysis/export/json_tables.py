"""results.json → plain tables: one record an estimate, one a population of a block, one a caution."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from analysis.blocks import CACHED, HIT, MISS, UNCACHED
from analysis.errors import AnalysisError, RunError

Record = dict[str, Any]

_ESTIMATE = {"value", "low", "high", "unit", "count", "blocks"}
_POPULATIONS = (HIT, MISS, CACHED, UNCACHED)
_SECONDS = ("response", "service")


def json_tables(folder: Path, operation: str | None = None, population: str | None = None) -> dict[str, Any]:
    """Return the tables of a run's results, of one read or one population where these are given.

    ``estimates`` has the columns operation, population (None where it is of no one population), quantity (its
    path in results.json), value, low, high, unit, count, blocks and note. ``blocks`` has a column for each of
    the figures of a block, times in seconds. ``cautions`` is as in results.json.

    Raises:
        RunError: There are no results, or they cannot be read.
        AnalysisError: They hold nothing of that read or population.
    """
    results = _read(folder / "results.json")
    wanted = {name: value for name, value in (("operation", operation), ("population", population)) if value}
    figures = {
        "estimates": _estimates(results),
        "blocks": (_flat(block) for block in results.get("blocks", [])),
    }
    tables = {name: [row for row in rows if wanted.items() <= row.items()] for name, rows in figures.items()}
    if wanted and not any(tables.values()):
        raise AnalysisError(f"{folder / 'results.json'} says nothing of {' '.join(wanted.values())}; leave it out")
    return {
        **{name: results.get(name) for name in ("run_id", "experiment", "state", "headline")},
        **tables,
        # A caution about the whole run touches each read of it.
        "cautions": [
            each
            for each in results.get("cautions", [])
            if each["operation"] in (operation or each["operation"], None)
        ],
    }


def _read(file: Path) -> Mapping[str, Any]:
    try:
        results = json.loads(file.read_text("utf-8"))
    except FileNotFoundError as error:
        raise RunError(f"{file} is missing: make it with `lab report {file.parent}`") from error
    except (OSError, ValueError) as error:
        raise RunError(
            f"{file} cannot be read ({error}): make it again with `lab report {file.parent}`"
        ) from error
    if not isinstance(results, Mapping):
        raise RunError(f"{file} does not read as results: make it again with `lab report {file.parent}`")
    return results


def _estimates(results: Mapping[str, Any]) -> Iterator[Record]:
    """Find every estimate, wherever in the results it stands."""
    for read in results.get("reads", []):
        yield from _within(read, (), read.get("operation"))
    for name, part in results.items():
        if name not in ("reads", "blocks", "cautions"):
            yield from _within(part, (name,), None)


def _within(value: Any, path: tuple[str, ...], operation: str | None) -> Iterator[Record]:
    if isinstance(value, list):
        value = {str(place): item for place, item in enumerate(value)}
    if not isinstance(value, Mapping):
        return
    if value.keys() >= _ESTIMATE:
        population = next((part for part in path if part in _POPULATIONS), None)
        yield {"operation": operation, "population": population, "quantity": ".".join(path), **value}
        return
    own = value.get("operation")
    for name, item in value.items():
        yield from _within(item, (*path, str(name)), operation or (own if isinstance(own, str) else None))


def _flat(block: Mapping[str, Any]) -> Record:
    """Return a block's figures side by side: response.p99 becomes response_p99_s, a list its words."""
    return dict(item for name, value in block.items() for item in _leaves(name, value, _unit(name)))


def _unit(name: str) -> str:
    return "_s" if name.partition("_")[0] in _SECONDS else ""


def _leaves(name: str, value: Any, unit: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for part, item in value.items():
            yield from _leaves(f"{name}_{part}", item, unit)
    elif isinstance(value, list):
        yield name, " ".join(map(str, value))
    else:
        yield f"{name}{unit}", value
