"""Reads and writes come into one order, and what was measured is told from what came before."""

import numpy as np
import pandas as pd

from analysis.sent_traffic import sent_in_order


def rows(keys: list[int], due_s: list[float], legs: list[int], failed: list[bool] | None = None) -> pd.DataFrame:
    due_ns = (np.array(due_s) * 1e9).astype(np.int64)
    told = [False] * len(keys) if failed is None else failed
    return pd.DataFrame({"key": keys, "intended_ns": due_ns, "leg": legs, "failed": np.array(told, dtype=bool)})


def test_requests_are_in_the_order_in_which_they_were_due() -> None:
    reads = rows([1, 2, 3], [5.0, 6.0, 8.0], [4, 5, 5])
    writes = rows([7, 9, 8], [7.0, 5.5, 6.5], [5, 4, 5], [False, False, True])
    found = sent_in_order(reads, writes, 5)
    assert found.keys.tolist() == [1, 9, 2, 7, 3]
    assert found.writes.tolist() == [False, True, False, True, False]
    assert found.since_s.tolist() == [0.0, 0.5, 1.0, 2.0, 3.0]
    assert (found.skip, found.skipped_reads) == (2, 1)
    assert found.write_ratio == 1 / 3


def test_without_writes_it_is_the_reads() -> None:
    reads = rows([1, 2], [5.0, 6.0], [4, 5])
    found = sent_in_order(reads, reads.iloc[:0], 4)
    assert found.keys.tolist() == [1, 2]
    assert not found.writes.any()
    assert (found.skip, found.write_ratio) == (0, 0.0)
