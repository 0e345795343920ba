"""Reads the Server-Timing of an answer."""

import re

from werkzeug.test import TestResponse

STAGE = re.compile(r"(\w+);dur=(\d+)\.(\d{3})(?:, |$)")
START = re.compile(r', start;desc="(\d+)"$')


def stages_ns(answer: TestResponse) -> dict[str, int]:
    """Return the stages in their order; nothing in the header may be left over."""
    header = answer.headers["Server-Timing"]
    durations = START.sub("", header)
    assert STAGE.sub("", durations) == "", header
    return {name: int(ms + us) * 1000 for name, ms, us in STAGE.findall(durations)}


def started_ns(answer: TestResponse) -> int:
    """Return when the service says that its work began."""
    found = START.search(answer.headers["Server-Timing"])
    assert found is not None
    return int(found[1])
