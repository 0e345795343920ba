import math

import pytest

from analysis.errors import PredictionError
from analysis.prediction.eviction_settings import EvictionSettings


@pytest.mark.parametrize(
    "wrong",
    [
        {"policy": "lru"},
        {"sampling": "fair"},
        {"capacity_keys": 0},
        {"rate_rps": 0},
        {"rate_rps": math.nan},
        {"rate_rps": math.inf},
        {"samples": 0},
        {"pool_keys": 0},
        {"ttl_s": 0},
        {"ttl_jitter_ratio": 1.5},
        {"lfu_log_factor": -1},
        {"lfu_decay_min": -1},
        {"start_s": -1},
        {"policy": "volatile-ttl"},
    ],
    ids=str,
)
def test_a_setting_out_of_its_range_is_refused(wrong):
    with pytest.raises(PredictionError, match="give"):
        EvictionSettings(**{"policy": "allkeys-lru", "capacity_keys": 1, "rate_rps": 1.0, **wrong})
