"""The two services as processes of the lab's, under the same command as in their images."""

import http.client
import os
import sys
import urllib.error
import urllib.request
from importlib.metadata import version
from pathlib import Path

from lab.errors import StackError
from lab.server_process import ServerProcess
from lab.stacks.interface import Server
from lab.stacks.ports import LOOPBACK

START_TIMEOUT_S = 20.0
WORKERS = 2
THREADS = 4
HTTP_OK = 200
ANSWER_TIMEOUT_S = 5.0


class Service:
    """user-service or data-service on one loopback port."""

    def __init__(self, module: str, port: int, directory: Path, environment: dict[str, str]) -> None:
        self.url = f"http://{LOOPBACK}:{port}"
        name = module.replace("_", "-")
        self.process = ServerProcess(
            name=name,
            command=[sys.executable, "-P", "-m", f"services.{module}"],
            log=directory / f"{name}.log",
            environment={
                **os.environ,
                "HOST": LOOPBACK,
                "PORT": str(port),
                "WORKERS": str(WORKERS),
                "THREADS": str(THREADS),
                # Pinned, all of them: what the shell happens to hold must not change an experiment.
                "CACHE_STRATEGY": "cache-aside",
                "WRITE_POLICY": "invalidate",
                "LAB_MODE": "0",
                "SERVER_TIMING": "1",
                "LOG_LEVEL": "INFO",
                "LOG_REQUESTS": "0",
                **environment,
            },
        )

    def wait_until_ready(self) -> None:
        """Wait until the service says that it is well.

        Raises:
            StackError: it ended or did not become ready in time.
        """
        self.process.wait_until(lambda: answers(f"{self.url}/healthz"), START_TIMEOUT_S)


def describe_services(workers: int = WORKERS, threads: int = THREADS) -> list[Server]:
    """Return what serves: the lab and the services have the same pins, so the version is the lab's own."""
    detail = f"Flask {version('flask')}, {workers} workers × {threads} threads"
    return [
        Server(role=role, name="granian", version=version("granian"), detail=detail)
        for role in ("data-service", "user-service")
    ]


def require_answer(url: str, option: str) -> None:
    """Check that something at `url` speaks HTTP, whatever it says; `option` is where the URL came from.

    Raises:
        StackError: nothing does.
    """
    if not url.startswith("http://"):
        raise StackError(f"the target {url} is not an http:// address; give {option} http://HOST:PORT")
    try:
        urllib.request.urlopen(url, timeout=ANSWER_TIMEOUT_S).close()  # noqa: S310 - http:// by the check above
    except urllib.error.HTTPError:
        return
    except (http.client.HTTPException, OSError, ValueError) as error:  # URLError is an OSError
        reason = getattr(error, "reason", error)
        raise StackError(f"the target {url} does not answer ({reason}); start it, or check {option}") from error


def answers(url: str) -> bool:
    """Return whether a GET of `url` is answered with 200."""
    try:
        with urllib.request.urlopen(url, timeout=ANSWER_TIMEOUT_S) as answer:  # noqa: S310 - http:// by construction
            return bool(answer.status == HTTP_OK)
    except (http.client.HTTPException, OSError):
        return False
