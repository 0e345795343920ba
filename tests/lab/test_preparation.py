"""Before its blocks a read's two capacities are found, and its cache is left as its own traffic makes it."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from lab.experiments.profile import PROFILES
from tests.lab.conftest import Lab

SMALL = ["--profile", "smoke", "--users", "2000", "--events", "20000", "--no-calibrate"]


def test_the_warm_cache_has_a_ramp_of_its_own_and_the_key_stream_goes_on(lab: Lab, tmp_path: Path) -> None:
    ranks = np.random.default_rng(1).zipf(1.3, 100_000) % 1_500
    trace = tmp_path / "keys.trace"
    ranks.astype("<u4").tofile(trace)
    ended = lab("run", "compare", "--trace", str(trace), *SMALL)
    assert ended.returncode == 0, ended.stderr
    folder = tmp_path / "reports/latest"
    manifest = json.loads((folder / "run.json").read_text())
    (read,) = manifest["reads"]
    asked = PROFILES["smoke"].cached_ramp_connections
    assert tuple(step["connections"] for step in read["cached_ramp"]) == asked
    assert read["cached_capacity_rps"] == max(step["achieved_rps"] for step in read["cached_ramp"]) > 0

    cached = [leg for leg in manifest["legs"] if leg["arm"] == "cached"]
    assert [leg["phase"] for leg in cached if leg["phase"] != "measure"][-4:] == [*["ramp"] * 3, "warmup"]
    assert all(leg["counters"] is None for leg in cached if leg["phase"] == "ramp")
    assert all(leg["counters"] is not None for leg in cached if leg["phase"] != "ramp")

    samples = pd.read_parquet(folder / "samples/worker-0.parquet").set_index("leg")
    of_rank: dict[int, int] = {}
    position = 0
    for leg in cached:
        keys = samples.loc[[leg["leg"]]].sort_values("intended_ns", kind="stable")["key"].tolist()
        if leg["phase"] != "ramp":  # where several leave at once, their order is not known
            for rank, key in zip(ranks[position : position + len(keys)].tolist(), keys, strict=True):
                assert of_rank.setdefault(rank, key) == key, f"leg {leg['leg']} left the trace"
        position += len(keys)
