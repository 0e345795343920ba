"""`lab workloads` and `--workload`: published parameters by name, and options given beside it win."""

import json
from dataclasses import replace
from typing import Any

import click
import pytest
from click.testing import CliRunner

from lab.commands.workload_options import workload_options
from lab.commands.workloads import workloads
from lab.workload import Workload
from loadtests.presets import PRESETS, find_preset
from loadtests.traces import CsvColumns


def asked(*arguments: str) -> Workload:
    """Return the workload that a command with these arguments gets."""
    got: list[Workload] = []

    @click.command()
    @workload_options
    def command(workload: Workload, **others: Any) -> None:
        assert not others
        got.append(workload)

    ended = CliRunner().invoke(command, arguments, standalone_mode=False)
    if ended.exception is not None:
        raise ended.exception
    return got[0]


def test_without_options_it_is_the_default() -> None:
    assert asked() == Workload()


def test_a_preset_gives_all_that_its_source_says() -> None:
    preset = find_preset("twitter-cluster37")
    assert asked("--workload", "twitter-cluster37") == Workload(
        popularity="zipf:0.4251",
        arrivals="poisson",  # of which the source says nothing
        write_ratio=0.37,
        value_sizes="fixed:20134",
        ttl_s=20.0,  # of the mixture the commonest
        preset=preset,
    )
    assert asked("--workload", "facebook-etc").arrivals == "pareto"


def test_options_given_beside_it_win() -> None:
    workload = asked(
        "--workload", "facebook-etc", "--arrivals", "constant", "--popularity", "zipf:1",
        "--value-sizes", "fixed:9", "--ttl", "7",
    )  # fmt: skip
    expected = replace(asked("--workload", "facebook-etc"), arrivals="constant", popularity="zipf:1")
    assert workload == replace(expected, value_sizes="fixed:9", ttl_s=7.0)
    assert workload.write_ratio == find_preset("facebook-etc").write_ratio
    assert asked("--workload", "facebook-etc", "--write-ratio", "0").write_ratio == 0


def test_a_trace_beside_it_brings_keys_writes_and_sizes() -> None:
    workload = asked("--workload", "ycsb-a", "--trace", "x.csv", "--csv-columns", "key=id", "--skip-bad")
    assert workload.keys_spelling == "trace?format=csv&key=id:x.csv"
    assert workload.skip_bad
    assert workload.trace is not None
    assert workload.trace.columns == CsvColumns(key="id")
    assert workload.value_sizes is workload.write_ratio is None
    assert asked("--workload", "twitter-cluster37", "--trace", "x").ttl_s == 20


def test_a_speed_takes_the_arrivals_from_the_trace_whatever_the_preset_says() -> None:
    workload = asked("--workload", "facebook-etc", "--trace", "x", "--speed", "2.5")
    assert (workload.arrivals, workload.speed) == ("trace", 2.5)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--workload", "ycsb-z"], "unknown workload 'ycsb-z'; choose from ycsb-a, .*twitter-cluster52"),
        (["--trace", "x", "--popularity", "uniform"], "--trace brings its own popularity"),
        (["--skip-bad"], "--skip-bad says more about --trace"),
        (["--speed", "2"], "--speed says more about --trace"),
        (["--trace", "x", "--speed", "0"], "not in the range"),
        (["--trace", "x", "--speed", "2", "--arrivals", "constant"], "--speed takes the arrivals from the trace"),
        (["--write-ratio", "1"], "not in the range"),
        (["--write-ratio", "-0.1"], "not in the range"),
        (["--trace-format", "csv"], "--trace-format says more about --trace"),
        (["--csv-columns", "key=a"], "--csv-columns says more about --trace"),
        (["--trace", "x", "--csv-columns", "colour=a"], "do not read as key=NAME"),
        (["--trace", "x", "--csv-columns", "key=a", "--trace-format", "twitter"], "--csv-columns goes with"),
        (["--arrivals", "closed"], "closed"),
        (["--ttl", "0"], "0"),
    ],
)
def test_what_does_not_go_together_is_one_sentence(arguments: list[str], said: str) -> None:
    with pytest.raises(click.UsageError, match=said):
        asked(*arguments)


def test_the_list_names_each_with_its_source_and_parameters() -> None:
    shown = CliRunner().invoke(workloads).output
    for preset in PRESETS:
        assert preset.name in shown
    assert "twitter-cluster37  zipf:0.4251" in shown
    assert "SIGMETRICS 2012" in shown
    assert "Sizes of keys are not reproduced" in " ".join(shown.split())


def test_the_list_as_json_has_every_field() -> None:
    found = json.loads(CliRunner().invoke(workloads, ["--json"]).output)
    assert [entry["name"] for entry in found] == [preset.name for preset in PRESETS]
    by_name = {entry["name"]: entry for entry in found}
    assert by_name["twitter-cluster52"]["ttl_s"] == 86_400
    assert by_name["ycsb-a"]["ttl_s"] is None
    assert by_name["facebook-etc"]["key_sizes"] == "gev:30.7984:8.20449:0.078688"
