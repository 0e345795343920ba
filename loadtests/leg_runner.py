"""Runs legs, one after the other: opens the connections, sends, and hands the rows to a sink.

Reads and writes go to two services, each over connections and by a schedule of its own, from one start.
"""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import gevent
import numpy as np
from gevent.threadpool import ThreadPool
from locust.env import Environment
from locust.runners import WorkerRunner

from loadtests.dispatcher import Dispatcher, Limits
from loadtests.locust_stats import count_in_locust
from loadtests.outcome import OUTCOMES
from loadtests.samples import ABSENT, Recorder, Rows, Sink
from loadtests.target import WRITES, Target, resolve
from loadtests.traffic import Chunk, Leg, leg_chunks
from loadtests.users import CacheReader, attach_dispatcher
from loadtests.vitals import Vitals
from loadtests.worker_settings import WorkerSettings
from loadtests.writes import write_chunk

NS = 1e9
QUANTILES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}


class Lane:
    """One kind of traffic: a dispatcher, and the recorder of what became of it."""

    def __init__(self, target: Target, recorder: Recorder, limits: Limits) -> None:
        self.recorder = recorder
        self.dispatcher = Dispatcher(target, recorder.record, recorder.record_dropped, limits)


@dataclass(kw_only=True)
class _Drawn:
    """A leg that has been drawn: what is to be sent, by lane."""

    leg: Leg
    reads: Iterator[Chunk]
    writes: Chunk | None = field(default=None)


class LegRunner:
    """One process's part of the load: its lanes, and the Locust users whose connections carry the reads.

    Args:
        settings: where to and how.
        sink: gets the rows of each leg, tables of `loadtests.samples.SCHEMA`.
        environment: Locust's, with the runner of a worker that has joined a master; None makes one with a runner
            of its own.
    """

    def __init__(self, settings: WorkerSettings, sink: Sink, environment: Environment | None = None) -> None:
        self._settings = settings
        self._sink = sink
        if environment is None:
            environment = Environment(user_classes=[CacheReader], host=settings.url)
            environment.create_local_runner()
        self._environment = environment
        self._drawn: _Drawn | None = None
        self._vitals = Vitals()
        self._thread = ThreadPool(1)
        self._reads = self._lane(resolve(settings.url))
        self._write_target = None if settings.write_url is None else resolve(settings.write_url)
        self._writes: Lane | None = None
        attach_dispatcher(self._environment, self._reads.dispatcher)

    def _lane(self, target: Target) -> Lane:
        limits = Limits(timeout_s=self._settings.timeout_s, queue_limit=self._settings.queue_limit)
        return Lane(target, Recorder(self._settings.epoch_ns, self._sink, self._thread), limits)

    def open(self, connections: int | None = None) -> None:
        """Spawn users until there are that many connections, by default those of the settings."""
        wanted = self._settings.connections if connections is None else connections
        if wanted <= self._reads.dispatcher.connections:
            return
        runner = self._environment.runner
        assert runner is not None, "the environment comes with one"  # noqa: S101
        if isinstance(runner, WorkerRunner):
            runner.start_worker({CacheReader.__name__: wanted})
        else:
            runner.start(wanted, spawn_rate=wanted)
        self._reads.dispatcher.wait_for(wanted)

    def prepare(self, leg: Leg) -> str:
        """Draw what the leg sends, so that `run` need only send it; return the digest of the whole draw.

        May run in a thread, so that the hub goes on meanwhile.
        """
        chunks = leg_chunks(leg, self._reads.dispatcher.target)
        first = next(chunks)
        drawn = self._drawn = _Drawn(leg=leg, reads=chain([first], chunks))
        digest = first.digest
        assert digest is not None, "a leg's first chunk has one"  # noqa: S101
        if leg.rate_rps is not None and leg.write_rate_rps:
            drawn.writes = write_chunk(leg, self._write_target)
            digest += str(drawn.writes.digest)
        gc.collect()
        return digest

    def run(self, leg: Leg, at_ns: int | None = None) -> dict[str, Any]:
        """Send one leg, hand over its rows and return its summary; times in ns from the epoch.

        It starts at `at_ns` (monotonic), an instant agreed with others, or now.
        """
        if self._drawn is None or self._drawn.leg is not leg:
            self.prepare(leg)
        assert self._drawn is not None  # noqa: S101
        drawn, self._drawn = self._drawn, None
        lanes = self._begin(drawn)
        connects = self._reads.dispatcher.connects
        with _no_collection():
            self._vitals.begin()
            started_ns = self._start(drawn, at_ns)
            try:
                ended_ns = max([lane.dispatcher.wait() for lane in lanes])
            except gevent.GreenletExit:
                for lane in lanes:
                    lane.dispatcher.stop()
                raise
            vitals = self._vitals.end()
        rows, written = self._end(lanes, leg)
        outcomes = self._reads.recorder.outcome_counts()  # now that none is on its way to the sink
        return {
            "leg": leg.leg,
            "started_ns": started_ns - self._settings.epoch_ns,
            "ended_ns": ended_ns - self._settings.epoch_ns,
            "requests": sum(outcomes.values()),
            "outcomes": outcomes,
            "writes": written,
            "positions": sum(outcomes.values()) + (written if leg.trace_operations else 0),
            "connects": self._reads.dispatcher.connects,
            "response_s": response_times(rows),
            "workers": [{"worker": 0, **vitals, "connects": self._reads.dispatcher.connects - connects}],
        }

    def progress(self) -> dict[str, Any]:
        """Return what the leg under way has done so far."""
        outcomes = self._reads.recorder.outcome_counts()
        return {"requests": sum(outcomes.values()), "outcomes": outcomes}

    def close(self) -> None:
        """Stop the users and make what was recorded whole."""
        if self._environment.runner is not None:
            self._environment.runner.quit()
        for lane in filter(None, (self._reads, self._writes)):
            lane.dispatcher.close()
        self._thread.kill()
        self._sink.close()

    def _begin(self, drawn: _Drawn) -> list[Lane]:
        """Make the leg's lanes ready to record and return them."""
        lanes = [self._reads]
        self._reads.recorder.begin(drawn.leg, drawn.leg.operation)
        if drawn.writes is not None:
            writes = self._lane_of_writes()
            writes.recorder.begin(drawn.leg, WRITES)
            lanes.append(writes)
        return lanes

    def _lane_of_writes(self) -> Lane:
        """Return the lane of the writes, made when it is first needed; its connections need no Locust users."""
        if self._writes is None:
            assert self._write_target is not None, "nothing was drawn without one"  # noqa: S101
            self._writes = self._lane(self._write_target)
            for _ in range(self._settings.write_connections):
                self._writes.dispatcher.join()
        return self._writes

    def _start(self, drawn: _Drawn, at_ns: int | None) -> int:
        leg = drawn.leg
        started_ns = self._reads.dispatcher.start(
            drawn.reads,
            connections=leg.connections,
            duration_s=leg.duration_s if leg.rate_rps is None else None,
            at_ns=at_ns,
        )
        if drawn.writes is not None:
            self._lane_of_writes().dispatcher.start(iter((drawn.writes,)), at_ns=started_ns)
        return started_ns

    def _end(self, lanes: list[Lane], leg: Leg) -> tuple[list[Rows], int]:
        """Hand over the rows and tell Locust of them; return those of the reads in brief, and how many writes."""
        for lane in lanes:
            lane.recorder.settle()
        reads, *writes = [lane.recorder.end() for lane in lanes]
        for operation, parts in zip((leg.operation, WRITES), (reads, *writes), strict=False):
            for part in parts:
                count_in_locust(self._environment, operation, part)
        return reads, sum(len(part) for parts in writes for part in parts)


def response_times(rows: Sequence[Rows]) -> dict[str, float | None]:
    """Return mean, p50, p95 and p99 of a leg in seconds; None where failures, infinitely slow, reach them."""
    seconds = np.concatenate([_seconds(part) for part in rows])
    if not seconds.size:
        return dict.fromkeys(("mean", *QUANTILES))
    mean = seconds.mean()
    shares = list(QUANTILES.values())
    quantiles = np.quantile(seconds, shares, method="inverted_cdf", overwrite_input=True)
    figures = dict(zip(("mean", *QUANTILES), (mean, *quantiles), strict=True))
    return {name: float(figure) if np.isfinite(figure) else None for name, figure in figures.items()}


def _seconds(rows: Rows) -> "np.ndarray[Any, np.dtype[np.float64]]":
    failed = np.isin(rows["outcome"], [outcome for outcome in OUTCOMES if outcome.failed])
    return np.where(failed | (rows["response_ns"] == ABSENT), np.inf, rows["response_ns"] / NS)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the garbage collector's pauses out of a leg; nothing made in one refers to itself."""
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()
