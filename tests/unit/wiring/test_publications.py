"""An attempt's words: with the addresses a host provides, and links as the operator wishes."""

from msgspec.structs import replace

from opportune.adapters.sources.trail import Tracking, Trail
from opportune.adapters.stores.memory import MemoryStore
from opportune.messages.links import links_in
from opportune.messages.template import Rendered
from opportune.playbook.reading import playbook_from
from opportune.sending.attempt import Attempt
from opportune.wiring.publications import Publications

STOP, CHOOSE = "https://shop.example/u/stop", "https://shop.example/p/choose"
FILES = {
    "opportune.yaml": "zone: UTC\nconsent: {email: always}\n",
    "journeys/cart.yaml": "journey: cart\nenter: {on: Cart Updated}\nsteps:\n  - send: reminder\n",
    "messages/reminder.yaml": "message: reminder\ntopic: cart\nchannels: [email]\n",
    "messages/reminder.liquid": (
        "subject: Hi\n---\nGo to https://x.example/ or {{ preferences_url }} {{ unsubscribe_url }}\n--- html\n"
        '<a href="https://x.example/?a={{ user }}">go</a> <a href="{{ unsubscribe_url }}">stop</a> '
        '<a href="{{ preferences_url }}">choose</a>\n'
    ),
}
TRAIL = Trail("https://shop.example", b"s" * 32, Tracking(opens=True, clicks=True, utm=True))


def attempted() -> tuple[Publications, Attempt]:
    playbook = playbook_from(FILES)
    publications = Publications(MemoryStore())
    publications.keep(playbook, FILES)
    names = ("reminder", "default", "email", "cart", "ann@x.example")
    return publications, Attempt("0af1" * 8, "a&b", *names, 1, 2, playbook.hash, {})


def rendered(trail: Trail | None = None) -> Rendered:
    publications, attempt = attempted()
    if trail is None:
        return publications.rendered(attempt, unsubscribe_url=STOP, preferences_url=CHOOSE)
    return publications.rendered(attempt, unsubscribe_url=STOP, preferences_url=CHOOSE, linking=trail.linking(attempt))


def test_templates_may_show_where_to_choose() -> None:
    assert rendered().text == f"Go to https://x.example/ or {CHOOSE} {STOP}"


def test_without_a_page_to_choose_on_its_address_is_that_of_the_way_out() -> None:
    publications, attempt = attempted()
    assert publications.rendered(attempt, unsubscribe_url=STOP).text.endswith(f"{STOP} {STOP}")


def test_nothing_is_tracked_unless_it_is_wished() -> None:
    assert [link.url for link in links_in(rendered().html)] == ["https://x.example/?a=a&b", STOP, CHOOSE]
    publications, attempt = attempted()
    must = replace(attempt, is_marketing=False)
    plain = publications.rendered(must, unsubscribe_url=STOP, preferences_url=CHOOSE)
    assert publications.rendered(
        must, unsubscribe_url=STOP, preferences_url=CHOOSE, linking=TRAIL.linking(must)
    ) == plain  # fmt: skip


def test_links_lead_through_us_but_for_our_own_and_the_text_stays() -> None:
    words = rendered(TRAIL)
    through, *ours = [link.url for link in links_in(words.html)]
    mark = TRAIL.read(through.removeprefix("https://shop.example/c/"))
    assert mark is not None
    utm = "utm_source=opportune&utm_medium=email&utm_campaign=reminder&utm_content=default"
    assert mark.url == f"https://x.example/?a=a&b&{utm}"
    assert ours == [STOP, CHOOSE]
    assert '<img src="https://shop.example/o/' in words.html
    assert words.text == rendered().text


def test_a_repeat_of_an_attempt_is_the_same_bytes() -> None:
    assert rendered(TRAIL) == rendered(Trail("https://shop.example/", b"s" * 32))
