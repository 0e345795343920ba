"""One key after the other, event by event, in plain Python: the judge of the laws and replays of freshness."""

import math
from dataclasses import dataclass, field

import numpy as np

from analysis.intervals import Values


@dataclass(kw_only=True)
class Answers:
    """What the answers to all reads were."""

    reads: int = 0
    hits: int = 0
    ages_s: list[float] = field(default_factory=list)

    @property
    def hit_ratio(self) -> float:
        return self.hits / self.reads

    @property
    def stale_ratio(self) -> float:
        return len(self.ages_s) / self.reads


def simulate(
    popularity: Values,
    *,
    read_rate_rps: float,
    write_rate_rps: float,
    ttl_s: float,
    jitter_ratio: float,
    seconds: float,
    invalidates: bool,
    rng: np.random.Generator,
) -> Answers:
    """Let Poisson reads and writes meet entries that live for a drawn time; the first tenth is not counted."""
    answers = Answers()
    for probability in popularity.tolist():
        reads_s = _poisson_s(probability * read_rate_rps, seconds, rng).tolist()
        writes_s = _poisson_s(probability * write_rate_rps, seconds, rng).tolist()
        _one_key(
            answers, reads_s, writes_s, ttl_s=ttl_s, jitter_ratio=jitter_ratio, invalidates=invalidates,
            from_s=seconds / 10, rng=rng,
        )  # fmt: skip
    return answers


def _one_key(
    answers: Answers,
    reads_s: list[float],
    writes_s: list[float],
    *,
    ttl_s: float,
    jitter_ratio: float,
    invalidates: bool,
    from_s: float,
    rng: np.random.Generator,
) -> None:
    version, cached, gone_s = 0, -1, -math.inf
    committed_s: list[float] = []
    events = sorted([(time_s, True) for time_s in reads_s] + [(time_s, False) for time_s in writes_s])
    for now_s, reads in events:
        if not reads:
            version += 1
            committed_s.append(now_s)
            if invalidates:
                gone_s = now_s
            continue
        hit = now_s < gone_s
        if not hit:
            cached, gone_s = version, now_s + ttl_s * float(rng.uniform(1 - jitter_ratio, 1 + jitter_ratio))
        if now_s < from_s:
            continue
        answers.reads += 1
        answers.hits += hit
        if cached < version:
            answers.ages_s.append(now_s - committed_s[cached])


def _poisson_s(rate_rps: float, seconds: float, rng: np.random.Generator) -> Values:
    return np.sort(rng.uniform(0, seconds, rng.poisson(rate_rps * seconds)))
