"""What happens to cached entries once a change to a user is committed.

The policies see committed changes only: to touch the cache before the commit would let a read fetch the old
row and keep it.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from services.shared.cache import Cache
from services.shared.errors import CacheError
from services.shared.keys import keys_of_user

logger = logging.getLogger(__name__)


class WritePolicy(Protocol):
    """Told about each user that was registered, changed or deleted."""

    def committed(self, name: str) -> None:
        """React to a committed change; never raises, since the change stands."""


class LeaveToTtl:
    """Does nothing: what is cached stays until its TTL has passed."""

    def __init__(self, cache: Cache) -> None:
        pass

    def committed(self, name: str) -> None:
        """Leave the cache alone."""


class Invalidate:
    """Deletes every entry about the user.

    A read that fetched the old row before the commit may still store it after the delete. That window is
    as short as one query, and the TTL bounds how long such an entry lives.
    """

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    def committed(self, name: str) -> None:
        """Delete the user's entries; when that fails they stay until their TTL, and the log says so."""
        try:
            self._cache.delete(*keys_of_user(name))
        except CacheError as error:
            logger.error("invalidation_failed", extra={"user": name, "error": str(error)})


WRITE_POLICIES: Final[Mapping[str, Callable[[Cache], WritePolicy]]] = {
    "none": LeaveToTtl,
    "invalidate": Invalidate,
}
