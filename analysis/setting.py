"""Manifest → text: how and where a run was made, for the parts of the report that say so."""

from typing import NamedTuple

from analysis import format as fmt
from analysis import thresholds
from analysis.manifest import Manifest, Read
from analysis.self_test import UNTIL
from analysis.traffic import describe_dataset, describe_traffic

_HALF, _HALF_TOLERANCE = 0.5, 0.02
"""Offered rates this near to half of capacity are called that."""


class Fact(NamedTuple):
    """A name and what it is."""

    name: str
    text: str


def describe_read(read: Read) -> tuple[Fact, ...]:
    """Return the keys, the cache, the rate and the warm-up of one read."""
    return (
        Fact("working set", _working_set(read)),
        Fact("cache size", _cache_size(read)),
        Fact("capacity", _capacity(read)),
        Fact("rate offered", _offered(read)),
        Fact("warm-up", _warm_up(read)),
    )


def describe_method(manifest: Manifest) -> tuple[str, ...]:
    """Return how the run was made, a paragraph each."""
    return (*_comparison(manifest), *_TIMES_AND_BLOCKS, *_judgement(manifest))


_TIMES_AND_BLOCKS = (
    "Times are response times, from the moment a request was due to its answer, unless a table says service time, "
    "which counts from the moment it was really sent. A request that failed ranks behind every answer: in a "
    "quantile it is infinitely slow, in a mean it counts as slow as the slowest answer of the run, or as long as "
    "it was waited for. A quantile that its samples cannot bound is not given.",
    "The block is the unit: each estimate is a mean over blocks with Student's t interval "
    f"({fmt.share(thresholds.CONFIDENCE)}), of the logarithms where it is a latency, a price or a ratio of two "
    "arms, which pairs the arms of each block; such a ratio has the exact sign-flip test of the same blocks "
    "beside it.",
)


def _comparison(manifest: Manifest) -> tuple[str, ...]:
    if not manifest.reads:
        asked = manifest.sizing or manifest.capacity or manifest.aa
        return (describe_traffic(manifest.parameters),) if asked else ()
    return (
        f"Each read was asked for in {_blocks(manifest)}. In every block both arms met the same arrivals and the "
        "same keys, one after the other, in an order drawn at random. "
        f"{describe_traffic(manifest.parameters)}",
        _rate(manifest.reads),
    )


def _blocks(manifest: Manifest) -> str:
    if any(read.stopping is not None and read.stopping.rule == UNTIL for read in manifest.reads):
        return "as many blocks as a rule declared before the first one asked for"
    return fmt.plural(int(manifest.parameters.get("blocks", 0)), "block")


def _judgement(manifest: Manifest) -> tuple[str, ...]:
    if not manifest.reads:
        return ()
    return (
        "A cache is said to pay when the whole interval of the mean's speed-up lies above "
        f"{fmt.ratio(thresholds.WORTHWHILE_RATIO)}, and not to pay when all of it lies below.",
        "A hit is what the answer's headers call one, and is proven: in each block the client's hits and misses "
        "must equal Redis's keyspace counters and PostgreSQL's calls of that statement, or the run is not valid.",
        "Every block is judged by what the generator, the machine, Redis and PostgreSQL counted while it ran. "
        "One that is not valid is left out of every estimate; one that is doubtful stays, and its reasons stand "
        "beside the numbers that they touch.",
    )


def _rate(reads: tuple[Read, ...]) -> str:
    ramp = (
        "A short ramp of the uncached arm, in a closed loop with more and more connections, gave the capacity of "
        "each read. "
    )
    shares = [read.offered_rate_rps / read.capacity_rps for read in reads if read.capacity_rps]
    if shares and all(abs(share - _HALF) < _HALF_TOLERANCE for share in shares):
        return (
            f"{ramp}Both arms were then offered half of that, in an open loop. Half of capacity keeps queues "
            "short, so that the latencies are those of the read and not of a queue, and is the same load for both."
        )
    return f"{ramp}Both arms were then offered the same rate, in an open loop; each read states it."


def describe_environment(manifest: Manifest) -> tuple[Fact, ...]:
    """Return what ran, where, and with which command."""
    machine = manifest.machine
    servers = tuple(
        Fact(server.role, f"{server.name} {server.version}" + (f", {server.detail}" if server.detail else ""))
        for server in manifest.servers
    )
    facts = (
        Fact("command", manifest.command or fmt.UNKNOWN),
        Fact("seed", fmt.UNKNOWN if manifest.seed is None else str(manifest.seed)),
        Fact("lab", manifest.lab_version),
        Fact("stack", manifest.stack_kind),
        *servers,
        Fact("processor", f"{machine.cpu}, {fmt.plural(machine.cores, 'core')}"),
        Fact("memory", fmt.byte_size(machine.memory_bytes)),
        Fact("system", f"{machine.system}, Python {machine.python}"),
    )
    return (*facts, Fact("data set", describe_dataset(manifest.dataset))) if manifest.dataset else facts


def _working_set(read: Read) -> str:
    keys = "unknown" if read.working_set_keys is None else fmt.plural(read.working_set_keys, "key")
    if read.trace_share_ratio is None:
        return keys
    if read.trace_share_ratio >= 1:
        return f"{keys}: the whole trace"
    return f"{keys}: {fmt.share(read.trace_share_ratio)} of the trace's keys, each with all of its requests"


def _cache_size(read: Read) -> str:
    parts = []
    if read.cache_entries_planned is not None:
        parts.append(f"planned for {fmt.count(read.cache_entries_planned)} entries")
    if read.cache_entries_held is not None:
        parts.append(f"held {fmt.count(read.cache_entries_held)}")
    if read.entry_bytes is not None:
        parts.append(f"{fmt.byte_size(read.entry_bytes)} each")
    if read.maxmemory_bytes is not None:
        parts.append(f"maxmemory {fmt.byte_size(read.maxmemory_bytes)}")
    return ", ".join(parts) or fmt.UNKNOWN


def _capacity(read: Read) -> str:
    steps = [f"{fmt.number(step.achieved_rps)} with {step.connections}" for step in read.ramp]
    shown = fmt.rate(read.capacity_rps)
    return f"{shown} without the cache (requests a second by connections: {'; '.join(steps)})" if steps else shown


def _offered(read: Read) -> str:
    shown = fmt.rate(read.offered_rate_rps)
    if not read.capacity_rps:
        return shown
    return f"{shown} to both arms, {fmt.share(read.offered_rate_rps / read.capacity_rps)} of capacity"


def _warm_up(read: Read) -> str:
    if read.warm_up is None:
        return fmt.UNKNOWN
    if not read.warm_up.settled:
        return "the hit ratio had not settled when it ended"
    return f"the hit ratio had settled after {fmt.span(read.warm_up.settled_after_s)}"
