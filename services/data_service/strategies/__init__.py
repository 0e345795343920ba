"""Caching strategies by the name that CACHE_STRATEGY and X-Cache-Strategy know them by."""

from collections.abc import Mapping
from typing import Final

from services.data_service.strategies.cache_aside import CacheAside
from services.data_service.strategies.interface import Strategy
from services.data_service.strategies.none import NoCache

__all__ = ["STRATEGIES", "Strategy"]

STRATEGIES: Final[Mapping[str, type[Strategy]]] = {
    "none": NoCache,
    "cache-aside": CacheAside,
}
