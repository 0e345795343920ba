import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import psycopg2
import pytest

from lab.stacks.ports import free_port
from lab.stacks.postgres import PostgresServer
from services.shared.settings import CommonSettings
from tests.services.conftest import Sql
from tests.services.processes import ServiceProcess

Serve = Callable[..., ServiceProcess]

BACKENDS = "SELECT pid FROM pg_stat_activity WHERE application_name = 'data-service'"

DOCKER_KILLS_AFTER_S = 10


@pytest.mark.parametrize("module", ["user_service", "data_service"])
def test_a_missing_setting_is_one_sentence_and_exit_code_2(module: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", f"services.{module}"],
        env={"PATH": os.environ["PATH"]},
        check=False,
        capture_output=True,
        text=True,
    )

    assert ended.returncode == 2
    assert ended.stderr.startswith(f"{module.replace('_', '-')}: DATABASE_URL is not set: put an address such as")
    assert ended.stderr.count("\n") == 1
    assert ended.stdout == ""


def test_a_port_in_use_is_one_sentence_and_exit_code_1(common: CommonSettings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        variables = {"DATABASE_URL": common.database_url, "REDIS_URL": common.redis_url}
        service = ServiceProcess("user_service", port, variables)
        _, errors = service.output()

    assert service.process.returncode == 1
    assert errors == (
        f"user-service: cannot listen on 127.0.0.1 port {port}: "
        "another program listens there; stop it, or put a free port into PORT.\n"
    )


def test_a_second_service_on_the_port_of_a_first_is_refused(serve: Serve, common: CommonSettings) -> None:
    first = serve("user_service")
    second = ServiceProcess(
        "user_service", first.port, {"DATABASE_URL": common.database_url, "REDIS_URL": common.redis_url}
    )
    second.output()

    assert second.process.returncode == 1


def test_it_starts_without_its_servers_and_says_so_when_asked() -> None:
    port = free_port()
    nowhere = free_port()
    service = ServiceProcess(
        "data_service",
        port,
        {"DATABASE_URL": f"postgresql://127.0.0.1:{nowhere}/x", "REDIS_URL": f"redis://127.0.0.1:{nowhere}/0"},
    )
    try:
        service.wait_until_it_listens()
        status, body, _ = service.request("GET", "/healthz")
        assert status == 503
        assert json.loads(body) == {"error": "the database does not answer", "cache": "does not answer"}
        assert service.request("GET", "/user/ada")[0] == 503
    finally:
        service.stop()


def test_sigterm_finishes_what_is_under_way(serve: Serve, postgres: PostgresServer, sql: Sql) -> None:
    sql("INSERT INTO users (name, info) VALUES ('ada', 'first')")
    service = serve("user_service")
    answers: list[tuple[int, bytes]] = []
    holder = psycopg2.connect(postgres.url)
    holder.cursor().execute("SELECT * FROM users WHERE name = 'ada' FOR UPDATE")
    update = threading.Thread(
        target=lambda: answers.append(
            service.request("PUT", "/user/ada", b'{"info": "second"}', Content_Type="application/json")[:2]
        )
    )
    update.start()
    while not sql("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"):
        time.sleep(0.01)

    service.terminate()
    time.sleep(0.5)
    assert service.process.poll() is None
    holder.rollback()
    holder.close()
    update.join()
    service.output()

    assert answers[0][0] == 200
    assert service.process.returncode == 0
    assert sql("SELECT info, version FROM users") == [("second", 2)]


def test_an_idle_connection_does_not_keep_a_service_from_stopping(serve: Serve) -> None:
    service = serve("data_service")
    with socket.create_connection(("127.0.0.1", service.port)) as idle:
        idle.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert idle.recv(1000).startswith(b"HTTP/1.1 200")
        began_s = time.monotonic()
        service.terminate()
        service.output()  # while the connection is open: granian gives it up, if need be after STOP_TIMEOUT_S

    assert time.monotonic() - began_s < DOCKER_KILLS_AFTER_S
    assert service.process.returncode == 0


def test_threads_keep_their_connections_and_requests_leave_no_lines(serve: Serve, sql: Sql) -> None:
    sql("INSERT INTO users (name, info) VALUES ('ada', 'first')")
    others = {process_id for (process_id,) in sql(BACKENDS)}
    service = serve("data_service", WORKERS="2", THREADS="2")
    for _ in range(60):
        assert service.request("GET", "/user/ada", Cache_Control="no-store")[0] == 200
    connections = {process_id for (process_id,) in sql(BACKENDS)} - others
    service.terminate()
    lines, errors = service.output()

    assert 1 <= len(connections) <= 4
    assert [json.loads(line)["event"] for line in lines.splitlines()] == ["starting", "stopped"]
    assert errors == ""


def test_requests_are_logged_when_wanted(serve: Serve) -> None:
    service = serve("data_service", LOG_REQUESTS="1")
    service.request("GET", "/")
    service.terminate()
    events = [json.loads(line) for line in service.output()[0].splitlines()]

    assert {"method": "GET", "path": "/", "status": 200} in [
        {name: event.get(name) for name in ("method", "path", "status")} for event in events
    ]
