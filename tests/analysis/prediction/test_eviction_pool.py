import numpy as np

from analysis.prediction.eviction_pool import NOBODY, empty_pool, offer, take_best
from analysis.prediction.held_keys import ENTRY

EVERYBODY = np.zeros(10, dtype=ENTRY)


def pool_of(size: int, *offered: tuple[int, int]):
    pool = empty_pool(size)
    for key, score in offered:
        offer(pool, key, score)
    return pool


def contents(pool) -> list[int]:
    return pool.keys[: pool.filled[0]].tolist()


def test_keys_stand_by_score_and_later_ones_below_their_equals():
    assert contents(pool_of(4, (1, 5), (2, 9), (3, 5), (4, 7))) == [3, 1, 4, 2]


def test_a_full_pool_drops_its_worst():
    assert contents(pool_of(3, (1, 5), (2, 9), (3, 7), (4, 8))) == [3, 4, 2]


def test_a_full_pool_turns_away_what_is_no_better_than_its_worst():
    assert contents(pool_of(2, (1, 5), (2, 9), (3, 5), (4, 1))) == [1, 2]


def test_the_best_key_is_taken_and_forgotten():
    pool = pool_of(3, (1, 5), (2, 9))
    assert [take_best(pool, EVERYBODY) for _ in range(3)] == [2, 1, NOBODY]


def test_a_key_gone_from_the_cache_is_forgotten_and_the_next_taken():
    pool, entries = pool_of(3, (1, 5), (2, 9)), EVERYBODY.copy()
    entries["place"][2] = -1
    assert take_best(pool, entries) == 1
    assert not contents(pool)


def test_a_key_keeps_the_score_of_its_first_offer_when_offered_again():
    pool = pool_of(3, (1, 9), (2, 5), (1, 0))
    assert contents(pool) == [1, 2, 1]
    assert take_best(pool, EVERYBODY) == 1
