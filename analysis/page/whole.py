"""The whole page: what every report has, and the parts that this run has."""

from dataclasses import dataclass

from analysis import format as fmt
from analysis.glossary import GLOSSARY
from analysis.manifest import Manifest
from analysis.page.aa import AaPart, compose_aa
from analysis.page.calibration import CalibrationPart, compose_calibration
from analysis.page.capacity import CapacityPart, compose_capacity
from analysis.page.cautions import CautionText, caution_texts
from analysis.page.comparison import ComparisonPart, compose_comparison
from analysis.page.freshness import FreshnessPart, compose_freshness
from analysis.page.sizing import SizingPart, compose_sizing
from analysis.results import Results
from analysis.setting import Fact, describe_environment, describe_method

_STATES = {
    "valid": "Every check of the run on itself passed.",
    "doubtful": "The run doubts itself: read the cautions before the numbers.",
    "invalid": "The run is not valid. Its numbers are shown to find out why, not to decide anything.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The report as text."""

    title: str
    run_id: str
    subtitle: str
    state: str
    state_sentence: str
    headline: str
    cautions: tuple[CautionText, ...]
    comparison: ComparisonPart | None
    capacity: CapacityPart | None
    sizing: SizingPart | None
    freshness: FreshnessPart | None
    calibration: CalibrationPart | None
    aa: AaPart | None
    method: tuple[str, ...]
    environment: tuple[Fact, ...]
    glossary: tuple[tuple[str, str], ...]


def compose(manifest: Manifest, results: Results) -> Page:
    """Write the page of a run."""
    return Page(
        title=f"Hit or Miss: {manifest.experiment}",
        run_id=results.run_id,
        subtitle=_subtitle(manifest),
        state=results.state.value,
        state_sentence=_STATES[results.state.value],
        headline=results.headline,
        cautions=caution_texts(results.cautions, results.routes),
        comparison=compose_comparison(manifest, results),
        capacity=compose_capacity(results),
        sizing=compose_sizing(results),
        freshness=compose_freshness(results),
        calibration=compose_calibration(results.calibration),
        aa=compose_aa(results.aa),
        method=describe_method(manifest),
        environment=describe_environment(manifest),
        glossary=GLOSSARY,
    )


def _subtitle(manifest: Manifest) -> str:
    parts = [fmt.moment(manifest.started_at), f"{manifest.stack_kind} stack"]
    if manifest.profile:
        parts.append(f"{manifest.profile} profile")
    return ", ".join(parts)
