"""Where the load goes: an address to connect to, and the bytes of the requests sent there."""

import json
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from loadtests.errors import TargetError

ROUTES = {
    "user": "/user/{name}",
    "activity": "/user/{name}/activity",
    "similar": "/user/{name}/similar",
}
WRITES = "write"
"""The operation of a write, in samples and statistics."""

WRITE_ROUTE = "/user/{name}"
TREATMENT_HEADERS = {"cached": "", "uncached": "Cache-Control: no-store\r\n"}


def user_name(index: int) -> str:
    """Return the name of user `index` of the data set, from 0."""
    return f"user-{index:06d}"


@dataclass(frozen=True, slots=True)
class Target:
    """One HTTP service, resolved once.

    Attributes:
        family: socket family of `address`.
        address: what to connect to.
        host: the Host header.
        base_path: what stands before every route.
    """

    family: int
    address: tuple[str, int]
    host: str
    base_path: str

    def request(self, operation: str, treatment: str, name: str, *, ttl_s: float | None = None) -> bytes:
        """Return the whole request for one read of one user; `ttl_s` is how long a miss is to be kept."""
        path = self.base_path + ROUTES[operation].format(name=name)
        ttl = "" if ttl_s is None else f"X-Cache-TTL: {ttl_s:g}\r\n"
        return f"GET {path} HTTP/1.1\r\nHost: {self.host}\r\n{TREATMENT_HEADERS[treatment]}{ttl}\r\n".encode()

    def write(self, name: str, info: str, *, policy: str | None = None) -> bytes:
        """Return the whole request that gives one user another info; `policy` is what becomes of the cache."""
        body = json.dumps({"info": info}).encode()
        asked = "" if policy is None else f"X-Write-Policy: {policy}\r\n"
        head = (
            f"PUT {self.base_path}{WRITE_ROUTE.format(name=name)} HTTP/1.1\r\nHost: {self.host}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n{asked}\r\n"
        )
        return head.encode() + body


def resolve(url: str) -> Target:
    """Resolve `url` to a target.

    Raises:
        TargetError: not an http:// URL, or its host has no address.
    """
    parts = urlsplit(url)
    try:
        host, port = parts.hostname, parts.port or 80
    except ValueError as error:
        raise TargetError(f"the target {url} has no usable port ({error}); write http://HOST:PORT") from error
    if parts.scheme != "http" or not host:
        raise TargetError(f"the target {url} is not an http:// address; write http://HOST:PORT")
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise TargetError(f"the target {url} has no address ({error}); check the host name") from error
    return Target(family, (str(address[0]), int(address[1])), parts.netloc, parts.path.rstrip("/"))
