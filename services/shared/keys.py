"""What the entries of the cache are called: `hm:<version of the entry's format>:<read>:<name>`."""

from typing import Final, Literal, get_args

Read = Literal["user", "activity", "similar"]

READS: Final[tuple[Read, ...]] = get_args(Read)

# To be raised when an entry's format changes: old and new services can then share one Redis.
FORMAT_VERSION = 1


def cache_key(read: Read, name: str) -> str:
    """Return the key of one read of one user."""
    return f"hm:{FORMAT_VERSION}:{read}:{name}"


def keys_of_user(name: str) -> list[str]:
    """Return every key under which something about a user may be kept."""
    return [cache_key(read, name) for read in READS]
