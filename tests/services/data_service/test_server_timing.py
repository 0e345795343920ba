import json
import time
from collections.abc import Callable
from typing import Any, NoReturn

import pytest
from flask.testing import FlaskClient

from services.data_service import app as app_module
from services.data_service import reads, rendering, server_timing
from services.data_service.app import create_app
from services.data_service.server_timing import note_start
from services.data_service.settings import DataServiceSettings
from services.shared.settings import CommonSettings
from tests.services.data_service.timing import stages_ns, started_ns
from tests.services.processes import ServiceProcess

PAUSE_NS = 20_000_000
NO_STORE = {"Cache-Control": "no-store"}


def pause_before(function: Callable[..., Any]) -> Callable[..., Any]:
    def slow(*arguments: Any, **options: Any) -> Any:
        time.sleep(PAUSE_NS / 1e9)
        return function(*arguments, **options)

    return slow


@pytest.mark.parametrize("path", ["/user/ada", "/user/ada/activity", "/user/ada/similar", "/user/nobody"])
def test_stages_never_exceed_the_whole_nor_the_time_a_client_sees(data: FlaskClient, ada: str, path: str) -> None:
    for headers in ({}, {}, NO_STORE, {"Cache-Control": "no-cache"}):
        before_ns = time.monotonic_ns()
        answer = data.get(path, headers=headers)
        after_ns = time.monotonic_ns()

        stages = stages_ns(answer)
        app_ns = stages.pop("app")
        assert all(stage_ns > 0 for stage_ns in stages.values())
        assert sum(stages.values()) <= app_ns
        assert before_ns <= started_ns(answer)
        assert started_ns(answer) + app_ns <= after_ns


def test_the_whole_holds_what_comes_before_and_after_a_route(common: CommonSettings, ada: str) -> None:
    app = create_app(DataServiceSettings(common=common))
    app.before_request(lambda: time.sleep(PAUSE_NS / 1e9))

    @app.after_request
    def slow(response: Any) -> Any:
        time.sleep(PAUSE_NS / 1e9)
        return response

    stages = stages_ns(app.test_client().get("/user/ada", headers=NO_STORE))
    assert stages["app"] - stages["db"] - stages["render"] >= 2 * PAUSE_NS


def test_serialising_is_the_json_of_a_row_and_the_building_of_the_answer(
    data: FlaskClient, ada: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reads.json, "dumps", pause_before(json.dumps))
    monkeypatch.setattr(rendering, "_body", pause_before(rendering._body))
    for pauses in (2, 1):  # a miss, then a hit, whose JSON comes from the cache
        stages = stages_ns(data.get("/user/ada"))
        app_ns = stages.pop("app")
        assert stages["render"] >= pauses * PAUSE_NS
        assert sum(stages.values()) <= app_ns  # the pauses are in no other stage as well


@pytest.mark.parametrize(
    ("duration_ns", "written"),
    [
        (0, "0.000"),
        (999, "0.000"),
        (1_000, "0.001"),
        (210_999, "0.210"),
        (9_999_999, "9.999"),
        (10_000_000, "10.000"),
        (12_345_678_901, "12345.678"),
    ],
)
def test_a_duration_is_cut_to_microseconds(duration_ns: int, written: str) -> None:
    environ: dict[str, Any] = {}
    note_start(lambda _environ, _start_response: [])(environ, lambda *_: None)
    header = server_timing.server_timing((duration_ns, None, 0), environ)
    assert header.startswith(f"redis;dur={written}, render;dur=0.000, app;dur=")


def test_switched_off_there_is_no_header_and_no_clock_is_read(
    common: CommonSettings, ada: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never() -> NoReturn:
        raise AssertionError("a clock was read")

    monkeypatch.setattr(app_module, "monotonic_ns", never)
    monkeypatch.setattr(server_timing, "monotonic_ns", never)
    monkeypatch.setattr(time, "monotonic_ns", never)
    client = create_app(DataServiceSettings(common=common, server_timing=False)).test_client()
    for headers in ({}, {}, NO_STORE, {"Cache-Control": "no-cache"}):
        answer = client.get("/user/ada", headers=headers)
        assert answer.status_code == 200
        assert "Server-Timing" not in answer.headers


def test_a_served_answer_carries_it_unless_the_environment_says_no(
    serve: Callable[..., ServiceProcess], ada: str
) -> None:
    on, off = serve("data_service"), serve("data_service", SERVER_TIMING="0")
    assert "app;dur=" in str(on.request("GET", "/user/ada")[2].headers["Server-Timing"])
    assert "Server-Timing" not in off.request("GET", "/user/ada")[2].headers
