"""The preference page: it shows how it stands, changes what was changed, and says what is true when it is durable."""

import asyncio
import re
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from urllib.parse import urlencode

import msgspec
import pytest

from opportune.adapters.sources.choices import Choices, choices_of
from opportune.adapters.sources.preferences import preferences_app
from opportune.adapters.sources.unsubscribe import Links, Subject
from opportune.errors import Overloaded, Unavailable
from opportune.events.event import Event
from opportune.events.names import CHOICE_ID, CONSENT_GIVEN, CONSENT_WITHDRAWN, IDENTIFIED
from opportune.playbook.compiling import compiled
from opportune.testing.world import User, World
from opportune.units import DAY, HOUR
from tests.stories.shop import shop
from tests.unit.adapters.sources.pages_asked import Heard, asked

LINKS = Links("https://shop.example", b"s" * 32)
SUBJECT = Subject("ann", "email", "news")
FORM = "application/x-www-form-urlencoded"
PATH = LINKS.preferences_url(SUBJECT).removeprefix("https://shop.example")
MESSAGES = {
    "cart": "topic: cart",
    "weekly": "topic: news\nchannels: [push, email]",
    "alert": "topic: price_alerts\nchannels: [push]",
    "receipt": "topic: orders\nkind: transactional",
}
JOURNEY = (
    "journey: all\nenter: {on: Ping}\nsteps:\n  - send: cart\n  - send: weekly\n  - send: alert\n  - send: receipt\n"
)


class Scene:
    """One user of a small world, and the page."""

    def __init__(self, consent: str = "{email: always, push: always}", **traits: str | int | None) -> None:
        self.world = World(shop(journeys=JOURNEY, messages=MESSAGES, consent=consent))
        self.ann = self.world.user("ann", **traits)
        self.told: list[tuple[str, dict[str, object]]] = []
        self.ids: list[str] = []
        self.fault: Exception | None = None

    def choices(self, subject: Subject = SUBJECT) -> Choices:
        world = self.world
        return choices_of(compiled(world.playbook), world.memory(User(world, subject.user)), subject.channel, world.now)

    async def accept(self, events: list[Event]) -> None:
        if self.fault is not None:
            raise self.fault
        for event in events:
            said = msgspec.json.decode(event.properties)
            self.told.append((event.name, said))
            self.ids.append(event.id)
            self.world.feed([self.world.event(event.user, event.name, said, id=event.id)])

    def asks(self, method: str = "GET", path: str = PATH, body: bytes = b"", kind: str = FORM) -> Heard:
        app = preferences_app(LINKS, self.accept, choices=self.choices, now=lambda: self.world.now)
        return asyncio.run(asked(app, path, method=method, body=body, headers={"content-type": kind} if kind else {}))

    def saves(self, *topics: str, **fields: str) -> Heard:
        """Sends the form as a browser does, with these topics checked."""
        stated = [("shown", "cart"), ("shown", "news"), *(("topic", each) for each in topics), *fields.items()]
        return self.asks("POST", body=urlencode([*stated, ("do", "save")]).encode())


def checked(page: str) -> list[str]:
    return re.findall(r'value="([^"]*)" checked', page)


def test_looking_shows_how_it_stands_and_changes_nothing() -> None:
    scene = Scene(messages_per_week=2)
    scene.ann.does(CONSENT_WITHDRAWN, channel="email", topic="news")
    heard = scene.asks()
    assert (heard.status, checked(heard.text), scene.told) == (200, ["cart", "2", "none"], [])


def test_only_marketing_topics_of_this_channel_are_shown_by_names_people_would_write() -> None:
    scene = Scene()
    assert list(scene.choices().topics) == ["cart", "news"]
    push = LINKS.preferences_url(Subject("ann", "push")).removeprefix("https://shop.example")
    page = scene.asks(path=push).text
    assert "<span>Price alerts</span>" in page
    assert "push messages" in page


def test_saving_makes_events_of_what_changed_and_says_what_is_true() -> None:
    scene = Scene()
    heard = scene.saves("cart", pace="1", pause="week")
    assert [name for name, _ in scene.told] == [CONSENT_WITHDRAWN, IDENTIFIED]
    said, traits = scene.told[0][1], scene.told[1][1]
    assert said == {"channel": "email", "topic": "news", "source": "preference_page", "proof": PATH[3:25]}
    assert traits == {"messages_per_week": 1, "messages_paused_until": scene.world.now + 7 * DAY}
    assert all(each.startswith(CHOICE_ID) for each in scene.ids)
    assert len(set(scene.ids)) == 2
    for sentence in ("You get email about Cart.", "At most once a week.", "But nothing until 8 June 2026."):
        assert sentence in heard.text
    assert checked(heard.text) == ["cart", "1", "as_it_is"]


def test_saving_the_same_twice_changes_nothing_the_second_time() -> None:
    scene = Scene()
    scene.saves("cart", pace="1", pause="none")
    heard = scene.saves("cart", pace="1", pause="none")
    assert (len(scene.told), "Nothing has changed." in heard.text) == (2, True)


def test_a_box_that_was_checked_already_is_no_new_consent() -> None:
    scene = Scene()
    scene.saves("cart", "news", pace="4", pause="none")
    assert [name for name, _ in scene.told] == [IDENTIFIED]


def test_a_topic_can_be_taken_up_again() -> None:
    scene = Scene(consent="{email: {trait: opt_in, topics: all}}")
    scene.saves("cart", pace="", pause="none")
    assert [(name, said["topic"]) for name, said in scene.told] == [(CONSENT_GIVEN, "cart")]
    assert scene.choices().topics == {"cart": True, "news": False}


def test_a_topic_that_was_not_shown_is_left_alone() -> None:
    scene = Scene()
    scene.asks("POST", body=b"shown=cart&shown=strange&topic=cart&topic=strange&do=save")
    assert scene.told == []


def test_one_button_stops_everything_on_the_channel() -> None:
    scene = Scene()
    heard = scene.asks("POST", body=b"topic=cart&do=stop_all")
    assert scene.told == [(CONSENT_WITHDRAWN, {"channel": "email", "source": "preference_page", "proof": PATH[3:25]})]
    assert set(scene.choices().topics.values()) == {False}
    assert scene.choices(Subject("ann", "push")).topics["news"] is True
    assert "You get no more email from us" in heard.text


def test_a_pause_can_end_on_a_day_of_the_users_own_calendar() -> None:
    scene = Scene(timezone="America/New_York")
    heard = scene.saves("cart", "news", pace="", pause="date", until="2026-06-10")
    midnight = round(datetime(2026, 6, 10, 4, tzinfo=UTC).timestamp() * 1_000)
    assert scene.told == [(IDENTIFIED, {"messages_paused_until": midnight})]
    assert "But nothing until 10 June 2026." in heard.text


def test_a_pause_may_last_a_month() -> None:
    scene = Scene()
    assert "But nothing until 1 July 2026." in scene.saves("cart", "news", pace="", pause="month").text


def test_a_limit_that_is_not_offered_is_shown_in_its_place() -> None:
    scene = Scene(messages_per_week=0)
    assert "Nothing at all" in scene.asks().text
    assert checked(scene.saves("cart", "news", pace="0", pause="none").text) == ["cart", "news", "0", "none"]
    assert scene.told == []


def test_a_channel_without_marketing_shows_no_topics() -> None:
    path = LINKS.preferences_url(Subject("ann", "carrier-pigeon")).removeprefix("https://shop.example")
    page = Scene().asks(path=path).text
    assert ("<legend>About" in page, "Unsubscribe from all carrier pigeon" in page) == (False, True)


def test_a_browser_that_hangs_up_changes_nothing() -> None:
    scene, said = Scene(), []

    async def hangs_up() -> dict[str, object]:
        return {"type": "http.disconnect"}

    async def send(message: object) -> None:
        said.append(message)

    app = preferences_app(LINKS, scene.accept, choices=scene.choices, now=lambda: scene.world.now)
    asyncio.run(app({"type": "http", "path": PATH, "method": "POST", "headers": []}, hangs_up, send))
    assert (said, scene.told) == ([], [])


def test_who_names_a_day_wants_it_though_the_button_beside_it_was_not_pressed() -> None:
    scene = Scene()
    scene.saves("cart", "news", pace="", pause="none", until="2026-06-10")
    assert scene.choices().paused_until is not None
    scene.saves("cart", "news", pace="", pause="as_it_is", until="2026-06-12")
    assert scene.choices().day(scene.choices().paused_until or 0).day == 12


def test_a_pause_can_be_kept_and_ended() -> None:
    scene = Scene(messages_paused_until="2026-07-01")
    assert "Stay paused until 1 July 2026" in scene.asks().text
    scene.saves("cart", "news", pace="", pause="as_it_is")
    assert scene.told == []
    scene.saves("cart", "news", pace="", pause="none")
    assert scene.told == [(IDENTIFIED, {"messages_paused_until": None})]
    assert scene.choices().paused_until is None


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"pause": "date"}, "name the day"),
        ({"pause": "date", "until": "2026-06-01"}, "a day after today"),
        ({"pause": "date", "until": "2020-01-01"}, "a day after today"),
        ({"pause": "date", "until": "2036-01-01"}, "within two years"),
        ({"pause": "date", "until": "tomorrow"}, "name the day"),
        ({"pace": "-1"}, "one of the limits"),
        ({"pace": "x"}, "one of the limits"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_changed(fields: dict[str, str], reason: str) -> None:
    scene = Scene()
    heard = scene.saves(**fields)
    assert (heard.status, reason in heard.text, "<form" in heard.text, scene.told) == (422, True, True, [])


@pytest.mark.parametrize("fault", [Overloaded("too much"), Unavailable("stopping")])
def test_a_choice_that_could_not_be_kept_says_so(fault: Exception) -> None:
    scene = Scene()
    scene.fault = fault
    heard = scene.saves("cart", pace="1", pause="none")
    assert (heard.status, heard.headers["retry-after"], "Saved." in heard.text) == (503, "5", False)
    assert "Please try again in a minute." in heard.text


def test_the_answer_waits_until_the_choice_is_durable() -> None:
    scene = Scene()

    async def played() -> None:
        durable = asyncio.get_running_loop().create_future()

        async def accept(events: list[Event]) -> None:
            await durable

        app = preferences_app(LINKS, accept, choices=scene.choices, now=lambda: scene.world.now)
        asking = asyncio.ensure_future(asked(app, PATH, method="POST", body=b"do=stop_all"))
        for _ in range(5):
            await asyncio.sleep(0)
        assert not asking.done()
        durable.set_result(None)
        assert (await asking).status == 200

    asyncio.run(played())


def test_of_somebody_nobody_knows_the_page_looks_like_that_of_anybody_new() -> None:
    scene = Scene()
    path = LINKS.preferences_url(Subject("nobody", "email")).removeprefix("https://shop.example")
    assert scene.asks(path=path).text == scene.asks().text
    assert scene.asks("POST", path, b"do=stop_all").status == 200


def test_who_complained_is_told_that_nothing_is_sent() -> None:
    scene = Scene()
    scene.ann.does("Email Marked as Spam")
    assert "At present we send nothing to this address" in scene.asks().text
    assert "You get" not in scene.saves("cart", pace="", pause="none").text


@pytest.mark.parametrize("path", ["/p/", "/p/x", PATH[:-2], PATH[:-1] + ("A" if PATH[-1] != "A" else "B")])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_that_is_not_ours_opens_no_page(path: str, method: str) -> None:
    scene = Scene()
    assert (scene.asks(method, path, b"do=stop_all").status, scene.told) == (404, [])


def test_an_unsubscribe_link_opens_no_preference_page() -> None:
    token = LINKS.url(SUBJECT).removeprefix("https://shop.example/u/")
    assert Scene().asks(path=f"/p/{token}").status == 404


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_the_page_can_be_looked_at_and_sent_and_nothing_else(method: str) -> None:
    heard = Scene().asks(method)
    assert (heard.status, heard.headers["allow"]) == (405, "GET, HEAD, POST")


def test_the_head_of_the_page_is_the_page_without_its_body() -> None:
    scene = Scene()
    whole, head = scene.asks(), scene.asks("HEAD")
    assert (head.body, head.headers) == (b"", whole.headers)


def test_a_form_that_is_too_large_is_refused() -> None:
    scene = Scene()
    assert scene.asks("POST", body=b"topic=" + b"x" * 100_000).status == 413
    heard = scene.asks("POST", body=b"topic=1&" * 3_000)
    assert (heard.status, "That was too much to read." in heard.text) == (422, True)
    assert "Max number of fields" not in heard.text
    assert scene.told == []


def test_a_limit_that_nothing_would_obey_is_refused_in_words() -> None:
    scene = Scene()
    heard = scene.saves("cart", "news", pace="9999", pause="none")
    assert (heard.status, "a number up to 1000" in heard.text, scene.told) == (422, True, [])


MULTIPART = b'--x\r\nContent-Disposition: form-data; name="do"\r\n\r\nstop_all\r\n--x--\r\n'


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data; boundary=x", MULTIPART),
        ("", MULTIPART),
        (FORM, "do=stop_all".encode("utf-16")),
        (FORM, "do=stop_all".encode("utf-16-le")),
        (f"{FORM}; charset=utf-16", "do=stop_all".encode("utf-16")),
        ("text/plain", b"do=stop_all\r\n"),
        ("application/json", b'{"do":"stop_all"}'),
    ],
)
def test_whoever_says_it_in_another_way_is_not_told_that_all_is_well(kind: str, body: bytes) -> None:
    scene = Scene()
    heard = scene.asks("POST", body=body, kind=kind)
    assert (heard.status, "nothing was changed" in heard.text, "<form" in heard.text) == (415, True, True)
    assert scene.told == []


@pytest.mark.parametrize("kind", ["", f"{FORM}; charset=UTF-8", f'{FORM};charset="utf-8"', FORM.upper()])
def test_a_form_says_so_in_several_ways(kind: str) -> None:
    scene = Scene()
    assert scene.asks("POST", body=b"do=stop_all", kind=kind).status == 200
    assert [name for name, _ in scene.told] == [CONSENT_WITHDRAWN]


def test_a_choice_that_changes_nothing_waits_for_what_it_repeats() -> None:
    scene = Scene()
    scene.saves("cart", "news", pace="1")
    scene.fault = Unavailable("the commit that holds the first one fails")
    heard = scene.saves("cart", "news", pace="1")
    assert (heard.status, "Nothing has changed." in heard.text) == (503, False)


def test_the_style_of_the_page_is_the_one_its_policy_allows_and_there_is_no_script() -> None:
    heard = Scene().asks()
    [style] = re.findall(r"<style>(.*?)</style>", heard.text, re.DOTALL)
    policy = heard.headers["content-security-policy"]
    assert f"style-src 'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'" in policy
    assert policy.startswith("default-src 'none';")
    assert "<script" not in heard.text
    assert " style=" not in heard.text
    assert (heard.headers["cache-control"], heard.headers["referrer-policy"]) == ("no-store", "no-referrer")


def test_every_field_has_a_label_and_every_group_a_name() -> None:
    page = Scene().asks().text
    fields = re.findall(r'<input type="(?:checkbox|radio)"', page)
    assert len(fields) == len(re.findall(r'<label><input type="(?:checkbox|radio)"', page)) > 0
    assert page.count("<fieldset><legend>") == page.count("<fieldset>") == 3
    assert 'type="date" name="until" min="2026-06-02"' in page
    assert 'aria-label="The day on which the pause ends"' in page


def test_names_of_topics_cannot_break_the_page() -> None:
    strange = {"cart": 'topic: "<b>\\"&"'}
    world = World(shop(journeys="journey: a\nenter: {on: Ping}\nsteps:\n  - send: cart\n", messages=strange))
    scene = Scene()
    scene.world, scene.ann = world, world.user("ann")
    page = scene.asks().text
    assert "<b>" not in page
    assert 'value="&lt;b&gt;&quot;&amp;"' in page


def test_what_was_chosen_holds_for_the_next_message() -> None:
    scene = Scene()
    scene.saves("cart", pace="", pause="week")
    scene.ann.does("Ping")
    scene.world.passes(hours=1)
    assert scene.world.why(scene.ann, "cart").code == "paused"
    assert scene.choices().paused_until == scene.world.now - HOUR + timedelta(days=7) // timedelta(milliseconds=1)
