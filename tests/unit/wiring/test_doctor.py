import socket
from pathlib import Path

import pytest

from opportune.adapters.stores.sqlite import SqliteStore
from opportune.ports import Batch
from opportune.wiring import doctor
from opportune.wiring.cli import main
from opportune.wiring.doctor_mail import dkim, dmarc, spf
from tests.contracts.made import event

RSA_2048 = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA" + "A" * 344 + "IDAQAB"
"""The frame of a 2048-bit key with zeros for its modulus."""
RSA_1024 = "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB"  # noqa: E501 - RFC 6376, appendix C


def levels(found: object) -> list[tuple[str, str]]:
    return [(each.level, each.said) for each in found]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("record", "level", "part"),
    [
        ("v=spf1 +all", "error", "lets everybody"),
        ("v=spf1 mx", "warning", "nothing of all other senders"),
        ("v=spf1 -all", "warning", "names nobody"),
        ("spf1 mx -all", "error", "begins with"),
        ("", "error", "begins with"),
        ("v=spf1 " + " ".join(f"include:s{n}.example.com" for n in range(11)) + " -all", "error", "11 terms ask DNS"),
        ("v=spf1 ptr ip4:192.0.2.1 -all", "warning", "'ptr'"),
    ],
)
def test_what_is_wrong_with_an_spf_record_is_said(record: str, level: str, part: str) -> None:
    assert any(found[0] == level and part in found[1] for found in levels(spf(record)))


@pytest.mark.parametrize(
    "record", ["v=spf1 mx -all", "v=spf1 ip4:192.0.2.0/24 ~all", "v=spf1 include:mail.example.com redirect=x.example"]
)
def test_a_sound_spf_record_is_left_alone(record: str) -> None:
    assert levels(spf(record)) == []


def test_a_dkim_key_is_measured() -> None:
    assert levels(dkim(f"v=DKIM1; k=rsa; p={RSA_1024}")) == [("warning", "a key of 1024 bits")]
    assert levels(dkim(f"v=DKIM1; k=rsa; p={RSA_1024[:80]}")) == [("error", "the key is cut short")]
    assert levels(dkim("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")) == []  # RFC 8463, A.2


@pytest.mark.parametrize(
    ("record", "part"),
    [
        ("v=DKIM1; k=rsa", "has no p="),
        ("v=DKIM1; p=", "revoked"),
        ("v=DKIM1; p=@@@", "not base64"),
        ("v=DKIM2; p=", "v=DKIM2"),
        ("v=DKIM1; k=dsa; p=AAAA", "k=dsa"),
        ("v=DKIM1; k=ed25519; p=AAAA", "Ed25519 key of 3 bytes"),
        ("v=DKIM1; p=AAAA", "no RSA public key"),
    ],
)
def test_what_is_wrong_with_a_dkim_record_is_said(record: str, part: str) -> None:
    assert any(level == "error" and part in said for level, said in levels(dkim(record)))


def test_a_dmarc_record_is_judged() -> None:
    assert levels(dmarc("v=DMARC1; p=reject; rua=mailto:d@example.com")) == []
    assert [level for level, _ in levels(dmarc("v=DMARC1; p=none"))] == ["warning", "note"]
    assert [level for level, _ in levels(dmarc("v=DMARC1; rua=mailto:d@example.com"))] == ["error"]
    assert [level for level, _ in levels(dmarc("p=none"))] == ["error"]


def test_a_log_from_the_future_is_an_error_of_the_clock(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    engine = SqliteStore(path)
    engine.commit_now(Batch(inputs=(event(1, at=4_000_000_000_000),)))
    engine.close()
    assert [(each.level, each.about) for each in doctor.store(path)] == [("ok", "store"), ("error", "clock")]


def test_the_disk_is_written_to_and_nothing_stays(tmp_path: Path) -> None:
    found = list(doctor.disk(tmp_path))
    assert "a durable write takes" in found[1].said and list(tmp_path.iterdir()) == []


def test_zones_are_all_read() -> None:
    assert [each.level for each in doctor.zones()] == ["ok"]


def test_the_command_says_what_is_wrong_and_exits_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    options = ["--store", str(tmp_path / "no.db"), "--smtp", f"127.0.0.1:{port}", "--spf", '"v=spf1 +all"']
    assert main(["doctor", *options]) == 1
    said = capsys.readouterr().out
    assert "error   smtp" in said and "error   spf" in said and "note    dkim" in said
    assert main(["doctor", "--store", str(tmp_path / "no.db"), "--json"]) == 0
