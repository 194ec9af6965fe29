"""Figures of a backtest: however users are split and ordered they are the same, and their books balance."""

from collections import Counter
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opportune.events.event import log_clock
from opportune.playbook.compiling import compiled
from opportune.playbook.definition import Playbook
from opportune.policies.decision import Verdict
from opportune.policies.frequency_cap import FrequencyCap
from opportune.policies.shipped import SHIPPED
from opportune.units import DAY
from opportune.wiring.backtest.differences import Compared, Differences
from opportune.wiring.backtest.figures import Figures
from opportune.wiring.backtest.life import lives_of
from opportune.wiring.backtest.limits import Limits, instants_of
from opportune.wiring.backtest.lived import Lived
from opportune.wiring.backtest.report import Report
from opportune.wiring.backtest.said import said_to
from tests.laws.subject import playbook_in
from tests.laws.test_backtest import inputs_of
from tests.laws.worlds import world_of
from tests.stories.shop import shop
from tests.unit.wiring.backtest.pasts import END, START, lived, says

NAMES = ("cart", "news", "sale")
JOURNEYS = {
    "cart": says("cart", "exit: [Sale]", "  - wait: 20 hours\n  - send: cart\n"),
    "news": says("news"),
    "sale": says("sale", "goal: {on: Cart, within: 2 days, value: 3}"),
}
MESSAGES = {
    "cart": "worth: 1\nuseful_for: 2 days",
    "news": "worth: 2\ntopic: news\nchannels: [push, email]",
    "sale": "worth: 3\nuseful_for: 3 hours",
}
NIGHT = 'quiet_hours: {from: "20:00", to: "09:00", at_end: one_per_topic}'
CAPS = (
    "frequency_cap: {at_most: 2, within: day}",
    "frequency_cap: {at_most: 3, within: 4 days}",
    "frequency_cap: {at_most: 1, within: 24 hours, topics: [cart]}",
    "minimum_gap: {span: 90 minutes}",
    "fatigue: {at_most: 6, within: 9 days}",
)
BOOK = shop(NIGHT, *CAPS, journeys=JOURNEYS, messages=MESSAGES)
OTHER = shop(
    NIGHT,
    "frequency_cap: {at_most: 1, within: 3 days}",
    journeys={**JOURNEYS, "cart": says("cart", "", "  - wait: 1 day\n  - send: news\n")},
    messages=MESSAGES | {"news": "worth: 2\ntopic: news\nchannels: [email, push]"},
)
histories = st.lists(st.tuples(st.integers(0, 30 * 24), st.sampled_from(["Cart", "News", "Sale"])), max_size=25)
zones = st.sampled_from(["UTC", "America/New_York", "Asia/Kolkata"])
users = st.lists(st.tuples(histories, zones, st.booleans()), min_size=1, max_size=5)


def lives(playbook: Playbook, drawn: list) -> list[Lived]:
    return [
        lived(playbook, *sorted(happened), user=f"u{n}", zone=zone, **({"push_token": "p"} if has_push else {}))
        for n, (happened, zone, has_push) in enumerate(drawn)
    ]


def parts(data: st.DataObject, several: list) -> list[list]:
    """The same in another order, cut anywhere."""
    mixed = data.draw(st.permutations(several))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(mixed)), max_size=3)))
    return [mixed[first:last] for first, last in pairwise([0, *cuts, len(mixed)])]


def figures(playbook: Playbook, several: list[Lived]) -> Figures:
    found = Figures(playbook, 0, START, END)
    for each in several:
        found.add([each])
    return found


@given(users, st.data())
def test_any_split_of_users_in_any_order_has_the_same_figures(drawn: list, data: st.DataObject) -> None:
    several = lives(BOOK, drawn)
    whole = figures(BOOK, several).report("shop")
    first, *others = [figures(BOOK, part) for part in parts(data, several)]
    for other in data.draw(st.permutations(others)):
        first.merge(other)
    assert msgspec.json.encode(first.report("shop")) == msgspec.json.encode(whole)


@given(users)
def test_the_books_balance(drawn: list) -> None:
    several = lives(BOOK, drawn)
    report = figures(BOOK, several).report("shop")
    assert report.decisions == report.sent + report.silent + report.open + report.internal
    assert report.decisions == sum(len(each.decisions) for each in several)
    assert report.silent == sum(report.codes.values())
    assert report.sent == sum(report.by_hour) == sum(map(sum, report.by_weekday_hour))
    assert (
        report.sent == sum(report.by_channel.values()) == sum(n * users for n, users in report.sends_per_user.items())
    )
    for by in (report.by_day, report.by_day_channel):
        assert report.sent == sum(sum(counts.values()) for counts in by.values())
    for each in report.journeys.values():
        assert each.sent == sum(each.channels.values()) == sum(each.messages.values())
        assert each.decisions == each.sent + each.open + sum(each.codes.values())
    capped = Counter(each.policy.split()[0] for each in report.caps for _ in range(each.silenced))
    assert capped == {code: count for code, count in report.codes.items() if code in capped}


@given(users)
def test_no_window_of_a_cap_that_binds_all_it_counts_is_fuller_than_it_allows(drawn: list) -> None:
    """And the fullest is what counting every window comes to."""
    several = lives(BOOK, drawn)
    report = figures(BOOK, several).report("shop")
    for use, limit in zip(report.caps, Limits(BOOK.policies).all, strict=False):
        fullest: Counter[int] = Counter()
        for each in several:
            said = [
                one
                for one in said_to(each, BOOK.messages)
                if limit.counts(one.channel, one.message.topic, is_counted=True)
            ]
            windows = [limit.window(one.zone, one.at) for one in said]
            if isinstance(getattr(limit.policy, "within", 0), int):  # a rolling one begins with each
                windows = [(one.at, limit.window(one.zone, one.at)[1]) for one in said]
            if windows:
                fullest[max(sum(first <= one.at < last for one in said) for first, last in windows)] += 1
        assert use.fullest == dict(sorted(fullest.items()))
        assert use.at_most is None or max(use.fullest, default=0) <= use.at_most


class Daily(FrequencyCap, frozen=True, tag="daily"):
    """A cap that signs its verdicts with a name of its own."""


class Weekly(FrequencyCap, frozen=True, tag="weekly"):
    """Another."""


class Topical(FrequencyCap, frozen=True, tag="topical"):
    """A third."""


SIGNED = ("daily", "weekly", "topical")
KINDS = SHIPPED | {"daily": Daily, "weekly": Weekly, "topical": Topical}


@given(users, st.permutations(range(3)))
def test_of_several_caps_the_verdict_is_that_of_the_one_that_gave_it(drawn: list, order: list[int]) -> None:
    """Caps that sign with names of their own show which one spoke; told apart without the names it is the same."""
    texts = [f"{SIGNED[place]}{CAPS[place].removeprefix('frequency_cap')}" for place in order]
    playbook = shop(NIGHT, *texts, journeys=JOURNEYS, messages=MESSAGES, kinds=KINDS)
    caps = [each for each in playbook.policies if isinstance(each, FrequencyCap)]
    limits = Limits(FrequencyCap(each.at_most, each.within, each.channels, each.topics) for each in caps)
    for life in lives(playbook, drawn):
        instants = instants_of(life)
        for decision in life.decisions:
            unsigned = tuple(_unsigned(each) for each in decision.verdicts)
            blank = msgspec.structs.replace(decision, verdicts=unsigned)
            found = limits.spoke(blank, playbook.messages[decision.message], instants)
            signed = [each for each in decision.verdicts if each.policy in SIGNED]
            assert [caps[place].name for _, place in found] == [each.policy for each in signed]


def _unsigned(verdict: Verdict) -> Verdict:
    return msgspec.structs.replace(verdict, policy="frequency_cap") if verdict.policy in SIGNED else verdict


def differences(old: Playbook, new: Playbook, several: list[tuple[Lived, Lived]]) -> Compared:
    found = Compared(old, new, START, END)
    for each in several:
        found.add(each)
    return found


@given(users, st.data())
def test_any_split_of_users_in_any_order_has_the_same_differences(drawn: list, data: st.DataObject) -> None:
    several = list(zip(lives(BOOK, drawn), lives(OTHER, drawn), strict=True))
    whole = differences(BOOK, OTHER, several).differences("old", "new")
    first, *others = [differences(BOOK, OTHER, part) for part in parts(data, several)]
    for other in data.draw(st.permutations(others)):
        first.merge(other)
    assert msgspec.json.encode(first.differences("old", "new")) == msgspec.json.encode(whole)


@given(users)
def test_a_playbook_is_not_different_from_itself(drawn: list) -> None:
    several = lives(BOOK, drawn)
    found = differences(BOOK, BOOK, list(zip(several, several, strict=True))).differences("old", "new")
    assert (found.users_more, found.users_fewer, found.codes, found.shifts, found.examples) == (0, 0, [], {}, [])
    assert found.total.same == found.total.old == found.total.new


@given(users)
def test_the_differences_backward_are_those_forward_turned_round(drawn: list) -> None:
    ones, others = lives(BOOK, drawn), lives(OTHER, drawn)
    there = differences(BOOK, OTHER, list(zip(ones, others, strict=True))).differences("a", "b")
    back = differences(OTHER, BOOK, list(zip(others, ones, strict=True))).differences("b", "a")
    assert (there.users_more, there.users_gained) == (back.users_fewer, back.users_lost)
    assert there.users_same == back.users_same
    assert {-change: users for change, users in there.by_change.items()} == back.by_change
    one, other = there.total, back.total
    assert (one.old, one.same, one.otherwise) == (other.new, other.same, other.otherwise)
    assert (one.earlier, one.only_old) == (other.later, other.only_new)
    assert {(e.journey, e.old, e.new, e.count) for e in there.codes} == {
        (e.journey, e.new, e.old, e.count) for e in back.codes
    }


@given(users)
def test_what_differs_adds_up_to_both_sides(drawn: list) -> None:
    ones, others = lives(BOOK, drawn), lives(OTHER, drawn)
    found = differences(BOOK, OTHER, list(zip(ones, others, strict=True))).differences("a", "b")
    reports = _reports(ones, others)
    for each in (found.total, *found.journeys.values()):
        both = each.same + each.otherwise + each.earlier + each.later
        assert (each.old, each.new) == (both + each.only_old, both + each.only_new)
    assert (found.old.sent, found.new.sent) == (reports[0].sent, reports[1].sent)
    assert (found.old.users_reached, found.new.users_reached) == (reports[0].users_reached, reports[1].users_reached)
    assert _in_all(found) == len(drawn)


def _reports(ones: list[Lived], others: list[Lived]) -> tuple[Report, Report]:
    return figures(BOOK, ones).report("a"), figures(OTHER, others).report("b")


def _in_all(found: Differences) -> int:
    return found.users_more + found.users_fewer + found.users_same + found.users_untouched


@pytest.mark.parametrize("first", range(0, 120, 30))
def test_in_any_world_whoever_lost_lost_to_somebody(first: int) -> None:
    """Merges, stops, inboxes and calls too; only a user who wants no message at all is kept from it by nobody's."""
    for seed in range(first, first + 30):
        world = world_of(seed, publications=False)
        book, inputs = playbook_in(world["playbook"]), inputs_of(world)
        until = max((log_clock(each) for each in inputs), default=START) + 3 * DAY
        several = lives_of(compiled(book), inputs, until=until)
        report = figures(book, several).report("world")
        assert report.decisions == report.sent + report.silent + report.open + report.internal
        lost = {code: sum(each.count for each in report.collisions if each.code == code) for code in report.codes}
        for code in ("outranked", "displaced", "queued_out"):
            assert lost.get(code, 0) == report.codes.get(code, 0), (seed, code)
        silenced = Counter(each.policy.split()[0] for each in report.caps for _ in range(each.silenced))
        del silenced["pace"]
        assert all(lost[code] >= count for code, count in silenced.items()), seed
