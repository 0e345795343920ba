"""What a traced request does to its key."""

from enum import IntEnum


class Operation(IntEnum):
    """The three things that a request can do; each has a number, as it stands in a trace's array."""

    READ = 0
    WRITE = 1
    DELETE = 2


OPERATIONS = {
    **dict.fromkeys((b"get", b"gets", b"read", b"head"), Operation.READ),
    **dict.fromkeys(
        (b"set", b"add", b"replace", b"cas", b"append", b"prepend", b"incr", b"decr"), Operation.WRITE
    ),
    **dict.fromkeys((b"write", b"update", b"insert", b"put", b"post", b"patch"), Operation.WRITE),
    **dict.fromkeys((b"delete", b"remove"), Operation.DELETE),
}
"""From the names in memcached's protocol, in YCSB and in HTTP, in lower case."""
