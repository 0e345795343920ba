"""A verification in words for the terminal, and as JSON for programs.

Imported where it is needed and not before, as :mod:`lab.reporting` is and for the same reason.
"""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from analysis import format as fmt
from analysis.differences import Comparison, Difference
from analysis.verify import Verification, verify_run

__all__ = ["format_json", "format_lines", "verify_run"]

SHOWN = 20
_CHARTS = "charts/"


def format_json(verification: Verification) -> dict[str, Any]:
    """Return all that was compared and found; ``state`` is one of its three words."""
    entry = asdict(verification)
    return {"state": _state(verification), **entry}


def format_lines(verification: Verification) -> Iterator[str]:
    """Yield what agrees, in counts; what differs, the first of it in full; and what it amounts to."""
    yield f"Run {verification.run_id}, measured by version {verification.measured_by} of the lab"
    for subject, comparisons in _grouped(verification.comparisons).items():
        yield f"  {subject}: {_counts(comparisons)}"
    for difference in verification.differences[:SHOWN]:
        yield f"differs: {_difference(difference)}"
    more = len(verification.differences) - SHOWN
    if more > 0:
        yield f"differs: {more:,} more; --json shows all"
    for note in verification.notes:
        yield f"note: {note}"
    if verification.fingerprint is not None:
        yield f"Fingerprint of the measurement, as set when it ended: {verification.fingerprint}"
    differences = fmt.plural(len(verification.differences), "difference")
    yield _SENTENCES[_state(verification)].format(differences=differences)


_SENTENCES = {
    "verified": "Verified: all that was compared agrees.",
    "differs": "Not verified: {differences}.",
    "incomplete": "Not verified: what could be compared agrees, but the numbers could not be computed again.",
}


def _state(verification: Verification) -> str:
    if verification.differences:
        return "differs"
    return "verified" if verification.complete else "incomplete"


def _grouped(comparisons: tuple[Comparison, ...]) -> dict[str, list[Comparison]]:
    """Put the charts' data together: their number says little, and each difference names its file."""
    groups: dict[str, list[Comparison]] = {}
    for each in comparisons:
        subject = "data of the charts" if each.subject.startswith(_CHARTS) else each.subject
        groups.setdefault(subject, []).append(each)
    return groups


def _counts(comparisons: list[Comparison]) -> str:
    unit = comparisons[0].unit
    compared = sum(each.compared for each in comparisons)
    differing = sum(len(each.differences) for each in comparisons)
    return f"{compared:,} {unit} compared, " + (f"{differing:,} not as recorded" if differing else "all agree")


def _difference(difference: Difference) -> str:
    place = difference.file if difference.where is None else f"{difference.file}, {difference.where}"
    return f"{place}: recorded {_short(difference.recorded)}, found {_short(difference.found)}"


def _short(text: str) -> str:
    return text if len(text) <= 160 else f"{text[:157]}…"
