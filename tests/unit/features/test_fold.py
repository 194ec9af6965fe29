"""One event after the other into a profile."""

from collections.abc import Mapping

import pytest

from opportune.events.event import Event
from opportune.events.names import EMAIL_OPENED, IDENTIFIED, MESSAGE_SENT
from opportune.features.feature import features_from
from opportune.features.fold import Fold, PlainFold, Watch, new_profile
from opportune.features.lasts import key_of, last_name
from opportune.features.profile import Profile, Stated
from opportune.features.scope import Scope
from opportune.features.sessions import last_active
from opportune.features.traits import MOST_TRAITS, ZONE_TRAIT, trait_at
from opportune.units import DAY, HOUR, MINUTE, Instant, Scalar

LATENESS = 72 * HOUR
IDLE = 30 * MINUTE
START = 1_000 * DAY


def event(name: str, at: Instant, *, seq: int = 1, received_at: Instant | None = None, history: bool = False) -> Event:
    return Event(f"e{seq}", "ann", name, at, received_at or at, seq, is_history=history)


class User:
    """One user under a fold, told what happens."""

    def __init__(self, texts: Mapping[str, str], *, watches: list[Watch] | None = None, plain: bool = False) -> None:
        kind = PlainFold if plain else Fold
        self.fold = kind(features_from(texts).values(), watches=watches or [], lateness=LATENESS, idle=IDLE)
        self.profile: Profile = new_profile()
        self.clock = START
        self.seq = 0

    def does(
        self, name: str, at: Instant, *, history: bool = False, context: Mapping[str, object] = {}, **properties: object
    ) -> None:
        self.seq += 1
        self.clock = max(self.clock, at)
        happened = event(name, at, seq=self.seq, received_at=self.clock, history=history)
        self.fold.apply(self.profile, happened, properties, context, self.clock)

    def reads(self, name: str, at: Instant | None = None) -> Scalar:
        return self.fold.readers[name](Scope(self.profile, self.clock if at is None else at))


@pytest.fixture(params=[False, True], ids=["generated", "plain"])
def plain(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def test_a_window_leaves_out_what_happened_exactly_a_span_ago(plain: bool) -> None:
    ann = User({"n": "COUNT_IF(event = 'A') OVER LAST '7 days'"}, plain=plain)
    ann.does("A", START)
    assert ann.reads("n", START + 7 * DAY - 1) == 1
    assert ann.reads("n", START + 7 * DAY) == 0


def test_an_offset_moves_the_window_back(plain: bool) -> None:
    ann = User({"n": "COUNT_IF(event = 'A') OVER LAST '7 days' OFFSET '7 days'"}, plain=plain)
    ann.does("A", START)
    assert [ann.reads("n", START + days * DAY) for days in (0, 7, 13, 14)] == [0, 1, 1, 0]


def test_sums_are_exact(plain: bool) -> None:
    ann = User({"spent": "SUM(value)", "usual": "AVG(value)"}, plain=plain)
    assert ann.reads("spent") is None
    assert ann.reads("usual") is None
    for place in range(10):
        ann.does("Bought", START + place, value=0.1)
    assert ann.reads("spent") == 1.0
    assert ann.reads("usual") == 0.1


def test_what_is_no_number_is_no_entry(plain: bool) -> None:
    ann = User({"n": "COUNT()", "spent": "SUM(value)", "usual": "AVG(value)"}, plain=plain)
    for value in (5, None, "7", True, 10**13):
        ann.does("Bought", START, value=value)
    assert (ann.reads("n"), ann.reads("spent"), ann.reads("usual")) == (5, 5.0, 5.0)


def test_last_is_the_newest_by_instant_then_by_arrival(plain: bool) -> None:
    ann = User({"plan": "LAST(plan)"}, plain=plain)
    ann.does("A", START + 5, plan="late comer's elder")
    ann.does("A", START + 5, plan="newest")
    ann.does("A", START + 1, plan="late")
    ann.does("A", START + 9, plan=None)
    assert ann.reads("plan") == "newest"
    assert ann.reads("plan", START + 3) == "late"


def test_last_remembers_one_value_however_old(plain: bool) -> None:
    ann = User({"plan": "LAST(plan)"}, plain=plain)
    ann.does("A", START, plan="first")
    ann.does("A", START + DAY, plan="second")
    ann.does("A", START + 300 * DAY, plan="third")
    assert ann.reads("plan", START + 300 * DAY - 1) == "second"
    assert [len(series.ats) for series in ann.profile.series.values()] == [2]


def test_since_counts_seconds(plain: bool) -> None:
    ann = User({"idle": "SINCE('Logged In')", "days": "idle / 86400"}, plain=plain)
    assert ann.reads("idle") is None
    ann.does("Logged In", START)
    assert ann.reads("idle", START + 1_500) == 1.5
    assert ann.reads("days", START + 36 * HOUR) == 1.5


def test_a_session_window_is_empty_out_of_session(plain: bool) -> None:
    ann = User({"n": "COUNT() OVER SESSION", "s": "SUM(x) OVER SESSION", "l": "LAST(x) OVER SESSION"}, plain=plain)
    ann.does("A", START, x=1)
    ann.does("A", START + MINUTE, x=2)
    assert [ann.reads(name, START + 2 * MINUTE) for name in "nsl"] == [2, 3.0, 2]
    assert [ann.reads(name, START + MINUTE + IDLE) for name in "nsl"] == [0, None, None]
    ann.does("A", START + HOUR, x=5)
    assert [ann.reads(name) for name in "nsl"] == [1, 5.0, 5]


def test_a_session_longer_than_lateness_is_counted_whole(plain: bool) -> None:
    ann = User({"n": "COUNT() OVER SESSION"}, plain=plain)
    for place in range(400):
        ann.does("A", START + place * 20 * MINUTE)
    assert ann.reads("n") == 400


def test_an_event_older_than_all_that_is_kept_still_counts_for_ever(plain: bool) -> None:
    ann = User({"n": "COUNT_IF(event = 'A')", "week": "COUNT_IF(event = 'A') OVER LAST '7 days'"}, plain=plain)
    ann.does("A", START + 100 * DAY)
    ann.does("A", START)
    assert (ann.reads("n"), ann.reads("week")) == (2, 1)


def test_messages_and_clerical_events_are_no_activity_and_count_only_by_name(plain: bool) -> None:
    ann = User({"n": "COUNT()", "opens": "COUNT_IF(event = 'Email Opened')"}, plain=plain)
    ann.does(EMAIL_OPENED, START)
    ann.does(MESSAGE_SENT, START)
    assert (ann.reads("n"), ann.reads("opens"), last_active(ann.profile)) == (0, 1, None)


def test_history_counts_and_is_no_activity(plain: bool) -> None:
    ann = User({"n": "COUNT()"}, plain=plain)
    ann.does("A", START, history=True)
    assert (ann.reads("n"), last_active(ann.profile)) == (1, None)


def test_what_comes_later_than_lateness_counts_and_is_no_activity(plain: bool) -> None:
    ann = User({"n": "COUNT()"}, plain=plain)
    ann.clock = START + LATENESS
    ann.does("A", START)
    assert last_active(ann.profile) == START
    ann.does("A", START - 1)
    assert ann.reads("n") == 2
    assert [session.start for session in ann.profile.sessions] == [START]


def test_without_sessions_none_are_kept() -> None:
    fold = Fold([], watches=[], lateness=LATENESS, idle=IDLE, keeps_sessions=False)
    profile = new_profile()
    fold.apply(profile, event("A", START), {}, {}, START)
    assert profile == new_profile()


def test_traits_come_from_identify_and_from_the_context_of_any_event(plain: bool) -> None:
    ann = User({}, plain=plain)
    address = {"city": "Rome", "lines": ["a", "b"], "geo": {"lat": 41.9}}
    ann.does(IDENTIFIED, START, context={"timezone": "Europe/Rome"}, plan="gold", address=address)
    ann.does("A", START + 1, context={"traits": {"plan": "blue"}, "timezone": "Asia/Tokyo"}, plan="no trait")
    read = {name: trait_at(ann.profile, name, ann.clock) for name in ann.profile.traits}
    assert read == {"plan": "blue", "address.city": "Rome", "address.geo.lat": 41.9, ZONE_TRAIT: "Asia/Tokyo"}
    assert trait_at(ann.profile, "plan", START) == "gold"


def test_a_trait_may_be_stated_as_null(plain: bool) -> None:
    ann = User({}, plain=plain)
    ann.does(IDENTIFIED, START, phone="+1")
    ann.does(IDENTIFIED, START + 1, phone=None)
    assert trait_at(ann.profile, "phone", START) == "+1"
    assert trait_at(ann.profile, "phone", START + 1) is None


def test_too_many_too_long_and_too_large_traits_are_dropped(plain: bool) -> None:
    ann = User({}, plain=plain)
    ann.does(IDENTIFIED, START, long="x" * 1_025, large=2**63, fits="x" * 1_024, **{"n" * 1_025: 1})
    assert list(ann.profile.traits) == ["fits"]
    ann.does(IDENTIFIED, START, **{f"t{number}": number for number in range(2 * MOST_TRAITS)})
    assert len(ann.profile.traits) == MOST_TRAITS
    ann.does(IDENTIFIED, START + 1, fits="new")
    assert trait_at(ann.profile, "fits", START + 1) == "new"


def test_a_wish_about_messages_is_kept_however_many_other_traits_there_are(plain: bool) -> None:
    ann = User({}, plain=plain)
    ann.does(IDENTIFIED, START, **{f"t{number}": number for number in range(MOST_TRAITS)})
    ann.does(IDENTIFIED, START, messages_per_week=1, messages_paused_until="2026-12-01")
    assert trait_at(ann.profile, "messages_per_week", START) == 1
    assert trait_at(ann.profile, "messages_paused_until", START) == "2026-12-01"


def test_a_late_value_holds_only_until_the_other_was_stated_again(plain: bool) -> None:
    ann = User({}, plain=plain)
    for at in (10, 20, 30):
        ann.does(IDENTIFIED, START + at, tier="gold")
    assert ann.profile.traits["tier"] == [Stated(START + 10, 1, "gold", [10, 1, 10, 1])]
    ann.does(IDENTIFIED, START + 15, tier="blue")
    assert [trait_at(ann.profile, "tier", START + at) for at in (10, 15, 19, 20, 30)] == [
        "gold", "blue", "blue", "gold", "gold",
    ]  # fmt: skip


def test_true_and_one_are_not_the_same_trait(plain: bool) -> None:
    ann = User({}, plain=plain)
    ann.does(IDENTIFIED, START, vip=1)
    ann.does(IDENTIFIED, START + 1, vip=True)
    assert trait_at(ann.profile, "vip", START + 1) is True


def test_old_statements_are_forgotten_but_for_one(plain: bool) -> None:
    ann = User({}, plain=plain)
    for days in range(20):
        ann.does(IDENTIFIED, START + days * DAY, tier="gold", n=days)
    assert ann.profile.traits["tier"] == [Stated(START + 16 * DAY, 17, "gold", [DAY, 1] * 3)]
    assert [stated.value for stated in ann.profile.traits["n"]] == [16, 17, 18, 19]


def test_watched_events_keep_their_instants_by_name_and_by_key(plain: bool) -> None:
    ann = User({}, watches=[Watch("Bought", ("cart_id",)), Watch("Bought")], plain=plain)
    ann.does("Bought", START, cart_id="c1")
    ann.does("Bought", START + 5, cart_id=7)
    ann.does("Bought", START + 2)
    ann.does("Bought", START + 2)
    ann.does("Looked", START + 3, cart_id="c1")
    assert ann.profile.lasts == {
        "Bought": [START, START + 2, START + 5],
        last_name("Bought", "cart_id", "c1"): [START],
        last_name("Bought", "cart_id", "7"): [START + 5],
        last_name("Bought", "cart_id"): [START + 2],
    }


def test_of_old_instants_the_newest_by_name_stays_and_keys_go(plain: bool) -> None:
    ann = User({}, watches=[Watch("Bought", ("cart_id",))], plain=plain)
    for days in range(10):
        ann.does("Bought", START + days * DAY, cart_id=f"c{days}")
    assert ann.profile.lasts["Bought"] == [START + days * DAY for days in (6, 7, 8, 9)]
    kept = [name for name in ann.profile.lasts if "\n" in name]
    assert kept == [f"Bought\ncart_id\nc{number}" for number in (7, 8, 9)]


@pytest.mark.parametrize(
    ("value", "key"),
    [("c1", "c1"), (7, "7"), (7.0, "7"), (7.5, "7.5"), (True, "true"), (False, "false"), ("", None), (None, None),
     ([1], None), ({"a": 1}, None), ("x" * 1_025, None)],
)  # fmt: skip
def test_a_key_is_the_text_of_a_scalar(value: object, key: str | None) -> None:
    assert key_of({"cart": value}, "cart") == key


def test_two_versions_of_a_feature_share_what_is_kept_and_are_read_apart() -> None:
    old = features_from({"n": "COUNT_IF(event = 'A') OVER LAST '1 day'", "twice": "n * 2"})
    new = features_from({"n": "COUNT_IF(event = 'A') OVER LAST '9 days'", "twice": "n * 2"})
    fold = Fold([*old.values(), *new.values()], watches=[], lateness=LATENESS, idle=IDLE)
    profile = new_profile()
    for days in (0, 5):
        fold.apply(profile, event("A", START + days * DAY, seq=days), {}, {}, START + days * DAY)
    at = START + 5 * DAY
    assert len(profile.series) == 1
    assert fold.readers_for(old.values())["twice"](Scope(profile, at)) == 2
    assert fold.readers_for(new.values())["twice"](Scope(profile, at)) == 4


def test_a_fold_reads_no_feature_that_it_does_not_keep() -> None:
    fold = Fold(features_from({"n": "COUNT() OVER LAST '1 day'"}).values(), watches=[], lateness=LATENESS, idle=IDLE)
    for text in ("COUNT() OVER LAST '2 days'", "SUM(x)", "COUNT() OVER SESSION"):
        with pytest.raises(ValueError, match="is not kept by this fold"):
            fold.readers_for(features_from({"other": text}).values())


def test_forgetting_drops_series_that_no_feature_reads(plain: bool) -> None:
    ann = User({"n": "COUNT_IF(event = 'A') OVER LAST '1 day'"}, watches=[Watch("A", ("k",))], plain=plain)
    ann.does("A", START, k="x")
    ann.profile.series["gone"] = ann.profile.series[next(iter(ann.profile.series))]
    ann.fold.forget(ann.profile, START + 100 * DAY)
    assert [series.ats for series in ann.profile.series.values()] == [[START]], "the newest tells how old it is"
    assert ann.profile.lasts == {"A": [START]}


def test_of_a_key_nothing_is_kept_that_is_older_than_lateness(plain: bool) -> None:
    ann = User({}, watches=[Watch("Bought", ("cart_id",))], plain=plain)
    for days in (0, 1, 4):
        ann.does("Bought", START + days * DAY, cart_id="c")
    ann.does("Bought", START, cart_id="late")
    assert ann.profile.lasts == {"Bought": [START + DAY, START + 4 * DAY], "Bought\ncart_id\nc": [START + 4 * DAY]}
