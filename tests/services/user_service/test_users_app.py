import json
import threading

import pytest
import redis
from flask.testing import FlaskClient

from lab.stacks.ports import free_port
from services.shared.body import MAX_BODY_BYTES
from services.shared.keys import keys_of_user
from services.shared.names import MAX_INFO_BYTES
from services.shared.settings import CommonSettings
from services.user_service.app import create_app
from services.user_service.settings import UserServiceSettings
from tests.services.conftest import Sql

JSON = {"Content-Type": "application/json"}


def test_it_says_that_it_runs(users: FlaskClient) -> None:
    assert users.get("/").json == {"service": "user-service", "status": "running"}


def test_its_health_is_the_databases(users: FlaskClient, common: CommonSettings) -> None:
    assert users.get("/healthz").json == {"database": "ok"}


def test_without_the_database_it_is_unwell_and_writes_are_refused(common: CommonSettings) -> None:
    nowhere = CommonSettings(
        database_url=f"postgresql://127.0.0.1:{free_port()}/x", redis_url=common.redis_url, port=5000
    )
    users = create_app(UserServiceSettings(common=nowhere)).test_client()

    health, write = users.get("/healthz"), users.delete("/user/ada")
    assert (health.status_code, health.json) == (503, {"error": "the database does not answer"})
    assert (write.status_code, write.json) == (503, {"error": "the database does not answer; try again later"})


def test_it_registers(users: FlaskClient, sql: Sql) -> None:
    answer = users.post("/register", json={"name": "ada", "info": "first"})

    assert answer.status_code == 201
    assert answer.json == {"message": "user ada registered", "name": "ada", "version": 1}
    assert sql("SELECT name, info, version FROM users") == [("ada", "first", 1)]


def test_a_name_is_taken_once(users: FlaskClient, ada: str) -> None:
    answer = users.post("/register", json={"name": ada, "info": "second"})

    assert (answer.status_code, answer.json) == (409, {"error": "the name 'ada' is taken"})


def test_of_two_registrations_at_once_one_succeeds(common: CommonSettings, sql: Sql) -> None:
    app = create_app(UserServiceSettings(common=common))
    for name in ("ada", "bob", "eve"):
        statuses: list[int] = []
        barrier = threading.Barrier(4)

        def register(
            name: str = name, statuses: list[int] = statuses, barrier: threading.Barrier = barrier
        ) -> None:
            client = app.test_client()
            barrier.wait()
            statuses.append(client.post("/register", json={"name": name, "info": ""}).status_code)

        threads = [threading.Thread(target=register) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(statuses) == [201, 409, 409, 409]
    assert sql("SELECT count(*) FROM users") == [(3,)]


def test_each_update_raises_the_version(users: FlaskClient, ada: str, sql: Sql) -> None:
    versions = [users.put("/user/ada", json={"info": f"change {n}"}).json["version"] for n in range(3)]

    assert versions == [2, 3, 4]
    assert sql("SELECT info, version FROM users") == [("change 2", 4)]


def test_a_user_goes_with_its_events(users: FlaskClient, ada: str, sql: Sql) -> None:
    sql("INSERT INTO events (user_id, item_id, amount_cents, at) VALUES (1, 1, 1, now()), (2, 1, 1, now())")
    answer = users.delete("/user/ada")

    assert (answer.status_code, answer.data) == (204, b"")
    assert sql("SELECT count(*) FROM users") == [(0,)]
    assert sql("SELECT user_id FROM events") == [(2,)]


@pytest.mark.parametrize("method", ["put", "delete"])
def test_an_unknown_user_is_not_found(users: FlaskClient, method: str) -> None:
    answer = getattr(users, method)("/user/nobody", json={"info": ""})

    assert (answer.status_code, answer.json) == (404, {"error": "there is no user 'nobody'"})


@pytest.mark.parametrize("write", ["register", "update", "delete"])
def test_a_write_deletes_everything_cached_about_the_user(
    users: FlaskClient, ada: str, cache: redis.Redis, write: str
) -> None:
    if write == "register":
        users.delete("/user/ada")
    for key in [*keys_of_user("ada"), *keys_of_user("bob")]:
        cache.set(key, "old")
    {
        "register": lambda: users.post("/register", json={"name": "ada", "info": ""}),
        "update": lambda: users.put("/user/ada", json={"info": "second"}),
        "delete": lambda: users.delete("/user/ada"),
    }[write]()

    assert set(cache.keys()) == {key.encode() for key in keys_of_user("bob")}


def test_a_refused_write_deletes_nothing(users: FlaskClient, ada: str, cache: redis.Redis) -> None:
    cache.set("hm:1:user:ada", "kept")
    users.post("/register", json={"name": "ada", "info": "second"})

    assert cache.get("hm:1:user:ada") == b"kept"


def test_with_the_policy_none_entries_stay(common: CommonSettings, cache: redis.Redis) -> None:
    users = create_app(UserServiceSettings(common=common, write_policy="none")).test_client()
    cache.set("hm:1:user:ada", "kept")
    users.post("/register", json={"name": "ada", "info": "first"})

    assert cache.get("hm:1:user:ada") == b"kept"


def test_a_write_succeeds_without_redis_and_the_log_says_what_was_not_deleted(
    common: CommonSettings, caplog: pytest.LogCaptureFixture
) -> None:
    nowhere = CommonSettings(
        database_url=common.database_url, redis_url=f"redis://127.0.0.1:{free_port()}/0", port=5000
    )
    users = create_app(UserServiceSettings(common=nowhere)).test_client()

    assert users.post("/register", json={"name": "ada", "info": "first"}).status_code == 201
    failed = [record for record in caplog.records if record.getMessage() == "invalidation_failed"]
    assert [record.user for record in failed] == ["ada"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "is not JSON"),
        (b"{", "is not JSON"),
        (b"null", "must be a JSON object"),
        (b"[]", "must be a JSON object"),
        (b'"ada"', "must be a JSON object"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 16_000, "nested too deeply"),
        (b"\xff\xfe", "must be UTF-8"),
        (b"9" * 5000, "is not JSON"),
        (b"{}", "'name' is missing"),
        (b'{"name": "ada"}', "'info' is missing"),
        (b'{"name": 1, "info": ""}', "'name' must be a string"),
        (b'{"name": "ada", "info": null}', "'info' must be a string"),
        (b'{"name": "ada", "info": "", "admin": true}', "unknown field 'admin'"),
        (b'{"name": "ada", "info": "", "\\ud800": 1}', "unknown field"),
        (b'{"name": "", "info": ""}', "1 to 64 characters"),
        (b'{"name": "a\\u0000b", "info": ""}', "control characters"),
        (b'{"name": "\\ud800", "info": ""}', "surrogate"),
        (b'{"name": "ada", "info": "\\ud800"}', "surrogate"),
        (b'{"name": "ada", "info": "a\\u0000b"}', "NUL"),
        (
            json.dumps({"name": "ada", "info": "x" * (MAX_INFO_BYTES + 1)}).encode(),
            f"at most {MAX_INFO_BYTES} bytes",
        ),
    ],
)
def test_a_bad_body_is_refused_with_a_reason(users: FlaskClient, sql: Sql, body: bytes, problem: str) -> None:
    answer = users.post("/register", data=body, headers=JSON)

    assert answer.status_code == 400
    assert problem in answer.json["error"]
    assert sql("SELECT count(*) FROM users") == [(0,)]


def test_the_longest_legal_body_is_accepted(users: FlaskClient) -> None:
    escaped = "".join(f"\\u{ord('x'):04x}" for _ in range(MAX_INFO_BYTES))
    name = "\\ud83d\\ude00" * 64
    answer = users.post("/register", data=f'{{"name": "{name}", "info": "{escaped}"}}', headers=JSON)

    assert answer.status_code == 201


def test_a_longer_body_is_refused_unparsed(users: FlaskClient) -> None:
    answer = users.post("/register", data=b" " * (MAX_BODY_BYTES + 1), headers=JSON)

    assert (answer.status_code, answer.json) == (
        413,
        {"error": f"the body must have at most {MAX_BODY_BYTES} bytes"},
    )


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", None])
def test_only_json_is_taken(users: FlaskClient, content_type: str | None) -> None:
    answer = users.post("/register", data=b'{"name": "ada", "info": ""}', content_type=content_type)

    assert answer.status_code == 415
    assert "application/json" in answer.json["error"]


def test_json_may_name_its_encoding(users: FlaskClient) -> None:
    body = b'{"name": "ada", "info": ""}'

    assert users.post("/register", data=body, content_type="application/json; charset=utf-8").status_code == 201


def test_a_wrong_method_and_a_wrong_address_are_json_too(users: FlaskClient) -> None:
    method, address = users.get("/register"), users.get("/users")

    assert (method.status_code, method.json) == (405, {"error": "this address does not take that method"})
    assert set(method.headers["Allow"].split(", ")) == {"OPTIONS", "POST"}
    assert (address.status_code, address.json) == (404, {"error": "there is nothing at this address"})


def test_sql_in_a_name_is_a_name(users: FlaskClient, sql: Sql) -> None:
    name = "x'); DROP TABLE users; --"

    assert users.post("/register", json={"name": name, "info": "'"}).status_code == 201
    assert sql("SELECT name, info FROM users") == [(name, "'")]


def test_a_change_states_its_version_in_a_header(users: FlaskClient, ada: str) -> None:
    assert users.post("/register", json={"name": "bob", "info": "x"}).headers["X-Version"] == "1"
    changed = users.put("/user/ada", json={"info": "second"})
    assert (changed.headers["X-Version"], changed.json["version"]) == ("2", 2)
    assert "ETag" not in changed.headers


def test_in_lab_mode_a_request_chooses_what_becomes_of_the_cache(
    common: CommonSettings, data: FlaskClient, ada: str, cache: redis.Redis
) -> None:
    users = create_app(UserServiceSettings(common=common, lab_mode=True)).test_client()
    data.get("/user/ada")
    users.put("/user/ada", json={"info": "second"}, headers={"X-Write-Policy": "none"})
    assert cache.exists("hm:1:user:ada")
    users.put("/user/ada", json={"info": "third"}, headers={"X-Write-Policy": "invalidate"})
    assert not cache.exists("hm:1:user:ada")


def test_a_write_policy_that_there_is_not_changes_nothing(common: CommonSettings, ada: str, sql: Sql) -> None:
    users = create_app(UserServiceSettings(common=common, lab_mode=True)).test_client()
    headers = {"X-Write-Policy": "magic"}
    answers = (
        users.put("/user/ada", json={"info": "second"}, headers=headers),
        users.delete("/user/ada", headers=headers),
        users.post("/register", json={"name": "bob", "info": "x"}, headers=headers),
    )
    for answer in answers:
        assert (answer.status_code, answer.json) == (
            400,
            {"error": "X-Write-Policy must be one of: invalidate, none"},
        )
    assert sql("SELECT name, info FROM users") == [("ada", "first")]


def test_outside_lab_mode_a_request_does_not_choose(
    users: FlaskClient, data: FlaskClient, ada: str, cache: redis.Redis
) -> None:
    data.get("/user/ada")
    users.put("/user/ada", json={"info": "second"}, headers={"X-Write-Policy": "none"})
    assert not cache.exists("hm:1:user:ada")
