"""Runs legs, one after the other: opens the connections, sends, and hands the rows to a sink."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any

import gevent
import numpy as np
from locust.env import Environment
from locust.runners import WorkerRunner

from loadtests.dispatcher import Dispatcher, Limits
from loadtests.locust_stats import count_in_locust
from loadtests.outcome import OUTCOMES
from loadtests.samples import ABSENT, Recorder, Rows, Sink
from loadtests.target import resolve
from loadtests.traffic import Chunk, Leg, leg_chunks
from loadtests.users import CacheReader, attach_dispatcher
from loadtests.vitals import Vitals
from loadtests.worker_settings import WorkerSettings

NS = 1e9
QUANTILES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}


class LegRunner:
    """One process's part of the load: a dispatcher, its Locust users, and the recorder of what happened.

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
        self._prepared: tuple[Leg, Iterator[Chunk]] | None = None
        self._recorder = Recorder(settings.epoch_ns, sink)
        self._vitals = Vitals()
        self._dispatcher = Dispatcher(
            resolve(settings.url),
            self._recorder.record,
            self._recorder.record_dropped,
            Limits(timeout_s=settings.timeout_s, queue_limit=settings.queue_limit),
        )
        attach_dispatcher(self._environment, self._dispatcher)

    def open(self, connections: int | None = None) -> None:
        """Spawn users until there are that many connections, by default those of the settings."""
        wanted = self._settings.connections if connections is None else connections
        if wanted <= self._dispatcher.connections:
            return
        runner = self._environment.runner
        assert runner is not None, "the environment comes with one"  # noqa: S101
        if isinstance(runner, WorkerRunner):
            runner.start_worker({CacheReader.__name__: wanted})
        else:
            runner.start(wanted, spawn_rate=wanted)
        self._dispatcher.wait_for(wanted)

    def prepare(self, leg: Leg) -> str:
        """Draw what the leg sends, so that `run` need only send it; return the digest of the whole draw.

        May run in a thread, so that the hub goes on meanwhile.
        """
        chunks = leg_chunks(leg, self._dispatcher.target)
        first = next(chunks)
        self._prepared = (leg, chain([first], chunks))
        gc.collect()
        assert first.digest is not None, "a leg's first chunk has one"  # noqa: S101
        return first.digest

    def run(self, leg: Leg, at_ns: int | None = None) -> dict[str, Any]:
        """Send one leg, hand over its rows and return its summary; times in ns from the epoch.

        It starts at `at_ns` (monotonic), an instant agreed with others, or now.
        """
        if self._prepared is None or self._prepared[0] is not leg:
            self.prepare(leg)
        assert self._prepared is not None  # noqa: S101
        _, chunks = self._prepared
        self._prepared = None
        self._recorder.begin(leg)
        connects = self._dispatcher.connects
        with _no_collection():
            self._vitals.begin()
            started_ns = self._dispatcher.start(
                chunks,
                connections=leg.connections,
                duration_s=leg.duration_s if leg.rate_rps is None else None,
                at_ns=at_ns,
            )
            try:
                ended_ns = self._dispatcher.wait()
            except gevent.GreenletExit:
                self._dispatcher.stop()
                raise
            vitals = self._vitals.end()
        rows = self._recorder.end()
        outcomes = self._recorder.outcome_counts()  # now that none is on its way to the sink
        count_in_locust(self._environment, leg.operation, rows)
        return {
            "leg": leg.leg,
            "started_ns": started_ns - self._settings.epoch_ns,
            "ended_ns": ended_ns - self._settings.epoch_ns,
            "requests": len(rows),
            "outcomes": outcomes,
            "connects": self._dispatcher.connects,
            "response_s": response_times(rows),
            "workers": [{"worker": 0, **vitals, "connects": self._dispatcher.connects - connects}],
        }

    def progress(self) -> dict[str, Any]:
        """Return what the leg under way has done so far."""
        outcomes = self._recorder.outcome_counts()
        return {"requests": sum(outcomes.values()), "outcomes": outcomes}

    def close(self) -> None:
        """Stop the users and make what was recorded whole."""
        if self._environment.runner is not None:
            self._environment.runner.quit()
        self._dispatcher.close()
        self._recorder.close()
        self._sink.close()


def response_times(rows: Rows) -> dict[str, float | None]:
    """Return mean, p50, p95 and p99 of a leg in seconds; None where failures, infinitely slow, reach them."""
    failed = np.isin(rows["outcome"], [outcome for outcome in OUTCOMES if outcome.failed])
    seconds = np.where(failed | (rows["response_ns"] == ABSENT), np.inf, rows["response_ns"] / NS)
    if not seconds.size:
        return dict.fromkeys(("mean", *QUANTILES))
    quantiles = np.quantile(seconds, list(QUANTILES.values()), method="inverted_cdf")
    figures = dict(zip(("mean", *QUANTILES), (seconds.mean(), *quantiles), strict=True))
    return {name: float(figure) if np.isfinite(figure) else None for name, figure in figures.items()}


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
