"""The Compose stack: docker-compose.yml's services, and experiments run from a container of their network.

The experiments have a Compose project of their own, so that they neither need the published ports nor touch the
data of a stack that somebody works with.
"""

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from lab.errors import StackError
from lab.lock import sole_use_of
from lab.stacks.external import ExternalStack
from lab.stacks.interface import ROLES, Endpoints
from lab.stacks.services import describe_services

COMPOSE_FILE = Path(__file__).parents[2] / "docker-compose.yml"
EXPERIMENTS_PROJECT = "hit-or-miss-lab"
CONTAINERS_VARIABLE = "LAB_CONTAINERS"
READY_TIMEOUT_S = 120.0
POLL_S = 0.25
SERVICE_OF_ROLE = {"postgresql": "postgres", "redis": "redis", **{role: role for role in ROLES[2:]}}


def stack_from_inside() -> ExternalStack | None:
    """Return the stack around this container; None when this is not the lab's own container."""
    containers = os.environ.get(CONTAINERS_VARIABLE)
    if containers is None:
        return None
    return ExternalStack(
        kind="compose",
        endpoints=Endpoints(
            user_service_url="http://user-service:5000",
            data_service_url="http://data-service:5001",
            database_url=os.environ["DATABASE_URL"],
            redis_url=os.environ["REDIS_URL"],
        ),
        containers=json.loads(containers),
        described=tuple(describe_services(int(os.environ["WORKERS"]), int(os.environ["THREADS"]))),
    )


def cache_lifetime_inside() -> tuple[float | None, float | None]:
    """Return time to live (s) and jitter of the Compose stack's cache entries; unknown outside of it."""
    ttl_s, jitter_ratio = os.environ.get("CACHE_TTL_S"), os.environ.get("CACHE_TTL_JITTER_RATIO")
    if CONTAINERS_VARIABLE not in os.environ or not ttl_s or not jitter_ratio:
        return None, None
    return float(ttl_s), float(jitter_ratio)


class ComposeProject:
    """One Compose project of docker-compose.yml, by today's `docker compose` or docker-compose 1.29."""

    def __init__(self, project: str | None = None, environment: dict[str, str] | None = None) -> None:
        if not COMPOSE_FILE.exists():
            raise StackError(f"{COMPOSE_FILE} is not there; run the lab from a clone of the project")
        self._command = [*_compose_command(), "-f", str(COMPOSE_FILE)]
        if project is not None:
            self._command += ["-p", project]
        self._environment = {**os.environ, **(environment or {})}

    def up(self, services: Sequence[str] = ()) -> None:
        """Build, start in the background and wait until every container is healthy.

        Raises:
            StackError: a build fails or a container does not become healthy.
        """
        self._call("up", "-d", "--build", *services)
        deadline = time.monotonic() + READY_TIMEOUT_S
        while unwell := self._unwell():
            if time.monotonic() > deadline:
                raise StackError(
                    f"{', '.join(unwell)} did not become healthy in {READY_TIMEOUT_S:g} s; see its logs"
                )
            time.sleep(POLL_S)

    def build(self, service: str) -> None:
        """Build the image of a service that `up` does not start."""
        self._call("build", service)

    def down(self) -> None:
        """Stop and remove the containers; the data stay."""
        self._call("down")

    def container_of(self, service: str) -> str:
        """Return the id of a service's container."""
        return self._output("ps", "-q", service)

    def run(self, service: str, arguments: Sequence[str], options: Sequence[str]) -> int:
        """Run a one-off container in the foreground and return its exit code."""
        command = [*self._command, "run", "--rm", "-T", *options, service, *arguments]
        return subprocess.run(command, env=self._environment, check=False).returncode

    def _unwell(self) -> list[str]:
        """Return the containers that are not well yet.

        Raises:
            StackError: one has ended with an error, and will not become well.
        """
        containers = self._output("ps", "-a", "-q").split()
        form = (
            "{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{if .State.Health}}{{.State.Health.Status}}{{end}}"
        )
        inspected = subprocess.run(
            ["docker", "inspect", "-f", form, *containers], capture_output=True, text=True, check=False
        )
        if inspected.returncode:  # one has just been replaced
            return ["a container"]
        unwell = []
        for line in inspected.stdout.splitlines():
            name, status, exit_code, *health = line.split()
            if status == "exited" and exit_code != "0":
                raise StackError(
                    f"{name.lstrip('/')} ended with exit code {exit_code}; see `docker logs {name[1:]}`"
                )
            if status not in ("running", "exited") or health not in ([], ["healthy"]):
                unwell.append(name.lstrip("/"))
        return unwell

    def _call(self, *arguments: str) -> None:
        # Its own account of builds and starts is progress, which goes to standard error.
        done = subprocess.run([*self._command, *arguments], env=self._environment, stdout=2, check=False)
        if done.returncode:
            raise StackError(f"`{' '.join(self._command[:2])} {arguments[0]}` failed; its message is above")

    def _output(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self._command, *arguments], env=self._environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise StackError(f"Docker Compose failed: {done.stderr.strip()[-300:]}")
        return done.stdout.strip()


@contextmanager
def experiments_project() -> Iterator[ComposeProject]:
    """Start the stack for experiments and take it down again; its data set stays for the next time."""
    # Port 0: any free one, since only the containers' own network is used.
    ports = {"USER_SERVICE_PORT": "0", "DATA_SERVICE_PORT": "0", "LOCUST_PORT": "0"}
    project = ComposeProject(EXPERIMENTS_PROJECT, {**ports, "LAB_MODE": "1"})
    # One at a time on this machine: the project's name is the machine's.
    with sole_use_of(Path(tempfile.gettempdir()) / f"{EXPERIMENTS_PROJECT}-{os.getuid()}"):
        try:
            project.build("lab")
            project.up(("postgres", "redis", "user-service", "data-service"))
            yield project
        finally:
            project.down()


def run_inside(project: ComposeProject, arguments: Sequence[str], mounts: Sequence[tuple[Path, str]]) -> int:
    """Run `lab` with `arguments` in a container of the project and return its exit code.

    Paths mean the same inside: `mounts` are (path, mode) pairs mounted where they are outside.
    """
    containers = {role: project.container_of(service) for role, service in SERVICE_OF_ROLE.items()}
    options = ["--user", f"{os.getuid()}:{os.getgid()}", "--workdir", str(Path.cwd())]
    options += ["-e", f"{CONTAINERS_VARIABLE}={json.dumps(containers)}"]
    for path, mode in mounts:
        options += ["-v", f"{path}:{path}:{mode}"]
    return project.run("lab", arguments, options)


def _compose_command() -> list[str]:
    if shutil.which("docker") and _answers(["docker", "compose", "version"]):
        command = ["docker", "compose"]
    elif shutil.which("docker-compose"):
        command = ["docker-compose"]
    else:
        raise StackError(
            "Docker Compose is not installed; install it, or use --stack embedded, which needs no Docker"
        )
    if not _answers(["docker", "info"]):
        raise StackError(
            "the Docker Engine does not answer; start it, or use --stack embedded, which needs no Docker"
        )
    return command


def _answers(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
