"""Which word decides where several are as new."""

from opportune.features.ledger import CONTEXT, Consent, Ledger
from opportune.policies.consent import ConsentGate, Grant, newest_word
from tests.unit.policies.users import NOW, candidate, view


def word(channel: str = "email", topic: str = "*", *, is_given: bool = True, seq: int = 5, source: str = "") -> Consent:
    return Consent(channel, topic, is_given, seq, NOW, source)


def decides(*words: Consent) -> Consent | None:
    return newest_word(Ledger([], [], list(words), []), "email", "cart")


def test_of_words_of_one_event_that_agree_the_first_listed_decides() -> None:
    for source in ("", CONTEXT):
        first, second = word(source=source), word("*", "cart", source=source)
        assert decides(first, second) is first
        assert decides(second, first) is second
    assert decides(no := word(is_given=False), word("*", is_given=False), word(seq=6, source=CONTEXT)) is no


def test_of_words_of_one_event_the_withdrawal_decides_wherever_it_is_listed() -> None:
    yes, no = word(), word("*", is_given=False)
    assert decides(yes, no) is decides(no, yes) is no


def test_a_grant_that_says_no_more_than_its_channel_grants_nothing() -> None:
    """Not even to a user with a trait that has a strange name."""
    assert Grant("email") == Grant("email", always=False, trait="", topics=("*",))
    user = view(traits={"~": True})
    assert ConsentGate((Grant("email"),)).objection(candidate(), user) is not None
    assert ConsentGate((Grant("email", always=True),)).objection(candidate(), user) is None
