"""What a user may be called, and how long its info may be: one rule for both services.

Both pass every name through `checked_name`, so that one user is one row and one cache key however a client
composed its accents.
"""

import re
import unicodedata

from services.shared.errors import InvalidInputError

MAX_NAME_CHARACTERS = 64
MAX_INFO_BYTES = 1024 * 1024
"""As memcached's items, whose published sizes workloads are made from: their heavy tails must fit."""

# Most names need no more than this; the rest take the long way below.
_PLAIN_NAME = re.compile(rf"[0-9A-Za-z_-]{{1,{MAX_NAME_CHARACTERS}}}")

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def checked_name(name: str) -> str:
    """Return `name` in Unicode's composed form (NFC), or raise InvalidInputError."""
    if _PLAIN_NAME.fullmatch(name):
        return name
    _check_characters(name)
    name = unicodedata.normalize("NFC", name)
    if not 1 <= len(name) <= MAX_NAME_CHARACTERS:
        raise InvalidInputError(f"name must have 1 to {MAX_NAME_CHARACTERS} characters; this one has {len(name)}")
    if name in {".", ".."} or "/" in name:
        # No URL could reach it: clients resolve /user/.. before they ask, and a slash starts another segment.
        raise InvalidInputError("name must not contain '/', nor be '.' or '..'")
    return name


def checked_info(info: str) -> str:
    """Return `info`, or raise InvalidInputError saying what is wrong with it."""
    if "\0" in info:
        raise InvalidInputError("info must not contain the character NUL")
    try:
        size_bytes = len(info.encode())
    except UnicodeEncodeError:
        raise InvalidInputError("info must not contain half of a surrogate pair") from None
    if size_bytes > MAX_INFO_BYTES:
        raise InvalidInputError(
            f"info must have at most {MAX_INFO_BYTES} bytes in UTF-8; this one has {size_bytes}"
        )
    return info


def _check_characters(name: str) -> None:
    """Raise InvalidInputError for a character that no name may have."""
    for character in name:
        category = unicodedata.category(character)
        if category == "Cc":
            raise InvalidInputError(
                f"name must not contain control characters; this one has U+{ord(character):04X}"
            )
        if category == "Cs":
            raise InvalidInputError("name must not contain half of a surrogate pair")
        if character == _REPLACEMENT:
            # It stands for bytes that were not UTF-8, so two different requests would share one user.
            raise InvalidInputError("name must be UTF-8, and must not contain U+FFFD")
