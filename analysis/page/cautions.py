"""The cautions of a run as text: each once, with all that it touches."""

from collections.abc import Mapping
from dataclasses import dataclass

from analysis import format as fmt
from analysis.cautions import Caution
from analysis.page.flags import anchors


@dataclass(frozen=True, slots=True, kw_only=True)
class CautionText:
    """A caution as it is shown; flags lead to ``anchor``."""

    code: str
    severity: str
    sentence: str
    advice: str
    where: str
    anchor: str


def caution_texts(cautions: tuple[Caution, ...], routes: Mapping[str, str]) -> tuple[CautionText, ...]:
    """Write each caution once, with all the reads that it touches; ``routes`` goes from operation to route."""
    places = anchors(cautions)
    touched: dict[tuple[str, str, str, str], list[str]] = {}
    for each in cautions:
        where = "the whole run" if each.operation is None else routes.get(each.operation, each.operation)
        text = (each.code, each.severity.value, each.sentence, each.advice)
        touched.setdefault(text, []).append(where)
    return tuple(
        CautionText(
            code=code,
            severity=severity,
            sentence=sentence,
            advice=advice,
            where=fmt.listing(reads),
            anchor=places[code, sentence],
        )
        for (code, severity, sentence, advice), reads in touched.items()
    )
