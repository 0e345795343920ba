"""A popularity's spelling makes the law it names, and misspellings are told apart."""

from pathlib import Path

import numpy as np
import pytest

from loadtests.errors import PopularityError
from loadtests.popularity import parse_popularity, popularity_parameters
from loadtests.popularity.drift import Drift
from loadtests.popularity.hotspot import Hotspot
from loadtests.popularity.latest import Latest
from loadtests.popularity.law import Popularity
from loadtests.popularity.scrambled import ScrambledZipf
from loadtests.popularity.zipf import Zipf
from tests.loadtests.traces.files import write_web12


@pytest.mark.parametrize(
    ("spelling", "law", "parameters"),
    [
        ("uniform", Zipf(9, 0.0), {"kind": "uniform"}),
        ("zipf:0.8", Zipf(9, 0.8), {"kind": "zipf", "exponent": 0.8}),
        ("ycsb-scrambled", ScrambledZipf(9, 0.99), {"kind": "ycsb-scrambled", "exponent": 0.99}),
        ("ycsb-scrambled:0.5", ScrambledZipf(9, 0.5), {"kind": "ycsb-scrambled", "exponent": 0.5}),
        (
            "hotspot:0.2:0.8",
            Hotspot(9, 0.2, 0.8),
            {"kind": "hotspot", "keys_ratio": 0.2, "requests_ratio": 0.8},
        ),
        (
            "latest",
            Latest(recency=Zipf(9, 0.99)),
            {"kind": "latest", "exponent": 0.99, "inserts_per_1000_requests": 0.0},
        ),
        (
            "latest:0.7:50",
            Latest(recency=Zipf(9, 0.7), inserts_per_1000_requests=50.0),
            {"kind": "latest", "exponent": 0.7, "inserts_per_1000_requests": 50.0},
        ),
        (
            "drift:0.9:2.5",
            Drift(ranking=Zipf(9, 0.9), keys_per_1000_requests=2.5),
            {"kind": "drift", "exponent": 0.9, "keys_per_1000_requests": 2.5},
        ),
    ],
)
def test_a_spelling_makes_its_law_and_says_its_parameters(
    spelling: str, law: Popularity, parameters: dict[str, str | float]
) -> None:
    assert parse_popularity(spelling, 9) == law
    assert popularity_parameters(spelling) == parameters


def test_a_replay_keeps_the_order_and_goes_round(tmp_path: Path) -> None:
    trace = write_web12(tmp_path / "t.trace", [9, 5, 9, 7])
    replay = parse_popularity(f"trace:{trace}", 2)
    assert replay.keys == 3
    assert replay.draw(6, 1, np.random.default_rng(0)).tolist() == [1, 0, 2, 0, 1, 0]
    assert replay.probabilities().tolist() == [0.5, 0.25, 0.25]


@pytest.mark.parametrize(
    ("spelling", "named"),
    [
        ("zipff:1", "zipff:1"),
        ("zipf", "exponent"),
        ("zipf:-1", "exponent"),
        ("zipf:nan", "exponent"),
        ("hotspot:2:0.5", "share of the keys"),
        ("hotspot:0.1", "share of the requests"),
        ("uniform:3", "uniform:3"),
        ("trace:", "trace:"),
        ("zipf:1:2", "unknown popularity 'zipf:1:2'"),
        ("zipf:", "exponent"),
        ("ycsb-scrambled:-0.1", "exponent"),
        ("ycsb-scrambled:", "exponent"),
        ("ycsb-scrambled:0.9:1", "unknown popularity"),
        ("latest:-1", "exponent"),
        ("latest:1:-5", "number of inserts in 1,000 requests"),
        ("drift:-1:5", "exponent"),
        ("drift:0.99", "speed, in keys in 1,000 requests"),
        ("drift:0.99:inf", "speed, in keys in 1,000 requests"),
    ],
)
def test_a_misspelt_popularity_is_named(spelling: str, named: str) -> None:
    with pytest.raises(PopularityError, match=named):
        parse_popularity(spelling, 100)


@pytest.mark.parametrize("spelling", ["drift:-1:5", "zipf", "nothing"])
def test_parameters_of_a_misspelt_popularity_are_refused_alike(spelling: str) -> None:
    with pytest.raises(PopularityError, match=spelling):
        popularity_parameters(spelling)


def test_one_key_is_no_popularity() -> None:
    with pytest.raises(PopularityError, match="at least 2"):
        parse_popularity("uniform", 1)
