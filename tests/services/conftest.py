"""Real servers once a session, an empty database and cache for each test, and both services over them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import pytest
import redis
from flask.testing import FlaskClient

from lab.stacks.ports import free_port
from lab.stacks.postgres import PostgresServer
from lab.stacks.redis import RedisServer
from services.data_service.app import create_app as create_data_service
from services.data_service.settings import DataServiceSettings
from services.shared.settings import CommonSettings
from services.user_service.app import create_app as create_user_service
from services.user_service.settings import UserServiceSettings
from tests.services.processes import ServiceProcess

SCHEMA = Path(__file__).parents[2] / "services" / "schema"

Sql = Callable[..., list[tuple]]


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    server = PostgresServer(tmp_path_factory.mktemp("postgres"), free_port())
    server.start()
    yield server
    server.process.stop()


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"), free_port())
    server.start()
    yield server
    server.process.stop()


@pytest.fixture
def sql(postgres: PostgresServer) -> Iterator[Sql]:
    """Runs one statement in a transaction of its own; the tables are empty at first."""
    connection = psycopg2.connect(postgres.url)
    connection.autocommit = True

    def run(statement: str, *parameters: object) -> list[tuple]:
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    run("TRUNCATE users, events RESTART IDENTITY")
    yield run
    connection.close()


@pytest.fixture
def cache(redis_server: RedisServer) -> Iterator[redis.Redis]:
    """The Redis server, empty at first."""
    client = redis.Redis.from_url(redis_server.url)
    client.flushall()
    yield client
    client.close()


@pytest.fixture
def common(postgres: PostgresServer, redis_server: RedisServer, sql: Sql, cache: redis.Redis) -> CommonSettings:
    return CommonSettings(database_url=postgres.url, redis_url=redis_server.url, port=free_port())


@pytest.fixture
def users(common: CommonSettings) -> FlaskClient:
    """user-service, in this process."""
    return create_user_service(UserServiceSettings(common=common)).test_client()


@pytest.fixture
def data(common: CommonSettings) -> FlaskClient:
    """data-service, in this process, in lab mode."""
    return create_data_service(DataServiceSettings(common=common, lab_mode=True)).test_client()


@pytest.fixture
def ada(users: FlaskClient) -> str:
    """A registered user."""
    assert users.post("/register", json={"name": "ada", "info": "first"}).status_code == 201
    return "ada"


@pytest.fixture
def serve(common: CommonSettings) -> Iterator[Callable[..., ServiceProcess]]:
    """Starts a service under granian, as a user would; stopped after the test."""
    started: list[ServiceProcess] = []

    def start(module: str, **variables: str) -> ServiceProcess:
        environment = {"DATABASE_URL": common.database_url, "REDIS_URL": common.redis_url, **variables}
        process = ServiceProcess(module, free_port(), environment)
        started.append(process)
        process.wait_until_it_listens()
        return process

    yield start
    for process in started:
        process.stop()
