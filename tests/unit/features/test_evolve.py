"""Bounds of what is kept of a user's words and stops: what cannot be remembered is not allowed."""

from opportune.features.evolve import MOST_SUPPRESSIONS, MOST_WORDS, agree, suppress
from opportune.features.ledger import Consent, Ledger, Suppression


def ledger_with(words: int, *, is_given: bool) -> Ledger:
    ledger = Ledger([], [], [], [])
    for number in range(1, words + 1):
        agree(ledger, Consent("email", f"topic{number}", is_given, number, number))
    return ledger


def test_as_many_words_as_are_kept_are_all_kept() -> None:
    for is_given in (True, False):
        assert [each.seq for each in ledger_with(MOST_WORDS, is_given=is_given).consents] == [*range(1, MOST_WORDS + 1)]


def test_of_more_grants_the_newest_are_kept() -> None:
    ledger = ledger_with(MOST_WORDS + 2, is_given=True)
    assert [each.seq for each in ledger.consents] == [*range(3, MOST_WORDS + 3)]


def test_of_more_words_one_withdrawal_of_everything_is_kept_from_when_the_latest_was() -> None:
    ledger = Ledger([], [], [], [])
    agree(ledger, Consent("push", "*", False, 1, at=5_000))
    agree(ledger, Consent("push", "*", False, 2, at=4_000))
    for number in range(3, MOST_WORDS + 3):
        agree(ledger, Consent("email", f"topic{number}", True, number, at=6_000))
    assert ledger.consents == [Consent("*", "*", False, MOST_WORDS + 2, at=5_000)]


def test_of_more_stops_one_of_all_channels_is_kept() -> None:
    ledger = Ledger([], [], [], [])
    for number in range(1, MOST_SUPPRESSIONS + 1):
        suppress(ledger, Suppression(f"channel{number}", "asked", number))
    assert len(ledger.suppressions) == MOST_SUPPRESSIONS
    suppress(ledger, Suppression("channel3", "bounced", 2))
    assert ledger.suppressions[2] == Suppression("channel3", "asked", 3)
    suppress(ledger, Suppression("channel3", "bounced", 50))
    assert ledger.suppressions[2] == Suppression("channel3", "asked", 50)
    suppress(ledger, Suppression("one more", "bounced", 40))
    assert ledger.suppressions == [Suppression("*", "bounced", 40)]
