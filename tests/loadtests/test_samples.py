from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from gevent.threadpool import ThreadPool
from pyarrow import parquet

from loadtests import samples
from loadtests.outcome import Outcome
from loadtests.samples import SCHEMA, Recorder, SampleFile, version_of
from tests.loadtests.conftest import leg

EPOCH_NS = 1_000_000


@dataclass
class Ended:
    """A request that has ended, as far as a recorder looks at its connection."""

    number: int
    outcome: Outcome = Outcome.HIT
    status: int = 200
    connected_ns: int = 0
    key: int = 5
    length_bytes: int = 120
    etag: bytes | None = b'W/"3"'
    server_timing: bytes | None = b"redis;dur=0.250, app;dur=0.500"

    @property
    def intended_ns(self) -> int:
        return EPOCH_NS + 1_000 * self.number

    @property
    def sent_ns(self) -> int:
        return self.intended_ns + 10

    @property
    def done_ns(self) -> int:
        return self.intended_ns + 700


class Tables:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        self.tables: list[pa.Table] = []

    def write(self, table: pa.Table) -> None:
        self.tables.append(table)

    def close(self) -> None:
        pass


def recorded(*requests: Ended) -> tuple[samples.Rows, pa.Table]:
    sink = Tables()
    thread = ThreadPool(1)
    recorder = Recorder(EPOCH_NS, sink, thread)
    recorder.begin(leg(3, block=2), "user")
    for request in requests:
        recorder.record([request])  # type: ignore[list-item]
    recorder.settle()
    brief = np.concatenate(recorder.end())
    thread.kill()
    return brief, pa.concat_tables(sink.tables)


def test_a_row_holds_what_happened_on_the_runs_zero() -> None:
    brief, table = recorded(Ended(1), Ended(2, connected_ns=EPOCH_NS + 2_100, etag=None, server_timing=None))
    assert table.schema == SCHEMA
    first, second = table.to_pylist()
    assert first == {
        "leg": 3, "operation": "user", "arm": "cached", "phase": "measure", "block": 2, "key": 5,
        "intended_ns": 1_000, "sent_ns": 1_010, "connected_ns": None, "done_ns": 1_700, "status": 200,
        "outcome": "hit", "redis_ns": 250_000, "db_ns": None, "render_ns": None, "app_ns": 500_000,
        "app_started_ns": None, "version": 3,
    }  # fmt: skip
    assert (second["connected_ns"], second["redis_ns"], second["version"]) == (2_100, None, None)
    assert brief["response_ns"].tolist() == [700, 700]


def test_a_request_that_was_never_sent_has_no_times_but_the_intended() -> None:
    sink = Tables()
    thread = ThreadPool(1)
    recorder = Recorder(EPOCH_NS, sink, thread)
    recorder.begin(leg(), "user")
    recorder.record_dropped(EPOCH_NS + 5, 9)
    assert recorder.outcome_counts() == {"dropped": 1}
    assert [part["response_ns"].tolist() for part in recorder.end()] == [[-1]]
    thread.kill()
    (row,) = sink.tables[0].to_pylist()
    assert (row["intended_ns"], row["key"], row["outcome"]) == (5, 9, "dropped")
    assert [row[name] for name in ("sent_ns", "connected_ns", "done_ns", "status", "version")] == [None] * 5


def test_no_row_of_a_long_leg_is_lost_or_doubled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "BLOCK_BYTES", 64 * samples.ROW.size)
    monkeypatch.setattr(samples, "BLOCKS_HELD", 2)
    brief, table = recorded(*map(Ended, range(1_000)))
    assert len(brief) == 1_000
    assert sorted(table["intended_ns"].to_pylist()) == [1_000 * number for number in range(1_000)]


def test_a_recorder_in_a_long_leg_holds_a_bounded_number_of_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "BLOCK_BYTES", 64 * samples.ROW.size)
    monkeypatch.setattr(samples, "BLOCKS_HELD", 2)
    sink = Tables()
    thread = ThreadPool(1)
    recorder = Recorder(EPOCH_NS, sink, thread)
    recorder.begin(leg(), "user")
    for number in range(64 * 50):
        recorder.record([Ended(number)])  # type: ignore[list-item]
        samples.gevent.sleep(0)  # as the hub does between two requests
    while sum(table.num_rows for table in sink.tables) < 64 * (50 - 3):
        samples.gevent.sleep(0.001)
    recorder.settle()
    recorder.end()
    thread.kill()


def test_legs_do_not_mix() -> None:
    sink = Tables()
    thread = ThreadPool(1)
    recorder = Recorder(EPOCH_NS, sink, thread)
    for number in (0, 1):
        recorder.begin(leg(number), "user")
        recorder.record([Ended(number)])  # type: ignore[list-item]
        assert sum(map(len, recorder.end())) == 1
    thread.kill()
    assert [table["leg"].to_pylist() for table in sink.tables] == [[0], [1]]


def test_a_sample_takes_less_than_forty_bytes_on_disk(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    timings = [b"redis;dur=%.3f, app;dur=%.3f" % tuple(random.gamma(4, 0.1, 2)) for _ in range(20_000)]
    requests = [
        Ended(int(number), server_timing=timing, key=int(random.zipf(1.3) % 20_000))
        for number, timing in zip(np.cumsum(random.exponential(50, 20_000)), timings, strict=True)
    ]
    file = SampleFile(tmp_path / "worker-0.parquet")
    thread = ThreadPool(1)
    recorder = Recorder(EPOCH_NS, file, thread)
    recorder.begin(leg(), "user")
    for request in requests:
        recorder.record([request])  # type: ignore[list-item]
    recorder.settle()
    recorder.end()
    thread.kill()
    file.close()
    assert parquet.read_table(tmp_path / "worker-0.parquet").num_rows == 20_000
    assert (tmp_path / "worker-0.parquet").stat().st_size / 20_000 < 40


@pytest.mark.parametrize(
    ("etag", "version"), [(None, -1), (b'W/"3"', 3), (b'"12"', 12), (b'W/"abc"', -1), (b'W/"9999999999"', -1)]
)
def test_only_a_number_in_an_entity_tag_is_a_version(etag: bytes | None, version: int) -> None:
    assert version_of(etag) == version
