"""Loopback ports: free ones to be had, and whether a given one can be."""

import socket

from lab.errors import StackError

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """Return a loopback port that is free now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def require_free(port: int, option: str) -> int:
    """Return `port` if it can be listened on.

    Raises:
        StackError: something listens there; `option` is how to choose another.
    """
    with socket.socket() as probe:
        # As a server would: a port in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise StackError(
                f"port {port} cannot be used ({error.strerror}); stop what listens there or give {option}"
            ) from error
    return port


def accepts_connections(port: int) -> bool:
    """Return whether something listens on a loopback port."""
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0
