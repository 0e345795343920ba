"""The generator as many processes, `python -m loadtests.master`: to the lab it speaks as one worker would.

The same lines as `loadtests.worker` over standard input and output; before `ready` it says `listening`, with the
address at which workers from other machines may join. Underneath are Locust's master and workers.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import gevent
from locust.env import Environment
from locust.exception import RPCError
from locust.runners import MasterRunner
from zmq.error import ZMQError

from loadtests.distributed.address import Address, parse_address
from loadtests.distributed.division import divide
from loadtests.distributed.fleet import ANSWER_TIMEOUT_S, Fleet
from loadtests.distributed.local_workers import LocalWorkers
from loadtests.distributed.messages import Word
from loadtests.distributed.peer import Peer
from loadtests.distributed.shared_leg import SharedLeg
from loadtests.errors import LoadError, MasterError, WorkersError
from loadtests.orders import AbandonedError, Orders
from loadtests.samples import SampleFile
from loadtests.target import resolve
from loadtests.traffic import Leg
from loadtests.users import CacheReader
from loadtests.worker_settings import WorkerSettings


def main() -> int:
    """Serve until standard input ends, be it in the middle of a leg."""
    arguments = _parse()
    orders = Orders()
    try:
        settings = orders.next()
        if settings is not None:
            _serve(WorkerSettings(**settings), arguments, orders)
    except LoadError as error:
        orders.say("error", sentence=str(error))
        return 1
    except AbandonedError:
        return 0
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="loadtests.master")
    parser.add_argument("--workers", type=int, default=2, help="processes to start here")
    parser.add_argument("--expect-workers", type=int, default=0, help="workers that others start")
    parser.add_argument("--bind", default="127.0.0.1:0", metavar="HOST:PORT", help="port 0 is any that is free")
    parser.add_argument("--wait", type=float, default=300.0, help="how long to wait for the others, s")
    return parser.parse_args()


def _serve(settings: WorkerSettings, arguments: argparse.Namespace, orders: Orders) -> None:
    with ExitStack() as opened:
        runner = opened.enter_context(_listening(parse_address(arguments.bind).resolved()))
        address = Address(runner.master_bind_host.strip("[]"), runner.server.port)
        orders.say("listening", address=str(address), expected=arguments.expect_workers)
        local = LocalWorkers(arguments.workers, str(address.seen_from_here()))
        fleet = Fleet(runner, local, arguments.expect_workers)
        opened.callback(fleet.close)
        orders.obey(fleet.gather, arguments.wait)
        orders.obey(_open, fleet, settings)
        files = {peer.number: SampleFile(_numbered(settings.samples, peer.number)) for peer in fleet.peers}
        for file in files.values():
            opened.callback(file.close)
        orders.say("ready", generators=_generators(fleet))
        while (order := orders.next()) is not None:
            leg = SharedLeg(
                fleet,
                Leg.from_json(order),
                epoch_ns=settings.epoch_ns,
                files=files,
                folder=Path(settings.samples).parent,
            )
            summary = orders.obey(_run_with_progress, leg, order["leg"], orders)
            orders.say("leg", **summary, generators=_generators(fleet))


@contextmanager
def _listening(address: Address) -> Iterator[MasterRunner]:
    """Run Locust's master at that address.

    Raises:
        MasterError: it cannot be listened at.
    """
    environment = Environment(user_classes=[CacheReader])
    try:
        runner = environment.create_master_runner(address.for_zeromq, address.port)
    except (RPCError, ZMQError, SystemExit) as error:  # Locust exits where the port is taken
        raise MasterError(
            f"workers cannot join at {address}: the port is taken or the address is not this machine's; give "
            "another with --bind HOST:PORT"
        ) from error
    try:
        yield runner
    finally:
        runner.quit()


def _open(fleet: Fleet, settings: WorkerSettings) -> None:
    """Have every worker open its connections.

    Raises:
        WorkersError: one of them cannot.
    """
    peers = fleet.peers
    _require_common_service(fleet, settings.url)
    connections, queue_limits = divide(settings.connections, len(peers)), divide(settings.queue_limit, len(peers))
    writers = divide(settings.write_connections, len(peers))
    fleet.each(peers, fleet.read_clock_of)

    def open_one(peer: Peer) -> None:
        own = replace(
            settings,
            connections=connections[peer.number],
            write_connections=max(1, writers[peer.number]),
            queue_limit=max(1, queue_limits[peer.number]),
            samples="",
        )
        peer.send(Word.SETTINGS, number=peer.number, settings=asdict(own))
        peer.receive(Word.OPENED, within_s=ANSWER_TIMEOUT_S)

    fleet.each(peers, open_one)
    for peer in peers:
        if peer.lost is not None:
            raise WorkersError(f"{peer.name} was lost before the first leg: {peer.lost}; run again")


def _require_common_service(fleet: Fleet, url: str) -> None:
    """Refuse a loopback address where it would mean another machine's service to some worker."""
    host = resolve(url).address[0]
    for peer in fleet.peers:
        if ip_address(host).is_loopback and not peer.place.shares_loopback_with(fleet.here):
            raise WorkersError(
                f"the service at {url} listens on this machine's own address only, which {peer.name} does not "
                "reach; measure one that all workers reach: --stack external --data-url http://HOST:PORT"
            )


def _numbered(first: str, number: int) -> Path:
    """Return the file of worker `number`, given that of worker 0."""
    path = Path(first)
    return path.with_name(re.sub(r"0$", str(number), path.stem) + path.suffix)


def _generators(fleet: Fleet) -> list[dict[str, Any]]:
    """Return what run.json tells of each worker."""
    return [
        {
            "worker": peer.number,
            "host": peer.place.host,
            "clock_offset_ns": peer.clock.offset_ns,
            "clock_uncertainty_ns": peer.uncertainty_ns,
            "lost": peer.lost,
        }
        for peer in fleet.peers
    ]


def _run_with_progress(shared: SharedLeg, number: int, orders: Orders) -> dict[str, Any]:
    reporter = gevent.spawn(orders.say_progress, number, shared.progress)
    try:
        return shared.run()
    finally:
        reporter.kill()


if __name__ == "__main__":
    sys.exit(main())
