"""One worker as its master sees it: where it runs, what it says, and whether it is still there."""

from collections.abc import Callable
from time import monotonic
from typing import Any

from gevent.queue import Empty, Queue

from loadtests.distributed.clock import SAME_CLOCK, ClockReading
from loadtests.distributed.messages import Letter, Word
from loadtests.distributed.place import Place
from loadtests.errors import WorkersError

Send = Callable[[Word, dict[str, Any]], None]
OnLost = Callable[["Peer"], None]


class PeerLostError(Exception):
    """The worker is gone, or silent for so long that it counts as gone."""


class Peer:
    """A worker that has joined.

    Attributes:
        client_id: Locust's name for it.
        number: from 0; the local ones come first.
        place: where it runs.
        clock: how far its monotonic clock is from the master's.
        uncertainty_ns: the largest uncertainty that any reading of its clock had.
        connects: connections that it had opened when it last said so.
        lost: why it counts as gone; None while it does not.
    """

    def __init__(self, client_id: str, number: int, place: Place, send: Send, on_lost: OnLost) -> None:
        self.client_id = client_id
        self.number = number
        self.place = place
        self.clock: ClockReading = SAME_CLOCK
        self.uncertainty_ns = 0
        self.connects = 0
        self.lost: str | None = None
        self._send = send
        self._on_lost = on_lost
        self._mailbox: Queue[Letter | None] = Queue()

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"worker {self.number} on {self.place.host}"

    def send(self, word: Word, **fields: Any) -> None:
        """Send a message, unless nobody is there any more."""
        if self.lost is None:
            self._send(word, fields)

    def put(self, letter: Letter) -> None:
        """Take in a message that came from it."""
        self._mailbox.put(letter)

    def lose(self, reason: str) -> None:
        """Count it as gone; whoever waits for it hears of it at once."""
        if self.lost is None:
            self.lost = reason
            self._mailbox.put(None)
            self._on_lost(self)

    def receive(self, *words: Word, within_s: float, order: int | None = None) -> Letter:
        """Return its next message of one of these kinds, and of this order where one is named.

        Raises:
            PeerLostError: it is gone, or says nothing of the kind within that time, and then counts as gone.
            WorkersError: it has told of an error that would meet the others too.
        """
        deadline_s = monotonic() + within_s
        while self.lost is None:
            try:
                letter: Letter | None = self._mailbox.get(timeout=max(0.0, deadline_s - monotonic()))
            except Empty:
                self.lose(f"no {' or '.join(word.value for word in words)} within {within_s:g} s")
                break
            if letter is None:
                break
            if letter.word is Word.FAILED:
                raise WorkersError(f"{self.name}: {letter.fields['sentence']}")
            if letter.word in words and order in (None, letter.fields.get("order")):
                return letter
        raise PeerLostError(self.lost)
