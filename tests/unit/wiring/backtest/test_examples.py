"""Which decisions are shown, and how they are told."""

from collections import Counter

from opportune.wiring.backtest.examples import MOST_OF_CODE, Examples
from opportune.wiring.backtest.report import Report
from tests.stories.shop import shop
from tests.unit.wiring.backtest.pasts import END, START, lived, report_of, says

JOURNEYS = {name: says(name) for name in ("cart", "news", "sale")}
MESSAGES = dict.fromkeys(JOURNEYS, "")
BOOK = shop("frequency_cap: {at_most: 3, within: 7 days}", journeys=JOURNEYS, messages=MESSAGES)
BUSY = tuple((hour, name) for hour, name in enumerate(["Cart", "Cart", "Cart", "News", "Sale", "News", "Cart"]))


def test_there_are_a_few_for_each_code_and_of_as_many_journeys_as_possible() -> None:
    report = report_of(BOOK, *(lived(BOOK, *BUSY, user=f"u{n}") for n in range(9)))
    by_code = Counter(each.code for each in report.examples)
    assert by_code == {"sent": 2, "frequency_cap": MOST_OF_CODE}
    assert {each.journey for each in report.examples if each.code == "frequency_cap"} == set(JOURNEYS)
    assert [each.code for each in report.examples] == sorted(each.code for each in report.examples)


def test_an_example_is_told_as_why_tells_it() -> None:
    (example,) = report_of(BOOK, lived(BOOK, (0, "Cart"))).examples
    assert (example.code, example.journey, example.message, example.user) == ("sent", "cart", "cart", "ann")
    assert example.sentences[0].startswith("cart was sent as an email")
    assert len(example.decision) == 32


def test_no_example_shows_an_address() -> None:
    report = report_of(BOOK, *(lived(BOOK, *BUSY, user=f"u{n}") for n in range(9)))
    assert not any("@" in sentence for each in report.examples for sentence in each.sentences)


def test_what_is_still_planned_has_a_code_of_its_own() -> None:
    ann = lived(BOOK, (0, "Cart"))
    ann.endings = {}
    examples, report = Examples(BOOK), Report("shop", "", START, END)
    examples.add(ann)
    examples.write(report)
    assert [each.code for each in report.examples] == ["planned"]
