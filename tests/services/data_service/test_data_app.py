import json
import re
import unicodedata
from collections.abc import Callable

import http_sf
import pytest
import redis
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lab.stacks.ports import free_port
from services.data_service.app import create_app
from services.data_service.settings import DataServiceSettings
from services.shared.body import MAX_BODY_BYTES
from services.shared.settings import CommonSettings
from tests.services.conftest import Sql
from tests.services.data_service.timing import stages_ns
from tests.services.processes import ServiceProcess

READS = ["/user/ada", "/user/ada/activity", "/user/ada/similar"]


def cache_status(answer: TestResponse) -> str:
    return answer.headers["Cache-Status"]


@pytest.fixture
def without_redis(common: CommonSettings) -> FlaskClient:
    nowhere = CommonSettings(
        database_url=common.database_url, redis_url=f"redis://127.0.0.1:{free_port()}/0", port=5001
    )
    return create_app(DataServiceSettings(common=nowhere)).test_client()


def test_it_says_that_it_runs(data: FlaskClient) -> None:
    assert data.get("/").json == {"service": "data-service", "status": "running"}


def test_it_is_well_when_both_servers_answer(data: FlaskClient, cache: redis.Redis) -> None:
    answer = data.get("/healthz")

    assert (answer.status_code, answer.json) == (200, {"database": "ok", "cache": "ok"})
    assert cache.dbsize() == 0


def test_the_first_read_is_a_miss_and_the_second_a_hit(data: FlaskClient, ada: str) -> None:
    first, second = data.get("/user/ada"), data.get("/user/ada")

    assert first.json == {"name": "ada", "info": "first", "version": 1, "cached": False}
    assert second.json == {"name": "ada", "info": "first", "version": 1, "cached": True}
    assert cache_status(first) == "data-service; fwd=miss; stored"
    assert re.fullmatch(r"data-service; hit; ttl=\d+", cache_status(second))
    assert 269 <= int(cache_status(second).rpartition("=")[2]) <= 330


@pytest.mark.parametrize("path", READS)
def test_every_read_says_what_the_cache_did(data: FlaskClient, ada: str, path: str) -> None:
    miss, hit = data.get(path), data.get(path)
    bypass = data.get(path, headers={"Cache-Control": "no-store"})
    refresh = data.get(path, headers={"Cache-Control": "no-cache"})

    for answer in (miss, hit, bypass, refresh):
        assert answer.status_code == 200
        assert answer.content_type == "application/json"
        assert answer.headers["ETag"] == 'W/"1"'
        assert answer.json | {"cached": None} == miss.json | {"cached": None}
        assert (answer.json["name"], answer.json["version"]) == ("ada", 1)
        http_sf.parse(answer.headers["Cache-Status"].encode(), tltype="list")
    assert [answer.json["cached"] for answer in (miss, hit, bypass, refresh)] == [False, True, False, False]
    assert cache_status(bypass) == "data-service; fwd=bypass"
    assert cache_status(refresh) == "data-service; fwd=request; stored"
    assert [list(stages_ns(answer)) for answer in (miss, hit, bypass, refresh)] == [
        ["redis", "db", "render", "app"],
        ["redis", "render", "app"],
        ["db", "render", "app"],
        ["redis", "db", "render", "app"],
    ]
    assert hit.headers["Age"] == "0"
    assert "Age" not in miss.headers


def test_no_store_does_not_touch_redis(data: FlaskClient, ada: str, cache: redis.Redis) -> None:
    data.get("/user/ada")
    before = cache.info("commandstats")
    for _ in range(5):
        data.get("/user/ada", headers={"Cache-Control": "no-store, no-cache"})
    after = cache.info("commandstats")

    assert {name: after[name]["calls"] for name in after if name != "cmdstat_info"} == {
        name: before[name]["calls"] for name in before if name != "cmdstat_info"
    }


def test_the_three_witnesses_agree(data: FlaskClient, ada: str, cache: redis.Redis, sql: Sql) -> None:
    """Redis's counters and PostgreSQL's say what the answers said: a hit one GET, a miss one GET and one SET."""
    for path in READS:  # statements are prepared, connections open
        data.get(path, headers={"Cache-Control": "no-store"})
    cache.config_resetstat()
    sql("SELECT pg_stat_statements_reset()")
    said = [cache_status(data.get(path)) for path in READS for _ in range(4)]
    for path in READS:
        data.get(path, headers={"Cache-Control": "no-store"})
    data.get("/healthz")
    keyspace, commands = cache.info("stats"), cache.info("commandstats")
    calls = sql("SELECT calls FROM pg_stat_statements WHERE query LIKE '%%/* read:%%' AND query LIKE '%%users%%'")

    assert sum("; hit" in status for status in said) == keyspace["keyspace_hits"] == 9
    assert sum("fwd=miss" in status for status in said) == keyspace["keyspace_misses"] == 3
    assert (commands["cmdstat_get"]["calls"], commands["cmdstat_set"]["calls"]) == (12, 3)
    assert sorted(calls) == [(2,), (2,), (2,)]


def test_entries_have_their_key_and_their_ttl(data: FlaskClient, ada: str, cache: redis.Redis) -> None:
    for path in READS:
        data.get(path)

    assert set(cache.keys()) == {b"hm:1:user:ada", b"hm:1:activity:ada", b"hm:1:similar:ada"}
    for key in cache.scan_iter():
        assert 269_000 <= cache.pttl(key) <= 330_000


def test_a_damaged_entry_is_a_miss(data: FlaskClient, ada: str, cache: redis.Redis) -> None:
    cache.set("hm:1:user:ada", b'{"name": "eve"}')

    assert data.get("/user/ada").json["name"] == "ada"
    assert data.get("/user/ada").json["cached"] is True


def test_a_value_of_another_type_is_not_the_readers_problem(
    data: FlaskClient, ada: str, cache: redis.Redis
) -> None:
    cache.lpush("hm:1:user:ada", "x")
    answer = data.get("/user/ada")

    assert answer.status_code == 200
    assert cache_status(answer) == "data-service; fwd=bypass; detail=cache-error"


def test_an_unknown_user_is_not_found_and_not_kept(data: FlaskClient, cache: redis.Redis, sql: Sql) -> None:
    for _ in range(2):
        answer = data.get("/user/nobody")
        assert (answer.status_code, answer.json) == (404, {"error": "there is no user 'nobody'"})
        assert cache_status(answer) == "data-service; fwd=miss"
    assert cache.dbsize() == 0


def test_a_change_is_seen_by_the_next_read(data: FlaskClient, users: FlaskClient, ada: str) -> None:
    for path in READS:
        data.get(path)
    users.put("/user/ada", json={"info": "second"})

    for path in READS:
        answer = data.get(path)
        assert (answer.json["version"], answer.json["cached"], answer.headers["ETag"]) == (2, False, 'W/"2"')
    users.delete("/user/ada")
    assert [data.get(path).status_code for path in READS] == [404, 404, 404]


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("etag", ['W/"1"', '"1"', '"0", W/"1"', "*"])
def test_an_answer_the_client_has_is_not_sent_again(data: FlaskClient, ada: str, path: str, etag: str) -> None:
    for _ in range(2):
        answer = data.get(path, headers={"If-None-Match": etag})
        assert (answer.status_code, answer.data) == (304, b"")
        assert answer.headers["ETag"] == 'W/"1"'
        assert "Cache-Status" in answer.headers
        assert "Content-Type" not in answer.headers
        assert "Content-Length" not in answer.headers


def test_an_outdated_answer_is_sent_again(data: FlaskClient, ada: str) -> None:
    assert data.get("/user/ada", headers={"If-None-Match": 'W/"7"'}).status_code == 200


@pytest.mark.parametrize("control", ["only-if-cached", "only-if-cached, no-store", "only-if-cached, no-cache"])
def test_only_if_cached_never_asks_the_database(data: FlaskClient, ada: str, sql: Sql, control: str) -> None:
    sql("SELECT pg_stat_statements_reset()")
    answer = data.get("/user/ada", headers={"Cache-Control": control})

    assert answer.status_code == 504
    assert "only-if-cached" in answer.json["error"]
    assert sql(
        "SELECT count(*) FROM pg_stat_statements WHERE query LIKE '%%/* read:%%' AND query LIKE '%%users%%'"
    ) == [(0,)]


def test_only_if_cached_gets_what_is_cached(data: FlaskClient, ada: str) -> None:
    data.get("/user/ada")

    assert data.get("/user/ada", headers={"Cache-Control": "only-if-cached"}).json["cached"] is True


@pytest.mark.parametrize("path", READS)
def test_reads_are_answered_without_redis(without_redis: FlaskClient, ada: str, path: str) -> None:
    for _ in range(2):
        answer = without_redis.get(path)
        assert (answer.status_code, answer.json["cached"]) == (200, False)
        assert cache_status(answer) == "data-service; fwd=bypass; detail=cache-error"
        assert stages_ns(answer)["app"] < 250e6
    assert without_redis.get("/healthz").json == {"database": "ok", "cache": "does not answer"}


def test_hits_are_answered_without_the_database(common: CommonSettings, data: FlaskClient, ada: str) -> None:
    data.get("/user/ada")
    nowhere = CommonSettings(
        database_url=f"postgresql://127.0.0.1:{free_port()}/x", redis_url=common.redis_url, port=5001
    )
    stranded = create_app(DataServiceSettings(common=nowhere)).test_client()

    assert stranded.get("/user/ada").json["cached"] is True
    miss, health = stranded.get("/user/ada/similar"), stranded.get("/healthz")
    assert (miss.status_code, miss.json) == (503, {"error": "the database does not answer; try again later"})
    assert (health.status_code, health.json) == (503, {"error": "the database does not answer", "cache": "ok"})


def test_in_lab_mode_a_request_chooses_its_strategy(data: FlaskClient, ada: str, cache: redis.Redis) -> None:
    assert cache_status(data.get("/user/ada", headers={"X-Cache-Strategy": "none"})) == "data-service; fwd=bypass"
    assert cache.dbsize() == 0
    answer = data.get("/user/ada", headers={"X-Cache-Strategy": "cache-aside"})
    assert cache_status(answer) == "data-service; fwd=miss; stored"
    unknown = data.get("/user/ada", headers={"X-Cache-Strategy": "magic"})
    assert (unknown.status_code, unknown.json) == (
        400,
        {"error": "X-Cache-Strategy must be one of: cache-aside, none"},
    )


def test_in_lab_mode_a_request_chooses_how_long_its_answer_is_kept(
    data: FlaskClient, ada: str, cache: redis.Redis
) -> None:
    data.get("/user/ada", headers={"X-Cache-TTL": "2.5"})
    assert 2_000 < cache.pttl("hm:1:user:ada") <= 2_750  # the jitter is a tenth
    data.get("/user/ada/similar")
    assert cache.pttl("hm:1:similar:ada") > 200_000


@pytest.mark.parametrize("ttl", ["0", "-1", "soon", "nan", "inf", "1e9"])
def test_a_time_to_live_that_cannot_be_is_refused(data: FlaskClient, ada: str, ttl: str) -> None:
    answer = data.get("/user/ada", headers={"X-Cache-TTL": ttl})
    assert (answer.status_code, answer.json) == (
        400,
        {"error": "X-Cache-TTL must be a number of seconds from 0.001 to 3.1536e+07"},
    )


def test_however_many_times_to_live_are_asked_for_the_default_stays(
    data: FlaskClient, ada: str, cache: redis.Redis
) -> None:
    for number in range(200):
        data.get("/user/ada", headers={"X-Cache-TTL": str(1 + number), "Cache-Control": "no-cache"})
    assert cache.pttl("hm:1:user:ada") <= 220_000
    data.get("/user/ada", headers={"Cache-Control": "no-cache"})
    assert cache.pttl("hm:1:user:ada") > 260_000


def test_outside_lab_mode_a_request_does_not(common: CommonSettings, ada: str, cache: redis.Redis) -> None:
    data = create_app(DataServiceSettings(common=common)).test_client()

    for name in ("none", "magic"):
        assert data.get("/user/ada", headers={"X-Cache-Strategy": name}).status_code == 200
    assert data.get("/user/ada", headers={"X-Cache-Strategy": "none"}).json["cached"] is True
    data.get("/user/ada/activity", headers={"X-Cache-TTL": "1"})
    assert cache.pttl("hm:1:activity:ada") > 200_000


def test_the_strategy_none_caches_nothing(common: CommonSettings, ada: str, cache: redis.Redis) -> None:
    data = create_app(DataServiceSettings(common=common, cache_strategy="none")).test_client()

    for control in ("", "no-cache"):
        assert (
            cache_status(data.get("/user/ada", headers={"Cache-Control": control})) == "data-service; fwd=bypass"
        )
    assert cache.dbsize() == 0


def test_an_entry_expires(common: CommonSettings, ada: str) -> None:
    settings = DataServiceSettings(common=common, cache_ttl_s=0.001, cache_ttl_jitter_ratio=0)
    data = create_app(settings).test_client()
    data.get("/user/ada")

    assert any(data.get("/user/ada").json["cached"] is False for _ in range(200))


def test_head_answers_without_a_body(data: FlaskClient, ada: str) -> None:
    head, get = data.head("/user/ada"), data.get("/user/ada")

    assert (head.status_code, head.data) == (200, b"")
    # `"cached": false` is one character longer than `true`.
    assert int(head.headers["Content-Length"]) == len(get.data) + 1


def test_one_user_has_one_name_however_it_is_composed(
    data: FlaskClient, users: FlaskClient, cache: redis.Redis
) -> None:
    composed, decomposed = "Zoé", unicodedata.normalize("NFD", "Zoé")
    registered = users.post("/register", json={"name": decomposed, "info": "é"})

    assert registered.json["name"] == composed
    assert data.get(f"/user/{decomposed}").json["name"] == composed
    assert data.get(f"/user/{composed}").json["cached"] is True
    assert cache.keys() == [f"hm:1:user:{composed}".encode()]
    assert users.post("/register", json={"name": composed, "info": ""}).status_code == 409
    assert users.put(f"/user/{decomposed}", json={"info": ""}).status_code == 200
    assert data.get(f"/user/{composed}").json["version"] == 2


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/user/a%00b", 400),
        ("/user/a%0Ab", 400),
        ("/user/%FF%FE", 400),
        ("/user/%ED%A0%80", 400),
        ("/user/%EF%BF%BD", 400),
        ("/user/" + "x" * 65, 400),
        ("/user/" + "x" * 5000 + "/similar", 400),
        ("/user/", 404),
        ("/user/a/b", 404),
        ("/user/a%2Fb", 404),
        ("/user//activity", 404),
        ("/user/ada/", 404),
        ("/../etc/passwd", 404),
        ("/user/'%20OR%201=1", 404),
    ],
)
def test_a_bad_address_is_refused_before_any_server_is_asked(
    serve: Callable[..., ServiceProcess], sql: Sql, cache: redis.Redis, path: str, status: int
) -> None:
    service = serve("data_service", WORKERS="1", THREADS="1")
    cache.config_resetstat()
    answered, body, response = service.request("GET", path)

    assert answered == status
    assert response.headers["Content-Type"] == "application/json"
    assert list(json.loads(body)) == ["error"]
    if status == 400:
        assert "cmdstat_get" not in cache.info("commandstats")


def test_the_services_hold_under_granian(serve: Callable[..., ServiceProcess]) -> None:
    """The two curl commands of the README, each way round, and what only a real server shows."""
    users, data = serve("user_service"), serve("data_service")
    body = b'{"name": "ada", "info": "first"}'

    assert users.request("POST", "/register", body, Content_Type="application/json")[0] == 201
    assert users.request("POST", "/register", body, Content_Type="application/json")[0] == 409
    assert json.loads(data.request("GET", "/user/ada")[1])["cached"] is False
    assert json.loads(data.request("GET", "/user/ada")[1])["cached"] is True
    status, answer, response = data.request("HEAD", "/user/ada")
    assert (status, answer, response.headers["Content-Length"]) == (200, b"", "63")
    status, answer, response = data.request("GET", "/user/ada", If_None_Match='W/"1"')
    assert (status, answer) == (304, b"")
    announced = {"Content_Type": "application/json", "Content_Length": str(MAX_BODY_BYTES + 1)}
    assert users.request("POST", "/register", b"the beginning", **announced)[0] == 413
    assert users.request("DELETE", "/user/ada")[:2] == (204, b"")
