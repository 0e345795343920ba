import httptools
import pytest

from loadtests.head_pattern import MOST_SHAPES, HeadPatterns

HEAD = (
    b'HTTP/1.1 200 OK\r\nServer: one\r\nCache-Status: s; hit; ttl=9\r\nETag: W/"7"\r\n'
    b"Server-Timing: app;dur=0.5\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\n"
)


class Parsed:
    """What httptools says of one answer, in the form that `learn` takes."""

    def __init__(self, answer: bytes) -> None:
        self.fields: list[tuple[bytes, bytes]] = []
        self.reason = b""
        parser = httptools.HttpResponseParser(self)
        parser.feed_data(answer)
        self.status = parser.get_status_code()

    def on_status(self, reason: bytes) -> None:
        self.reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        self.fields.append((name, value))


def learnt(*heads: bytes) -> HeadPatterns:
    patterns = HeadPatterns()
    for head in heads:
        parsed = Parsed(head + b"{}")
        patterns.learn(parsed.status, parsed.reason, parsed.fields)
    return patterns


def found(patterns: HeadPatterns, received: bytes) -> tuple[int, int, tuple[bytes | None, ...]] | None:
    for match, status, places in patterns.shapes:
        head = match(received)
        if head is not None:
            return status, head.end(), head.group(*places)
    return None


def test_an_answer_of_the_same_shape_is_recognised_with_its_own_values() -> None:
    other = HEAD.replace(b"one", b"another").replace(b"ttl=9", b"ttl=10").replace(b'W/"7"', b'W/"812"')
    assert found(learnt(HEAD), other + b"{}") == (
        200,
        len(other),
        (b"2", b"s; hit; ttl=10", b"app;dur=0.5", b'W/"812"'),
    )


def test_a_field_that_this_shape_lacks_is_none() -> None:
    head = HEAD.replace(b'ETag: W/"7"\r\n', b"").replace(b"Server-Timing: app;dur=0.5\r\n", b"")
    assert found(learnt(head), head) == (200, len(head), (b"2", b"s; hit; ttl=9", None, None))


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (b"200 OK", b"404 Not Found"),
        (b"HTTP/1.1", b"HTTP/1.0"),
        (b"Connection: keep-alive", b"Connection: close"),
        (b"Server: one\r\n", b"Server: one\r\nAge: 3\r\n"),  # one field more
        (b"Server: one\r\n", b""),  # one less
        (b"Server: one", b"Servant: one"),
        (b"Content-Length: 2", b"Transfer-Encoding: chunked"),
        (b"Content-Length: 2", b"Content-Length: two"),
        (b"\r\n\r\n", b"\r\n"),  # not whole yet
    ],
)
def test_anything_of_another_shape_is_left_to_the_parser(was: bytes, becomes: bytes) -> None:
    assert HEAD.count(was) == 1
    assert found(learnt(HEAD), HEAD.replace(was, becomes)) is None


@pytest.mark.parametrize(
    "head",
    [
        HEAD.replace(b"Content-Length: 2\r\n", b"Content-Length: 2\r\nCache-Status: t; fwd=miss\r\n"),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
    ],
)
def test_a_shape_that_a_pattern_cannot_hold_is_not_learnt(head: bytes) -> None:
    parsed = Parsed(head)
    patterns = HeadPatterns()
    patterns.learn(parsed.status, parsed.reason, parsed.fields)
    assert not patterns.shapes


def test_only_so_many_shapes_are_kept_and_the_latest_come_first() -> None:
    heads = [HEAD.replace(b"Server:", f"Server-{number}:".encode()) for number in range(MOST_SHAPES + 3)]
    patterns = learnt(*heads)
    assert len(patterns.shapes) == MOST_SHAPES
    assert patterns.shapes[0][0](heads[-1]) is not None
    assert found(patterns, heads[0]) is None
