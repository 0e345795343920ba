"""The policies that a size may be sought under."""

from analysis.prediction.eviction_settings import EvictionPolicy

POLICIES: tuple[EvictionPolicy, ...] = ("allkeys-lru", "allkeys-lfu", "allkeys-random")
"""From the simplest on. Left out is volatile-ttl: where all entries have one time to live it evicts what was
filled first, which hits as often as random replacement does."""
