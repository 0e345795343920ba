"""A cache is warm when its hit ratio has stopped rising, and not before it was full."""

from lab.experiments.warm_up import Window, settled


def windows(*hit_ratios: float | None, count: int = 1_000, full_from: int = 0) -> list[Window]:
    return [
        Window(
            leg=number,
            hit_ratio=hit_ratio,
            count=count if hit_ratio is not None else 0,
            cache_full=number >= full_from,
        )
        for number, hit_ratio in enumerate(hit_ratios)
    ]


def test_too_few_windows_say_nothing() -> None:
    assert not settled(windows(0.7, 0.7))


def test_a_rising_hit_ratio_has_not_settled() -> None:
    assert not settled(windows(0.3, 0.5, 0.6))


def test_a_level_one_has() -> None:
    assert settled(windows(0.3, 0.6, 0.61, 0.60))


def test_a_falling_one_has_too() -> None:
    assert settled(windows(0.8, 0.7, 0.65))


def test_noise_of_small_windows_is_no_rise() -> None:
    assert settled(windows(0.60, 0.60, 0.66, count=100))
    assert not settled(windows(0.60, 0.60, 0.66, count=10_000))


def test_a_cache_that_is_not_full_is_not_warm() -> None:
    assert not settled(windows(0.6, 0.6, 0.6, full_from=2))


def test_windows_without_lookups_say_nothing() -> None:
    assert not settled(windows(None, None, None))
    assert not settled(windows(0.5, 0.5, None))
