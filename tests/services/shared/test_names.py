import unicodedata

import pytest

from services.shared.errors import InvalidInputError
from services.shared.names import MAX_INFO_BYTES, checked_info, checked_name


@pytest.mark.parametrize(
    "name", ["a", "ada", "user-1_x", "Ada Lovelace", "ada.l", "x" * 64, "é" * 64, "日本", "👩‍🚀"]
)
def test_ordinary_names_stay_as_they_are(name: str) -> None:
    assert checked_name(name) == name


def test_a_decomposed_name_becomes_the_composed_one() -> None:
    decomposed = unicodedata.normalize("NFD", "Zoé")

    assert decomposed != "Zoé"
    assert checked_name(decomposed) == "Zoé"


def test_the_limit_counts_composed_characters() -> None:
    assert checked_name(unicodedata.normalize("NFD", "é" * 64)) == "é" * 64


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", "has 0"),
        ("x" * 65, "has 65"),
        ("a\0b", r"U\+0000"),
        ("a\nb", r"U\+000A"),
        ("a\x7f", r"U\+007F"),
        ("a\x85", r"U\+0085"),
        ("\ud800", "surrogate"),
        ("a\ufffdb", r"U\+FFFD"),
        ("a/b", "'/'"),
        (".", "'/'"),
        ("..", "'/'"),
        ("ada\n", r"U\+000A"),
    ],
)
def test_other_names_are_refused_with_a_reason(name: str, problem: str) -> None:
    with pytest.raises(InvalidInputError, match=problem):
        checked_name(name)


def test_info_may_be_empty_and_as_long_as_the_limit() -> None:
    assert checked_info("") == ""
    assert checked_info("é" * (MAX_INFO_BYTES // 2)) == "é" * (MAX_INFO_BYTES // 2)


@pytest.mark.parametrize("info", ["é" * (MAX_INFO_BYTES // 2) + "x", "a\0b", "\udfff"])
def test_other_info_is_refused(info: str) -> None:
    with pytest.raises(InvalidInputError):
        checked_info(info)
