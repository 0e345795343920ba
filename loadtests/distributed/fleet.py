"""All workers of a run as their master sees them: who has joined, who is still there, and what they are asked."""

import logging
from collections.abc import Callable, Iterable
from importlib.metadata import version
from itertools import count
from time import monotonic, monotonic_ns
from typing import Any, TypeVar

import gevent
from gevent.event import Event
from locust.runners import MasterRunner

from loadtests.distributed.clock import EXCHANGES, SAME_CLOCK, Exchange, read_clock
from loadtests.distributed.local_workers import LocalWorkers
from loadtests.distributed.messages import FROM_WORKER, Letter, Word
from loadtests.distributed.peer import Peer, PeerLostError
from loadtests.distributed.place import Place, here
from loadtests.errors import LoadError, WorkersError

CHECK_S = 0.2
ANSWER_TIMEOUT_S = 10.0
START_TIMEOUT_S = 60.0

logger = logging.getLogger(__name__)
Found = TypeVar("Found")


class Fleet:
    """The workers of one run: `local` ones, started by the master, and `remote` ones, started by hand.

    Attributes:
        here: where the master runs.
        patience: how many heartbeats, one a second, a worker may owe beyond Locust's three before it is lost.
    """

    def __init__(self, runner: MasterRunner, local: LocalWorkers, remote: int) -> None:
        self.here = here()
        self.patience = 0
        self._runner = runner
        self._local = local
        self._remote = remote
        self._peers: dict[str, Peer] = {}
        self._begun = False
        self._orders = count(1)
        self._changed = Event()
        self._counted_as_lost: set[Peer] = set()
        for word in FROM_WORKER:
            runner.register_message(word, self._on_message)
        self._watch = gevent.spawn(self._watch_for_losses)

    @property
    def peers(self) -> list[Peer]:
        """All that ever belonged to the run, by number."""
        return sorted(self._peers.values(), key=lambda peer: peer.number)

    @property
    def present(self) -> list[Peer]:
        """Those that are left, by number."""
        return [peer for peer in self.peers if peer.lost is None]

    def require_present(self) -> list[Peer]:
        """Return those that are left.

        Raises:
            WorkersError: none is.
        """
        present = self.present
        if not present:
            reasons = "; ".join(f"{peer.name}: {peer.lost}" for peer in self.peers)
            raise WorkersError(f"no worker of the load generator is left ({reasons}); run again")
        return present

    def gather(self, remote_timeout_s: float) -> None:
        """Wait until all have joined; who comes later is turned away.

        Raises:
            WorkersError: they do not.
        """
        started_s = monotonic()
        while len(self.present) < len(self._local) + self._remote:
            self._require_progress(monotonic() - started_s, remote_timeout_s)
            self._changed.wait(CHECK_S)
            self._changed.clear()
        self._begun = True

    def _require_progress(self, waited_s: float, remote_timeout_s: float) -> None:
        """Raise WorkersError where there is nothing to wait for any more."""
        for number in range(len(self._local)):
            if (how := self._local.ended(number)) is not None:
                raise WorkersError(f"worker {number} could not start: {how}; see the generator's log")
        remote = sum(peer.number >= len(self._local) for peer in self.present)
        if len(self.present) - remote < len(self._local) and waited_s > START_TIMEOUT_S:
            raise WorkersError(f"the workers on this machine did not start within {START_TIMEOUT_S:g} s")
        if remote < self._remote and waited_s > remote_timeout_s:
            raise WorkersError(
                f"{remote} of {self._remote} workers from elsewhere have joined within {remote_timeout_s:g} s; "
                "start `lab worker --master HOST:PORT` there, and see that no firewall is between"
            )

    def each(self, peers: Iterable[Peer], ask: Callable[[Peer], Found]) -> dict[Peer, Found]:
        """Ask several at the same time; return the answers of those that are still there.

        Raises:
            LoadError: one of them told of an error.
        """

        def attempt(peer: Peer) -> Found | Exception:
            try:
                return ask(peer)
            except (PeerLostError, LoadError) as error:
                return error

        asked = {peer: gevent.spawn(attempt, peer) for peer in peers}
        try:
            gevent.joinall(list(asked.values()), raise_error=True)
        finally:
            gevent.killall(list(asked.values()))
        answers = {peer: greenlet.value for peer, greenlet in asked.items()}
        for answer in answers.values():
            if isinstance(answer, LoadError):
                raise answer
        return {peer: answer for peer, answer in answers.items() if not isinstance(answer, PeerLostError)}

    def read_clock_of(self, peer: Peer) -> None:
        """Find how far the worker's clock is from the master's now; clocks of two machines drift apart."""
        if peer.place.shares_clock_with(self.here):
            peer.clock = SAME_CLOCK
            return
        exchanges = []
        for number in range(EXCHANGES):
            asked_ns = monotonic_ns()
            peer.send(Word.PING, number=number)
            pong = peer.receive(Word.PONG, within_s=ANSWER_TIMEOUT_S)
            exchanges.append(
                Exchange(sent_ns=asked_ns, worker_ns=pong.fields["worker_ns"], received_ns=pong.received_ns)
            )
        peer.clock = read_clock(exchanges)
        peer.uncertainty_ns = max(peer.uncertainty_ns, peer.clock.uncertainty_ns)

    def next_order(self) -> int:
        """Return a number that no order has had."""
        return next(self._orders)

    def count_lost(self) -> int:
        """Return how many were lost since the last call."""
        lost = {peer for peer in self._peers.values() if peer.lost is not None}
        new, self._counted_as_lost = lost - self._counted_as_lost, lost
        return len(new)

    def close(self) -> None:
        """Let all go, and wait for those on this machine."""
        self._watch.kill()
        for peer in self._peers.values():
            peer.send(Word.FAREWELL, sentence=None)
        self._local.close()

    # --- coming and going

    def _on_message(self, environment: Any, msg: Any) -> None:
        letter = Letter(word=Word(msg.type), fields=msg.data or {})
        peer = self._peers.get(msg.node_id)
        if peer is None and letter.word is Word.HELLO:
            self._welcome(msg.node_id, letter.fields)
        elif peer is None or peer.lost is not None:
            self._turn_away(msg.node_id, "the master has given this worker up")
        else:
            peer.put(letter)

    def _welcome(self, client_id: str, hello: dict[str, Any]) -> None:
        place = Place(**hello["place"])
        number = hello["number"]
        if hello["version"] != version("hit-or-miss"):
            theirs, ours = hello["version"], version("hit-or-miss")
            logger.warning("a worker on %s was turned away: version %s, here %s", place.host, theirs, ours)
            self._turn_away(
                client_id,
                f"the master runs version {ours} and this is {theirs}; install the same on both machines",
            )
            return
        if number is None:
            taken = {peer.number for peer in self.present}
            free = [n for n in range(len(self._local), len(self._local) + self._remote) if n not in taken]
            if self._begun or not free:
                self._turn_away(client_id, "the run has all the workers that it expects; wait for the next one")
                return
            number = free[0]
        self._peers[client_id] = Peer(client_id, number, place, self._sender(client_id), self._on_lost)
        self._changed.set()

    def _turn_away(self, client_id: str, sentence: str) -> None:
        self._runner.send_message(Word.FAREWELL, {"sentence": sentence}, client_id)

    def _sender(self, client_id: str) -> Callable[[Word, dict[str, Any]], None]:
        return lambda word, fields: self._runner.send_message(word, fields, client_id)

    def _on_lost(self, peer: Peer) -> None:
        """See to it that it sends no more, should it still be there."""
        if peer.number < len(self._local):
            self._local.kill(peer.number)
        self._turn_away(peer.client_id, f"the master has given this worker up: {peer.lost}")
        if self._begun:
            logger.warning("%s is lost: %s", peer.name, peer.lost)
        else:  # its place is free for another
            del self._peers[peer.client_id]

    def _watch_for_losses(self) -> None:
        while True:
            gevent.sleep(CHECK_S)
            for peer in self.present:
                reason = self._reason_of_loss(peer)
                if reason is not None:
                    peer.lose(reason)

    def _reason_of_loss(self, peer: Peer) -> str | None:
        """Return why a worker counts as gone: at once where its process has ended, else by Locust's heartbeats."""
        if peer.number < len(self._local) and (how := self._local.ended(peer.number)) is not None:
            return how
        node = self._runner.clients.get(peer.client_id)
        if node is None:
            return "it has left"
        # Locust counts down by one a second, and up again at each heartbeat.
        return "it gave no sign of life for some seconds" if node.heartbeat < -self.patience else None
