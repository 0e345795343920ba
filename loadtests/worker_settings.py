"""What a generator process is told before its first leg: written by the lab, read by `loadtests.worker`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """How one worker works.

    Attributes:
        url: base URL of the service.
        connections: how many connections to open; a leg may use fewer.
        epoch_ns: `time.monotonic_ns()` that is the zero point of all times.
        samples: the Parquet file to write.
        timeout_s: a request without its whole answer by then ends as a timeout.
        queue_limit: requests that may wait for a connection; the next one is dropped, and counted.
    """

    url: str
    connections: int
    epoch_ns: int
    samples: str
    timeout_s: float = 10.0
    queue_limit: int = 10_000
