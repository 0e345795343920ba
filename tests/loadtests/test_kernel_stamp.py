"""An answer has come when the kernel received it, however late this process reads it."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor

import psutil

from loadtests.kernel_stamp import NS, STAMP_BYTES, TIMESPEC, ask_for_stamps, received_ns
from tests.loadtests.conftest import RunLegs, leg
from tests.loadtests.stub_service import slow, stub_service


def test_the_stamp_is_of_the_coming_and_not_of_the_reading() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sender = socket.create_connection(listener.getsockname())
        receiver, _ = listener.accept()
    with sender, receiver:
        ask_for_stamps(receiver)
        ancillary: list[tuple[int, int, bytes]] = []
        while not ancillary:  # the kernel begins to stamp a moment after the first socket has asked for it
            before_ns = time.monotonic_ns()
            sender.sendall(b"x")
            after_ns = time.monotonic_ns()
            time.sleep(0.02)  # read late
            _, ancillary, _, _ = receiver.recvmsg(1, STAMP_BYTES)
        came_ns = received_ns(ancillary, before_ns)
    assert before_ns <= came_ns <= after_ns + 10_000_000


def test_without_a_stamp_it_is_now() -> None:
    before_ns = time.monotonic_ns()
    assert before_ns <= received_ns([], 0) <= time.monotonic_ns()


def test_a_stamp_that_cannot_be_is_not_believed() -> None:
    """Somebody set the wall clock between the coming and the reading."""
    not_before_ns = time.monotonic_ns()
    for shift_s in (-3600, 3600):
        stamp = TIMESPEC.pack(*divmod(time.time_ns() + shift_s * NS, NS))
        assert not_before_ns <= received_ns([(1, 35, stamp)], not_before_ns) <= time.monotonic_ns()


def test_an_answer_that_came_while_the_generator_stood_still_is_not_late(run_legs: RunLegs) -> None:
    order = leg(arrivals="constant", rate_rps=100.0, duration_s=1.5, connections=32)
    with stub_service(slow(0.05)) as stub, ThreadPoolExecutor() as thread:
        running = thread.submit(run_legs, stub.url, [order], connections=32)
        while len(stub.heads) < 45:  # by now all connections are open, and five requests are under way
            time.sleep(0.005)
        (worker,) = (child for child in psutil.Process().children() if "loadtests.worker" in child.cmdline())
        worker.suspend()
        time.sleep(1.0)
        worker.resume()
        _, samples = running.result()
    assert (samples["sent_ns"] - samples["intended_ns"]).max() > 0.5e9
    assert (samples["done_ns"] - samples["sent_ns"]).max() < 0.5e9
