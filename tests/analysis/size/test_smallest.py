import pytest

from analysis.size.smallest import smallest_that_meets


@pytest.mark.parametrize("guess", [1, 50, 137, 400, 1_000])
@pytest.mark.parametrize("threshold", [1, 2, 137, 499, 1_000])
def test_it_is_the_one_that_trying_each_finds(threshold: int, guess: int) -> None:
    found = smallest_that_meets(lambda number: number >= threshold, guess=guess, most=1_000, fineness_ratio=0.0)
    assert found == next(number for number in range(1, 1_001) if number >= threshold)


def test_none_where_not_even_the_most_meets() -> None:
    assert smallest_that_meets(lambda number: False, guess=5, most=10) is None


@pytest.mark.parametrize("guess", [1, 12_345, 900_000])
def test_a_large_one_is_found_to_its_fineness_in_few_tries(guess: int) -> None:
    tried: list[int] = []

    def meets(number: int) -> bool:
        tried.append(number)
        return number >= 123_456

    found = smallest_that_meets(meets, guess=guess, most=1_000_000, fineness_ratio=0.002)
    assert found is not None
    assert 123_456 <= found <= 123_456 * 1.002 + 1
    assert len(tried) < 40
