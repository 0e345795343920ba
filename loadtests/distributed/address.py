"""HOST:PORT, as given on the command line: where a master listens, or is looked for."""

import re
import socket
from dataclasses import dataclass

from loadtests.errors import MasterError

DEFAULT_PORT = 5557  # Locust's own
MOST_PORT = 65535
SPELLING = re.compile(r"(\[(?P<six>[0-9a-fA-F:.]+)\]|(?P<host>[^\s:\[\]/]+))(:(?P<port>[0-9]{1,5}))?")


@dataclass(frozen=True, slots=True)
class Address:
    """A host, as a name or number, and a port; port 0 is any that is free."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.for_zeromq}:{self.port}"

    @property
    def for_zeromq(self) -> str:
        """The host as it stands in a URL."""
        return f"[{self.host}]" if ":" in self.host else self.host

    def resolved(self) -> "Address":
        """Return the address by number, IPv4 where there is one.

        Raises:
            MasterError: the host has none.
        """
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise MasterError(f"the host {self.host} has no address ({error}); check the name") from error
        preferred = sorted(found, key=lambda entry: entry[0] != socket.AF_INET)[0]
        return Address(str(preferred[4][0]), self.port)

    def seen_from_here(self) -> "Address":
        """Return where a process of the same machine reaches who listens here."""
        loopback = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with, not bound to
        return Address(loopback.get(self.host, self.host), self.port)


def parse_address(text: str) -> Address:
    """Return the address that `text` spells: HOST, HOST:PORT, [IPv6] or [IPv6]:PORT.

    Raises:
        MasterError: it spells none.
    """
    spelt = SPELLING.fullmatch(text)
    port = int(spelt["port"] or DEFAULT_PORT) if spelt else MOST_PORT + 1
    if spelt is None or port > MOST_PORT:
        raise MasterError(f"{text!r} is no address; write HOST:PORT, as in 192.0.2.7:{DEFAULT_PORT}")
    return Address(spelt["six"] or spelt["host"], port)
