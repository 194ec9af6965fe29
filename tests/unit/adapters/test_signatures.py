"""Standard Webhooks: the published vector, rotation, and everything that is not believed."""

import base64
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opportune.adapters.signatures import ID, SENT_AT, SIGNATURE, TOLERANCE, Secrets
from opportune.units import SECOND

# Published by the Standard Webhooks project: libraries/python/tests/test_webhooks.py, test_sign_function.
PUBLISHED_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PUBLISHED_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
PUBLISHED_AT = 1_614_265_330 * SECOND
PUBLISHED_BODY = b'{"test": 2432232314}'
PUBLISHED_SIGNATURE = b"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
# Ibid., test_multi_sig_payload_is_valid and test_invalid_signature_raises_error.
FOREIGN = b"Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc="
WRONG = b"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OA="

OLD = Secrets([PUBLISHED_SECRET])
OTHER = "whsec_" + base64.b64encode(b"o" * 32).decode()


def published(**changes: bytes) -> dict[bytes, bytes]:
    headers = {ID: PUBLISHED_ID.encode(), SENT_AT: b"1614265330", SIGNATURE: PUBLISHED_SIGNATURE}
    return headers | {name.replace("_", "-").encode(): value for name, value in changes.items()}


def test_the_published_call_is_signed_as_published() -> None:
    assert dict(OLD.signed(PUBLISHED_ID, PUBLISHED_BODY, PUBLISHED_AT + 999)) == published()


def test_the_published_call_is_believed() -> None:
    assert OLD.fault(published(), PUBLISHED_BODY, PUBLISHED_AT) is None


def test_a_secret_may_be_written_without_its_prefix() -> None:
    bare = Secrets([PUBLISHED_SECRET.removeprefix("whsec_")])
    assert bare.fault(published(), PUBLISHED_BODY, PUBLISHED_AT) is None


def test_one_good_signature_among_others_is_enough() -> None:
    several = b" ".join((b"v1," + FOREIGN, b"v2," + FOREIGN, PUBLISHED_SIGNATURE, b"v1," + FOREIGN))
    assert OLD.fault(published(webhook_signature=several), PUBLISHED_BODY, PUBLISHED_AT) is None


@pytest.mark.parametrize("name", ["webhook_id", "webhook_timestamp", "webhook_signature"])
def test_a_call_that_lacks_a_header_is_unsigned(name: str) -> None:
    assert OLD.fault(published(**{name: b""}), PUBLISHED_BODY, PUBLISHED_AT) == "unsigned"


@pytest.mark.parametrize(
    "changes",
    [
        {"webhook_signature": WRONG},
        {"webhook_signature": PUBLISHED_SIGNATURE.replace(b"v1", b"v2")},
        {"webhook_signature": PUBLISHED_SIGNATURE.removeprefix(b"v1,")},
        {"webhook_signature": b"v1,"},
        {"webhook_signature": b" ".join([b"v1," + FOREIGN] * 20 + [PUBLISHED_SIGNATURE])},
        {"webhook_id": b"msg_other"},
        {"webhook_id": b"m" * 257},
        {"webhook_timestamp": b"1614265331"},
        {"webhook_timestamp": b"hello"},
        {"webhook_timestamp": b"-1614265330"},
        {"webhook_timestamp": b"9" * 400},
    ],
)
def test_what_was_changed_is_not_believed(changes: dict[str, bytes]) -> None:
    assert OLD.fault(published(**changes), PUBLISHED_BODY, PUBLISHED_AT) == "wrong_signature"


def test_a_changed_body_is_not_believed() -> None:
    assert OLD.fault(published(), PUBLISHED_BODY + b" ", PUBLISHED_AT) == "wrong_signature"


@pytest.mark.parametrize(
    ("away", "fault"),
    [(TOLERANCE, None), (-TOLERANCE, None), (TOLERANCE + 1, "wrong_clock"), (-TOLERANCE - 1, "wrong_clock")],
)
def test_a_call_is_believed_for_five_minutes_both_ways(away: int, fault: str | None) -> None:
    assert OLD.fault(published(), PUBLISHED_BODY, PUBLISHED_AT + away) == fault


def test_during_a_rotation_both_signatures_are_sent_and_either_is_believed() -> None:
    both = dict(Secrets([OTHER, PUBLISHED_SECRET]).signed(PUBLISHED_ID, PUBLISHED_BODY, PUBLISHED_AT))
    assert len(both[SIGNATURE].split()) == 2
    for receiver in (OLD, Secrets([OTHER]), Secrets([PUBLISHED_SECRET, OTHER])):
        assert receiver.fault(both, PUBLISHED_BODY, PUBLISHED_AT) is None
    assert Secrets([OTHER]).fault(published(), PUBLISHED_BODY, PUBLISHED_AT) == "wrong_signature"


def test_without_a_secret_nothing_is_believed() -> None:
    nobody = Secrets([])
    assert not nobody
    assert nobody.fault(published(), PUBLISHED_BODY, PUBLISHED_AT) == "wrong_signature"


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_short", "whsec_" + "A" * 200, "not base64!"])
def test_a_secret_that_could_be_guessed_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a webhook secret is written whsec_ and base64 of 24 to 64 bytes"):
        Secrets([text])


@given(key=st.text("abc-_.", min_size=1, max_size=40), body=st.binary(max_size=200), second=st.integers(0, 10**10))
def test_a_signature_is_the_hmac_of_id_timestamp_and_body(key: str, body: bytes, second: int) -> None:
    made = dict(Secrets([OTHER]).signed(key, body, second * SECOND))
    mac = hmac.new(b"o" * 32, f"{key}.{second}.".encode() + body, "sha256").digest()
    assert made[SIGNATURE] == b"v1," + base64.b64encode(mac)
