"""What limited an arm → a sentence with the figure that says so."""

from collections.abc import Callable, Mapping

from analysis import format as fmt
from analysis.capacity import ArmCapacity
from analysis.limits import DATA_SERVICE, GENERATOR, REDIS, Limit, Load

_MOST_NAMED = 3
_WORTH_NAMING_RATIO = 0.02


def describe_limit(arm: ArmCapacity) -> str:
    """Say what limited the arm where it breaks its objective, or that nothing seen did."""
    load = arm.load
    if load.limit is Limit.NONE and arm.capacity.at_least is not None:
        return f"Nothing was at its limit at {fmt.per_second(load.rate_rps)}, the highest rate: {_unused(load)}."
    return f"At {fmt.per_second(load.rate_rps)} {_SENTENCES[load.limit](load)}."


def _generator(load: Load) -> str:
    return (
        f"the generator used {_own(load, GENERATOR)} of what its processes can use: the generator was the limit, "
        "and the arm may carry more"
    )


def _redis(load: Load) -> str:
    return f"Redis used {_own(load, REDIS)} of the one core that its thread can use: Redis was the limit"


def _data_service(load: Load) -> str:
    workers = load.pool.workers or load.cores
    if workers >= load.cores:
        cores = "one core" if load.cores == 1 else f"{load.cores} cores"
        return (
            f"data-service's {fmt.plural(workers, 'worker')} used {_own(load, DATA_SERVICE)} of the {cores}: the "
            f"processors were the limit{_pressure(load)}"
        )
    return (
        f"data-service's {fmt.plural(workers, 'worker')} used {_own(load, DATA_SERVICE)} of the core that each "
        f"can use, and all processes {_machine(load)}: its number of workers was the limit"
    )


def _processors(load: Load) -> str:
    return f"all processes used {_machine(load)}: the processors were the limit{_pressure(load)}"


def _postgresql(load: Load) -> str:
    statements = fmt.ratio(load.statements.value)
    return (
        f"PostgreSQL had {statements} statements of this read at work at once, on "
        f"{fmt.plural(load.cores, 'core')}: PostgreSQL was the limit"
    )


def _threads(load: Load) -> str:
    return f"{_taken(load)}: requests waited for a thread{_queue(load)}, while all processes used {_machine(load)}"


def _none(load: Load) -> str:
    return (
        f"nothing was at its limit: {_unused(load)}. What breaks the objective here is the tail, not the lack of "
        "something"
    )


def _unknown(load: Load) -> str:
    return f"it is not known what the limit was: {load.machine_ratio.note}"


_SENTENCES: Mapping[Limit, Callable[[Load], str]] = {
    Limit.GENERATOR: _generator,
    Limit.REDIS: _redis,
    Limit.DATA_SERVICE: _data_service,
    Limit.PROCESSORS: _processors,
    Limit.POSTGRESQL: _postgresql,
    Limit.THREADS: _threads,
    Limit.NONE: _none,
    Limit.UNKNOWN: _unknown,
}


def _own(load: Load, role: str) -> str:
    return _share(load.own_cpu_ratio[role].value)


def _machine(load: Load) -> str:
    """Return the share of the machine in use, and who uses most of it."""
    shares = {role: found.value or 0.0 for role, found in load.cpu_ratio.items()}
    greatest = sorted(shares, key=lambda role: -shares[role])[:_MOST_NAMED]
    named = [f"{role} {fmt.share(shares[role])}" for role in greatest if shares[role] >= _WORTH_NAMING_RATIO]
    of = f"{_share(load.machine_ratio.value)} of the machine's {fmt.plural(load.cores, 'core')}"
    return f"{of} ({', '.join(named)})" if named else of


def _pressure(load: Load) -> str:
    waiting = load.pressure_ratio.value
    return "" if waiting is None else f", for which something waited {fmt.share(waiting)} of the time"


def _unused(load: Load) -> str:
    taken = f", and {_taken(load)}" if load.threads_taken.value is not None and load.pool.threads else ""
    return f"all processes used {_machine(load)}{taken}"


def _taken(load: Load) -> str:
    return f"{fmt.ratio(load.threads_taken.value)} of data-service's {load.pool.threads} threads were taken"


def _queue(load: Load) -> str:
    waited_s = load.queue_s.value
    return "" if waited_s is None else f" ({fmt.duration(waited_s)} on average before the service began)"


def _share(ratio: float | None) -> str:
    """Return a share of CPU time, which the ticks it is counted in can carry a little above all there is."""
    return fmt.share(None if ratio is None else min(1.0, ratio))
