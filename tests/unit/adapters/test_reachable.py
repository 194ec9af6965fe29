"""What may be called: the public internet, and what the operator has allowed."""

import pytest

from opportune.adapters.reachable import address_of, is_public, reachable

CLOSED = """
0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.100.100.200 127.0.0.1 127.8.8.8 168.63.129.16 169.254.169.254 172.16.0.1
172.31.255.255 192.0.0.192 192.0.2.1 192.168.1.1 198.18.0.1 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.255
240.0.0.1 255.255.255.255
:: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 64:ff9b::7f00:1 64:ff9b::808:808 64:ff9b:1::1
100::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:db8::1 2002:7f00:1::1 3fff::1 5f00::1 fc00::1 fd00:ec2::254
fe80::1 fe80::1%1 2a00::1%1 fec0::1 ff02::1
""".split()
OPEN = "1.1.1.1 9.9.9.9 93.184.215.14 172.32.0.1 192.169.0.1 ::ffff:1.1.1.1 2606:4700:4700::1111 2a00:1450::1".split()


@pytest.mark.parametrize("text", CLOSED)
def test_what_is_not_the_public_internet_is_closed(text: str) -> None:
    address = address_of(text)
    assert address is not None
    assert not is_public(address)
    assert not reachable([]).permits(address, "shop.example", 443)


@pytest.mark.parametrize("text", OPEN)
def test_the_public_internet_is_open(text: str) -> None:
    address = address_of(text)
    assert address is not None
    assert reachable([]).permits(address, "shop.example", 443)


def test_an_allowed_network_is_open_in_both_ways_of_writing_it() -> None:
    allowed = reachable(["10.1.0.0/16", "fd00::/8", "127.0.0.1"])
    for text in ("10.1.2.3", "::ffff:10.1.2.3", "fd12::1", "127.0.0.1"):
        address = address_of(text)
        assert address is not None
        assert allowed.permits(address, "shop.example", 80), text
    other = address_of("10.2.0.1")
    assert other is not None
    assert not allowed.permits(other, "shop.example", 80)


def test_an_allowed_place_is_open_by_its_name_and_port_only() -> None:
    allowed = reachable(["SMS.local:8080", "[::1]:9"])
    inside = address_of("10.0.0.1")
    assert inside is not None
    assert allowed.permits(inside, "sms.local", 8080)
    assert allowed.permits(inside, "::1", 9)
    assert not allowed.permits(inside, "sms.local", 8081)
    assert not allowed.permits(inside, "other.local", 8080)


@pytest.mark.parametrize("text", ["", "shop.example", "10.0.0.1/8", "shop.example:0", "shop.example:99999", ":80"])
def test_an_allowance_that_is_neither_network_nor_place_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"what is allowed is a network such as 10\.1\.0\.0/16, or host:port"):
        reachable([text])


def test_a_name_is_no_address() -> None:
    assert address_of("localhost") is None
