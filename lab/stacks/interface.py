"""What an experiment needs of a stack, whichever it is."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Protocol

ROLES = ("postgresql", "redis", "data-service", "user-service")


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """Where the parts of a running stack answer; URLs carry passwords and must not be printed."""

    user_service_url: str | None
    data_service_url: str
    database_url: str
    redis_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server that really ran, for the report."""

    role: str
    name: str
    version: str
    detail: str | None = None

    def to_json(self) -> dict[str, str | None]:
        """Return the fields as JSON values."""
        return asdict(self)


class Stack(Protocol):
    """A running stack."""

    @property
    def kind(self) -> str:
        """Return embedded, compose or external."""

    @property
    def endpoints(self) -> Endpoints:
        """Return where the parts answer."""

    def services(self) -> list[Server]:
        """Return what runs the two services; PostgreSQL and Redis are asked for themselves."""

    def process_ids(self) -> Mapping[str, int | None]:
        """Return by role the process below which its servers run; None where the lab did not start them."""

    @property
    def containers(self) -> Mapping[str, str]:
        """Return container ids by role, of roles that run in containers of this machine."""
