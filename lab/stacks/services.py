"""The two services as processes of the lab's, under the same command as in their images."""

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
            command=[sys.executable, "-m", f"services.{module}"],
            log=directory / f"{name}.log",
            environment={
                **os.environ,
                "HOST": LOOPBACK,
                "PORT": str(port),
                "WORKERS": str(WORKERS),
                "THREADS": str(THREADS),
                **environment,
            },
        )

    def wait_until_ready(self) -> None:
        """Wait until the service says that it is well.

        Raises:
            StackError: it ended or did not become ready in time.
        """
        self.process.wait_until(lambda: answers_well(self.url), START_TIMEOUT_S)


def describe_services(roles: tuple[str, ...] = ("data-service", "user-service")) -> list[Server]:
    """Return what serves: the lab and the services are installed together, so the version is the same."""
    detail = f"Flask {version('flask')}, {WORKERS} workers × {THREADS} threads"
    return [Server(role=role, name="granian", version=version("granian"), detail=detail) for role in roles]


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
    except (urllib.error.URLError, OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise StackError(f"the target {url} does not answer ({reason}); start it, or check {option}") from error


def answers_well(url: str) -> bool:
    """Return whether the service at `url` calls itself healthy."""
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=2) as answer:  # noqa: S310 - http:// by construction
            return bool(answer.status == HTTP_OK)
    except (urllib.error.URLError, OSError):
        return False
