import pytest

from services.data_service.directives import NO_DIRECTIVES, Directives


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", NO_DIRECTIVES),
        ("max-age=0, private", NO_DIRECTIVES),
        ("no-store", Directives(no_store=True)),
        ("No-Cache", Directives(no_cache=True)),
        ("max-age=0,only-if-cached", Directives(only_if_cached=True)),
        ("no-cache , no-store", Directives(no_store=True, no_cache=True)),
    ],
)
def test_the_directives_that_matter_are_found(header: str, expected: Directives) -> None:
    assert Directives.from_header(header) == expected
