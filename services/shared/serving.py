"""Run a service: read its settings, listen, and serve its app with granian until SIGTERM or SIGINT.

Both finish what is under way. A wrong setting is one sentence on standard error and exit code 2; an address
that cannot be listened on is one and exit code 1.
"""

import errno
import gc
import logging.config
import os
import socket
import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol, TypeVar

from flask import Flask
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from services.shared.errors import AddressError, SettingsError
from services.shared.log import logging_configuration
from services.shared.settings import CommonSettings

logger = logging.getLogger(__name__)

# Threads that end take their connections with them: keep idle ones as long as granian allows.
THREAD_IDLE_TIMEOUT_S = 600

# What is under way at SIGTERM gets this long: less than the ten seconds Docker waits before it kills.
STOP_TIMEOUT_S = 8


class ServiceSettings(Protocol):
    """A service's settings: at least what every service has."""

    @property
    def common(self) -> CommonSettings:
        """The settings that do not depend on the service."""


S = TypeVar("S", bound=ServiceSettings)


def run(service: str, read_settings: Callable[[Mapping[str, str]], S], create_app: Callable[[S], Flask]) -> int:
    """Serve until told to stop, and return the exit code."""
    try:
        settings = read_settings(os.environ)
        serve(service, partial(create_app, settings), settings.common)
    except SettingsError as error:
        sys.stderr.write(f"{service}: {error}\n")
        return 2
    except AddressError as error:
        sys.stderr.write(f"{service}: {error}\n")
        return 1
    return 0


def serve(service: str, make_app: Callable[[], Flask], settings: CommonSettings) -> None:
    """Serve what `make_app` returns; each worker process calls it once, after the fork."""
    _check_address(settings.host, settings.port)
    configuration = logging_configuration(service, settings.log_level)
    logging.config.dictConfig(configuration)
    logger.info("starting", extra={"host": settings.host, "port": settings.port, "workers": settings.workers})
    Granian(
        target=service,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=settings.workers,
        blocking_threads=settings.threads,
        blocking_threads_idle_timeout=THREAD_IDLE_TIMEOUT_S,
        workers_kill_timeout=STOP_TIMEOUT_S,
        log_level=LogLevels.debug if settings.log_level == "DEBUG" else LogLevels.warning,
        log_dictconfig=configuration,
    ).serve(target_loader=partial(_make_frozen, make_app), wrap_loader=False)
    logger.info("stopped")


def _make_frozen(make_app: Callable[[], Flask]) -> Flask:
    """Return the app, with all that lives as long as it does set aside from garbage collection.

    A full collection would otherwise go through every module's objects, in the middle of a request.
    """
    app = make_app()
    gc.collect()
    gc.freeze()
    return app


def _check_address(host: str, port: int) -> None:
    """Raise AddressError unless host and port can be listened on.

    granian's workers share a port (SO_REUSEPORT), so without this a second service on a port would start,
    and take half of the first one's connections.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = {
                errno.EADDRINUSE: "another program listens there; stop it, or put a free port into PORT",
                errno.EACCES: "ports below 1024 need privileges; put a higher one into PORT",
                errno.EADDRNOTAVAIL: "this machine has no such address; put one it has into HOST",
            }.get(error.errno or 0, str(error))
            raise AddressError(f"cannot listen on {host} port {port}: {reason}.") from error
