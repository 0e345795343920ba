"""Recognises answers that look like earlier ones, so that the parser need not take each apart anew.

A service answers with the same header fields in the same order, again and again; only values differ. From a
head that the parser has read, a pattern is made that matches the next head of that shape and nothing else: the
status line, every field's name, their order and their number are literal. What does not match goes to the parser.
"""

import re
from collections.abc import Callable, Sequence

MOST_SHAPES = 16  # a service has a handful: hit, miss, bypass, error
FIRST_FINAL_STATUS = 200
# Fields that change how the connection or the body is to be read: their value is part of the shape.
DECISIVE = (b"connection", b"keep-alive", b"transfer-encoding", b"upgrade", b"trailer")
WANTED = (b"content-length", b"cache-status", b"server-timing", b"etag")
# A version is in the ETag, but for the answer to a PUT, which may have none (RFC 9110, section 9.3.4).
SYNONYMS = {b"x-version": b"etag"}

# Three times as fast as a set of two characters; a line feed alone has no place in a value (RFC 9112, 2.2).
VALUE = b"[^\r]*"

Field = tuple[bytes, bytes]
Match = Callable[[bytes], "re.Match[bytes] | None"]
Shape = tuple[Match, int, tuple[int, ...]]
"""What matches a head, its status, and the groups of the match that are the fields in WANTED."""


class HeadPatterns:
    """The shapes of one service's answers, the last learnt first."""

    def __init__(self) -> None:
        self.shapes: list[Shape] = []

    def learn(self, status: int, reason: bytes, fields: Sequence[Field]) -> None:
        """Remember the shape of a whole HTTP/1.1 answer that left its connection open.

        A shape is left to the parser when its body is not framed by one Content-Length, or a field that is
        wanted came more than once.
        """
        names = [wanted_name(name) for name, _ in fields]
        framed = names.count(b"content-length") == 1 and b"transfer-encoding" not in names
        if status < FIRST_FINAL_STATUS or not framed or any(names.count(name) > 1 for name in WANTED):
            return
        head = b"HTTP/1\\.1 %d %s\r\n" % (status, re.escape(reason))
        groups: list[bytes] = []
        for (name, value), kind in zip(fields, names, strict=True):
            if kind in WANTED:
                groups.append(kind)
                shape = b"([0-9]{1,9})" if kind == b"content-length" else b"(" + VALUE + b")"
            else:
                shape = re.escape(value) if kind in DECISIVE else VALUE
            head += re.escape(name) + b": " + shape + b"\r\n"
        absent = [kind for kind in WANTED if kind not in groups]
        groups += absent
        pattern = re.compile(head + b"\r\n" + b"(?:(x)){0}" * len(absent))  # groups that stay empty
        places = tuple(groups.index(kind) + 1 for kind in WANTED)
        self.shapes.insert(0, (pattern.match, status, places))
        del self.shapes[MOST_SHAPES:]


def wanted_name(name: bytes) -> bytes:
    """Return a field's name in lower case, or what it counts as."""
    lower = name.lower()
    return SYNONYMS.get(lower, lower)
