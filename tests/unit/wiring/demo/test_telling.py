"""What a line says of a decision, and of how a planned one ended."""

import msgspec

from opportune.policies.decision import Chosen, Decision, Ending, Verdict
from opportune.units import HOUR
from opportune.wiring.demo.telling import Teller
from opportune.wiring.shard import Turn
from tests.contracts.made import NOW, decision

LATER = NOW + 9 * HOUR


def told(*turns: Turn, has_colour: bool = False) -> list[str]:
    lines: list[str] = []
    teller = Teller(lambda line: lines.append(line.text(has_colour=has_colour)))
    for turn in turns:
        teller.watch((), turn)
    return lines


def chosen(at: int, *verdicts: Verdict) -> Decision:
    return msgspec.structs.replace(decision(), chosen=Chosen("email", "warm", at), code="chosen", verdicts=verdicts)


def test_a_message_that_goes_out_at_once_is_one_line() -> None:
    sent = Ending("d1", "ann", "sent", "sent", NOW)
    assert told(Turn(decisions=[chosen(NOW)]), Turn(endings=[sent])) == [
        "Mon 21 Sep 16:13  ann        cart      sends   cart_reminder by email, wording 'warm'"
    ]


def test_a_planned_message_says_for_when_and_why_and_that_it_went_out() -> None:
    quiet = Verdict("quiet_hours", "email", NOW, "quiet_hours", LATER)
    sent = Ending("d1", "ann", "sent", "sent", LATER)
    assert told(Turn(decisions=[chosen(LATER, quiet)]), Turn(endings=[sent])) == [
        "Mon 21 Sep 16:13  ann        cart      plans   cart_reminder by email, wording 'warm', "
        "for Tue 22 Sep 01:13: quiet hours",
        "Tue 22 Sep 01:13  ann        cart      sent    cart_reminder, as planned",
    ]


def test_a_planned_message_that_is_called_off_says_why() -> None:
    off = Ending("d1", "ann", "not_sent", "exited", NOW + HOUR)
    assert told(Turn(decisions=[chosen(LATER)]), Turn(endings=[off]))[-1] == (
        "Mon 21 Sep 17:13  ann        cart      drops   cart_reminder: nothing left to say"
    )


def test_a_silence_names_the_reason_and_the_next_instant() -> None:
    cap = Verdict("frequency_cap", "email", NOW, "frequency_cap", LATER)
    silence = msgspec.structs.replace(decision(), code="frequency_cap", verdicts=(cap,))
    assert told(Turn(decisions=[silence])) == [
        "Mon 21 Sep 16:13  ann        cart      silent  no cart_reminder: frequency cap, not before Tue 22 Sep 01:13"
    ]


def test_colour_is_for_terminals_only() -> None:
    assert "\033" not in told(Turn(decisions=[chosen(NOW)]))[0]
    assert "\033[32msends" in told(Turn(decisions=[chosen(NOW)]), has_colour=True)[0]
