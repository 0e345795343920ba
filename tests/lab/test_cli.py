"""Bad use: one sentence that names the thing and the next step, an exit code, nothing left running."""

import json
import lzma
import socket
import urllib.request
from pathlib import Path

import pytest

from lab.stacks.ports import free_port
from tests.lab.conftest import Lab
from tests.lab.processes import left_after

EXTERNAL = ["bench", "--stack", "external", "--database-url", "x", "--redis-url", "x"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["run", "nonsense"], 2, "No such command 'nonsense'"),
        (["run", "compare", "--rate", "0"], 2, "--rate"),
        (["run", "compare", "--blocks", "1"], 2, "--blocks"),
        (["run", "compare", "--read", "nothing"], 2, "nothing"),
        (["bench", "--profile", "huge"], 2, "huge"),
        (["bench", "--stack", "moon"], 2, "moon"),
        (["bench", "--ttl", "0"], 2, "--ttl"),
        (["bench", "--stack", "external"], 2, "--data-url"),
        (["bench", "--trace", "x", "--popularity", "uniform"], 2, "--trace brings its own popularity"),
        (["bench", "--stack", "compose", "--redis-server", "/bin/x"], 2, "--redis-server"),
        (["run", "compare", "--profile", "smoke", "--read", "similar"], 2, "has only these reads: user"),
        (["bench", "--workload", "ycsb-z"], 2, "unknown workload 'ycsb-z'; choose from ycsb-a"),
        (["bench", "--skip-bad"], 2, "--skip-bad says more about --trace"),
        (["bench", "--trace", "x", "--speed", "0"], 2, "--speed"),
        (["run", "compare", "--speed", "1"], 2, "--speed says more about --trace"),
        (["run", "compare", "--trace", "x", "--speed", "1", "--rate", "9"], 2, "--speed takes the rate"),
        (["run", "sizing", "--trace", "x", "--speed", "1", "--rate", "9"], 2, "--speed takes the rate"),
        (["run", "capacity", "--trace", "x", "--speed", "1"], 2, "--speed does not go with lab run capacity"),
        (["run", "aa", "--trace", "x", "--speed", "1"], 2, "--speed does not go with lab run aa"),
        (["run", "freshness", "--trace", "x", "--speed", "1"], 2, "--speed does not go with lab run freshness"),
        (["bench", "--profile", "full", "--trace", "x", "--speed", "1"], 2, "does not go with --profile full"),
        (["run", "compare", "--write-ratio", "1"], 2, "--write-ratio"),
        (["run", "compare", "--arrivals", "closed"], 2, "--arrivals"),
        (["run", "compare", "--value-sizes", "fixed:-1"], 1, "size in bytes must be a number from 0 to 1048576"),
        (["run", "compare", "--value-sizes", "fixed:1000000"], 1, "smaller --value-sizes"),
        (["fill", "--database-url", "x", "--value-sizes", "fixd:1"], 1, "unknown value sizes 'fixd:1'"),
        (["up", "--value-sizes", "fixd:1"], 1, "unknown value sizes 'fixd:1'"),
        (["up", "--stack", "compose", "--value-sizes", "fixed:1"], 2, "under Compose use `lab fill`"),
        (["run", "compare", "--until", "5"], 2, "write 5% or 0.05"),
        (["run", "compare", "--until", "0%"], 2, "write 5% or 0.05"),
        (["run", "compare", "--until", "nan"], 2, "write 5% or 0.05"),
        (["bench", "--until", "narrow"], 2, "write 5% or 0.05"),
        (["bench", "--until", "5%", "--until-of", "p42"], 2, "p42"),
        (["bench", "--until-of", "p99"], 2, "--until"),
        (["bench", "--max-blocks", "20"], 2, "--until"),
        (
            ["bench", "--until", "5%", "--max-blocks", "7"],
            2,
            "7 is below the 8 blocks that are measured in any case",
        ),
        (["run", "compare", "--until", "5%", "--blocks", "20", "--max-blocks", "19"], 2, "below the 20 blocks"),
        (["run", "aa", "--until", "5%"], 2, "--until"),
        (["run", "aa", "--repetitions", "0"], 2, "--repetitions"),
        (["run", "aa", "--repetitions", "1000", "--blocks", "100"], 2, "more than 16,000 blocks"),
        (["run", "aa", "--arm", "both"], 2, "both"),
        (["run", "capacity", "--slo", "nonsense"], 2, "'nonsense' does not read as one; write a statistic"),
        (["run", "capacity", "--slo", "p99<0ms"], 2, "'p99<0ms'"),
        (["run", "capacity", "--slo", "p99<20"], 2, "with its unit"),
        (["run", "capacity", "--read", "nothing"], 2, "nothing"),
        (["run", "capacity", "--profile", "smoke"], 2, "has only these reads: user"),
        (["calibrate", "--rate", "0"], 2, "--rate"),
        (["calibrate", "--blocks", "1"], 2, "--blocks"),
        (["up", "--data-port", "70000"], 2, "--data-port"),
        (["fill", "--database-url", "nonsense"], 1, "cannot be reached"),
        (
            [
                "bench",
                "--stack",
                "external",
                "--data-url",
                "http://h:abc",
                "--database-url",
                "x",
                "--redis-url",
                "x",
            ],
            1,
            "http://h:abc",
        ),
        (["bench", "--trace", "missing.xz"], 1, "missing.xz"),
        (["bench", "--popularity", "zipf:-1"], 1, "exponent"),
        (["bench", "--redis-server", "/nowhere/redis-server"], 1, "/nowhere/redis-server"),
        (["report", "nowhere"], 1, "nowhere"),
    ],
)
def test_bad_use_is_one_sentence(lab: Lab, tmp_path: Path, arguments: list[str], code: int, said: str) -> None:
    ended = lab(*arguments)
    assert ended.returncode == code
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not left_after(tmp_path)


def test_a_cut_off_trace_is_told_before_anything_starts(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "cut.xz").write_bytes(lzma.compress(bytes(40_000))[:-20])
    ended = lab("bench", "--trace", "cut.xz")
    assert ended.returncode == 1
    assert "cut off" in ended.stderr
    assert not (tmp_path / ".lab").exists()


@pytest.mark.parametrize(
    ("lines", "arguments", "said"),
    [
        (["key", "a", "b"], ["run", "compare", "--speed", "1"], "has no timestamps; replay it by order"),
        (["key,timestamp", "a,1.5", "b,1.5"], ["bench", "--speed", "1"], "all of its requests at one moment"),
        (
            ["key,timestamp", "a,0.5", "b,36000"],
            ["run", "sizing", "--speed", "1"],
            "lasts 20.0 hours at a speed of 1, and a pass may take 1 hour; give --speed 20 or more",
        ),
        (["key,size", "a,1", "b,none"], ["bench"], "line 3 of the trace t.csv is bad"),
        (["id,size", "a,1"], ["bench"], "name the column of the key"),
        (
            ["id,size", "a,1"],
            ["bench", "--csv-columns", "key=nobody"],
            "has no column 'nobody' among 'id', 'size'",
        ),
        (["key,size", "a,1"], ["bench", "--trace-format", "twitter"], "line 1 of the trace t.csv is bad"),
    ],
)
def test_a_trace_that_cannot_be_replayed_so_is_told_before_anything_starts(
    lab: Lab, tmp_path: Path, lines: list[str], arguments: list[str], said: str
) -> None:
    (tmp_path / "t.csv").write_text("\n".join(lines))
    ended = lab(*arguments, "--trace", "t.csv")
    assert ended.returncode == 1
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / ".lab").exists()


def test_an_unwritable_reports_folder_is_told_before_anything_starts(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ended = lab("bench", "--reports", "file/reports")
    assert ended.returncode == 1
    assert "--reports" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / ".lab").exists()


def test_a_calibration_without_a_place_for_its_report_is_told_before_it_starts(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ended = lab("calibrate", "--reports", "file/reports")
    assert ended.returncode == 1
    assert "--reports" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "calibration against" not in ended.stderr


def test_a_target_that_refuses_is_one_sentence(lab: Lab) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    ended = lab(
        "run", "compare", "--stack", "external", "--data-url", url,
        "--database-url", "postgresql://127.0.0.1:1/x", "--redis-url", "redis://127.0.0.1:1",
    )  # fmt: skip
    assert ended.returncode == 1
    assert f"the target {url} does not answer" in ended.stderr
    assert "--data-url" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_up_and_down(lab: Lab, tmp_path: Path) -> None:
    ports = [str(free_port()), str(free_port())]
    raised = lab("up", "--user-port", ports[0], "--data-port", ports[1], "--value-sizes", "fixed:7")
    try:
        assert raised.returncode == 0, raised.stderr
        register = urllib.request.Request(
            f"http://localhost:{ports[0]}/register",
            json.dumps({"name": "ada", "info": "first"}).encode(),
            {"Content-Type": "application/json"},
        )
        assert urllib.request.urlopen(register, timeout=10).status == 201
        answers = [json.load(urllib.request.urlopen(f"http://localhost:{ports[1]}/user/ada")) for _ in range(2)]
        assert [answer["cached"] for answer in answers] == [False, True]
        first = json.load(urllib.request.urlopen(f"http://localhost:{ports[1]}/user/user-000000"))
        assert len(first["info"]) == 7
        again = lab("up")
        assert again.returncode == 1
        assert "lab down" in again.stderr
    finally:
        lowered = lab("down")
    assert lowered.returncode == 0, lowered.stderr
    assert not left_after(tmp_path)
    assert lab("down").stdout.startswith("No stack is up")


@pytest.mark.parametrize("command", ["up", "ui"])
def test_a_port_in_use_is_one_sentence(lab: Lab, tmp_path: Path, command: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        option = "--data-port" if command == "up" else "--port"
        ended = lab(command, option, str(port), *(["--user-port", str(free_port())] if command == "up" else []))
    assert ended.returncode == 1
    assert f"port {port}" in ended.stderr
    assert option in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not left_after(tmp_path)
