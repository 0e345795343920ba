import numpy as np

from analysis.prediction.lru_stack import COLD, empty_stack, remove, touch


def test_depth_counts_sizes_from_the_top_down_to_the_key():
    stack = empty_stack(np.array([2, 3, 5]), 3)
    assert [touch(stack, key) for key in (0, 1, 2)] == [COLD] * 3
    assert touch(stack, 0) == 5 + 3 + 2
    assert touch(stack, 0) == 2


def test_a_removed_key_no_longer_counts_and_comes_back_cold():
    stack = empty_stack(np.ones(3, dtype=np.int64), 3)
    for key in (0, 1, 2):
        touch(stack, key)
    remove(stack, 1)
    assert touch(stack, 0) == 2
    assert touch(stack, 1) == COLD


def test_closing_the_gaps_of_the_line_keeps_the_order():
    stack = empty_stack(np.ones(5, dtype=np.int64), 5)
    model: list[int] = []
    rng = np.random.default_rng(1)
    for key in rng.integers(0, 5, 10 * stack.key_at.size):
        expected = model.index(key) + 1 if key in model else COLD
        assert touch(stack, key) == expected
        if key in model:
            model.remove(key)
        model.insert(0, key)
        if rng.random() < 0.1:
            remove(stack, model.pop(int(rng.integers(len(model)))))
