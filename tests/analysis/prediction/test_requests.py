import numpy as np
import pytest

from analysis.errors import PredictionError
from analysis.prediction.requests import checked_requests


def test_ranks_of_any_whole_type_become_int64():
    assert checked_requests(np.array([3, 0], dtype=np.uint32), 0).dtype == np.int64


@pytest.mark.parametrize("keys", [[], [[1, 2]], [0.5, 1.0], [0, -1]])
def test_what_is_no_list_of_ranks_is_refused(keys):
    with pytest.raises(PredictionError, match="replay"):
        checked_requests(keys, 0)


@pytest.mark.parametrize("skip", [-1, 3])
def test_a_warm_up_leaves_something_to_count(skip):
    with pytest.raises(PredictionError, match="leaves none to count"):
        checked_requests([1, 2, 3], skip)
