"""What a master and its workers say to each other, as custom messages of Locust's protocol (msgpack over ZeroMQ).

In the order in which a run uses them. Every message of a leg names its `order`, a number that is new with each
attempt, so that an answer to a question no longer asked is known for what it is.
"""

import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Word(StrEnum):
    """The kinds of message; those of the lab are told from Locust's own by their prefix."""

    HELLO = "lab_hello"  # worker: number, pid, version, place
    PING = "lab_ping"  # master: number
    PONG = "lab_pong"  # worker: number, worker_ns
    SETTINGS = "lab_settings"  # master: number, settings
    OPENED = "lab_opened"  # worker: its connections stand ready
    PREPARE = "lab_prepare"  # master: order, leg
    PREPARED = "lab_prepared"  # worker: order, digest of the whole schedule
    START = "lab_start"  # master: order, at_ns by the worker's clock
    PROGRESS = "lab_progress"  # worker: order, requests, outcomes
    SUMMARY = "lab_summary"  # worker: order, summary, parcel
    FETCH = "lab_fetch"  # master: order, piece
    PIECE = "lab_piece"  # worker: order, piece, content
    FAILED = "lab_failed"  # worker: sentence
    FAREWELL = "lab_farewell"  # master: sentence, None at the end of a run


FROM_WORKER = (
    Word.HELLO, Word.PONG, Word.OPENED, Word.PREPARED, Word.PROGRESS, Word.SUMMARY, Word.PIECE, Word.FAILED,
)  # fmt: skip
FROM_MASTER = (Word.PING, Word.SETTINGS, Word.PREPARE, Word.START, Word.FETCH, Word.FAREWELL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message that has arrived, with the moment (monotonic ns) at which it did."""

    word: Word
    fields: dict[str, Any]
    received_ns: int = field(default_factory=time.monotonic_ns)
