"""A digest is the same for the same decision, and another for any other."""

import msgspec
from msgspec.structs import replace

from opportune.draws import hash_of
from opportune.policies.decision import Chosen, Decision, Ending, Seen, Verdict, digest_of, digest_of_ending

VERDICTS = (Verdict("steps", "email", 5, "night", 9), Verdict("cap", "email", 5, "full"))
DECISION = Decision(
    id="d1", user="ann", journey="cart", key="", entry=1, step=0, due=2, message="reminder",
    chosen=Chosen("email", "warm", 7), code="chosen", until=None, worth=3, propensity=4, verdicts=VERDICTS,
    playbook="p", zone="UTC",
)  # fmt: skip
ENDING = Ending("d1", "ann", "sent", "sent", 8)


def test_a_digest_is_a_number_of_all_that_was_decided_and_why() -> None:
    verdicts = ("cap email 5 full None", "steps email 5 night 9")
    said = hash_of("d1", "reminder", "email warm 7", "chosen", "None", "3 4", *verdicts)
    assert digest_of(DECISION) == int.from_bytes(said, "big")
    silent = hash_of("d1", "reminder", "", "outranked", "6", "3 4", *verdicts)
    assert digest_of(replace(DECISION, chosen=None, code="outranked", until=6)) == int.from_bytes(silent, "big")
    assert digest_of_ending(ENDING) == int.from_bytes(hash_of("ending", "d1", "sent", "sent", 8), "big")


def test_the_place_in_the_log_and_the_order_of_verdicts_make_no_other_digest() -> None:
    assert DECISION.seq == 0
    assert digest_of(replace(DECISION, seq=7, verdicts=VERDICTS[::-1])) == digest_of(DECISION)


def test_what_was_seen_of_features_makes_no_other_digest_and_may_be_missing_from_an_older_record() -> None:
    seen = replace(DECISION, features=(Seen("logins", 1, 5),))
    assert digest_of(seen) == digest_of(DECISION)
    older = msgspec.msgpack.encode(msgspec.to_builtins(DECISION)[:-1])
    assert msgspec.msgpack.decode(older, type=Decision) == DECISION


def test_every_other_difference_does() -> None:
    others = [
        replace(DECISION, id="d2"),
        replace(DECISION, message="other"),
        replace(DECISION, chosen=Chosen("push", "warm", 7)),
        replace(DECISION, until=1),
        replace(DECISION, worth=4),
        replace(DECISION, propensity=5),
        replace(DECISION, verdicts=VERDICTS[:1]),
    ]
    assert len({digest_of(each) for each in [DECISION, *others]}) == 8
