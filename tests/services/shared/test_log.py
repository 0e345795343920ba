import json
import logging
import sys

from services.shared.log import JsonFormatter


def line(record: logging.LogRecord) -> dict[str, object]:
    text = JsonFormatter("data-service").format(record)
    assert "\n" not in text
    return dict(json.loads(text))


def test_an_event_is_one_line_with_its_own_fields() -> None:
    record = logging.makeLogRecord({"msg": "starting", "levelname": "INFO", "port": 5000, "created": 0})

    assert line(record) == {
        "time": "1970-01-01T00:00:00.000+00:00",
        "level": "info",
        "service": "data-service",
        "event": "starting",
        "port": 5000,
    }


def test_a_traceback_stays_within_the_line() -> None:
    try:
        raise ValueError("two\nlines")
    except ValueError:
        record = logging.makeLogRecord({"msg": "request_failed", "exc_info": sys.exc_info()})

    assert "ValueError: two\nlines" in str(line(record)["traceback"])
