"""The race of look-aside caches, found in the samples: stale entries that a read filled during their write."""

import numpy as np
import pandas as pd

from analysis.blocks import MISS

_ENTRY = ["key", "version"]


def stale_entries(stale: pd.DataFrame) -> pd.DataFrame:
    """Return the entries that stale answers came from: each user and version once, as whole numbers.

    Args:
        stale: Rows of stale answers, columns as in :func:`analysis.samples.read_samples`.
    """
    return stale[_ENTRY].astype(np.int64).drop_duplicates()


def count_raced(entries: pd.DataFrame, reads: pd.DataFrame, commits: pd.DataFrame) -> int:
    """Return how many entries were filled by a miss that was under way during the write of the next version.

    Such a miss may have loaded the old row before the commit and stored it after the deletion; no other way is
    known in which an answer is stale although every write deletes and every deletion is made.

    Args:
        entries: As of :func:`stale_entries`.
        reads: All reads since the cache was emptied, columns as in :func:`analysis.samples.read_samples`.
        commits: As of :func:`analysis.staleness.commits_of`.

    References:
        Nishtala et al., Scaling Memcache at Facebook, NSDI 2013, section 3.2.1 (stale sets).
    """
    known = ~reads["failed"] & reads["version"].notna() & reads["sent_ns"].notna()
    misses = reads.loc[known & (reads["outcome"] == MISS), [*_ENTRY, "sent_ns", "done_ns"]].astype(np.int64)
    overtaking = commits.assign(version=commits["version"] - 1)
    fills = entries.merge(misses, on=_ENTRY).merge(overtaking, on=_ENTRY, suffixes=("", "_write"))
    overlap = (fills["sent_ns"] < fills["done_ns_write"]) & (fills["done_ns"] > fills["sent_ns_write"])
    return len(fills.loc[overlap, _ENTRY].drop_duplicates())
