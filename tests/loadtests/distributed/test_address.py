"""HOST:PORT is read in all its forms, and refused in a sentence."""

import pytest

from loadtests.distributed.address import Address, parse_address
from loadtests.errors import MasterError


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:7000", Address("127.0.0.1", 7000)),
        ("big-machine", Address("big-machine", 5557)),
        ("0.0.0.0:0", Address("0.0.0.0", 0)),  # noqa: S104
        ("[::1]:7000", Address("::1", 7000)),
        ("[fe80::2]", Address("fe80::2", 5557)),
    ],
)
def test_an_address_is_host_and_port(text: str, address: Address) -> None:
    assert parse_address(text) == address
    assert parse_address(str(address)) == address


@pytest.mark.parametrize("text", ["", ":5557", "host:", "host:abc", "host:65536", "::1", "http://host:1", "a b:1"])
def test_what_is_no_address_is_one_sentence(text: str) -> None:
    with pytest.raises(MasterError, match="HOST:PORT"):
        parse_address(text)


def test_a_name_without_an_address_is_one_sentence() -> None:
    with pytest.raises(MasterError, match=r"no-such-host\.invalid"):
        parse_address("no-such-host.invalid:1").resolved()


def test_all_addresses_are_reached_by_loopback_from_here() -> None:
    assert str(Address("0.0.0.0", 7).seen_from_here()) == "127.0.0.1:7"  # noqa: S104
    assert str(Address("192.0.2.1", 7).seen_from_here()) == "192.0.2.1:7"
