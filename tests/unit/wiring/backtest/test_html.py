"""The page says what the report says, whatever names others have given."""

import re
from xml.etree import ElementTree as etree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from opportune.wiring.backtest.differences import Differences, JourneyDifference
from opportune.wiring.backtest.html import page_of
from opportune.wiring.backtest.report import CapUse, Estimate, Report, Unnoticed
from tests.unit.wiring.backtest.reports_made import SINCE, changed, made


def read(page: str) -> etree.Element:
    return etree.fromstring(page.partition("\n")[2])


def told(page: str) -> str:
    """All that is said on the page, as it is read."""
    body = read(page).find("body")
    assert body is not None
    return " ".join("\n".join(body.itertext()).split())


def test_the_page_says_the_figures_first() -> None:
    report = made()
    said = told(page_of([report]))
    assert f"shop would have sent {report.sent:,} messages to {report.users_reached:,} of 9,120 users." in said
    assert said.index("Tried on the past: shop, 1 Jan 2026 to 31 Mar 2026 (UTC)") == 0


def test_the_sections_stand_in_their_order() -> None:
    sections = [node.get("id") for node in read(page_of([made()])).iter("section")]
    assert sections == [
        "when", "channels", "journeys", "silences", "caps", "collisions", "users", "estimates", "examples"
    ]  # fmt: skip


def test_every_chart_has_a_sentence_and_a_table() -> None:
    for figure in read(page_of([made()], changed())).iter("figure"):
        heading = figure.find("h3")
        assert heading is not None and (heading.text or "").endswith(".")
        assert figure.find("details/div/table") is not None, heading.text


def test_names_on_a_page_are_unique_and_what_is_described_is_there() -> None:
    page = page_of([made(), made(playbook="calm", turn=2)], changed())
    names = [node.get("id") for node in read(page).iter() if node.get("id")]
    assert len(names) == len(set(names))
    for node in read(page).iter():
        assert set((node.get("aria-labelledby") or "").split()) <= set(names)


def test_the_same_report_gives_the_same_page() -> None:
    assert page_of([made()]) == page_of([made()])


def test_examples_are_told_with_their_sentences() -> None:
    report = made()
    said = told(page_of([report]))
    for example in report.examples:
        assert example.decision in said
        assert all(sentence in said for sentence in example.sentences)


def test_a_silence_is_told_in_words_and_by_its_code() -> None:
    said = told(page_of([made()]))
    assert "another message to this user was worth more" in said
    assert "outranked" in said


def test_estimates_have_their_intervals_or_their_reason() -> None:
    said = told(page_of([made()]))
    assert "order_update_first promises the most opens: 58% of its sends, between 54% and 62%" in said
    assert "as much as 12 choices; 50 are needed" in said


def test_where_nothing_can_be_estimated_one_sentence_says_why() -> None:
    refused = [Estimate(what, "cart", "reminder", 3, reason="there is no record") for what in ("goals", "opens")]
    assert "Cannot be estimated: there is no record." in told(page_of([structs.replace(made(), estimates=refused)]))
    assert "Cannot be estimated. This past has no record" in told(page_of([structs.replace(made(), estimates=[])]))


def test_a_past_without_a_send_says_so_and_shows_no_empty_charts_of_it() -> None:
    silent = Report("shop", "5f", SINCE, SINCE, users=3, decisions=2, silent=2, codes={"no_consent": 2})
    page = page_of([silent])
    assert "shop would have sent nothing to any of 3 users." in told(page)
    assert [node.get("id") for node in read(page).iter("section")][:2] == ["journeys", "silences"]


def test_a_past_without_anything_is_a_page_too() -> None:
    assert "nothing to any of 0 users" in told(page_of([Report("shop", "5f", 0, 0)]))


def test_several_playbooks_stand_beside_each_other_on_one_scale() -> None:
    page = page_of([made(), made(playbook="calm", shares={"welcome": 9})])
    said = told(page)
    assert "shop would have sent 7,613 messages, calm " in said
    pictures = [
        node
        for node in read(page).iter("{http://www.w3.org/2000/svg}svg")
        if str(node.get("aria-labelledby")).startswith("hour-")
    ]
    scales = {
        tuple(node.text for node in each.iter("{http://www.w3.org/2000/svg}text") if node.get("text-anchor") == "end")
        for each in pictures
    }
    assert len(pictures) == 4 and len(scales) == 1


def test_two_playbooks_of_one_name_are_told_apart_by_their_hash() -> None:
    one, other = made(), structs.replace(made(), hash="77aa77aa77")
    assert "shop (5f3a9c00)" in told(page_of([one, other])) and "shop (77aa77aa)" in told(page_of([one, other]))


def test_what_changes_stands_first_and_may_stand_alone() -> None:
    both = read(page_of([made(), made(playbook="calm")], changed()))
    assert next(node.get("id") for node in both.iter("section")) == "changes"
    alone = told(page_of([], changed()))
    assert "96 of 9,120 users get more messages from calm than from shop, 1,290 get fewer." in alone
    assert "3,173 messages instead of 4,456; 2,930 stay as they are." in alone
    assert "Of 133 messages at another instant, 130 come later, 3 earlier." in alone
    assert "Nothing was decided." in alone


def test_changes_of_one_kind_are_said_without_the_other() -> None:
    fewer = structs.replace(changed(), users_more=0, users_gained=0, by_change={-1: 5}, shifts={"up to a day later": 9})
    said = told(page_of([], fewer))
    assert "None of 9,120 users gets more messages from calm than from shop, 1,290 get fewer." in said
    assert "Of 9 messages at another instant, all come later." in said
    more = told(page_of([], structs.replace(changed(), users_fewer=0)))
    assert "96 of 9,120 users get more messages from calm than from shop, none gets fewer." in more


def test_where_nothing_changes_the_page_says_so() -> None:
    total = JourneyDifference(5, 5, 5)
    same = Differences(changed().old, changed().new, SINCE, SINCE, users=5, users_same=5, total=total)
    assert "No user gets more or fewer messages from calm than from shop." in told(page_of([], same))


def test_without_anything_to_tell_there_is_no_page() -> None:
    with pytest.raises(ValueError, match="at least one report"):
        page_of([])


def test_what_is_doubtful_is_said_at_the_top() -> None:
    doubtful = structs.replace(made(), poisoned=4, poison=["no such zone"], looped={"Tick": 2}, internal=3)
    said = told(page_of([doubtful]))
    assert "4 inputs could not be taken and were passed over." in said
    assert "3 rows of the files say nothing that can be taken." in said
    assert "Passed over: no such zone" in said
    assert "Tick goes round: 2 were not emitted." in said
    assert "3 calls to own systems went out; no user hears of them." in said


def test_a_cap_of_one_has_no_picture_and_no_limit_that_all_come_to() -> None:
    gap = CapUse("minimum_gap 4 hours", 1, 640, 3, None, {1: 97})
    page = page_of([structs.replace(made(), caps=[gap])])
    assert "fullest window" not in told(page)


def test_what_fatigue_silenced_for_going_unnoticed_has_a_row_and_a_warning() -> None:
    tired = CapUse("fatigue 5 in 7 days or 3 unnoticed", 5, 90, 83, 0, {3: 80}, Unnoticed(3, 85, 80, 40))
    said = told(page_of([structs.replace(made(), caps=[tired])]))
    assert "fatigue 5 in 7 days or 3 unnoticed: for 3 unnoticed in a row 85 80 40" in said
    assert said.count("this past holds no open or click of what this playbook sends") == 1
    assert "no open or click" not in told(page_of([structs.replace(made(), caps=[tired], noticed=2)]))


def test_goals_are_said_to_be_those_of_every_run() -> None:
    assert "Goals are those of every run, whether or not anything was decided for it" in told(page_of([made()]))


def test_a_cap_that_nobody_comes_to_says_how_near_they_are() -> None:
    cap = CapUse("frequency_cap 4 in 7 days", 4, 0, 0, 0, {1: 5, 3: 2})
    said = told(page_of([structs.replace(made(), caps=[cap])]))
    assert (
        "None of 7 users comes to the most that frequency_cap 4 in 7 days allows; the fullest window has 3 messages."
        in said
    )


EVIL = st.one_of(
    st.sampled_from(["</svg><script>x()</script>", '" onload="x()', "</style><b>", "{0}", "--></title>"]),
    st.text(max_size=30),
)


@given(EVIL, EVIL)
def test_no_name_of_others_becomes_anything_but_text(journey: str, playbook: str) -> None:
    report = made(9, playbook=playbook, shares={journey: 40, "cart": 31})
    page = page_of([report, report], changed())
    root = read(page)
    tags = {str(node.tag).rpartition("}")[2] for node in root.iter()}
    assert tags & {"script", "b", "object", "iframe"} == set()
    keys = {key for node in root.iter() for key in node.keys()}
    assert [key for key in keys if key.startswith("on")] == []
    assert len(list(root.iter("style"))) == 1
    assert re.search(r"<script", page) is None
