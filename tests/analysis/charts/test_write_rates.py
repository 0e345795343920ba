from analysis.charts.style import DARK
from analysis.charts.write_rates import looks_of


def test_rates_differ_in_colour_and_mark_and_no_writes_are_grey() -> None:
    looks = looks_of([40.0, 0.0, 4.0, 4.0], DARK)
    assert [looks[rate].name for rate in (0.0, 4.0, 40.0)] == ["no writes", "4/s written", "40/s written"]
    assert looks[0.0].colour == DARK.muted
    assert len({(look.colour, look.marker) for look in looks.values()}) == 3


def test_more_rates_than_colours_are_all_drawn() -> None:
    assert len(looks_of([float(rate) for rate in range(1, 10)], DARK)) == 9
