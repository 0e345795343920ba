"""Runs legs, one after the other: opens the connections, sends, and hands the rows to a sink."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gevent
import numpy as np
from locust.env import Environment

from loadtests.dispatcher import Dispatcher, Limits
from loadtests.locust_stats import count_in_locust
from loadtests.outcome import OUTCOMES
from loadtests.samples import ABSENT, Recorder, Rows, Sink
from loadtests.target import resolve
from loadtests.traffic import Leg, leg_chunks
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
    """

    def __init__(self, settings: WorkerSettings, sink: Sink) -> None:
        self._settings = settings
        self._sink = sink
        self._environment = Environment(user_classes=[CacheReader], host=settings.url)
        self._recorder = Recorder(settings.epoch_ns, sink)
        self._vitals = Vitals()
        self._dispatcher = Dispatcher(
            resolve(settings.url),
            self._recorder.record,
            self._recorder.record_dropped,
            Limits(timeout_s=settings.timeout_s, queue_limit=settings.queue_limit),
        )
        attach_dispatcher(self._environment, self._dispatcher)

    def open(self) -> None:
        """Spawn the users, whose connections then join."""
        runner = self._environment.create_local_runner()
        runner.start(self._settings.connections, spawn_rate=self._settings.connections)
        self._dispatcher.wait_for(self._settings.connections)

    def run(self, leg: Leg) -> dict[str, Any]:
        """Send one leg, hand over its rows and return its summary; times in ns from the epoch."""
        chunks = leg_chunks(leg, self._dispatcher.target)
        self._recorder.begin(leg)
        connects = self._dispatcher.connects
        with _no_collection():
            self._vitals.begin()
            started_ns = self._dispatcher.start(
                chunks,
                connections=leg.connections,
                duration_s=leg.duration_s if leg.rate_rps is None else None,
            )
            try:
                ended_ns = self._dispatcher.wait()
            except gevent.GreenletExit:
                self._dispatcher.stop()
                raise
            vitals = self._vitals.end()
        outcomes = self._recorder.outcome_counts()
        rows = self._recorder.end()
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
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()
