"""How a popularity is written on a command line, and the law that comes of it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from loadtests.errors import PopularityError
from loadtests.popularity.drift import Drift
from loadtests.popularity.hotspot import Hotspot
from loadtests.popularity.latest import Latest
from loadtests.popularity.law import Popularity
from loadtests.popularity.replay import Replay
from loadtests.popularity.scrambled import ScrambledZipf
from loadtests.popularity.zipf import Zipf
from loadtests.traces import parse_trace_source

SPELLINGS = (
    "uniform, zipf:EXPONENT, ycsb-scrambled[:EXPONENT], hotspot:KEYS_RATIO:REQUESTS_RATIO, "
    "latest[:EXPONENT[:INSERTS_PER_1000_REQUESTS]], drift:EXPONENT:KEYS_PER_1000_REQUESTS or trace:FILE"
)

YCSB_EXPONENT = 0.99
MOST_PER_1000 = 1e9
"""A speed over this is a slip of the pen, and positions times it would leave the whole numbers of a float."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A number of a spelling: its key in run.json, its name in a sentence, its range, and the default if any."""

    name: str
    what: str
    low: float
    high: float
    default: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """The numbers that a law takes, in their order, and how it is made of (keys, *numbers)."""

    parameters: tuple[Parameter, ...] = ()
    make: Callable[..., Popularity]


EXPONENT = Parameter(name="exponent", what="exponent", low=0, high=100)
YCSBS = Parameter(name="exponent", what="exponent", low=0, high=100, default=YCSB_EXPONENT)

LAWS = {
    "uniform": Spelling(make=lambda keys: Zipf(keys, 0.0)),
    "zipf": Spelling(parameters=(EXPONENT,), make=Zipf),
    "ycsb-scrambled": Spelling(parameters=(YCSBS,), make=ScrambledZipf),
    "hotspot": Spelling(
        parameters=(
            Parameter(name="keys_ratio", what="share of the keys", low=0, high=1),
            Parameter(name="requests_ratio", what="share of the requests", low=0, high=1),
        ),
        make=Hotspot,
    ),
    "latest": Spelling(
        parameters=(
            YCSBS,
            Parameter(
                name="inserts_per_1000_requests",
                what="number of inserts in 1,000 requests",
                low=0,
                high=MOST_PER_1000,
                default=0.0,
            ),
        ),
        make=lambda keys, exponent, inserts: Latest(
            recency=Zipf(keys, exponent), inserts_per_1000_requests=inserts
        ),
    ),
    "drift": Spelling(
        parameters=(
            EXPONENT,
            Parameter(
                name="keys_per_1000_requests",
                what="speed, in keys in 1,000 requests,",
                low=0,
                high=MOST_PER_1000,
            ),
        ),
        make=lambda keys, exponent, speed: Drift(ranking=Zipf(keys, exponent), keys_per_1000_requests=speed),
    ),
}


@lru_cache(maxsize=8)
def parse_popularity(
    spelling: str, keys: int, trace_share_ratio: float = 1.0, *, skip_bad_records: bool = False
) -> Popularity:
    """Make the popularity that `spelling` names, over `keys` keys (a trace brings its own).

    Of a trace, the share `trace_share_ratio` of the keys is kept, and bad records are skipped if asked for.

    Kept for the process: the blocks of a run draw from the same one.

    Raises:
        PopularityError: the spelling is unknown or a parameter is out of range.
        TraceError: the trace cannot be read.
    """
    source = parse_trace_source(spelling)
    if source is not None:
        return Replay(source.read(skip_bad=skip_bad_records).sample(trace_share_ratio))
    if keys < 2:
        raise PopularityError(f"a working set of {keys} keys leaves nothing to choose from; give at least 2")
    return _law(spelling).make(keys, *_numbers(spelling))


def popularity_parameters(spelling: str) -> dict[str, str | float]:
    """Return what `spelling` says of a law, as run.json has it: its kind, and each parameter by name.

    Raises:
        PopularityError: the spelling is unknown or a parameter is out of range.
    """
    names = [parameter.name for parameter in _law(spelling).parameters]
    return {"kind": spelling.partition(":")[0], **dict(zip(names, _numbers(spelling), strict=True))}


def _law(spelling: str) -> Spelling:
    name, *texts = spelling.split(":")
    law = LAWS.get(name)
    if law is None or len(texts) > len(law.parameters):
        raise PopularityError(f"unknown popularity {spelling!r}; write {SPELLINGS}")
    return law


def _numbers(spelling: str) -> list[float]:
    """Return the value of each of the law's parameters, given or left out."""
    given = spelling.split(":")[1:]
    parameters = _law(spelling).parameters
    texts = given + [None] * (len(parameters) - len(given))
    return [_number(spelling, text, parameter) for text, parameter in zip(texts, parameters, strict=True)]


def _number(spelling: str, text: str | None, parameter: Parameter) -> float:
    if text is None and parameter.default is not None:
        return parameter.default
    try:
        value = float(text or "")
    except ValueError:
        value = float("nan")
    if not parameter.low <= value <= parameter.high:
        raise PopularityError(
            f"popularity {spelling!r}: the {parameter.what} must be a number "
            f"from {parameter.low:g} to {parameter.high:g}"
        )
    return value
