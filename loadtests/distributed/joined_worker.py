"""A worker that has joined a master: opens its connections, sends its share of each leg, hands out its samples."""

import socket
import time
from collections.abc import Callable
from importlib.metadata import version
from os import getpid
from typing import Any, cast

import gevent
from gevent.event import AsyncResult
from gevent.hub import get_hub
from gevent.queue import Queue
from locust.runners import WorkerRunner

from loadtests.distributed.messages import FROM_MASTER, Letter, Word
from loadtests.distributed.place import here
from loadtests.distributed.spool import Spool
from loadtests.errors import LoadError, MasterError, TargetError
from loadtests.leg_runner import LegRunner
from loadtests.orders import PROGRESS_EVERY_S, attempt
from loadtests.target import resolve
from loadtests.traffic import Leg
from loadtests.worker_settings import WorkerSettings

REACH_TIMEOUT_S = 5.0


class JoinedWorker:
    """Obeys one master.

    Args:
        runner: Locust's, connected.
        number: of a worker that the master started itself; None of one started by hand.
        tell: hears what is worth telling whoever started it.
    """

    def __init__(self, runner: WorkerRunner, number: int | None, tell: Callable[[str], None]) -> None:
        self._runner = runner
        self._number = number
        self._tell = tell
        self._spool = Spool()
        self._legs: LegRunner | None = None
        self._leg: Leg | None = None
        self._mailbox: Queue[Letter] = Queue()
        self._ended: AsyncResult[str | None] = AsyncResult()
        for word in FROM_MASTER:
            runner.register_message(word, self._on_message)

    def serve(self) -> str | None:
        """Obey until the master lets go; return why it did so before the run was over, None when it was.

        Raises:
            MasterError: the master is not heard of any more.
        """
        place = here().to_json()
        self._say(Word.HELLO, number=self._number, pid=getpid(), version=version("hit-or-miss"), place=place)
        obeying = gevent.spawn(self._obey)
        obeying.link_exception(lambda failed: self._ended.set_exception(failed.exception))
        # Locust ends its runner when the master's heartbeats fail to come.
        listening = gevent.spawn(self._runner.greenlet.join)
        listening.link_value(lambda _: self._ended.set_exception(MasterError("the master has gone silent")))
        try:
            return cast("str | None", self._ended.get())
        finally:
            listening.kill()
            obeying.kill()
            if self._legs is not None:
                self._legs.close()
            self._spool.close()

    def _on_message(self, environment: Any, msg: Any) -> None:
        letter = Letter(word=Word(msg.type), fields=msg.data or {})
        if letter.word is Word.PING:
            self._say(Word.PONG, number=letter.fields["number"], worker_ns=time.monotonic_ns())
        elif letter.word is Word.FAREWELL:
            self._ended.set(letter.fields["sentence"])
        else:
            self._mailbox.put(letter)

    def _say(self, word: Word, **fields: Any) -> None:
        self._runner.send_message(word, fields)

    def _obey(self) -> None:
        while True:
            letter = self._mailbox.get()
            try:
                self._obey_one(letter)
            except LoadError as error:
                self._say(Word.FAILED, sentence=str(error))

    def _obey_one(self, letter: Letter) -> None:
        fields = letter.fields
        if letter.word is Word.SETTINGS:
            self._open(fields["number"], WorkerSettings(**fields["settings"]))
        elif letter.word is Word.PREPARE:
            self._prepare(fields["order"], Leg.from_json(fields["leg"]))
        elif letter.word is Word.START:
            self._run(fields["order"], fields["at_ns"])
        elif letter.word is Word.FETCH:
            content = self._spool.piece(fields["piece"])
            self._say(Word.PIECE, order=fields["order"], piece=fields["piece"], content=content)

    def _open(self, number: int, settings: WorkerSettings) -> None:
        if self._number is None:
            _require_reachable(settings.url)
        self._runner.environment.host = settings.url
        self._legs = LegRunner(settings, self._spool, self._runner.environment)
        self._legs.open()
        self._say(Word.OPENED)
        self._tell(f"worker {number}: {settings.url} over {settings.connections} connections")

    def _prepare(self, order: int, leg: Leg) -> None:
        assert self._legs is not None, "settings come first"  # noqa: S101
        self._leg = leg
        self._legs.open(leg.connections)
        # In a thread: a long schedule, or a trace to be read, must not hold up the heartbeats.
        digest, error = get_hub().threadpool.apply(attempt, (self._legs.prepare, leg))
        if error is not None:
            raise error
        self._say(Word.PREPARED, order=order, digest=digest)

    def _run(self, order: int, at_ns: int) -> None:
        assert self._legs is not None and self._leg is not None, "a leg is prepared first"  # noqa: S101
        reporter = gevent.spawn(self._report_progress, order, self._legs)
        try:
            summary = self._legs.run(self._leg, at_ns)
        finally:
            reporter.kill()
        self._say(Word.SUMMARY, order=order, summary=summary, parcel=self._spool.finish().to_json())

    def _report_progress(self, order: int, legs: LegRunner) -> None:
        while True:
            gevent.sleep(PROGRESS_EVERY_S)
            self._say(Word.PROGRESS, order=order, **legs.progress())


def _require_reachable(url: str) -> None:
    """Raise TargetError where this machine does not reach the service."""
    target = resolve(url)
    try:
        socket.create_connection(target.address, REACH_TIMEOUT_S).close()
    except OSError as error:
        raise TargetError(
            f"the service at {url} cannot be reached from this machine ({error}); measure one that all workers "
            "reach: --stack external --data-url http://HOST:PORT"
        ) from error
