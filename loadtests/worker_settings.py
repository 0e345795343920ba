"""What a generator process is told before its first leg: written by the lab, read by `loadtests.worker`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """How one worker works.

    Attributes:
        url: base URL of the service that is read from.
        write_url: base URL of the service that takes writes; None where none are sent.
        connections: how many connections to open for reads; a leg may use fewer.
        write_connections: how many to open for writes, before the first leg that has some.
        epoch_ns: `time.monotonic_ns()` that is the zero point of all times.
        samples: the Parquet file to write.
        timeout_s: a request without its whole answer by then ends as a timeout.
        queue_limit: requests that may wait for a connection; the next one is dropped, and counted.
    """

    url: str
    connections: int
    epoch_ns: int
    samples: str
    write_url: str | None = None
    write_connections: int = 16
    timeout_s: float = 10.0
    queue_limit: int = 10_000
