"""A report as a shop of a few thousand users would have it: made by arithmetic, the same each time."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TypeAlias

from opportune.units import DAY
from opportune.wiring.backtest.differences import (
    CodeChange,
    DifferenceExample,
    Differences,
    JourneyDifference,
    Side,
)
from opportune.wiring.backtest.report import (
    CapUse,
    Collision,
    Estimate,
    Example,
    JourneyFigures,
    Report,
    UserReached,
)

ByDay: TypeAlias = dict[str, dict[str, int]]

SINCE = 1_767_225_600_000
"""1 Jan 2026, 00:00 UTC."""
SHARES = {
    "cart_reminder": 40,
    "order_update": 31,
    "weekly_digest": 22,
    "price_drop": 14,
    "welcome": 9,
    "win_back_after_silence": 6,
    "birthday": 2,
    "review_request_two_weeks_after_the_parcel_came": 1,
    "feedback": 1,
}
HOURS = [0] * 8 + [2, 9, 14, 11, 8, 6, 5, 5, 6, 8, 11, 13, 4] + [0] * 3
WEEK = [9, 13, 11, 10, 8, 5, 6]
CHANNELS = {"email": 61, "push": 27, "in_app": 9, "sms": 3}
CODES = {"frequency_cap": 1204, "outranked": 905, "no_consent": 530, "exited": 411, "held_out": 240, "no_address": 96,
         "not_worth_it": 51, "fatigue": 12}  # fmt: skip


def made(days: int = 90, *, playbook: str = "shop", turn: int = 0, shares: dict[str, int] | None = None) -> Report:
    """Sends by day, journey, hour and channel, of ``days`` days; ``turn`` makes another one of the same kind."""
    shares = SHARES if shares is None else shares
    by_day: ByDay = {}
    by_channel: ByDay = {}
    for place in range(days):
        day = date(2026, 1, 1) + timedelta(days=place)
        busy = WEEK[day.weekday()] * (6 + (place * 7 + turn) % 5)
        sums = {name: busy * share // 100 for name, share in shares.items()}
        by_day[day.isoformat()] = {name: count for name, count in sums.items() if count}
        total = sum(by_day[day.isoformat()].values())
        by_channel[day.isoformat()] = _parted(total, CHANNELS)
    return _report(playbook, by_day, by_channel, days)


def _parted(total: int, shares: dict[str, int]) -> dict[str, int]:
    """The total in these shares; what does not divide goes to the first."""
    parts = {name: total * share // sum(shares.values()) for name, share in shares.items()}
    first = next(iter(parts))
    parts[first] += total - sum(parts.values())
    return {name: count for name, count in parts.items() if count}


def _sums(by_day: ByDay) -> dict[str, int]:
    names = dict.fromkeys(name for counts in by_day.values() for name in counts)
    return {name: sum(counts.get(name, 0) for counts in by_day.values()) for name in names}


def _report(playbook: str, by_day: ByDay, by_channel: dict[str, dict[str, int]], days: int) -> Report:
    sent = _sums(by_day)
    total = sum(sent.values())
    silent = sum(CODES.values())
    week = [_spread(part) for part in _parted(total, dict(zip("mtwhfsu", WEEK, strict=True))).values()]
    week += [[0] * 24] * (7 - len(week))
    return Report(
        playbook, "5f3a9c" + "0" * 58, SINCE, SINCE + days * DAY - 1,
        events=412_380, users=9_120, users_reached=max(total // 3, 0), decisions=total + silent + 37, sent=total,
        silent=silent, open=37, late=112, poison=[], refused={"bad_json": 3}, seconds=21.4, events_per_second=19_270.1,
        peak_mb=412, assumptions=["Every message is accepted by its channel at the instant it is handed over.",
                                  "Users would have done the same, whatever they were sent."],
        by_day=by_day, by_day_channel=by_channel, by_hour=[sum(hours) for hours in zip(*week, strict=True)],
        waited_by_hour=[0] * 8 + [total // 50] + [0] * 15,
        by_weekday_hour=week, by_channel=_sums(by_channel), journeys={name: _journey(name, sent) for name in sent},
        codes=CODES, caps=_caps(), collisions=_collisions(list(sent)), most=_most(list(sent)),
        sends_per_user={1: total // 6, 2: total // 12, 3: total // 20, 4: total // 50, 7: 12, 11: 4, 24: 1},
        examples=_examples(), estimates=_estimates(),
    )  # fmt: skip


def _spread(total: int) -> list[int]:
    hours = [total * share // sum(HOURS) for share in HOURS]
    hours[10] += total - sum(hours)
    return hours


def _journey(name: str, sent: dict[str, int]) -> JourneyFigures:
    codes = {code: count * sent[name] // max(sum(sent.values()), 1) for code, count in CODES.items()}
    silent = sum(codes.values())
    return JourneyFigures(
        decisions=sent[name] + silent, sent=sent[name], users=sent[name] * 2 // 3,
        channels=_parted(sent[name], CHANNELS),
        messages={f"{name}_first": sent[name] - sent[name] // 3, f"{name}_second": sent[name] // 3}, codes=codes,
        goals=sent[name] // 9, goal_value=sent[name] * 4_210_000,
    )  # fmt: skip


def _caps() -> list[CapUse]:
    return [
        CapUse("frequency_cap 4 in 7 days", 4, 2210, 1204, 318, {1: 1900, 2: 702, 3: 411, 4: 318}),
        CapUse("minimum_gap 4 hours on push", 1, 640, 0, None, {}),
        CapUse("pace as each user asks", None, 12, 4, 9, {1: 40, 2: 9}),
    ]


def _collisions(names: Sequence[str]) -> list[Collision]:
    return [
        Collision(loser, winner, "outranked" if row < column else "frequency_cap", 480 // ((row + 1) * (column + 2)))
        for row, winner in enumerate(names)
        for column, loser in enumerate(names)
        if (row * 3 + column) % 4 != 1
    ]


def _most(names: Sequence[str]) -> list[UserReached]:
    return [UserReached(f"user-{4711 + 13 * place}", 24 - place, 31 - place, tuple(names[:4])) for place in range(20)]


def changed() -> Differences:
    """What ``calm`` does otherwise than ``shop``."""
    journeys = {
        "cart_reminder": JourneyDifference(2517, 1247, 1004, 12, 3, 130, 1368, 98),
        "order_update": JourneyDifference(1926, 1926, 1926, 0, 0, 0, 0, 0),
        "review_request_two_weeks_after_the_parcel_came": JourneyDifference(13, 0, 0, 0, 0, 0, 13, 0),
    }
    codes = [CodeChange("cart_reminder", "sent", "frequency_cap", 1300), CodeChange("cart_reminder", "-", "sent", 98)]
    told = ("cart_reminder was sent as an email.",)
    examples = [
        DifferenceExample(what, "cart_reminder", f"user-{place}", told if what != "more" else (), told)
        for place, what in enumerate(("earlier", "fewer", "later", "more", "otherwise"))
    ]
    return Differences(
        Side("shop", "5f", 11_099, 7613, 2537), Side("calm", "60", 7100, 3703, 1234), SINCE, SINCE + 90 * DAY - 1,
        users=9120, users_more=96, users_fewer=1290, users_same=900, users_untouched=6834, users_gained=20,
        users_lost=1101, by_change={-14: 2, -3: 88, -2: 300, -1: 900, 0: 7734, 1: 90, 2: 6},
        total=JourneyDifference(4456, 3173, 2930, 12, 3, 130, 1381, 98), journeys=journeys,
        shifts={"up to an hour earlier": 3, "up to an hour later": 40, "up to a day later": 90}, codes=codes,
        examples=examples,
    )  # fmt: skip


def _examples() -> list[Example]:
    sentences = (
        "cart_reminder was not sent, because the user has had as many messages as the frequency cap allows.",
        "Journey cart_reminder (c1) proposed it on Tue 2 Jun 2026, 08:00 (Europe/Berlin).",
        "It would have gone at 20:10 if the cap were 5.",
    )
    return [
        Example(code, "cart_reminder", "cart_reminder_first", f"user-{place}", f"{place:032x}", sentences)
        for code in ("frequency_cap", "outranked", "sent", "planned")
        for place in range(2)
    ]


def _estimates() -> list[Estimate]:
    return [
        Estimate("opens", "cart_reminder", "cart_reminder_first", 1204, 0.321, 0.284, 0.361, 611.2),
        Estimate("opens", "order_update", "order_update_first", 980, 0.582, 0.541, 0.622, 570.0),
        Estimate("opens", "welcome", "welcome_first", 61, reason="as much as 12 choices; 50 are needed"),
        Estimate("goals", "cart_reminder", "cart_reminder_first", 1204, 0.042, 0.021, 0.079, 611.2),
    ]  # fmt: skip
