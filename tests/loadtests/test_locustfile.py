"""The locustfile under Locust itself: headless, master and workers, and the web UI with its Cache tab."""

import csv
import json
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lab.stacks.ports import free_port
from tests.loadtests.stub_service import StubService, stub_service

LOCUSTFILE = Path(__file__).parents[2] / "loadtests" / "locustfile.py"
MISS = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nCache-Status: stub; fwd=miss; stored\r\n\r\n{}"
HIT = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nCache-Status: stub; hit; ttl=9\r\n\r\n{}"


def locust(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), *arguments]


@pytest.fixture
def service() -> Iterator[StubService]:
    """A cache that everybody's first request misses."""
    seen: set[str] = set()

    def answer(path: str, head: str) -> bytes:
        known = path in seen
        seen.add(path)
        return HIT if known else MISS

    with stub_service(answer) as stub:
        yield stub


def read_stats(prefix: Path) -> dict[str, dict[str, str]]:
    with Path(f"{prefix}_stats.csv").open() as file:
        return {row["Name"]: row for row in csv.DictReader(file)}


def test_headless_tells_hits_from_misses_and_keeps_the_global_rate(service: StubService, tmp_path: Path) -> None:
    command = locust(
        "--headless", "--host", service.url, "-u", "6", "-r", "6", "-t", "4s", "--rate", "100",
        "--arrivals", "constant", "--keys", "20", "--read", "activity",
        "--csv", str(tmp_path / "out"), "--only-summary",
    )  # fmt: skip
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    rows = read_stats(tmp_path / "out")
    hits, misses = (rows[f"/user/{{name}}/activity · {outcome}"] for outcome in ("hit", "miss"))
    assert len(service.paths) <= 20
    # A key's first read is its miss; six connections may each have had one under way when the test was stopped.
    assert len(service.paths) - 6 <= int(misses["Request Count"]) <= len(service.paths)
    total = int(rows["Aggregated"]["Request Count"])
    assert total == int(hits["Request Count"]) + int(misses["Request Count"])
    assert total <= 400  # in the 4 s asked for
    assert service.steady_rate_rps == pytest.approx(100, rel=0.05)  # six users together, not each
    assert 0 < float(hits["Average Response Time"]) < 100
    assert service.connections == 6


def test_closed_loop_and_bad_popularity(service: StubService, tmp_path: Path) -> None:
    common = ["--headless", "--host", service.url, "-u", "2", "-t", "2s", "--only-summary"]
    closed = subprocess.run(locust(*common, "--arrivals", "closed"), capture_output=True, timeout=60, check=False)
    assert closed.returncode == 0
    assert sum(service.paths.values()) > 200
    bad = subprocess.run(
        locust(*common, "--popularity", "zipff"), capture_output=True, text=True, timeout=60, check=False
    )
    assert bad.returncode != 0
    assert "unknown popularity 'zipff'" in bad.stdout + bad.stderr


def test_master_and_workers_share_one_rate(service: StubService, tmp_path: Path) -> None:
    port = str(free_port())
    master = subprocess.Popen(
        locust(
            "--master", "--master-bind-port", port, "--expect-workers", "2", "--headless", "--host", service.url,
            "-u", "4", "-r", "4", "-t", "4s", "--rate", "120", "--arrivals", "constant", "--keys", "20",
            "--csv", str(tmp_path / "out"), "--only-summary",
        ),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    workers = [
        subprocess.Popen(
            locust("--worker", "--master-port", port), stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
        )
        for _ in range(2)
    ]
    try:
        said, _ = master.communicate(timeout=60)
        assert master.returncode == 0, said
    finally:
        for process in (master, *workers):
            process.kill()
            process.wait()
    total = int(read_stats(tmp_path / "out")["Aggregated"]["Request Count"])
    assert total <= 480  # in the 4 s asked for
    assert service.steady_rate_rps == pytest.approx(120, rel=0.1)  # together; each of them alone would make it 240


@contextmanager
def web_ui(host: str) -> Iterator[str]:
    port = free_port()
    process = subprocess.Popen(
        locust("--host", host, "--web-host", "127.0.0.1", "--web-port", str(port)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: fetch(f"{url}/") is not None)
        yield url
    finally:
        process.terminate()
        process.wait(30)


def fetch(url: str, form: dict[str, str] | None = None) -> str | None:
    data = None if form is None else urllib.parse.urlencode(form).encode()
    try:
        with urllib.request.urlopen(url, data, timeout=10) as answer:
            return str(answer.read().decode())
    except urllib.error.URLError:
        return None


def wait_for(condition: Any, timeout_s: float = 30.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def cache_rows(url: str) -> dict[str, dict[str, str]]:
    report = json.loads(fetch(f"{url}/stats/requests") or "{}")
    (table,) = report["extended_stats"]
    assert table["key"] == "cache"
    return {row["name"]: row for row in table["data"]}


def test_the_web_ui_has_a_cache_tab_with_live_figures(service: StubService) -> None:
    with web_ui(service.url) as url:
        page = fetch(url) or ""
        assert '"extended_tabs"' in page or "extendedTabs" in page
        assert "popularity" in page  # the lab's options are in the start form
        form = {"user_count": "3", "spawn_rate": "3", "host": service.url, "rate": "150", "keys": "10"}
        assert json.loads(fetch(f"{url}/swarm", form) or "{}")["success"]
        wait_for(lambda: "hit" in cache_rows(url) and "miss" in cache_rows(url))
        wait_for(lambda: float(cache_rows(url)["hit ratio, last 5 s"]["value"].rstrip("%")) > 90)
        rows = cache_rows(url)
        assert rows["hit"]["p50"].endswith(("µs", "ms"))
        assert rows["miss"]["value"].endswith("requests")
        fetch(f"{url}/stop")
