"""Opens and clicks: answered at once and whatever happens, written down once, by the most human of what was fetched."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
import pytest

from opportune.adapters.sources import fetches
from opportune.adapters.sources.fetches import MOMENT, Fetch
from opportune.adapters.sources.machines import shipped
from opportune.adapters.sources.noticing import Sent, sent_by, told
from opportune.adapters.sources.tracking import TrackingApp
from opportune.adapters.sources.trail import Tracking, Trail, tracking_of
from opportune.adapters.stores.memory import MemoryStore
from opportune.errors import Overloaded, Unavailable
from opportune.events import names
from opportune.events.names import TRACK_ID
from opportune.sending.attempt import Attempt
from opportune.units import MINUTE, SECOND, Instant, Millis
from tests.unit.adapters.sources.pages_asked import Desk, Heard, asked

NOW: Instant = 1_795_298_880_000
DECISION = "0af1" * 8
AGENT = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
TRAIL = Trail("https://shop.example", b"s" * 32)
LINKING = TRAIL.linking(Attempt(DECISION, "ann", "sale", "warm", "email", "news", "a@x.example", NOW, NOW, "p", {}))
PICTURE = LINKING.pixel.removeprefix("https://shop.example")
URL = "https://x.example/?a=1&b=%20#c"


def click(url: str = URL) -> str:
    return TRAIL.click(DECISION, url).removeprefix("https://shop.example")


class Hand:
    """A clock that moves when the test says so."""

    def __init__(self) -> None:
        self.at = NOW
        self.waiting: list[asyncio.Future[None]] = []

    def now(self) -> Instant:
        return self.at

    async def pause(self, span: Millis) -> None:
        assert span == MOMENT
        self.waiting.append(asyncio.get_running_loop().create_future())
        await self.waiting[-1]

    def moves(self, span: Millis) -> None:
        self.at += span

    def ends_all_pauses(self) -> None:
        for each in self.waiting:
            if not each.done():
                each.set_result(None)


class Scene:
    """The application with one mail, accepted a minute ago."""

    def __init__(self, fault: Exception | None = None, *, sent: Sent | None = None) -> None:
        self.clock, self.desk = Hand(), Desk(fault)
        self.mails = {DECISION: sent or Sent("ann", "sale", "email", NOW - MINUTE)}
        self.app = TrackingApp(TRAIL, self.mails.get, self.desk.accept, clock=self.clock, signs=shipped())

    def told(self) -> list[tuple[str, str, str]]:
        found = [(event.name, msgspec.json.decode(event.properties)) for event in self.desk.events]
        return [(name, said["by"], said["rule"]) for name, said in found]

    def plays(self, *acts: Callable[[], Awaitable[Heard] | None]) -> list[Heard]:
        """Each act is a request, which stays under way while the others follow, or a move of the clock."""

        async def played() -> list[Heard]:
            tasks = []
            for act in acts:
                asking = act()
                if asking is not None:
                    tasks.append(asyncio.ensure_future(asking))
                for _ in range(5):
                    await asyncio.sleep(0)
            self.clock.ends_all_pauses()
            return list(await asyncio.gather(*tasks))

        return asyncio.run(played())

    def asks(self, path: str, *, method: str = "GET", **headers: str) -> Callable[[], Awaitable[Heard]]:
        stated = AGENT | {name.replace("_", "-"): value for name, value in headers.items()}
        return lambda: asked(self.app, path, method=method, headers=stated)


def test_a_click_leads_on_and_is_told_with_what_was_clicked() -> None:
    scene = Scene()
    [heard] = scene.plays(scene.asks(click()))
    assert (heard.status, heard.headers["location"], heard.headers["cache-control"]) == (302, URL, "no-store")
    assert "set-cookie" not in heard.headers
    [event] = scene.desk.events
    assert (event.user, event.name, event.at, event.id.startswith(TRACK_ID)) == ("ann", "Email Link Clicked", NOW, True)
    assert msgspec.json.decode(event.properties) == {
        "decision": DECISION, "message": "sale", "channel": "email", "by": "human", "rule": "otherwise", "url": URL,
        "after": 60_000,
    }  # fmt: skip


def test_an_opening_is_answered_with_a_picture_that_nobody_keeps() -> None:
    scene = Scene()
    [heard] = scene.plays(scene.asks(PICTURE))
    assert (heard.status, heard.headers["content-type"], heard.headers["cache-control"]) == (
        200,
        "image/gif",
        "no-store",
    )
    assert heard.body[:6] == b"GIF89a"
    assert heard.body[6:10] == b"\x01\x00\x01\x00"
    assert scene.told() == [(names.EMAIL_OPENED, "human", "otherwise")]
    assert b"url" not in scene.desk.events[0].properties


def test_the_head_of_a_link_is_answered_and_tells_nothing() -> None:
    scene = Scene()
    first, second = scene.plays(scene.asks(click(), method="HEAD"), scene.asks(PICTURE, method="HEAD"))
    assert (first.status, second.status, second.body) == (302, 200, b"")
    assert scene.told() == []


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_nothing_else_can_be_done_to_a_link(method: str) -> None:
    scene = Scene()
    [heard] = scene.plays(scene.asks(click(), method=method))
    assert (heard.status, heard.headers["allow"], scene.told()) == (405, "GET, HEAD", [])


def flipped(path: str) -> str:
    return path[:-1] + ("A" if path[-1] != "A" else "B")


@pytest.mark.parametrize(
    "path",
    ["/c/", "/c/x", "/o/", click()[:-2], flipped(click()), PICTURE[:-1], flipped(PICTURE), "/c/https://evil.example"],
)
def test_a_link_that_is_not_ours_leads_nowhere(path: str) -> None:
    scene = Scene()
    [heard] = scene.plays(scene.asks(path))
    assert (heard.status, "location" in heard.headers, scene.told()) == (404, False, [])


@pytest.mark.parametrize("fault", [Overloaded("too much"), Unavailable("stopping")])
def test_a_click_leads_on_however_busy_the_engine_is_and_the_loss_is_counted(fault: Exception) -> None:
    scene = Scene(fault)
    heard = scene.plays(scene.asks(click()), scene.asks(PICTURE))
    assert [each.status for each in heard] == [302, 200]
    assert (scene.told(), scene.app.lost) == ([], 2)


def test_a_click_leads_on_before_anything_is_written_down() -> None:
    scene, said = Scene(), []

    async def never(events: object) -> None:
        assert said, "it was asked before the answer was given"

    async def played() -> None:
        async def send(message: object) -> None:
            said.append(message)

        async def receive() -> dict[str, object]:
            return {}

        app = TrackingApp(TRAIL, scene.mails.get, never, clock=scene.clock, signs=shipped())
        scope = {"type": "http", "path": click(), "method": "GET", "headers": [], "client": None}
        under_way = asyncio.ensure_future(app(scope, receive, send))
        for _ in range(5):
            await asyncio.sleep(0)
        assert len(said) == 2
        scene.clock.ends_all_pauses()
        await under_way

    asyncio.run(played())


def test_of_a_user_who_was_erased_a_link_still_leads_on_and_nothing_is_told() -> None:
    scene = Scene()
    scene.mails.clear()
    [heard] = scene.plays(scene.asks(click()))
    assert (heard.status, heard.headers["location"], scene.told()) == (302, URL, [])


def test_two_fetches_of_one_link_are_one_event() -> None:
    scene = Scene()
    scene.plays(scene.asks(click()), lambda: scene.clock.moves(400), scene.asks(click()))
    assert scene.told() == [(names.EMAIL_CLICKED, "human", "otherwise")]
    assert scene.desk.events[0].at == NOW


def test_a_second_fetch_within_a_second_is_the_same_even_if_the_moment_has_passed() -> None:
    scene = Scene()
    scene.plays(scene.asks(click()))
    scene.clock.moves(SECOND - 1)
    scene.plays(scene.asks(click()))
    assert len(scene.told()) == 1
    scene.clock.moves(SECOND)
    scene.plays(scene.asks(click()))
    assert len(scene.told()) == 2
    assert len({event.id for event in scene.desk.events}) == 2


def test_who_fetches_a_picture_without_end_is_judged_by_a_few_of_the_fetches() -> None:
    async def gathered() -> list[Fetch]:
        hand = Hand()
        moments = fetches.Moments(hand)
        first = asyncio.ensure_future(moments.gathered(DECISION, Fetch("open", "", NOW, "a", "")))
        await asyncio.sleep(0)
        for count in range(10 * fetches.MOST_IN_A_MOMENT):
            assert await moments.gathered(DECISION, Fetch("open", "", NOW, f"b{count}", "")) == []
        await asyncio.sleep(0)
        hand.ends_all_pauses()
        return await first

    assert len(asyncio.run(gathered())) == fetches.MOST_IN_A_MOMENT


@pytest.mark.parametrize("header", ["sec_purpose", "purpose", "x_purpose", "x_moz"])
def test_what_is_fetched_ahead_and_then_clicked_is_one_click_of_a_human(header: str) -> None:
    scene = Scene()
    ahead = scene.asks(click(), **{header: "prefetch;prerender"})
    scene.plays(ahead, lambda: scene.clock.moves(300), scene.asks(click()))
    assert scene.told() == [(names.EMAIL_CLICKED, "human", "otherwise")]


def test_the_look_of_a_filter_and_the_click_behind_it_are_one_click_of_a_human() -> None:
    human = Fetch("click", URL, NOW + 300, AGENT["user-agent"], "203.0.113.7")
    look = Fetch("click", URL, NOW, AGENT["user-agent"], "40.92.10.1")
    sent = Sent("ann", "sale", "email", NOW - MINUTE)
    for moment in ([look, human], [human, look]):
        [event] = told(DECISION, sent, moment, shipped())
        assert event.name == names.EMAIL_CLICKED


def test_when_too_many_mails_are_looked_at_at_once_each_fetch_is_judged_as_it_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fetches, "MOST_UNDER_WAY", 0)
    monkeypatch.setattr(fetches, "MOST_REMEMBERED", 1)
    scene = Scene()
    asyncio.run(asked(scene.app, click(), headers=AGENT))
    asyncio.run(asked(scene.app, PICTURE, headers=AGENT))
    assert (len(scene.told()), scene.clock.waiting) == (2, [])


def test_a_decision_that_the_store_does_not_have_has_no_mail() -> None:
    assert sent_by(MemoryStore())(DECISION) is None


def test_what_is_only_fetched_ahead_is_a_machine() -> None:
    scene = Scene()
    scene.plays(scene.asks(click(), purpose="prefetch"))
    assert scene.told() == [(names.EMAIL_CLICKED_BY_MACHINE, "machine", "prefetch")]


def test_a_scanner_that_follows_every_link_is_known_by_the_first_of_them_too() -> None:
    scene = Scene()
    scene.plays(*(scene.asks(click(f"https://x.example/{n}")) for n in range(4)))
    assert scene.told() == [(names.EMAIL_CLICKED_BY_MACHINE, "machine", "many_links")] * 4


def test_a_mail_whose_answer_is_still_awaited_is_going_out_now() -> None:
    scene = Scene(sent=Sent("ann", "sale", "email", None))
    scene.plays(scene.asks(click()))
    assert scene.told() == [(names.EMAIL_CLICKED_BY_MACHINE, "machine", "at_once")]


def test_when_the_engine_stops_nobody_waits_for_the_moment_to_pass() -> None:
    scene = Scene()

    async def played() -> None:
        under_way = asyncio.ensure_future(asked(scene.app, click(), headers=AGENT))
        for _ in range(5):
            await asyncio.sleep(0)
        scene.app.moments.hurry()
        await under_way
        await asked(scene.app, click("https://other.example/"), headers=AGENT)

    asyncio.run(played())
    assert len(scene.told()) == 2


def test_nothing_of_a_user_can_be_read_in_an_address() -> None:
    assert "ann" not in click() + PICTURE
    assert TRAIL.read(click().removeprefix("/c/")) is not None
    assert Trail("https://shop.example", b"t" * 32).read(click().removeprefix("/c/")) is None


@pytest.mark.parametrize(
    "url", ["https://x.example/" + "a" * 4_096, "https://x.example/\r\nSet-Cookie: a", "https://é/"]
)
def test_an_address_that_cannot_be_led_to_through_us_stays_as_it_is(url: str) -> None:
    assert TRAIL.click(DECISION, url) == url


@pytest.mark.parametrize(
    ("text", "tracking"),
    [
        ("none", Tracking()),
        ("opens,clicks", Tracking(opens=True, clicks=True)),
        (" utm , text,trap", Tracking(utm=True, text=True, trap=True)),
    ],
)
def test_tracking_is_written_in_words(text: str, tracking: Tracking) -> None:
    assert tracking_of(text) == tracking


@pytest.mark.parametrize("text", ["", "all", "opens,none", "opens,,clicks"])
def test_other_words_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="track takes some of opens,clicks,utm,text,trap, or none, not"):
        tracking_of(text)


def test_only_marketing_by_mail_is_tracked() -> None:
    attempt = Attempt(DECISION, "ann", "reset", "plain", "email", "", "a@x.example", NOW, NOW, "p", {}, False)
    assert TRAIL.linking(attempt).wrap is None
    assert TRAIL.linking(attempt).pixel == ""
    assert TRAIL.linking(msgspec.structs.replace(attempt, channel="sms", is_marketing=True)).wrap is None
