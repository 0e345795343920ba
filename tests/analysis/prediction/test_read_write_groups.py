import numpy as np
import pytest

from analysis.errors import PredictionError
from analysis.intervals import Values
from analysis.prediction import read_write_groups
from analysis.prediction.popularity import hotspot, uniform, zipf
from analysis.prediction.read_write_groups import WIDTH_BITS, ReadWriteGroups, group_reads_and_writes

KEYS = 30_000
LARGEST_CURVATURE = 0.593
"""Of |x² f_xx| + 2|xy f_xy| + |y² f_yy| for f = x/(x+y) (1-e^(-(x+y))), found on a grid."""

PERMUTED = np.random.default_rng(4).permutation(zipf(KEYS, 0.9))
WRITES = {"reversed": zipf(KEYS, 0.8)[::-1].copy(), "permuted": PERMUTED, "steeper": zipf(KEYS, 1.4)}


def present(reads: Values, writes: Values, time: float) -> Values:
    events = reads + writes
    chance: Values = reads / events * -np.expm1(-events * time)
    return chance


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize("writes_a_read", [0.05, 1.0, 8.0])
def test_the_error_a_key_is_within_the_bound_that_is_stated(name: str, writes_a_read: float) -> None:
    reads, writes = zipf(KEYS, 0.9), WRITES[name]
    both = group_reads_and_writes(reads, writes)
    bound = 2.0 ** (-2 * WIDTH_BITS) * LARGEST_CURVATURE / 8 * (1 + 2.0**-WIDTH_BITS) ** 2
    for time in np.geomspace(1, 1e9, 25):
        exact = present(reads, writes * writes_a_read, time).sum()
        grouped = present(both.reads.probabilities, both.writes * writes_a_read, time)
        assert abs(both.reads.sum_over_keys(grouped) - exact) <= bound * KEYS + 1e-6


def test_no_group_is_wider_than_it_may_be() -> None:
    """Keys of one group have the same bits: each key is within a step of its group's mean."""
    reads, writes = zipf(2_000, 0.9), np.random.default_rng(1).permutation(zipf(2_000, 0.9))
    both = group_reads_and_writes(reads, writes)
    for read, write in zip(reads, writes, strict=True):
        near = np.abs(both.reads.probabilities / read - 1) + np.abs(both.writes / write - 1)
        assert near.min() <= 2 * 2.0**-WIDTH_BITS


def test_keys_reads_and_writes_are_all_still_there() -> None:
    both = group_reads_and_writes(zipf(KEYS, 0.9), PERMUTED)
    assert both.reads.keys == KEYS
    assert both.reads.share_of_requests(np.ones(both.writes.size)) == pytest.approx(1, abs=1e-12)
    assert both.reads.sum_over_keys(both.writes) == pytest.approx(1, abs=1e-12)


def test_alike_keys_are_one_group() -> None:
    assert group_reads_and_writes(uniform(1_000), uniform(1_000)).reads.counts.tolist() == [1_000]
    hot, reversed_hot = hotspot(1_000, 0.1, 0.9), hotspot(1_000, 0.1, 0.9)[::-1].copy()
    assert sorted(group_reads_and_writes(hot, reversed_hot).reads.counts) == [100, 100, 800]


def test_ten_million_keys_are_few_groups_whatever_the_writes() -> None:
    reads = zipf(10_000_000, 0.99)
    assert group_reads_and_writes(reads, reads[::-1].copy()).writes.size < 5_000
    assert group_reads_and_writes(reads, np.random.default_rng(1).permutation(reads)).writes.size < 400_000


def as_set(both: ReadWriteGroups) -> list[tuple[float, float, float]]:
    columns = (both.reads.probabilities, both.writes, both.reads.counts)
    return sorted(zip(*(np.round(column, 15) for column in columns), strict=True))


def test_the_order_of_the_keys_does_not_matter_as_long_as_it_is_one() -> None:
    reads, order = zipf(KEYS, 0.9), np.random.default_rng(9).permutation(KEYS)
    assert as_set(group_reads_and_writes(reads[order], PERMUTED[order])) == as_set(
        group_reads_and_writes(reads, PERMUTED)
    )


def test_more_cells_than_a_table_has_room_for_come_to_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    tabled = group_reads_and_writes(zipf(KEYS, 0.9), PERMUTED)
    monkeypatch.setattr(read_write_groups, "MOST_CELLS", 1_000)
    assert as_set(group_reads_and_writes(zipf(KEYS, 0.9), PERMUTED)) == as_set(tabled)


def test_keys_that_are_never_read_are_left_out_and_those_never_written_are_not() -> None:
    both = group_reads_and_writes(np.array([0.5, 0.0, 0.5, 0.0]), np.array([-0.0, 0.5, 0.5, 0.0]))
    assert both.reads.keys == 2
    assert sorted(both.writes) == [0.0, 0.5]


def test_popularities_over_different_keys_are_refused() -> None:
    with pytest.raises(PredictionError, match="10 keys and one of writes over 3"):
        group_reads_and_writes(uniform(10), uniform(3))
