"""Ways to spoil a leg for real, each around one leg; `Scene` holds what they need."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg2
import psycopg2.extensions
import redis

from lab.stacks.cgroup import CGROUPS
from lab.stacks.embedded import EmbeddedStack
from loadtests.traffic import Leg
from tests.lab.processes import HOG, detached

WORKER = "loadtests.worker"
CALLS = "SELECT /* lab */ coalesce(sum(calls), 0) FROM pg_stat_statements WHERE query LIKE %s"
TIMEOUT_S = 30.0
POLL_S = 0.01
# Each in a session of its own: there are kernels that share a core out by session first.
CROWD = """
import os, time
os.sched_setaffinity(0, {{{core}}})
end, first = time.monotonic() + 60, os.getpid()
for _ in range(30):
    if os.fork() == 0:
        os.setsid()
        while time.monotonic() < end and os.getppid() == first:
            pass
        os._exit(0)
time.sleep(60)
"""
MANY_CONNECTIONS = 56  # of 64; four fifths are let pass
# A worker of the generator that does on a signal what it is built never to do: collect garbage, or be busy with
# something else.
PROVOKED_WORKER = """
import gc, hashlib, signal, sys
from _thread import start_new_thread  # that of the system, taken before Locust puts its own in its place

def collect(*_):
    gc.unfreeze()
    gc.collect()

busy = []

def work():
    block = bytes(1 << 24)
    while busy:
        hashlib.sha256(block)

def be_busy_or_stop(*_):
    if busy:
        busy.clear()
    else:
        busy.append(True)
        for _ in range(3):
            start_new_thread(work, ())

signal.signal(signal.SIGUSR1, collect)
signal.signal(signal.SIGUSR2, be_busy_or_stop)
del sys.argv[1:]
from loadtests.worker import main
sys.exit(main())
"""
# Enters a control group and fills more memory than that is given, again and again. Zeros would not be written out.
SWAPPER = """
import os, time
with open({procs!r}, "w") as procs:
    procs.write(str(os.getpid()))
memory, end = bytearray(48 << 20), time.monotonic() + 60
while time.monotonic() < end:
    for page in range(0, len(memory), 4096):
        memory[page : page + 4096] = os.urandom(4096)
"""
SWAPPER_BYTES = 16 << 20
SWAP_FOLDER = "/var/tmp"  # noqa: S108 - on a disk, where a folder for temporary files may be in memory
SWAP_BYTES = 64 << 20
SWAPPED_PAGES = 1_000  # by then it is under way


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The stack, and somebody's own clients of its servers."""

    stack: EmbeddedStack
    redis: redis.Redis
    database: psycopg2.extensions.connection

    def sql(self, *statements: str) -> None:
        with self.database.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def served(self, leg: Leg) -> int:
        """Return how many requests like the leg's have reached the server that every one of them asks."""
        if leg.arm == "cached":
            statistics = self.redis.info("stats")
            return int(statistics["keyspace_hits"] + statistics["keyspace_misses"])
        with self.database.cursor() as cursor:
            cursor.execute(CALLS, (f"%/* read:{leg.operation} */%",))
            return int(cursor.fetchall()[0][0])

    def generator(self) -> psutil.Process:
        """Return the process that sends the load, a child of the one that conducts it."""
        return next(each for each in psutil.Process().children() if WORKER in each.cmdline())

    def data_service(self) -> list[psutil.Process]:
        leash = self.stack.process_ids()["data-service"]
        return psutil.Process(leash).children(recursive=True)


@contextmanager
def in_its_midst(scene: Scene, leg: Leg, act: Callable[[], None], share: float = 0.5) -> Iterator[None]:
    """Act while the leg is under way: when the servers have seen that share of its requests."""
    begun_at = scene.served(leg)
    awaited = begun_at + share * leg.rate_rps * leg.duration_s

    def wait_and_act() -> None:
        deadline = time.monotonic() + TIMEOUT_S
        while scene.served(leg) < awaited:
            assert time.monotonic() < deadline, "the leg does not get under way"
            time.sleep(POLL_S)
        act()

    with ThreadPoolExecutor(max_workers=1) as pool:
        acting = pool.submit(wait_and_act)
        yield
        acting.result()


@contextmanager
def nothing(_scene: Scene, _leg: Leg) -> Iterator[None]:
    yield


# --- beside the run


@contextmanager
def foreign_programs(_scene: Scene, _leg: Leg) -> Iterator[None]:
    with detached(HOG), detached(HOG):
        yield


@contextmanager
def starved_generator(scene: Scene, _leg: Leg) -> Iterator[None]:
    """Give the generator what thirty others leave of one core."""
    generator = scene.generator()
    allowed = generator.cpu_affinity()
    with detached(CROWD.format(core=allowed[0])):
        generator.cpu_affinity(allowed[:1])
        try:
            yield
        finally:
            generator.cpu_affinity(allowed)


@contextmanager
def few_descriptors(scene: Scene, _leg: Leg) -> Iterator[None]:
    generator = scene.generator()
    limits = generator.rlimit(psutil.RLIMIT_NOFILE)
    generator.rlimit(psutil.RLIMIT_NOFILE, (generator.num_fds() + 2, limits[1]))
    yield
    generator.rlimit(psutil.RLIMIT_NOFILE, limits)


def control_groups_can_be_made() -> bool:
    return (CGROUPS / "cpu" / "cgroup.procs").exists() and os.access(CGROUPS / "cpu", os.W_OK)


@contextmanager
def collection(scene: Scene, leg: Leg) -> Iterator[None]:
    with in_its_midst(scene, leg, lambda: scene.generator().send_signal(signal.SIGUSR1)):
        yield


@contextmanager
def busy_generator(scene: Scene, _leg: Leg) -> Iterator[None]:
    generator = scene.generator()
    group = Path(f"/proc/{generator.pid}/autogroup")
    with suppress(OSError):  # not ours to do, or no groups here
        group.write_text("-15")  # it is to have a core, whatever else the machine does
    generator.send_signal(signal.SIGUSR2)
    yield
    generator.send_signal(signal.SIGUSR2)
    with suppress(OSError):
        group.write_text("0")


def swap_can_be_made() -> bool:
    return os.geteuid() == 0 and os.access(CGROUPS / "memory", os.W_OK) and shutil.which("mkswap") is not None


def swapped_pages() -> int:
    lines = Path("/proc/vmstat").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(("pswpin ", "pswpout ")))


@contextmanager
def swapping(_scene: Scene, _leg: Leg) -> Iterator[None]:
    """Give the machine swap space and a program that needs more memory than it may have."""
    with tempfile.NamedTemporaryFile(dir=SWAP_FOLDER) as file, ExitStack() as afterwards:
        os.posix_fallocate(file.fileno(), 0, SWAP_BYTES)
        subprocess.run(["mkswap", file.name], check=True, capture_output=True)
        subprocess.run(["swapon", file.name], check=True, capture_output=True)
        afterwards.callback(subprocess.run, ["swapoff", file.name], check=True)
        narrow = CGROUPS / "memory" / f"hit-or-miss-test-{os.getpid()}"
        narrow.mkdir()
        afterwards.callback(narrow.rmdir)
        (narrow / "memory.limit_in_bytes").write_text(str(SWAPPER_BYTES))
        before = swapped_pages()
        with detached(SWAPPER.format(procs=str(narrow / "cgroup.procs"))) as swapper:
            deadline = time.monotonic() + TIMEOUT_S
            while swapped_pages() - before < SWAPPED_PAGES:
                assert time.monotonic() < deadline, "nothing is swapped"
                time.sleep(POLL_S)
            yield
        swapper.wait(TIMEOUT_S)


@contextmanager
def quota(scene: Scene, _leg: Leg) -> Iterator[None]:
    """Put the generator under a quota of a twentieth of a core."""
    pid = scene.generator().pid
    memberships = [line.split(":", 2) for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines()]
    home = next(path for _, controllers, path in memberships if controllers == "cpu")
    narrow = CGROUPS / "cpu" / f"hit-or-miss-test-{os.getpid()}"
    narrow.mkdir()
    (narrow / "cpu.cfs_quota_us").write_text("5000")
    (narrow / "cgroup.procs").write_text(str(pid))
    try:
        yield
    finally:
        (CGROUPS / "cpu" / home.lstrip("/") / "cgroup.procs").write_text(str(pid))
        narrow.rmdir()


# --- Redis


@contextmanager
def health_check_that_reads(scene: Scene, leg: Leg) -> Iterator[None]:
    with in_its_midst(scene, leg, lambda: scene.redis.get("health")):
        yield


@contextmanager
def flush(scene: Scene, leg: Leg) -> Iterator[None]:
    with in_its_midst(scene, leg, scene.redis.flushall):
        yield


@contextmanager
def fork(scene: Scene, leg: Leg) -> Iterator[None]:
    with in_its_midst(scene, leg, scene.redis.bgsave):
        yield


@contextmanager
def one_too_many(scene: Scene, leg: Leg) -> Iterator[None]:
    limit = scene.redis.config_get("maxclients")["maxclients"]

    def connect() -> None:
        scene.redis.config_set("maxclients", scene.redis.info("clients")["connected_clients"])
        with redis.Redis.from_url(scene.stack.endpoints.redis_url, retry=None) as client:
            try:
                client.ping()
            except redis.ConnectionError:
                return
        raise AssertionError("the connection was accepted")

    with in_its_midst(scene, leg, connect):
        yield
    scene.redis.config_set("maxclients", limit)


@contextmanager
def short_lived_entries(scene: Scene, leg: Leg) -> Iterator[None]:
    def store() -> None:
        for number in range(100):
            scene.redis.set(f"short-lived:{number}", b"", px=1)

    with in_its_midst(scene, leg, store, share=0.2):
        yield


@contextmanager
def hardly_any_memory(scene: Scene, leg: Leg) -> Iterator[None]:
    limit = scene.redis.config_get("maxmemory")["maxmemory"]
    with in_its_midst(scene, leg, lambda: scene.redis.config_set("maxmemory", 1)):
        yield
    scene.redis.config_set("maxmemory", limit)


@contextmanager
def memory_without_eviction(scene: Scene, leg: Leg) -> Iterator[None]:
    limit = scene.redis.config_get("maxmemory")["maxmemory"]
    policy = scene.redis.config_get("maxmemory-policy")["maxmemory-policy"]

    def limit_memory() -> None:
        scene.redis.config_set("maxmemory-policy", "noeviction")
        scene.redis.config_set("maxmemory", 500_000)

    with in_its_midst(scene, leg, limit_memory):
        yield
    scene.redis.config_set("maxmemory", limit)
    scene.redis.config_set("maxmemory-policy", policy)


# --- PostgreSQL


@contextmanager
def foreign_statements(scene: Scene, leg: Leg) -> Iterator[None]:
    # One that no other test asks: PostgreSQL keeps the comment of whoever asked first, as the lab does in another.
    count = "SELECT sum(ln(n)) FROM generate_series(1, 50000) AS n"
    with in_its_midst(scene, leg, lambda: scene.sql(*[count] * 12), share=0.1):
        yield


@contextmanager
def checkpoint_and_vacuum(scene: Scene, leg: Leg) -> Iterator[None]:
    with in_its_midst(scene, leg, lambda: scene.sql("CHECKPOINT", "VACUUM users"), share=0.1):
        yield


@contextmanager
def idle_connections(scene: Scene, _leg: Leg) -> Iterator[None]:
    with scene.database.cursor() as cursor, ExitStack() as opened:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")
        for _ in range(MANY_CONNECTIONS - cursor.fetchall()[0][0]):
            opened.enter_context(closing(psycopg2.connect(scene.stack.endpoints.database_url)))
        yield


@contextmanager
def cold_memory(scene: Scene, leg: Leg) -> Iterator[None]:
    with in_its_midst(scene, leg, lambda: scene.sql("SELECT pg_buffercache_evict_all()"), share=0.2):
        yield


# --- the service


@contextmanager
def stalled_service(scene: Scene, leg: Leg) -> Iterator[None]:
    """Stop the service from the middle of the leg until after its end, and let it go on."""

    def stall() -> None:
        stopped = scene.data_service()
        for process in stopped:
            process.send_signal(signal.SIGSTOP)
        time.sleep(leg.duration_s)
        for process in stopped:
            process.send_signal(signal.SIGCONT)

    with in_its_midst(scene, leg, stall):
        yield


@contextmanager
def killed_service(scene: Scene, leg: Leg) -> Iterator[None]:
    def kill() -> None:
        for process in scene.data_service():
            process.kill()

    service = scene.stack._data_service
    try:
        with in_its_midst(scene, leg, kill, share=0.2):
            yield
    finally:
        service.process.stop()
        service.process.start()
        service.wait_until_ready()
