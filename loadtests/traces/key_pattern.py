"""The pattern that takes the key out of the path of a logged request."""

import re

from loadtests.errors import TraceError

EXAMPLE = "^/product/([0-9]+)"


class KeyPattern:
    """A regular expression with the key as its group `key`, or as its first group.

    Raises:
        TraceError: it is none, or has no group.
    """

    def __init__(self, text: str) -> None:
        try:
            self._pattern = re.compile(text.encode())
        except re.error as error:
            raise TraceError(
                f"the pattern {text!r} is no regular expression ({error}); write one such as '{EXAMPLE}'"
            ) from error
        if not self._pattern.groups:
            raise TraceError(
                f"the pattern {text!r} has no group; put parentheses around what is the key, as in '{EXAMPLE}'"
            )
        self.text = text
        self._group = self._pattern.groupindex.get("key", 1)

    def key(self, path: bytes) -> bytes | None:
        """Return the key in a path; None where the pattern is nowhere in it, or its group is empty."""
        found = self._pattern.search(path)
        return (found[self._group] or None) if found else None
