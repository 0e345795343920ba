"""What data-service can be told, checked when made."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from services.data_service.strategies import STRATEGIES
from services.shared.environment import Environment, require_choice, require_range
from services.shared.settings import CommonSettings

DEFAULT_PORT = 5001
MIN_TTL_S = 0.001  # Redis counts in milliseconds
MAX_TTL_S = 365 * 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DataServiceSettings:
    """The common settings, how reads are cached, and what requests may ask and answers tell.

    An entry's TTL is drawn evenly from `cache_ttl_s`, less and more `cache_ttl_jitter_ratio` of it. In
    `lab_mode` a request may choose its own strategy and TTL; with `server_timing` answers say where their time
    went.
    """

    common: CommonSettings
    cache_strategy: str = "cache-aside"
    cache_ttl_s: float = 300.0
    cache_ttl_jitter_ratio: float = 0.1
    lab_mode: bool = False
    server_timing: bool = True

    def __post_init__(self) -> None:
        require_choice("CACHE_STRATEGY", self.cache_strategy, sorted(STRATEGIES))
        require_range("CACHE_TTL_S", self.cache_ttl_s, MIN_TTL_S, MAX_TTL_S)
        require_range("CACHE_TTL_JITTER_RATIO", self.cache_ttl_jitter_ratio, 0, 1)

    @classmethod
    def from_environment(cls, variables: Mapping[str, str]) -> Self:
        """Read the settings from environment variables."""
        environment = Environment(variables)
        return cls(
            common=CommonSettings.from_environment(environment, default_port=DEFAULT_PORT),
            cache_strategy=environment.text("CACHE_STRATEGY", "cache-aside"),
            cache_ttl_s=environment.number("CACHE_TTL_S", 300.0),
            cache_ttl_jitter_ratio=environment.number("CACHE_TTL_JITTER_RATIO", 0.1),
            lab_mode=environment.switch("LAB_MODE"),
            server_timing=environment.switch("SERVER_TIMING", default=True),
        )
