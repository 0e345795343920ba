"""An nginx that answers at once, as data-service answers a hit: the fastest target at hand for a generator."""

import re
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
import psutil

from lab.stacks.ports import LOOPBACK, free_port

START_TIMEOUT_S = 10.0
POLL_S = 0.02
BODY = '{"name": "user-000001", "info": "a line of about sixty letters, to make a body of 120", "cached": true}'
CONFIGURATION = """
daemon off; worker_processes 1; worker_cpu_affinity {affinity};
pid {folder}/pid; error_log {folder}/error.log warn;
events {{ worker_connections 8192; }}
worker_rlimit_nofile 16384;
http {{
  access_log off; keepalive_requests 1000000000; keepalive_timeout 600s; default_type application/json;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen {host}:{port} backlog=8192;
    location /counters {{ stub_status; }}
    location / {{
      add_header Cache-Status 'data-service; hit; ttl=212';
      add_header Age '12';
      add_header ETag 'W/"1"';
      add_header Server-Timing
        'redis;dur=0.210, render;dur=0.012, app;dur=0.301, start;desc="$connection_requests"';
      return 200 '{body}';
    }}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Nginx:
    """A running nginx."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{self.host}:{self.port}"

    def requests(self) -> int:
        """Return how many requests it has answered, this question included."""
        with urllib.request.urlopen(f"{self.url}/counters", timeout=5) as answer:  # noqa: S310 - http:// above
            found = re.search(r"\n\s*\d+ \d+ (\d+)", answer.read().decode())
        assert found is not None, "stub_status has three numbers in its third line"  # noqa: S101
        return int(found[1])


def require(*programs: str) -> None:
    """Say how to get the programs that are not there.

    Raises:
        click.ClickException: at least one is missing.
    """
    missing = [name for name in programs if shutil.which(name) is None]
    if missing:
        packages = " ".join({"nginx": "nginx-light"}.get(name, name) for name in missing)
        raise click.ClickException(f"{', '.join(missing)} is not installed; on Debian: apt-get install {packages}")


@contextmanager
def running_nginx(folder: Path, core: int) -> Iterator[Nginx]:
    """Run nginx with one worker process on one core."""
    server = Nginx(LOOPBACK, free_port())
    text = CONFIGURATION.format(
        folder=folder, host=server.host, port=server.port, body=BODY, affinity=format(1 << core, "b")
    )
    configuration = folder / "nginx.conf"
    configuration.write_text(text)
    process = subprocess.Popen(["nginx", "-p", str(folder), "-c", str(configuration)], stderr=subprocess.DEVNULL)
    try:
        _wait_until_answers(server)
        yield server
    finally:
        for child in psutil.Process(process.pid).children():
            child.terminate()
        process.terminate()
        process.wait()


def _wait_until_answers(server: Nginx) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            server.requests()
        except OSError as error:
            if time.monotonic() > deadline:
                raise click.ClickException(f"nginx did not start: {error}") from error
            time.sleep(POLL_S)
        else:
            return
