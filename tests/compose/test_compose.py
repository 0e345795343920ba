"""The Compose stack as a user starts it: `docker-compose up --build`, the two curl commands, `down`, `down -v`.

Runs in a project and on ports of its own, so that a stack already running is left alone.
"""

import json
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.stacks.ports import free_port

pytestmark = [pytest.mark.compose, pytest.mark.timeout(900)]

REPOSITORY = Path(__file__).parents[2]
PROJECT = "hit-or-miss-test"
PORT_VARIABLES = ("USER_SERVICE_PORT", "DATA_SERVICE_PORT", "LOCUST_PORT")
READY_TIMEOUT_S = 90.0


def compose_command() -> list[str]:
    """Return docker-compose 1.29 or today's `docker compose`, whichever this machine has."""
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    return ["docker", "compose"]


class Stack:
    """The Compose project under test."""

    def __init__(self) -> None:
        self.ports = {name: free_port() for name in PORT_VARIABLES}

    def compose(self, *arguments: str) -> str:
        """Run one Compose command and return its standard output; what it says otherwise is shown on failure."""
        ended = subprocess.run(
            [*compose_command(), "-p", PROJECT, *arguments],
            cwd=REPOSITORY,
            env={**os.environ, **{name: str(port) for name, port in self.ports.items()}},
            check=False,
            capture_output=True,
            text=True,
        )
        assert ended.returncode == 0, ended.stderr[-4000:]
        return ended.stdout

    def up(self) -> None:
        """Start everything and wait until it is ready."""
        self.compose("up", "--build", "-d")
        for variable, path in zip(PORT_VARIABLES, ("/healthz", "/healthz", "/"), strict=True):
            self._wait_until_it_answers(variable, path)

    def containers(self) -> list[dict]:
        """Return what the engine knows about each container."""
        ids = self.compose("ps", "-q").split()
        inspected = subprocess.run(["docker", "inspect", *ids], check=True, capture_output=True, text=True)
        return list(json.loads(inspected.stdout))

    def fetch(self, variable: str, path: str, body: dict | None = None) -> dict:
        """Send what curl would send, and return the JSON answer."""
        request = urllib.request.Request(
            f"http://localhost:{self.ports[variable]}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return dict(json.load(answer))

    def _wait_until_it_answers(self, variable: str, path: str) -> None:
        deadline = time.monotonic() + READY_TIMEOUT_S
        while True:
            try:
                urllib.request.urlopen(f"http://localhost:{self.ports[variable]}{path}", timeout=5).close()
                return
            except (urllib.error.URLError, OSError):
                assert time.monotonic() < deadline, (
                    f"{path} did not answer: {self.compose('logs', '--tail', '20')}"
                )
                time.sleep(0.5)


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    stack = Stack()
    stack.compose("down", "-v", "--remove-orphans")
    try:
        stack.up()
        yield stack
    finally:
        stack.compose("down", "-v", "--remove-orphans")


def test_the_two_curl_commands_work(stack: Stack) -> None:
    registered = stack.fetch("USER_SERVICE_PORT", "/register", {"name": "ada", "info": "first"})

    assert registered == {"message": "user ada registered", "name": "ada", "version": 1}
    assert stack.fetch("DATA_SERVICE_PORT", "/user/ada")["cached"] is False
    assert stack.fetch("DATA_SERVICE_PORT", "/user/ada")["cached"] is True


def test_the_dearer_reads_and_their_schema_are_there(stack: Stack) -> None:
    stack.fetch("USER_SERVICE_PORT", "/register", {"name": "bob", "info": "first"})

    assert stack.fetch("DATA_SERVICE_PORT", "/user/bob/activity")["events"] == 0
    assert stack.fetch("DATA_SERVICE_PORT", "/user/bob/similar")["similar"] == []
    assert stack.fetch("DATA_SERVICE_PORT", "/healthz") == {"database": "ok", "cache": "ok"}


def test_three_ports_are_published_on_this_machine_alone(stack: Stack) -> None:
    published = [
        (binding["HostIp"], int(binding["HostPort"]))
        for container in stack.containers()
        for bindings in container["NetworkSettings"]["Ports"].values()
        for binding in bindings or []
    ]

    assert sorted(published) == sorted(("127.0.0.1", port) for port in stack.ports.values())


def test_the_users_that_locust_asks_for_are_there(stack: Stack) -> None:
    assert stack.fetch("DATA_SERVICE_PORT", "/user/user-019999")["name"] == "user-019999"


def test_every_container_is_unprivileged(stack: Stack) -> None:
    containers = stack.containers()

    assert len(containers) == 6  # the sixth has filled the database and ended
    for container in containers:
        host, name = container["HostConfig"], container["Name"]
        assert host["ReadonlyRootfs"], name
        assert host["CapDrop"] == ["ALL"], name
        assert "no-new-privileges:true" in host["SecurityOpt"], name
        assert not host["Privileged"], name
        if not container["State"]["Running"]:
            assert container["Config"]["User"] not in ("", "0", "root"), name
            continue
        processes = subprocess.run(
            ["docker", "top", container["Id"], "-eo", "pid,uid"], check=True, capture_output=True, text=True
        )
        users = [line.split()[1] for line in processes.stdout.splitlines()[1:]]
        assert users and "0" not in users, name


def test_each_image_of_a_service_holds_that_service_alone(stack: Stack) -> None:
    for own, other in (("user", "data"), ("data", "user")):
        listing = stack.compose("exec", "-T", f"{own}-service", "ls", "services")
        assert f"{own}_service" in listing
        assert f"{other}_service" not in listing


def test_the_services_stop_when_told_to(stack: Stack) -> None:
    began_s = time.monotonic()
    stack.compose("stop", "user-service", "data-service")
    elapsed_s = time.monotonic() - began_s
    exit_codes = {
        container["Name"].strip("/"): container["State"]["ExitCode"]
        for container in stack.containers()
        if "-service" in container["Name"]
    }
    stack.up()

    assert list(exit_codes.values()) == [0, 0], exit_codes
    assert elapsed_s < 8  # the engine kills after ten


def test_data_survive_down_and_are_gone_after_down_v(stack: Stack) -> None:
    stack.fetch("USER_SERVICE_PORT", "/register", {"name": "kept", "info": "first"})
    stack.compose("down")
    stack.up()
    assert stack.fetch("DATA_SERVICE_PORT", "/user/kept")["info"] == "first"

    stack.compose("down", "-v")
    stack.up()
    with pytest.raises(urllib.error.HTTPError, match="404"):
        stack.fetch("DATA_SERVICE_PORT", "/user/kept")
