"""The parts of a response time: one request's time divided, to the nanosecond, by where it passed.

A request's moments come in this order: intended, sent, connected (where it had to connect), the start of the
service's work, its end, done. Each part is the time between two neighbours; the service's own time is divided
among the stages that it states. What cannot be told apart is one part, and named so.
"""

from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.thresholds import CLOCK_MISFITS_RATIO

# A duration that a service rounded to whole µs is off by half of one: so far may the whole of its work exceed
# what a client saw, and four times as far may three stages exceed the whole, since all four were rounded.
_ROUNDING_NS = 500

Nanoseconds = NDArray[np.int64]


class Part(StrEnum):
    """A part of a response time, in the order in which they come to pass, as far as they have one.

    ``queue`` is the way to the service and the wait there, ``back`` the way back and the wait until the
    generator wakes; ``network`` is both where nothing tells them apart. ``rest`` is the service's work outside
    of the stages it states, ``untold`` what it does not divide, with the network where it states nothing.
    """

    LAG = "lag"
    CONNECT = "connect"
    QUEUE = "queue"
    NETWORK = "network"
    REDIS = "redis"
    POSTGRESQL = "postgresql"
    RENDER = "render"
    REST = "rest"
    UNTOLD = "untold"
    BACK = "back"


PART_NAMES = {
    Part.LAG: "lag",
    Part.CONNECT: "connect",
    Part.QUEUE: "network out and queue before the service",
    Part.NETWORK: "network and queue, not told apart",
    Part.REDIS: "Redis",
    Part.POSTGRESQL: "PostgreSQL",
    Part.RENDER: "serialising",
    Part.REST: "rest of the service",
    Part.UNTOLD: "not told apart",
    Part.BACK: "network back and wake-up of the generator",
}


def clocks_agree(answered: pd.DataFrame) -> bool | None:
    """Return whether the service's clock can be set against the generator's; None where it states no moment.

    It can where its work, as it states start and duration, lies between the sending and the answer in all but
    one in a thousand answers. Another machine's clock counts from another zero.
    """
    if not answered["app_started_ns"].notna().any():
        return None
    _, ready, done = _moments(answered)
    started, app = _whole(answered, "app_started_ns"), _whole(answered, "app_ns")
    known = (answered["app_started_ns"].notna() & answered["app_ns"].notna()).to_numpy()
    fits = known & (ready <= started) & (started + app <= done + _ROUNDING_NS)
    return bool((~fits).mean() <= CLOCK_MISFITS_RATIO)


def divide(answered: pd.DataFrame, *, clocks_comparable: bool) -> pd.DataFrame:
    """Divide each response time into its parts.

    A moment that lies before the one it follows is moved onto it, and one after done onto done: no part is
    negative. That happens to what a service rounds up to whole µs, and to the odd start that does not fit.
    Stages are cut, in the order Redis, PostgreSQL, serialising, to what is left of the service's time, if they
    exceed it by no more than their rounding; if by more, they are not believed. Neither is a time of the service
    that exceeds, by more than its rounding, what passed between sending and answer.

    Args:
        answered: Samples with an answer, columns as in :func:`analysis.samples.read_samples`.
        clocks_comparable: Whether app_started_ns may be set against the generator's moments.

    Returns:
        One row a sample, with a column of whole ns a :class:`Part`, 0 where it has none of it, response_ns,
        which they add up to, and its block.
    """
    sent, ready, done = _moments(answered)
    intended = answered["intended_ns"].to_numpy()
    app = _whole(answered, "app_ns")
    stated = answered["app_ns"].notna().to_numpy() & (app <= done - ready + _ROUNDING_NS)
    located = stated & answered["app_started_ns"].notna().to_numpy() & clocks_comparable
    app = np.where(stated, np.minimum(app, done - ready), 0)
    started = np.clip(_whole(answered, "app_started_ns"), ready, done - app)
    stages = _stages(answered, app)
    columns = {
        **stages,
        Part.LAG: sent - intended,
        Part.CONNECT: ready - sent,
        Part.QUEUE: np.where(located, started - ready, 0),
        Part.NETWORK: np.where(stated & ~located, done - ready - app, 0),
        Part.BACK: np.where(located, done - started - app, 0),
        Part.UNTOLD: np.where(stated, stages[Part.UNTOLD], done - ready),
    }
    frame = pd.DataFrame({part.value: columns[part] for part in Part}, index=answered.index)
    return frame.assign(response_ns=done - intended, block=answered["block"])


def _moments(answered: pd.DataFrame) -> tuple[Nanoseconds, Nanoseconds, Nanoseconds]:
    """Return when each request was sent, when its connection stood ready, and when it was done, in this order."""
    done = _whole(answered, "done_ns")
    sent = np.clip(_whole(answered, "sent_ns"), answered["intended_ns"].to_numpy(), done)
    connected = answered["connected_ns"].notna().to_numpy()
    ready = np.where(connected, np.clip(_whole(answered, "connected_ns"), sent, done), sent)
    return sent, ready, done


def _stages(answered: pd.DataFrame, app: Nanoseconds) -> dict[Part, Nanoseconds]:
    """Divide the service's time; a stage that it does not state did not run."""
    redis, postgresql, render = (_whole(answered, name) for name in ("redis_ns", "db_ns", "render_ns"))
    believed = redis + postgresql + render <= app + 4 * _ROUNDING_NS
    found, left = {}, app
    for part, stage in ((Part.REDIS, redis), (Part.POSTGRESQL, postgresql), (Part.RENDER, render)):
        found[part] = np.where(believed, np.minimum(stage, left), 0)
        left = left - found[part]
    return {**found, Part.REST: np.where(believed, left, 0), Part.UNTOLD: np.where(believed, 0, left)}


def _whole(samples: pd.DataFrame, name: str) -> Nanoseconds:
    """Return a column of whole ns, 0 where it is null."""
    return samples[name].to_numpy(dtype=np.int64, na_value=0)
