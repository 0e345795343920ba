"""A stack that runs already and that the lab neither starts nor stops."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lab.stacks.interface import ROLES, Endpoints, Server


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalStack:
    """URLs, and for containers of this machine the ids by which their CPU time is found.

    Attributes:
        kind: external, or compose where the lab's own Compose project is meant.
        endpoints: where the parts answer.
        containers: container id by role.
        described: what runs the services, where it is known.
    """

    kind: str
    endpoints: Endpoints
    containers: Mapping[str, str] = field(default_factory=dict)
    described: tuple[Server, ...] = ()

    def services(self) -> list[Server]:
        return list(self.described)

    def process_ids(self) -> Mapping[str, int | None]:
        return dict.fromkeys(ROLES)
