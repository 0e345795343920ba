"""An external stack is measured without being harmed."""

import json
import urllib.request
from pathlib import Path

from lab.counters import Witnesses
from lab.stacks.embedded import EmbeddedStack
from tests.lab.conftest import Lab


def test_a_cache_that_holds_keys_is_emptied_only_when_told(
    stack: EmbeddedStack, witnesses: Witnesses, lab: Lab, tmp_path: Path
) -> None:
    endpoints = stack.endpoints
    urllib.request.urlopen(f"{endpoints.data_service_url}/user/user-000001", timeout=10).close()
    limit = witnesses.redis.config_get("maxmemory")["maxmemory"]
    command = [
        "bench", "--profile", "smoke", "--stack", "external", "--users", "2000", "--events", "20000",
        "--data-url", endpoints.data_service_url, "--database-url", endpoints.database_url,
        "--redis-url", endpoints.redis_url,
    ]  # fmt: skip
    refused = lab(*command)
    assert refused.returncode == 1
    assert "--empty-cache" in refused.stderr
    assert witnesses.redis.dbsize()

    measured = lab(*command, "--empty-cache")
    assert measured.returncode == 0, measured.stderr
    assert witnesses.redis.config_get("maxmemory")["maxmemory"] == limit
    manifest = json.loads((tmp_path / "reports/latest/run.json").read_text())
    assert manifest["stack"]["kind"] == "external"
    assert manifest["parameters"]["ttl_s"] is None
    for url in (endpoints.database_url, endpoints.redis_url):
        password = url.split(":")[2].split("@")[0]
        assert password not in (tmp_path / "reports/latest/report.html").read_text()
        assert password not in json.dumps(manifest)
