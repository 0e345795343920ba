"""The worker process that joins a master: connects, serves until it is let go, and says how it ended."""

import math
import signal
import sys
from dataclasses import dataclass

import gevent
import locust.runners
from gevent.event import AsyncResult
from gevent.fileobject import FileObject
from locust.env import Environment
from locust.runners import WorkerRunner

from loadtests.distributed.address import Address, parse_address
from loadtests.distributed.joined_worker import JoinedWorker
from loadtests.errors import LoadError, MasterError
from loadtests.users import CacheReader

DEFAULT_WAIT_S = 60.0
ATTEMPT_S = 1
MOST_ATTEMPTS = 100
MASTER_SILENCE_S = 30  # above what a worker may owe its master, which it cannot hear when busy itself
NEVER_S = 10.0**9
LINGER_MS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a worker ended: exit code, and what to tell whoever started it."""

    code: int = 0
    sentence: str | None = None


class Joining:
    """One worker's time with one master.

    Args:
        master: where that listens, HOST[:PORT].
        number: of a worker that the master has started, and whose standard input it holds; None of one started by
            hand.
        wait_s: how long to wait for the master to be there.
    """

    def __init__(self, master: str, *, number: int | None, wait_s: float) -> None:
        self._master = master
        self._number = number
        self._wait_s = wait_s
        self._ended: AsyncResult[Ending] = AsyncResult()

    def run(self) -> int:
        """Work until the master lets go, or somebody ends it; return the exit code."""
        for kind in (signal.SIGINT, signal.SIGTERM):
            gevent.signal_handler(kind, self._ended.set, Ending(code=128 + kind))
        if self._number is not None:
            gevent.spawn(self._wait_for_end_of_input)
        working = gevent.spawn(self._work)
        ending: Ending = self._ended.get()
        working.kill()
        if ending.sentence is not None:
            self._tell(ending.sentence)
        return ending.code

    def _wait_for_end_of_input(self) -> None:
        FileObject(sys.stdin.buffer, "rb").read()
        self._ended.set(Ending())

    def _work(self) -> None:
        try:
            refusal = self._serve()
        except LoadError as error:
            self._ended.set(Ending(code=1, sentence=str(error)))
        except Exception:
            self._ended.set(Ending(code=1))
            raise  # a bug: gevent prints its traceback
        else:
            over = "the run is over" if self._number is None else None
            self._ended.set(Ending(sentence=over) if refusal is None else Ending(code=1, sentence=refusal))

    def _serve(self) -> str | None:
        runner = self._connect(parse_address(self._master).resolved())
        self._tell_starter(f"joined the master at {self._master}; waiting for its run to begin")
        try:
            return JoinedWorker(runner, self._number, self._tell_starter).serve()
        finally:
            _leave(runner)

    def _connect(self, address: Address) -> WorkerRunner:
        """Return Locust's runner, known to the master.

        Raises:
            MasterError: none answers in time.
        """
        attempt_s = max(ATTEMPT_S, math.ceil(self._wait_s / MOST_ATTEMPTS))
        locust.runners.CONNECT_TIMEOUT = attempt_s
        locust.runners.CONNECT_RETRY_COUNT = math.ceil(self._wait_s / attempt_s) - 1
        locust.runners.MASTER_HEARTBEAT_TIMEOUT = MASTER_SILENCE_S
        # The lab's master has no use for Locust's statistics and logs: what is not sent disturbs no leg.
        locust.runners.WORKER_REPORT_INTERVAL = NEVER_S
        locust.runners.WORKER_LOG_REPORT_INTERVAL = -1
        self._tell_starter(f"looking for the master at {self._master}, for {self._wait_s:g} s")
        environment = Environment(user_classes=[CacheReader])
        try:
            return environment.create_worker_runner(address.for_zeromq, address.port)
        except ConnectionError as error:
            raise MasterError(
                f"no master answers at {self._master} within {self._wait_s:g} s; start the run there, "
                "with --expect-workers, and see that the address is right and no firewall is between"
            ) from error

    def _tell_starter(self, what: str) -> None:
        """Say how it goes, where a person started it."""
        if self._number is None:
            self._tell(what)

    def _tell(self, what: str) -> None:
        sys.stderr.write(f"lab worker: {what}\n")


def _leave(runner: WorkerRunner) -> None:
    """Tell the master, should it still be there, so that it need not wait for heartbeats to fail."""
    runner.quit()
    runner.environment.events.quitting.fire(environment=runner.environment, reverse=True)
    context = runner.client.socket.context
    runner.client.close(linger=LINGER_MS)
    context.term()
