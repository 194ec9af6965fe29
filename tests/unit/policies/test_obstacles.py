"""Which channel came nearest to being used."""

import msgspec

from opportune.policies.decision import Chosen, Decision, Verdict
from opportune.policies.obstacles import Obstacle, delays, nearest, obstacles
from tests.contracts.made import NOW, decision


def silence(code: str, *verdicts: tuple[str, str, int | None]) -> Decision:
    """A silence with verdicts as (channel, code, until)."""
    said = tuple(Verdict("policy", channel, NOW, each, until) for channel, each, until in verdicts)
    return msgspec.structs.replace(decision(), code=code, verdicts=said)


def test_a_channel_that_was_not_there_tells_less_than_one_that_was() -> None:
    told = silence("not_in_session", ("in_app", "not_in_session", None), ("email", "no_consent", None))
    assert nearest(told) == Obstacle("email", "no_consent", ("no_consent",), None)


def test_a_reason_that_passes_is_nearer_than_one_that_does_not() -> None:
    told = silence("no_consent", ("push", "no_consent", None), ("email", "frequency_cap", NOW + 5))
    assert nearest(told) == Obstacle("email", "frequency_cap", ("frequency_cap",), NOW + 5)


def test_a_channel_is_free_when_the_last_of_its_reasons_has_passed() -> None:
    told = silence("in_session", ("email", "in_session", NOW + 5), ("email", "fatigue", NOW + 9))
    assert obstacles(told) == [Obstacle("email", "fatigue", ("in_session", "fatigue"), NOW + 9)]


def test_one_lasting_reason_makes_the_channel_wait_for_good() -> None:
    told = silence("no_consent", ("email", "no_consent", None), ("email", "quiet_hours", NOW + 5))
    assert obstacles(told) == [Obstacle("email", "no_consent", ("no_consent", "quiet_hours"), None)]


def test_a_silence_that_a_pick_settled_has_no_nearest_channel() -> None:
    assert nearest(silence("held_out", ("in_app", "not_in_session", None))) is None


def test_the_code_that_tells_most_is_not_that_of_the_situation() -> None:
    both = silence("no_address", ("push", "no_address", None), ("push", "no_consent", None))
    assert obstacles(both)[0].code == "no_consent"
    assert obstacles(silence("no_address", ("push", "no_address", None)))[0].code == "no_address"


def test_what_delays_a_message_is_what_held_its_channel_longest() -> None:
    said = (("in_app", "fatigue", NOW + 9), ("email", "in_session", NOW + 5), ("email", "quiet_hours", NOW + 9))
    silent = silence("chosen", *said, ("email", "frequency_cap", NOW + 9), ("email", "minimum_gap", NOW + 99))
    planned = msgspec.structs.replace(silent, chosen=Chosen("email", "warm", NOW + 9))
    assert delays(planned) == ("quiet_hours", "frequency_cap")
    assert delays(silent) == ()
