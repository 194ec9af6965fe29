"""Who asks, from where, and how often they guessed."""

from typing import Any

import pytest

from opportune.adapters.sources.peers import GUESSES, Guesses, is_near, peer_of
from opportune.errors import Overloaded
from tests.unit.adapters.sources.faces import scope_of


def from_peer(address: str | None, **headers: str) -> dict[str, Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return scope_of("GET", "/", named, peer=address)


@pytest.mark.parametrize(
    ("address", "peer"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:0db8:0001:0002"),
        ("2001:db8:1:2::9", "2001:0db8:0001:0002"),
        (None, "unknown"),
        ("testclient", "unknown"),
    ],
)
def test_a_peer_is_an_address_or_a_network_of_ipv6(address: str | None, peer: str) -> None:
    assert peer_of(from_peer(address)) == peer


@pytest.mark.parametrize("host", ["localhost", "localhost:8080", "127.0.0.1:8080", "[::1]:8080", "[::1]", "LOCALHOST"])
def test_a_program_of_this_machine_is_near(host: str) -> None:
    assert is_near(from_peer("127.0.0.1", host=host))
    assert is_near(from_peer("::1", host=host))


def test_whoever_comes_from_elsewhere_is_not() -> None:
    assert not is_near(from_peer("192.0.2.7"))
    assert not is_near(from_peer(None))


@pytest.mark.parametrize("name", ["forwarded", "x_forwarded_for", "x_real_ip", "via", "origin"])
def test_what_a_proxy_passes_on_or_a_page_asks_is_not_near(name: str) -> None:
    assert not is_near(from_peer("127.0.0.1", **{name: "x"}))


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "localhost.evil.example", "", "127.0.0.1.evil"])
def test_a_name_that_somebody_made_point_here_is_not_near(host: str) -> None:
    assert not is_near(from_peer("127.0.0.1", host=host))


def test_after_some_wrong_keys_an_address_waits_and_others_do_not() -> None:
    now = [1_790_000_000_000]
    guesses = Guesses(lambda: now[0])
    for _ in range(GUESSES.burst):
        guesses.note("a")
    with pytest.raises(Overloaded):
        guesses.note("a")
    guesses.note("b")
    now[0] += 1_000
    guesses.note("a")


def test_only_so_many_addresses_are_remembered() -> None:
    guesses = Guesses(lambda: 0)
    for count in range(10_050):
        guesses.note(str(count))
    assert len(guesses._full_at) == 10_000


def test_a_clock_that_is_set_back_shuts_nobody_out() -> None:
    now = [1_790_000_000_000]
    guesses = Guesses(lambda: now[0])
    for _ in range(GUESSES.burst):
        guesses.note("a")
    now[0] -= 3_600_000
    guesses.note("a")
