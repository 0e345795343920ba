import pytest

from services.data_service.settings import DataServiceSettings
from services.shared.errors import SettingsError
from services.user_service.settings import UserServiceSettings

COMPLETE = {"DATABASE_URL": "postgresql://lab:secret@db:5432/lab", "REDIS_URL": "redis://:secret@cache:6379/0"}


def test_two_addresses_are_enough() -> None:
    settings = DataServiceSettings.from_environment(COMPLETE)

    assert (settings.common.host, settings.common.port) == ("127.0.0.1", 5001)
    assert (settings.common.workers, settings.common.threads) == (2, 4)
    assert (settings.cache_strategy, settings.cache_ttl_s, settings.cache_ttl_jitter_ratio) == (
        "cache-aside",
        300,
        0.1,
    )
    assert (settings.lab_mode, settings.server_timing) == (False, True)
    assert UserServiceSettings.from_environment(COMPLETE).write_policy == "invalidate"
    assert UserServiceSettings.from_environment(COMPLETE).common.port == 5000


@pytest.mark.parametrize("variable", ["DATABASE_URL", "REDIS_URL"])
@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_missing_address_is_named(variable: str, value: str | None) -> None:
    environment = {name: text for name, text in COMPLETE.items() if name != variable}
    if value is not None:
        environment[variable] = value

    with pytest.raises(SettingsError, match=f"^{variable} is not set: put an address such as"):
        DataServiceSettings.from_environment(environment)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DATABASE_URL", "mysql://db/lab"),
        ("DATABASE_URL", "postgresql://db:port/lab?nonsense=1"),
        ("REDIS_URL", "http://cache:6379/0"),
        ("REDIS_URL", "redis://"),
        ("REDIS_URL", "redis://cache:port/0"),
        ("REDIS_URL", "redis://cache:6379/first"),
        ("HOST", "localhost"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "http"),
        ("WORKERS", "0"),
        ("WORKERS", "1.5"),
        ("THREADS", "-1"),
        ("LOG_LEVEL", "loud"),
        ("LOG_REQUESTS", "yes"),
        ("CACHE_STRATEGY", "write-behind"),
        ("CACHE_TTL_S", "0"),
        ("CACHE_TTL_S", "nan"),
        ("CACHE_TTL_S", "inf"),
        ("CACHE_TTL_S", "soon"),
        ("CACHE_TTL_JITTER_RATIO", "1.1"),
        ("LAB_MODE", "true"),
        ("SERVER_TIMING", "off"),
    ],
)
def test_a_wrong_value_is_named_with_what_to_put_there(variable: str, value: str) -> None:
    with pytest.raises(SettingsError, match=rf"^{variable} is .*: put .*\.$"):
        DataServiceSettings.from_environment({**COMPLETE, variable: value})


def test_user_service_checks_its_write_policy() -> None:
    with pytest.raises(SettingsError, match=r"^WRITE_POLICY is 'later': put one of these there: invalidate, none"):
        UserServiceSettings.from_environment({**COMPLETE, "WRITE_POLICY": "later"})


@pytest.mark.parametrize("variable", ["DATABASE_URL", "REDIS_URL"])
@pytest.mark.parametrize(
    "value",
    [
        "mysql://lab:secret@db/lab",
        "lab:secret@db/lab",
        "mysql://lab:se@secret@db/lab",
        "mysql://lab:secret",
        "mysql://db/lab?user=lab&password=secret",
        "host=db password=secret",
        "redis://:secret@cache:port/0",
    ],
)
def test_no_password_is_ever_printed(variable: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        DataServiceSettings.from_environment({**COMPLETE, variable: value})

    assert "secret" not in str(caught.value)


def test_no_password_is_in_the_settings_own_text() -> None:
    assert "secret" not in repr(DataServiceSettings.from_environment(COMPLETE))
