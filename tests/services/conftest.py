"""Real servers once a session, an empty database and cache for each test, and both services over them."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import pytest
import redis
from flask.testing import FlaskClient

from services.data_service.app import create_app as create_data_service
from services.data_service.settings import DataServiceSettings
from services.shared.settings import CommonSettings
from services.user_service.app import create_app as create_user_service
from services.user_service.settings import UserServiceSettings
from tests.servers import Server, free_port, start_postgres, start_redis
from tests.services.processes import ServiceProcess

SCHEMA = Path(__file__).parents[2] / "services" / "schema"

Sql = Callable[..., list[tuple]]


@pytest.fixture(scope="session")
def server_directory() -> Iterator[Path]:
    # Not pytest's own: that is closed to the user PostgreSQL runs as when the tests run as root.
    directory = Path(tempfile.mkdtemp(prefix="hit-or-miss-tests-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(server_directory: Path) -> Iterator[Server]:
    directory = server_directory / "postgres"
    directory.mkdir()
    server = start_postgres(directory)
    connection = psycopg2.connect(server.url)
    with connection, connection.cursor() as cursor:
        for script in sorted(SCHEMA.glob("*.sql")):
            cursor.execute(script.read_text())
    connection.close()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def redis_server(server_directory: Path) -> Iterator[Server]:
    directory = server_directory / "redis"
    directory.mkdir()
    server = start_redis(directory)
    yield server
    server.stop()


@pytest.fixture
def sql(postgres: Server) -> Iterator[Sql]:
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
def cache(redis_server: Server) -> Iterator[redis.Redis]:
    """The Redis server, empty at first."""
    client = redis.Redis.from_url(redis_server.url)
    client.flushall()
    yield client
    client.close()


@pytest.fixture
def common(postgres: Server, redis_server: Server, sql: Sql, cache: redis.Redis) -> CommonSettings:
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
