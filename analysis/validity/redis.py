"""Did Redis do what the reads asked of it, and nothing else?"""

from collections.abc import Iterator, Mapping

from analysis import format as fmt
from analysis import thresholds
from analysis.blocks import UNCACHED
from analysis.cautions import Caution, State
from analysis.validity.evidence import LegEvidence

_READS = frozenset({"get", "set"})
"""What cache-aside sends: a look-up, and on a miss a store."""

_INVALIDATION = "del"
"""What user-service sends once a write is committed, where its policy is to invalidate."""

_HARMLESS = frozenset(
    (
        "hello",
        "auth",
        "select",
        "ping",
        "echo",
        "quit",
        "reset",
        "client",
        "command",
        "info",
        "config|get",
        "dbsize",
    )
) | frozenset(("memory", "latency", "slowlog", "module", "role", "time", "lolwut"))
"""What connections, and the lab's own questions, send; none of it touches an entry. Subcommands count too."""

_NEVER_READS = frozenset(
    (
        "flushall",
        "flushdb",
        "swapdb",
        "config|set",
        "config|resetstat",
        "debug",
        "shutdown",
        "replicaof",
        "slaveof",
    )
)
"""What no service sends to read something, however it caches."""

_STORING = ("miss", "bypass", "collapsed", "unknown")


def nothing_evicted_unplanned(evidence: LegEvidence) -> Iterator[Caution]:
    """Doubt a leg that lost entries though its cache was to hold all, or though its arm stores none."""
    evicted = None if evidence.redis is None else evidence.redis.evicted_keys
    read = evidence.read
    planned, keys, held = read.cache_entries_planned, read.working_set_keys, read.cache_entries_held
    holds_all = planned is not None and keys is not None and planned >= keys
    entries = planned if held is None else held
    if evicted is None or not entries or not (holds_all or evidence.leg.treatment == UNCACHED):
        return
    if evicted / entries > thresholds.EVICTED_RATIO:
        why = "though the arm stores none" if evidence.leg.treatment == UNCACHED else "though all were to stay"
        yield evidence.doubt(
            "evictions",
            f"Redis evicted {evicted:,} entries, {fmt.share(evicted / entries)} of the {entries:,} that it holds, "
            f"{why}",
            "Give Redis more memory, and see what else stores in it.",
            figure=evicted / entries,
            threshold=thresholds.EVICTED_RATIO,
        )


def few_expired(evidence: LegEvidence) -> Iterator[Caution]:
    """Doubt a leg whose hit ratio owes something to the TTL."""
    expired = None if evidence.redis is None else evidence.redis.expired_keys
    if not expired or not evidence.leg.requests:
        return
    share = expired / evidence.leg.requests
    if share > thresholds.EXPIRED_RATIO:
        yield evidence.doubt(
            "expirations",
            f"{expired:,} entries expired, {fmt.share(share)} of the requests made: misses are in part the TTL's, "
            "not the cache size's",
            "Use a TTL longer than the run (--ttl), or read the hit ratio as that of this TTL.",
            figure=share,
            threshold=thresholds.EXPIRED_RATIO,
        )


def nobody_rejected(evidence: LegEvidence) -> Iterator[Caution]:
    """Doubt a leg in which Redis turned a connection away."""
    rejected = None if evidence.redis is None else evidence.redis.rejected_connections
    if rejected:
        yield evidence.doubt(
            "rejected-connections",
            f"Redis turned {fmt.plural(rejected, 'connection')} away, having reached maxclients",
            "Raise maxclients, or stop what else connects to it.",
            figure=float(rejected),
            threshold=0.0,
        )


def no_fork(evidence: LegEvidence) -> Iterator[Caution]:
    """Doubt a leg in which Redis copied itself, which stops it and makes each write dearer."""
    forks = None if evidence.redis is None else evidence.redis.total_forks
    if forks:
        yield evidence.doubt(
            "fork",
            f"Redis made {fmt.plural(forks, 'fork')} to save itself, each of which stops it for a moment",
            "Switch saving off for the run (CONFIG SET save '' and appendonly no).",
            figure=float(forks),
            threshold=0.0,
        )


def within_memory(evidence: LegEvidence) -> Iterator[Caution]:
    """Doubt a leg after which Redis held more than its limit."""
    redis = evidence.redis
    if redis is None or redis.used_memory_bytes is None or not redis.maxmemory_bytes:
        return
    ratio = redis.used_memory_bytes / redis.maxmemory_bytes
    if ratio > thresholds.MEMORY_RATIO:
        yield evidence.doubt(
            "memory",
            f"Redis held {fmt.byte_size(redis.used_memory_bytes)} of memory, {fmt.share(ratio)} of its limit of "
            f"{fmt.byte_size(redis.maxmemory_bytes)}",
            "See its maxmemory-policy: with noeviction nothing makes room.",
            figure=ratio,
            threshold=thresholds.MEMORY_RATIO,
        )


def nobody_else_asked(evidence: LegEvidence) -> Iterator[Caution]:
    """Leave out a block in which Redis was sent what no read sends."""
    commands = None if evidence.redis is None else evidence.redis.commands
    foreign = {} if commands is None else _foreign(evidence, commands)
    if foreign:
        told = [f"{amount:,} {name}" for name, amount in sorted(foreign.items(), key=lambda item: -item[1])]
        yield evidence.doubt(
            "foreign-commands",
            f"Redis was sent commands that no read sends: {fmt.listing([name.upper() for name in told])}",
            "Something else used this Redis during the block; stop it and measure again.",
            figure=float(sum(foreign.values())),
            threshold=0.0,
            severity=State.INVALID,
        )


def _foreign(evidence: LegEvidence, commands: Mapping[str, int]) -> dict[str, int]:
    """Return the calls that are none of the run's; on a stack that is not the lab's, only the blatant ones."""
    calls = {name.lower(): amount for name, amount in commands.items() if amount > 0}
    if not evidence.own_stack:
        return {name: amount for name, amount in calls.items() if name in _NEVER_READS}
    foreign = {name: amount for name, amount in calls.items() if not _known(name)}
    stores = _stores(evidence)
    if stores is not None and calls.get("set", 0) > stores:
        foreign["set"] = calls["set"] - stores
    deletions = calls.get(_INVALIDATION, 0) - (evidence.leg.writes or 0)
    if deletions > 0:
        foreign[_INVALIDATION] = deletions
    return foreign


def _stores(evidence: LegEvidence) -> int | None:
    """Return how many stores the leg can account for; None where it does not hold the samples of all requests."""
    leg, samples = evidence.leg, evidence.samples
    if leg.lost_workers or len(samples) < leg.requests:
        return None
    if leg.treatment == UNCACHED:
        return 0
    # A store follows a miss; a request that failed, or did not say, may have stored as well.
    return int((samples["outcome"].isin(_STORING) | samples["failed"]).sum())


def _known(name: str) -> bool:
    return name in _READS or name == _INVALIDATION or name in _HARMLESS or name.partition("|")[0] in _HARMLESS
