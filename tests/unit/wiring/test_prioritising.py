"""Impact from a backtest times feasibility by rules: the same for everybody who asks."""

import pytest

from opportune.playbook.definition import Playbook
from opportune.playbook.reading import playbook_from
from opportune.units import DAY
from opportune.wiring.backtest.past import Past
from opportune.wiring.backtest.report import JourneyFigures, Report
from opportune.wiring.prioritising import Priority, complexity, drawn, last_month, longest_look, priorities

FILES = {
    "opportune.yaml": "zone: UTC\nconsent: {email: always}\n",
    "features.yaml": (
        "orders: COUNT_IF(event = 'Order Completed') OVER LAST '90 days' OFFSET '10 days'\nmany: orders > 3\n"
    ),
    "journeys/plain.yaml": "journey: plain\nenter: Signed Up\nsteps:\n  - send: hello\n",
    "messages/hello.yaml": "message: hello\ntopic: news\nchannels: [email]\n",
    "messages/hello.liquid": "subject: Hi\n---\nHi {{ unsubscribe_url }}\n",
}
DEEP = "journey: deep\nenter: {on: Signed Up, where: many}\nsteps:\n" + "".join(
    f"  - branch:\n      - when: orders > {n}\n        steps: [{{send: hello}}]\n" for n in range(4)
)


def playbook(**journeys: str) -> Playbook:
    return playbook_from(FILES | {f"journeys/{name}.yaml": text for name, text in journeys.items()})


def report(days: int = 30, users: int = 1_000, **journeys: JourneyFigures) -> Report:
    return Report("p", "hash", 0, days * DAY, users=users, journeys=dict(journeys))


def one(figures: JourneyFigures, *, days: int = 30, users: int = 1_000) -> Priority:
    [found] = priorities(playbook(), report(days, users, plain=figures), days * DAY)
    return found


@pytest.mark.parametrize(
    ("users", "days", "impact"),
    [(150, 30, 5), (149, 30, 4), (50, 30, 4), (49, 30, 3), (10, 30, 3), (9, 30, 2), (1, 30, 2), (0, 30, 1),
     (150, 10, 5)],
)  # fmt: skip
def test_impact_is_the_share_of_users_reached(users: int, days: int, impact: int) -> None:
    assert one(JourneyFigures(decisions=200, sent=users, users=users), days=days).impact == impact


def test_where_half_reach_the_goal_anyway_there_is_less_to_gain() -> None:
    figures = JourneyFigures(decisions=200, sent=200, users=200, goals=100)
    assert one(figures).impact == 4
    assert "100 goals for 200 decisions were reached anyway" in one(figures).reasons


def test_a_plain_journey_is_as_feasible_as_can_be() -> None:
    found = one(JourneyFigures(decisions=200, sent=150, users=150))
    assert (found.feasibility, found.product, found.level) == (5, 25, "High")
    assert found.reasons == ("it reaches 15 % of users in 30 days",)


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        ({"no_address": 60}, "30 % of those it speaks to have no address on its channels"),
        ({"no_consent": 120}, "60 % of those it speaks to have not consented to it"),
    ],
)
def test_users_who_cannot_be_reached_make_it_less_feasible(codes: dict[str, int], said: str) -> None:
    found = one(JourneyFigures(decisions=200, sent=20, users=20, codes=codes))
    assert found.feasibility == 4
    assert said in found.reasons


def test_a_journey_that_proposed_nothing_is_the_last() -> None:
    found = priorities(playbook(other="journey: other\nenter: Never\nsteps:\n  - send: hello\n"),
                       report(plain=JourneyFigures(decisions=9, sent=9, users=9)), 30 * DAY)  # fmt: skip
    assert [(each.journey, each.impact, each.feasibility, each.level) for each in found] == [
        ("plain", 2, 5, "Medium"),
        ("other", 1, 3, "Low"),
    ]


def test_complexity_and_windows_beyond_the_past_take_points() -> None:
    book = playbook(deep=DEEP)
    assert complexity(book.journeys["plain"]) == 1
    assert complexity(book.journeys["deep"]) > 8
    assert longest_look(book, book.journeys["deep"]) == 100 * DAY
    assert longest_look(book, book.journeys["plain"]) == 0
    found = {
        each.journey: each
        for each in priorities(book, report(deep=JourneyFigures(decisions=9, sent=9, users=9)), 30 * DAY)
    }
    assert found["deep"].feasibility == 2
    assert "it looks back 100 days, and the past that was tried is shorter" in found["deep"].reasons


def test_the_matrix_holds_every_journey_and_says_what_is_high() -> None:
    found = priorities(playbook(deep=DEEP), report(plain=JourneyFigures(decisions=200, sent=150, users=150)), 30 * DAY)
    svg = drawn(found)
    assert ">plain<" in svg and ">deep<" in svg
    assert "1 of 2 journeys are of high priority: plain." in svg


def test_of_a_long_past_its_last_30_days_are_tried() -> None:
    past = Past(now=99 * DAY)
    month = last_month(past, report(days=60))
    assert month is not None
    assert (month.since, month.until) == (30 * DAY + 1, None)
    assert last_month(past, report(days=30)) is None
    assert last_month(Past(now=99 * DAY, since=5), report(days=60)) is None


def test_it_says_of_how_many_days_it_speaks() -> None:
    assert one(JourneyFigures(decisions=9, sent=9, users=9), days=3).reasons[0] == "it reaches 0.9 % of users in 3 days"
