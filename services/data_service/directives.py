"""What a request's Cache-Control asks for, as far as data-service honours it."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Directives:
    """The directives that change a read (RFC 9111, section 5.2.1); others are skipped."""

    no_store: bool = False
    no_cache: bool = False
    only_if_cached: bool = False

    @classmethod
    def from_header(cls, cache_control: str) -> Self:
        """Read a Cache-Control header."""
        words = {word.strip().lower() for word in cache_control.split(",")}
        return cls("no-store" in words, "no-cache" in words, "only-if-cached" in words)


NO_DIRECTIVES = Directives()
