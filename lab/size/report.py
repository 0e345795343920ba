"""What `lab size` found, in words and tables: the answer first, then what it rests on, then the sizes."""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from analysis import format as fmt
from analysis.prediction.eviction_settings import EvictionPolicy
from analysis.size.answer import Answer, Refusal, Size
from analysis.size.limits import share
from analysis.size.search import Question
from lab.size.found import Found
from lab.size.memory import BUFFERS_BYTES

PLAIN_WIDTH = 115
LEAST_LOSS = 0.0005  # what is shown is a tenth of a point


def print_answer(found: Found, seconds: float) -> None:
    """Print the answer, or why there is none."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = PLAIN_WIDTH
    answer = found.answer
    sentences = _answer(answer, found) if isinstance(answer, Answer) else _refusal(answer, found)
    for number, sentence in enumerate(sentences):
        console.print(f"[bold]{escape(sentence)}[/]" if not number else escape(sentence))
    if answer.sizes:
        console.print()
        console.print(_table(answer, found.question))
    console.print(f"\nPredicted in {seconds:.1f} s.")


def describe_ttl(ttl_s: float | None) -> str:
    """Return a time to live in words."""
    return "no time to live" if ttl_s is None else f"a time to live of {fmt.span(ttl_s)} or more"


def _answer(answer: Answer, found: Found) -> Iterator[str]:
    size = answer.size
    if not answer.needs_cache:
        yield "No cache is needed: the goals hold with every read answered by the database."
        return
    yield (
        f"Set maxmemory {size.memory_bytes} ({fmt.byte_size(size.memory_bytes)}), maxmemory-policy "
        f"{answer.policy} and {_ttl(answer, found)}: predicted hit ratio {share(answer.replayed.hit_ratio)}."
    )
    yield _predicted(answer, found)
    yield (
        f"That is room for {fmt.count(size.entries)} entries, {share(size.keys_ratio)} of the "
        f"{fmt.count(found.question.most_entries)} keys, at {fmt.number(found.entry_bytes or 0)} bytes "
        f"each as measured on {found.server} with {found.values.text}."
    )
    yield _others(answer)
    if (cost := _ttl_cost(answer, found)) is not None:
        yield cost
    yield from _money(answer)
    yield from _notes(found)


def _refusal(refusal: Refusal, found: Found) -> Iterator[str]:
    goals = fmt.listing([goal.text for goal in found.question.goals])
    yield f"No setting meets {goals}. {' '.join(limit.sentence for limit in refusal.limits)}"
    yield from _notes(found)


def _ttl(answer: Answer, found: Found) -> str:
    if found.question.ttl_s is not None:
        return f"a time to live of {fmt.span(answer.ttl_s)}"
    return describe_ttl(answer.ttl_s)


def _predicted(answer: Answer, found: Found) -> str:
    """Say what the hit ratio counts, how far chance moves it, and what it leaves to the database."""
    workload, replayed = found.question.replays.workload, answer.replayed
    if workload.of_trace:
        repeats_ratio = 1 - workload.distinct_keys / workload.requests
        counted = (
            f"It counts all {fmt.count(workload.requests)} reads from a cold cache, first ones included; of those "
            f"that are not the first for their key {share(replayed.hit_ratio / repeats_ratio)} hit"
        )
    else:
        counted = "It is the one that settles once the cache is warm"
    chance = (
        f"; {replayed.replays} replays came to {100 * replayed.lowest:.1f} to {share(replayed.highest)}"
        if replayed.replays > 1
        else ""
    )
    outlook = found.question.outlook
    times = "".join(f", {fmt.statistic(name)} {fmt.duration(time_s)}" for name, time_s in answer.time_s.items())
    return (
        f"{counted}{chance}. It leaves {fmt.rate(answer.size.database_rps)} to the database, of "
        f"{fmt.rate(outlook.rate_rps)}{times}."
    )


def _others(answer: Answer) -> str:
    """Say what the other policies need, and what the textbook says."""
    others = [_takes(need.policy, need.entries) for need in answer.needs if need.policy != answer.policy]
    others.append(_takes("the textbook's exact LRU", answer.textbook_entries))
    return f"For the same {fmt.listing(others)}."


def _takes(name: str, entries: int | None) -> str:
    return f"{name} never gets there" if entries is None else f"{name} takes {fmt.count(entries)} entries"


def _ttl_cost(answer: Answer, found: Found) -> str | None:
    """Say what the time to live costs in hits; None where it was asked for."""
    replays = found.question.replays
    if found.question.ttl_s is not None or answer.under_ttl is None or answer.ttl_s is None:
        return None
    if replays.nothing_expires(answer.ttl_s):
        return (
            f"A shorter time to live may miss the goals; {fmt.span(answer.ttl_s)} is past the end of what was "
            f"replayed, {fmt.span(replays.span_s)}, so that nothing expires in it."
        )
    lost = answer.replayed.hit_ratio - answer.under_ttl.hit_ratio
    if lost < LEAST_LOSS:
        return f"A time to live of {fmt.span(answer.ttl_s)} costs no hits; a shorter one misses the goals."
    return (
        f"A time to live of {fmt.span(answer.ttl_s)} costs {100 * lost:.1f} points of hit ratio, "
        f"{fmt.rate(found.question.outlook.rate_rps * lost)} more for the database; a shorter one misses the "
        "goals."
    )


def _money(answer: Answer) -> Iterator[str]:
    if answer.size.money_month is None or answer.cheapest is None:
        return
    cheap = answer.cheapest
    if cheap.entries == answer.size.entries:
        yield f"It costs {answer.size.money_month:,.2f} a month; no larger size that meets the goals costs less."
        return
    yield (
        f"It costs {answer.size.money_month:,.2f} a month; of the sizes that meet the goals the cheapest is "
        f"{fmt.count(cheap.entries)} entries, {fmt.byte_size(cheap.memory_bytes)}: {cheap.money_month or 0:,.2f}."
    )


def _notes(found: Found) -> Iterator[str]:
    """Say what was assumed, and what was left out."""
    question, prepared = found.question, found.prepared
    workload = question.replays.workload
    rate = fmt.rate(workload.rate_rps)
    yield {
        "option": f"Redis's eviction depends on the rate: this holds at {rate}.",
        "timestamps": f"Redis's eviction depends on the rate: the times are the trace's own, {rate} on average.",
        "default": f"Redis's eviction depends on the rate, which nobody told: {rate} is assumed; give --rate.",
    }[prepared.rate_source]
    if question.margin_ratio and found.entry_bytes is not None:
        yield (
            f"The goals are met by {100 * question.margin_ratio:g} points of hit ratio less, too: so much is kept "
            "for the prediction's own error (--margin)."
        )
    if workload.share_ratio < 1:
        yield f"To be done in seconds, {share(workload.share_ratio)} of the keys stand for all of them."
    if prepared.writes:
        yield f"{fmt.plural(prepared.writes, 'write')} of {prepared.source} are left out: reads alone are cached."
    answer = found.answer
    if isinstance(answer, Answer) and answer.size.entries * (found.entry_bytes or 0.0) < BUFFERS_BYTES:
        yield (
            f"So few entries take less than a server's own memory varies by ({fmt.byte_size(BUFFERS_BYTES)}): "
            "give them more."
        )
    trace = prepared.trace
    if trace is not None and trace.unmatched_records:
        yield f"{fmt.plural(trace.unmatched_records, 'line')} of it have no key by the pattern, and are left out."
    if trace is not None and trace.bad_records:
        yield f"{fmt.plural(trace.bad_records, 'bad line')} of it were skipped."
    if found.run_id is not None:
        yield f"Response times of hits and misses are those of the run {found.run_id}."


def _table(answer: Answer | Refusal, question: Question) -> Table:
    chosen = answer.size.entries if isinstance(answer, Answer) else None
    policy = answer.policy if isinstance(answer, Answer) else question.policies[0]
    policies: Sequence[EvictionPolicy] = question.policies
    table = Table(title=None, box=None, padding=(0, 2, 0, 0), header_style="bold")
    timed = question.outlook.times is not None
    priced = question.outlook.prices is not None
    headings = (
        "", "Keys", "Entries", "maxmemory", *(each.removeprefix("allkeys-") for each in policies), "exact LRU",
        "DB calls", *(["p99"] if timed else []), *(["Money a month"] if priced else []),
    )  # fmt: skip
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    for size in answer.sizes:
        table.add_row(*_row(size, policies, timed=timed, priced=priced, chosen=size.entries == chosen))
    table.caption = f"DB calls{', p99' if timed else ''}{', money' if priced else ''}: under {policy}"
    table.caption_justify = "left"
    return table


def _row(
    size: Size, policies: Sequence[EvictionPolicy], *, timed: bool, priced: bool, chosen: bool
) -> Iterator[str]:
    yield "→" if chosen else ""
    yield share(size.keys_ratio)
    yield fmt.count(size.entries)
    yield fmt.byte_size(size.memory_bytes)
    for policy in policies:
        yield share(size.hit_ratios[policy])
    yield share(size.textbook)
    yield fmt.per_second(size.database_rps)
    if timed:
        yield fmt.duration(size.p99_s)
    if priced:
        yield fmt.UNKNOWN if size.money_month is None else f"{size.money_month:,.2f}"
