"""What the terminal shows of reports: aligned, narrow, and nothing where there is nothing."""

from opportune.wiring.backtest.report import CapUse, Collision, Estimate, JourneyFigures, Report, Unnoticed, UserReached
from opportune.wiring.backtest.summary import summary_of
from tests.stories.shop import NIGHT, shop
from tests.unit.wiring.backtest.pasts import END, START, lived, report_of, says
from tests.unit.wiring.backtest.reports_made import made

BOOK = shop(
    NIGHT,
    "frequency_cap: {at_most: 1, within: 10 days}",
    journeys={"cart": says("cart"), "news": says("news")},
    messages={"cart": "", "news": ""},
)


def small() -> Report:
    return report_of(BOOK, lived(BOOK, (0, "Cart"), (1, "News"), (300, "News")), lived(BOOK, user="bob"))


def block(text: str, head: str) -> list[str]:
    """The lines of the part that begins so."""
    parts = [part.splitlines() for part in text.split("\n\n")]
    return next(lines for lines in parts if lines[0].strip().startswith(head))


def test_the_figures_of_one_report() -> None:
    text = summary_of([small()])
    assert text.splitlines()[0] == "5 events of 2 users, 1 Jun to 31 Jul 2026"
    assert block(text, "messages ") == [
        "  messages                      2",
        "  users reached                 1",
        "    of all users             50 %",
        "  messages per user reached   2.0",
        "  decisions                     3",
        "    silent                      1",
    ]
    assert block(text, "journey") == [
        "  journey  decided  messages  users  silent",
        "  cart           1         1      1     0 %",
        "  news           2         1      1    50 %",
    ]
    assert block(text, "why silent")[1].split(maxsplit=2) == [
        "frequency_cap",
        "1",
        "the user has had as many messages as the frequency cap allows",
    ]
    assert block(text, "caps")[1].split() == ["frequency_cap", "1", "in", "10", "days", "1", "1", "1", "1"]
    assert block(text, "collisions") == [
        "  collisions: how often the journey on the left was kept silent by the one above",
        "  kept silent  cart",
        "  news            1",
    ]


def test_reports_of_several_playbooks_stand_side_by_side() -> None:
    one, other = small(), small()
    one.playbook, other.playbook = "old", "new"
    other.journeys["more"] = JourneyFigures()
    text = summary_of([one, other])
    assert block(text, "old   new")[:2] == [
        "                              old   new",
        "  messages                      2     2",
    ]
    assert block(text, "messages by journey")[2].split() == ["more", "none", "-"]
    assert "== old ==" in text
    assert "== new ==" in text


def test_of_a_past_in_which_nothing_happens_little_is_said() -> None:
    lines = summary_of([Report("shop", "", START, END)]).splitlines()
    assert lines[0] == "0 events of 0 users, 1 Jun to 31 Jul 2026"
    assert len(lines) == 8


def test_no_line_is_wider_than_a_terminal() -> None:
    for count in (1, 2, 3, 4):
        reports = [made(days, playbook="shop_" * n) for days, n in zip((3, 90, 400, 2000), range(2, 6), strict=True)]
        assert max(map(len, summary_of(reports[:count]).splitlines())) <= 100


def test_what_else_there_is_to_say_is_said_where_there_is_something() -> None:
    report = small()
    report.seconds, report.events_per_second, report.peak_mb = 1.25, 40_000.4, 99.9
    report.refused, report.assumptions = {"bad_name": 2, "bad_user": 1}, ["Nobody opened anything."]
    report.internal, report.open, report.by_channel = 3, 4, {"email": 1, "push": 1}
    report.journeys["cart"].goals, report.journeys["cart"].goal_value = 2, 12_500_000
    report.looped = {"Ping": 1}
    report.estimates = [
        Estimate("opens", "cart", "cart", 7, 0.25, 0.125, 0.5),
        *(Estimate("goals", "news", f"news{n}", 2, reason="too few") for n in range(5)),
        Estimate("goals", "cart", "", 2, 0.5),
    ]
    text = summary_of([report])
    assert text.splitlines()[1:3] == [
        "3 rows were refused: bad_name 2, bad_user 1",
        "taken in 1.2 s, 40,000 events a second, 100 MB of memory at most",
    ]
    for said in (
        "  calls to own systems",
        "  planned beyond the end",
        "messages on push",
        "goals  worth",
        "12.50",
        "- opens of cart (7 sends): 25.0%, between 12.5% and 50.0%",
        "- goals of cart (2 sends): 50.0%",
        "- goals of news0, goals of news1, goals of news2 and 2 more: cannot be estimated: too few",
        "- Nobody opened anything.",
        "- Emitted events go round: Ping was not emitted 1 times.",
    ):
        assert said in text


def test_many_journeys_that_collide_are_listed() -> None:
    report = small()
    report.collisions = [Collision(f"loser{n}", f"winner{n % 8}", "outranked", 99 - n) for n in range(20)]
    lines = block(summary_of([report]), "collisions")
    assert lines[2].split() == ["loser0", "winner0", "outranked", "99"]
    assert (len(lines), lines[-1]) == (15, "  and 668 times one of 8 other pairs")


def test_users_are_grouped_by_how_much_they_get() -> None:
    report = small()
    report.sends_per_user = {0: 9, 1: 5, 4: 1, 7: 1, 8: 3, 1200: 1}
    report.most = [UserReached(f"u{n}", 9 - n, 9, ()) for n in range(9)]
    lines = block(summary_of([report]), "users by")
    assert [line.split("█")[0].split() for line in lines[1:-1]] == [
        ["0", "9"],
        ["1", "5"],
        ["4", "to", "7", "2"],
        ["8", "to", "15", "3"],
        ["1,024", "to", "2,047", "1"],
    ]
    assert lines[-1] == "  most: u0 (9), u1 (8), u2 (7), u3 (6), u4 (5)"


def test_what_is_far_too_wide_for_words_stands_without_them() -> None:
    reports = [small() for _ in range(5)]
    for place, each in enumerate(reports):
        each.playbook = f"a_playbook_{place}"
    assert "as many messages" not in block(summary_of(reports), "why silent")[1]


def test_a_cap_without_a_number_has_no_fullest_window() -> None:
    report = small()
    report.caps = [CapUse("pace as each user asks", None, 1, 1, 1)]
    assert block(summary_of([report]), "caps")[1].split()[-1] == "-"


def test_a_gap_has_no_limit_that_users_come_to_and_unnoticed_messages_have_a_row() -> None:
    report = small()
    report.caps = [
        CapUse("minimum_gap 3 hours", 1, 9, 2, None, {1: 235}),
        CapUse("fatigue 5 in 7 days or 3 unnoticed", 5, 90, 83, 0, {3: 80}, Unnoticed(3, 85, 80, 40)),
    ]
    assert block(summary_of([report]), "caps") == [
        "  caps                                objected  silenced  users at limit  fullest",
        "  minimum_gap 3 hours                        9         2               -        -",
        "  fatigue 5 in 7 days or 3 unnoticed        90        83               -        3",
        "    for 3 unnoticed in a row                85        80              40        -",
    ]


def test_a_cap_of_many_words_is_cut() -> None:
    report = small()
    report.caps = [CapUse("frequency_cap 3 in 7 days about " + "plants, " * 20, 3, 10_000, 9_000, 8_000, {3: 8_000})]
    assert max(map(len, summary_of([report]).splitlines())) <= 100
