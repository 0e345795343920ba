"""What user-service can be told, checked when made."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from services.shared.environment import Environment, require_choice
from services.shared.settings import CommonSettings
from services.user_service.write_policies import WRITE_POLICIES

DEFAULT_PORT = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class UserServiceSettings:
    """The common settings, and what becomes of cached entries after a write.

    In `lab_mode` a request may choose its own write policy.
    """

    common: CommonSettings
    write_policy: str = "invalidate"
    lab_mode: bool = False

    def __post_init__(self) -> None:
        require_choice("WRITE_POLICY", self.write_policy, sorted(WRITE_POLICIES))

    @classmethod
    def from_environment(cls, variables: Mapping[str, str]) -> Self:
        """Read the settings from environment variables."""
        environment = Environment(variables)
        return cls(
            common=CommonSettings.from_environment(environment, default_port=DEFAULT_PORT),
            write_policy=environment.text("WRITE_POLICY", "invalidate"),
            lab_mode=environment.switch("LAB_MODE"),
        )
