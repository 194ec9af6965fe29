"""What the terminal shows of two playbooks that were lived over one past."""

from opportune.wiring.backtest.differences import CodeChange, Compared, Differences, JourneyDifference, Side
from opportune.wiring.backtest.summary_differences import differences_of
from tests.stories.shop import shop
from tests.unit.wiring.backtest.pasts import END, START, lived, says
from tests.unit.wiring.backtest.test_summary import block

JOURNEYS = {"cart": says("cart"), "news": says("news")}
MESSAGES = {"cart": "", "news": ""}
ONE = shop("frequency_cap: {at_most: 1, within: 7 days}", journeys=JOURNEYS, messages=MESSAGES)
TWO = shop(journeys=JOURNEYS, messages=MESSAGES)


def told() -> str:
    found = Compared(ONE, TWO, START, END)
    for user, happened in (("ann", ((0, "Cart"), (1, "News"))), ("bob", ((0, "Cart"),))):
        found.add([lived(each, *happened, user=user) for each in (ONE, TWO)])
    return differences_of(found.differences("one", "two"))


def test_both_sides_stand_beside_each_other() -> None:
    lines = told().splitlines()
    assert lines[:3] == ["2 users, 1 Jun to 31 Jul 2026", f"old: one ({ONE.hash})", f"new: two ({TWO.hash})"]
    assert block(told(), "old  new") == [
        "                 old  new  change",
        "  messages         2    3      +1",
        "  users reached    2    2       -",
        "  decisions        3    3",
    ]
    assert block(told(), "users who get") == [
        "  users who get",
        "  more messages   1    50 %",
        "  fewer messages  -     0 %",
        "  as many         1    50 %",
        "  none of either  -     0 %",
    ]
    assert block(told(), "messages  old")[-1].split() == ["all", "2", "3", "2", "-", "-", "-", "-", "1"]
    assert block(told(), "what became")[-1].split() == ["news", "frequency_cap", "sent", "1"]


def test_an_example_has_the_sentences_of_both() -> None:
    lines = block(told(), "User ann gets a message that the old one does not send")
    assert lines[1].startswith("    old: news was not sent")
    assert any(line.startswith("    new: news was sent as an email") for line in lines)


def test_where_nothing_was_decided_that_is_said() -> None:
    less = shop(journeys=says("cart"), messages={"cart": ""})
    found = Compared(TWO, less, START, END)
    found.add([lived(each, (0, "News")) for each in (TWO, less)])
    text = differences_of(found.differences("one", "two"))
    assert "    new: Nothing was decided." in text
    assert "1 of them get none now" in text


def test_the_same_is_said_to_be_the_same() -> None:
    found = Compared(TWO, TWO, START, END)
    found.add([lived(TWO, (0, "News"))] * 2)
    assert "Both are the same playbook." in differences_of(found.differences("one", "two"))
    other = shop("frequency_cap: {at_most: 9, within: 7 days}", journeys=JOURNEYS, messages=MESSAGES)
    found = Compared(TWO, other, START, END)
    found.add([lived(each, (0, "News")) for each in (TWO, other)])
    assert "Every user gets the same messages at the same instants." in differences_of(found.differences("one", "two"))


def test_shifts_have_bars_and_long_lists_end() -> None:
    found = Differences(Side("a", "1"), Side("b", "2"), START, END, 9)
    found.journeys = {f"journey_{n}" * 4: JourneyDifference(old=1, new=1, later=1) for n in range(3)}
    found.shifts = {"up to a minute earlier": 1, "up to an hour later": 10}
    found.codes = [CodeChange("cart", f"code{n}", "sent", 20 - n) for n in range(15)]
    text = differences_of(found)
    assert block(text, "messages that both")[1:] == [
        "  up to a minute earlier   1 █████",
        "  up to an hour later     10 " + "█" * 50,
    ]
    assert block(text, "what became")[-1] == "  and 21 times one of 3 other changes"
    assert max(map(len, text.splitlines())) <= 100
