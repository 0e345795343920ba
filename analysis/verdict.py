"""Estimates → words that an engineer can act on. They never flatter: nothing bought is said to be nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from analysis import format as fmt
from analysis.blocks import ARMS
from analysis.break_even_text import describe_break_even
from analysis.cautions import Caution, State, worst
from analysis.estimates import Estimate
from analysis.reads import ReadResult
from analysis.thresholds import WORTHWHILE_RATIO


class Word(StrEnum):
    """The verdict on one read in two words at most."""

    PAYS = "pays"
    DOES_NOT_PAY = "does not pay"
    UNDECIDED = "undecided"
    NO_VERDICT = "no verdict"

    @property
    def css_class(self) -> str:
        """The word as a class of the reports' style sheet."""
        return self.value.replace(" ", "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The word, and the sentences that give its reasons."""

    word: Word
    sentence: str


def judge_read(result: ReadResult, state: State, resolution_s: float | None = None) -> Verdict:
    """Say whether the cache pays for one read, given what the run is worth and what the lab can tell apart."""
    if state is State.INVALID:
        return Verdict(word=Word.NO_VERDICT, sentence="No verdict: the run is not valid.")
    difference_s = _difference_s(result)
    if resolution_s is not None and difference_s is not None and difference_s < resolution_s:
        word, reason = Word.UNDECIDED, _indistinguishable(result, difference_s, resolution_s)
    else:
        word = _word(result.speed_up.mean)
        reason = _REASONS[word](result)
    return Verdict(word=word, sentence=" ".join([reason, *describe_break_even(result), *_saving(result, word)]))


def headline(
    verdicts: Mapping[str, Verdict],
    results: Iterable[ReadResult],
    cautions: tuple[Caution, ...],
    findings: tuple[str, ...] = (),
) -> str:
    """Sum up the run in a sentence.

    Args:
        verdicts: From operation to verdict.
        results: The reads; where there are none, the run was about something else.
        cautions: All that speaks against it.
        findings: What the other parts of the run found, the chief sentence first.
    """
    state = worst(cautions)
    if state is State.INVALID:
        first = next(caution for caution in cautions if caution.severity is State.INVALID)
        return f"No verdict: this run is not valid. {first.sentence}"
    by_word: dict[Word, list[str]] = {}
    for result in results:
        by_word.setdefault(verdicts[result.operation].word, []).append(_named(result))
    clauses = [
        clause.format(cache="it" if rank else "the cache", reads=fmt.listing(by_word[word]))
        for rank, (word, clause) in enumerate(item for item in _CLAUSES.items() if item[0] in by_word)
    ]
    summary = "; ".join(clauses) + "." if clauses else next(iter(findings), "Nothing was compared.")
    return f"With doubts: {summary}" if state is State.DOUBTFUL else summary[0].upper() + summary[1:]


_CLAUSES = {
    Word.PAYS: "{cache} pays for {reads}",
    Word.DOES_NOT_PAY: "{cache} does not pay for {reads}",
    Word.UNDECIDED: "whether {cache} pays for {reads} is undecided",
}


def _word(speed_up: Estimate) -> Word:
    if speed_up.bounds is None:
        return Word.UNDECIDED
    low, high = speed_up.bounds
    if low > WORTHWHILE_RATIO:
        return Word.PAYS
    return Word.DOES_NOT_PAY if high < WORTHWHILE_RATIO else Word.UNDECIDED


def _named(result: ReadResult) -> str:
    value = result.speed_up.mean.value
    return result.route if value is None else f"{result.route} ({fmt.ratio(value)}{fmt.TIMES})"


def _pays(result: ReadResult) -> str:
    return f"Pays: {_comparison(result)}."


def _does_not_pay(result: ReadResult) -> str:
    low, high = result.speed_up.mean.bounds or (0.0, 0.0)
    if high < 1:
        meaning = "the cache makes this read slower"
    elif low > 1:
        meaning = "quicker, but by less than the tenth that this report asks of a cache"
    else:
        meaning = "no difference that this run can tell"
    return f"Does not pay: {_comparison(result)}: {meaning}."


def _undecided(result: ReadResult) -> str:
    speed_up = result.speed_up.mean
    if speed_up.value is None:
        return f"Undecided: there is no mean of both arms to compare: {speed_up.note}."
    if speed_up.bounds is None:
        return f"Undecided: {_comparison(result)}, but one block gives no interval."
    return (
        f"Undecided: {_comparison(result)}, and {fmt.ratio(WORTHWHILE_RATIO)}, from where a cache pays here, "
        "lies inside that interval; more blocks would narrow it."
    )


def _difference_s(result: ReadResult) -> float | None:
    cached_s, uncached_s = (result.response_time[arm]["mean"].value for arm in ARMS)
    return None if cached_s is None or uncached_s is None else abs(uncached_s - cached_s)


def _indistinguishable(result: ReadResult, difference_s: float, resolution_s: float) -> str:
    return (
        f"Undecided: {_comparison(result)}; that is a difference of {fmt.duration(difference_s)}, and differences "
        f"under {fmt.duration(resolution_s)} are not distinguishable here."
    )


_REASONS = {Word.PAYS: _pays, Word.DOES_NOT_PAY: _does_not_pay, Word.UNDECIDED: _undecided}


def _comparison(result: ReadResult) -> str:
    means = [result.response_time[arm]["mean"].value for arm in ARMS]
    speed_up = fmt.times_estimate(result.speed_up.mean).replace(fmt.TIMES, "")
    value, _, interval = speed_up.partition(" ")
    longer = max((mean for mean in means if mean is not None), default=None)
    mine, other = (fmt.duration(mean, beside=longer) for mean in means)
    instead = f", {mine} on average instead of {other}"
    return f"answers come {value} times as fast {interval}".rstrip() + instead


def _saving(result: ReadResult, word: Word) -> list[str]:
    """Return what the cache takes off PostgreSQL, which may be worth having where speed is not."""
    database = result.database
    saved = database.calls_saved_ratio.value
    if saved is None:
        return []
    if saved <= 0:
        return ["It takes no calls off PostgreSQL."]
    verb = "does take" if word is Word.DOES_NOT_PAY else "takes"
    time_saved = database.time_saved_ratio.value or 0.0
    spared = f", and {fmt.share(time_saved)} of the time that they take there" if time_saved > 0 else ""
    return [
        f"It {verb} {fmt.share(saved)} of the calls off PostgreSQL ({fmt.rate(database.calls_saved_rps.value)}, "
        f"at {fmt.duration(database.price_s.value)} each){spared}."
    ]
