"""Presets say what their sources say, in spellings that parse."""

import pytest

from loadtests.errors import PresetError
from loadtests.popularity import parse_popularity
from loadtests.presets import PRESETS, Preset, find_preset
from loadtests.value_sizes import parse_value_sizes


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_every_spelling_of_a_preset_parses(preset: Preset) -> None:
    assert parse_popularity(preset.popularity, 1000).keys == 1000
    parse_value_sizes(preset.value_sizes, 1)
    if preset.key_sizes is not None:
        parse_value_sizes(preset.key_sizes, 1)
    assert 0 <= preset.write_ratio <= 1
    assert preset.source
    if preset.ttls_s is not None:
        assert 0.98 <= sum(share for _, share in preset.ttls_s) <= 1.0 + 1e-9


def test_names_are_unlike() -> None:
    assert len({preset.name for preset in PRESETS}) == len(PRESETS)


@pytest.mark.parametrize(
    ("name", "popularity", "write_ratio", "value_sizes"),
    [
        ("ycsb-a", "ycsb-scrambled:0.99", 0.5, "fixed:1000"),
        ("ycsb-b", "ycsb-scrambled:0.99", 0.05, "fixed:1000"),
        ("ycsb-c", "ycsb-scrambled:0.99", 0.0, "fixed:1000"),
        ("ycsb-d", "latest:0.99:50", 0.05, "fixed:1000"),
        ("ycsb-f", "ycsb-scrambled:0.99", 1 / 3, "fixed:1000"),
        ("facebook-etc", "uniform", 1 / 31, "facebook-etc"),
        ("twitter-cluster52", "zipf:1.2117", 0.06 / 0.99, "fixed:273"),
    ],
)
def test_a_preset_has_its_published_figures(
    name: str, popularity: str, write_ratio: float, value_sizes: str
) -> None:
    preset = find_preset(name)
    assert (preset.popularity, preset.value_sizes) == (popularity, value_sizes)
    assert preset.write_ratio == pytest.approx(write_ratio)


def test_ycsbs_inserts_are_its_share_of_writes() -> None:
    _, _, inserts_per_1000 = find_preset("ycsb-d").popularity.split(":")
    assert float(inserts_per_1000) / 1000 == find_preset("ycsb-d").write_ratio


def test_what_a_source_does_not_say_is_unknown() -> None:
    preset = find_preset("ycsb-a")
    assert preset.key_sizes is preset.arrivals is preset.rate_rps is preset.ttls_s is None


def test_an_unknown_workload_is_one_sentence_with_the_known_ones() -> None:
    with pytest.raises(PresetError, match=r"unknown workload 'ycsb-z'; choose from ycsb-a, .*twitter-cluster52"):
        find_preset("ycsb-z")
