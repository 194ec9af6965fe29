"""What a newer playbook asks for anew; that it reads as if it had always been there is a law."""

from opportune.features.backfill import anew, backfill_of, nothing_staged, stage
from opportune.features.feature import features_from
from opportune.features.fold import Fold, Watch
from opportune.units import DAY, HOUR, MINUTE
from tests.contracts.made import NOW, event

TEXTS = {
    "seen_1d": "COUNT_IF(event = 'Seen') OVER LAST '1 day'",
    "views": "COUNT_IF(event = 'Viewed') BY category",
    "words": "COUNT(DISTINCT word) OVER LAST '1 day'",
}


def fold(*watches: Watch, keeps_sessions: bool = False, **texts: str) -> Fold:
    features = features_from(texts).values()
    return Fold(features, watches=watches, lateness=HOUR, idle=30 * MINUTE, keeps_sessions=keeps_sessions)


def listed(**texts: str) -> list[str]:
    asked = anew(fold(**TEXTS), fold(**{**TEXTS, **texts}), features_from({**TEXTS, **texts}).values())
    return [] if asked is None else sorted(keep.shape for key, keep in asked.fold.keeps.items() if key in asked.keys)


def test_only_what_is_new_or_kept_further_back_is_asked_for_anew() -> None:
    assert listed() == listed(seen_2h="COUNT_IF(event = 'Seen') OVER LAST '2 hours'") == []
    assert listed(seen="COUNT_IF(event = 'Seen') OVER LAST '2 days'") == ["instants"]
    assert listed(last="LAST(word)", total="SUM(x)") == ["numbers", "values"]


def test_sessions_and_watched_events_are_asked_for_if_nobody_did() -> None:
    before = fold()
    sessions, watching = anew(before, fold(keeps_sessions=True), []), anew(before, fold(Watch("Seen", ("id",))), [])
    assert sessions is not None and sessions.has_sessions and not sessions.keys
    assert watching is not None and not watching.has_sessions and set(watching.fold.watches) == {"Seen"}
    assert anew(fold(Watch("Seen", ("id",))), fold(Watch("Seen", ("id",))), []) is None


def test_of_a_user_whose_events_have_left_the_log_it_says_what_is_missing() -> None:
    texts = {**TEXTS, "seen_9d": "COUNT_IF(event = 'Seen') OVER LAST '9 days'", "total": "SUM(x)",
             "every": "COUNT(DISTINCT word)", "bought": "COUNT_IF(event = 'Bought') BY category"}  # fmt: skip
    asked = anew(fold(**TEXTS), fold(**texts), features_from(texts).values())
    assert asked is not None
    one = nothing_staged(is_cut=True)
    stage(asked, one, event(1))
    keys = {name: each.aggregate.key for name, each in features_from(texts).items() if each.aggregate}
    given = backfill_of(asked, one, cut_at=NOW - 20 * DAY, now=NOW)
    assert given.series[keys["total"]].lost == given.groups[keys["bought"]].lost == NOW - 20 * DAY
    assert given.since == {keys["seen_9d"]: NOW - DAY - HOUR, keys["every"]: NOW - DAY - HOUR}
    assert given.unfolded == {keys["every"]}
