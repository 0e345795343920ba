import math

import numpy as np
import pytest

from analysis.errors import PredictionError
from analysis.prediction.cost import BYTES_A_GIB, Prices, Reads, cheapest, money_a_month

SIZES_BYTES = np.array([0.0, 1.0, 2.0, 4.0]) * BYTES_A_GIB
HIT_RATIOS = np.array([0.0, 0.6, 0.8, 0.9])
READS = Reads(offered_rps=1_000, database_cpu_s=0.002)


def test_a_month_is_rent_of_memory_and_time_of_the_database() -> None:
    """Two processors' worth of misses without a cache: 2 · 730 h at 0.05 = 73; a GiB at 10."""
    money = money_a_month(
        SIZES_BYTES, HIT_RATIOS, prices=Prices(cache_gib_month=10, database_cpu_hour=0.05), reads=READS
    )
    assert money == pytest.approx(np.array([73.0, 10 + 29.2, 20 + 14.6, 40 + 7.3]))


def test_the_cheapest_size_is_found_among_those_that_meet_the_objective() -> None:
    money = np.array([73.0, 39.2, 34.6, 47.3])
    assert cheapest(money, SIZES_BYTES, HIT_RATIOS >= 0.0) == 2
    assert cheapest(money, SIZES_BYTES, HIT_RATIOS >= 0.85) == 3
    assert cheapest(money, SIZES_BYTES, HIT_RATIOS >= 0.95) is None


def test_of_equally_cheap_sizes_the_smallest_is_taken() -> None:
    assert cheapest(np.array([5.0, 5.0, 5.0]), np.array([3.0, 1.0, 2.0]), np.array([True, True, True])) == 1


def test_what_is_free_costs_nothing() -> None:
    free = Prices(cache_gib_month=0, database_cpu_hour=0)
    assert money_a_month(SIZES_BYTES, HIT_RATIOS, prices=free, reads=READS).tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("price", [-1.0, math.nan, math.inf])
def test_a_price_that_cannot_be_is_named(price: float) -> None:
    with pytest.raises(PredictionError, match="database_cpu_hour"):
        Prices(cache_gib_month=1, database_cpu_hour=price)
    with pytest.raises(PredictionError, match="database_cpu_s"):
        Reads(offered_rps=1, database_cpu_s=price)


def test_sizes_and_hit_ratios_that_do_not_match_or_cannot_be_are_refused() -> None:
    prices = Prices(cache_gib_month=1, database_cpu_hour=1)
    with pytest.raises(PredictionError, match="4 sizes and 3 hit ratios"):
        money_a_month(SIZES_BYTES, HIT_RATIOS[:3], prices=prices, reads=READS)
    with pytest.raises(PredictionError, match="hit ratio outside"):
        money_a_month(SIZES_BYTES, HIT_RATIOS + 0.5, prices=prices, reads=READS)
    with pytest.raises(PredictionError, match="4 costs"):
        cheapest(np.ones(4), SIZES_BYTES, np.array([True]))
