"""What was sent to a cache, reads and writes together in the order in which they were due, for a replay of it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.intervals import Values

Keys = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class SentTraffic:
    """Requests in order.

    Attributes:
        keys: One a request.
        since_s: When each was due, in seconds from the first.
        writes: Which of them write, and so delete their key; the others read.
        skip: How many, at the start, came before what was measured.
    """

    keys: Keys
    since_s: Values
    writes: NDArray[np.bool_]
    skip: int

    @property
    def write_ratio(self) -> float:
        """The share of what was measured that writes."""
        return float(self.writes[self.skip :].mean())

    @property
    def skipped_reads(self) -> int:
        """How many reads came before what was measured."""
        return int(np.count_nonzero(~self.writes[: self.skip]))


def sent_in_order(reads: pd.DataFrame, writes: pd.DataFrame, first_measured: int) -> SentTraffic:
    """Put reads and writes into one order.

    Args:
        reads: Samples of the reads that reached the cache, at least one.
        writes: Samples of the writes beside them; those that failed are left out.
        first_measured: Number of the first leg that was measured.
    """
    columns = ["key", "intended_ns", "leg"]
    both = pd.concat([reads[columns], writes.loc[~writes["failed"], columns]])
    write = np.arange(len(both)) >= len(reads)
    order = np.argsort(both["intended_ns"].to_numpy(), kind="stable")
    in_order = both.iloc[order]
    due_ns = in_order["intended_ns"].to_numpy()
    return SentTraffic(
        keys=in_order["key"].to_numpy(dtype=np.int64),
        since_s=(due_ns - due_ns[0]) / 1e9,
        writes=write[order],
        skip=int((in_order["leg"] < first_measured).sum()),
    )
