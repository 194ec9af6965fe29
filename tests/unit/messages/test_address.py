"""Which addresses mail may go to."""

import pytest

from opportune.messages.address import domain_of, usable_email


@pytest.mark.parametrize(
    "address",
    [
        "ann@example.com",
        "ann+tag@gmail.com",
        "a.n.n@gmail.com",
        "o'neil@mail.example.co.uk",
        "a@xn--bcher-kva.example",
        f"{'a' * 64}@example.com",
        "1@2.example",
    ],
)
def test_plain_addresses_are_taken_as_they_are(address: str) -> None:
    assert usable_email(address) == address


def test_blanks_around_an_address_do_not_belong_to_it() -> None:
    assert usable_email(" ann@example.com\t") == "ann@example.com"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "@",
        "a@b",
        "plainaddress",
        "a@example.com\r\nBcc: evil@x.com",
        '"very odd"@example.com',
        "a@[127.0.0.1]",
        "a@127.0.0.1",
        "ann@example.com.",
        "a@example.com\0",
        "=?utf-8?q?a=0d=0aBcc=3ax=40y?= <a@example.com>",
        "<script>@example.com",
        "a@b@example.com",
        "a b@example.com",
        ".a@example.com",
        "a.@example.com",
        "a..b@example.com",
        f"{'a' * 65}@example.com",
        f"a@{'b' * 64}.com",
        "a@-b.com",
        "a@b-.com",
        "a@.com",
        "ünï@example.com",
        "a@bücher.example",
        "a@example.com,b@example.com",
        f"a@{'b.' * 130}com",
        "a@example.com\n",
        "a@exam\u2028ple.com",
    ],
)
def test_anything_else_is_refused(address: str) -> None:
    assert usable_email(address) is None


def test_the_domain_is_what_follows_the_last_at() -> None:
    assert domain_of("Ann@Shop.Example") == "shop.example"
