"""Which answers were stale, and by how much: reads held against the writer's commits, on one clock.

A commit took place between the moment its write was sent and the moment it was done. An answer is called stale
when that is certain: its version is below the highest one whose write was done before the read was sent. A read
that was sent while a write to its key was under way may have met either row; what it brings is not called stale
for that write. So the share errs low, by no more than the share of such reads, which is counted; and an age, which
runs from the moment a write was done, errs low by no more than that write took.

A write that failed may have been committed all the same. It counts as if it had not been, so that here too
staleness errs low; such writes are counted as well.
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.intervals import Values

Flags = NDArray[np.bool_]
_Kind = TypeVar("_Kind", np.bool_, np.float64)
_NO = np.bool_(False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What is known of each read, in the order of the reads.

    Attributes:
        judged: Whether its version is known, so that anything can be said of it.
        stale: Whether a write that it lacks was done before it was sent.
        age_s: From the first write that it lacks to the answer, in seconds; NaN for what is not stale. That is
            the write of the next version, unless one after it was done first.
        under_way: Whether it was sent while a write to its key was under way.
        ahead: Whether its version came from a write that was sent only after the answer: no clock allows that.
    """

    judged: Flags
    stale: Flags
    age_s: Values
    under_way: Flags
    ahead: Flags


def commits_of(writes: pd.DataFrame) -> pd.DataFrame:
    """Return the writes that are known to have been committed: whole numbers key, version, sent_ns and done_ns.

    Args:
        writes: Rows of writes, columns as in :func:`analysis.samples.read_samples`.
    """
    known = writes[~writes["failed"] & writes["version"].notna() & writes["done_ns"].notna()]
    return known[["key", "version", "sent_ns", "done_ns"]].astype(np.int64).reset_index(drop=True)


def judge_staleness(reads: pd.DataFrame, commits: pd.DataFrame) -> Judgement:
    """Hold each read against the commits.

    Args:
        reads: Columns as in :func:`analysis.samples.read_samples`.
        commits: As :func:`commits_of` returns them, of all writes since before the reads' entries were filled.
    """
    judged = (~reads["failed"] & reads["version"].notna() & reads["sent_ns"].notna()).to_numpy(dtype=np.bool_)
    known = reads.loc[judged, ["key", "version", "sent_ns", "done_ns"]].astype(np.int64).reset_index(drop=True)
    newest, overtaken_ns = _newest_before(known, commits), _overtaken_ns(known, commits)
    stale = newest > known["version"].to_numpy()
    age_s = np.where(stale, (known["done_ns"].to_numpy() - overtaken_ns) / 1e9, np.nan)
    return Judgement(
        judged=judged,
        stale=_spread(stale, judged, _NO),
        age_s=_spread(age_s, judged, np.float64(np.nan)),
        under_way=_spread(_under_way(known, commits), judged, _NO),
        ahead=_spread(_ahead(known, commits), judged, _NO),
    )


def _newest_before(reads: pd.DataFrame, commits: pd.DataFrame) -> Values:
    """Return the highest version of each key whose write was done before the read was sent; NaN for none."""
    done = commits.sort_values("done_ns", kind="stable")
    done = done.assign(newest=done.groupby("key")["version"].cummax())[["key", "done_ns", "newest"]]
    asked = reads[["key", "sent_ns"]].reset_index().sort_values("sent_ns", kind="stable")
    found = pd.merge_asof(asked, done, left_on="sent_ns", right_on="done_ns", by="key", allow_exact_matches=False)
    return _in_order(found, "newest")


def _overtaken_ns(reads: pd.DataFrame, commits: pd.DataFrame) -> Values:
    """Return when the first write of a higher version than the read's was done; NaN where there is none."""
    falling = commits.sort_values("version", ascending=False, kind="stable")
    falling = falling.assign(first_ns=falling.groupby("key")["done_ns"].cummin())
    later = falling[["key", "version", "first_ns"]].sort_values("version", kind="stable")
    asked = reads[["key", "version"]].reset_index().sort_values("version", kind="stable")
    found = pd.merge_asof(asked, later, on="version", by="key", direction="forward", allow_exact_matches=False)
    return _in_order(found, "first_ns")


def _under_way(reads: pd.DataFrame, commits: pd.DataFrame) -> Flags:
    """Return whether a write to the read's key was under way, by counting those sent and not yet done."""
    at_ns = np.concatenate([commits["sent_ns"], commits["done_ns"], reads["sent_ns"]])
    keys = np.concatenate([commits["key"], commits["key"], reads["key"]])
    steps = np.repeat([1, -1, 0], [len(commits), len(commits), len(reads)])
    # Every key's writes are all done by its last moment, so that one sum serves for all keys, one after the other.
    order = np.lexsort((at_ns, keys))
    open_writes = np.empty(len(order), dtype=np.int64)
    open_writes[order] = np.cumsum(steps[order])
    return open_writes[2 * len(commits) :] > 0


def _ahead(reads: pd.DataFrame, commits: pd.DataFrame) -> Flags:
    made = commits.drop_duplicates(["key", "version"])[["key", "version", "sent_ns"]]
    found = reads[["key", "version", "done_ns"]].merge(made, how="left", on=["key", "version"])
    return (found["sent_ns"] > found["done_ns"]).to_numpy()


def _in_order(found: pd.DataFrame, column: str) -> Values:
    """Return a column in the order of the reads, which is that of ``index``."""
    values = np.empty(len(found), dtype=np.float64)
    values[found["index"].to_numpy()] = found[column].to_numpy(dtype=np.float64, na_value=np.nan)
    return values


def _spread(values: NDArray[_Kind], judged: Flags, fill: _Kind) -> NDArray[_Kind]:
    """Return values of the judged reads among all reads."""
    spread = np.full(judged.size, fill, dtype=values.dtype)
    spread[judged] = values
    return spread
