"""Who fetched it: the shipped rules on what real programs say of themselves, and what a set of rules must be."""

import pytest

from opportune.adapters.sources.fetches import Fetch
from opportune.adapters.sources.machines import By, shipped, signs_of
from opportune.units import SECOND

NOW = 1_780_315_200_000
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/139.0.0.0 Safari/537.36 Edg/139.0.0.0"
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
AHEAD = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0"


def opened(agent: str = FIREFOX, address: str = "203.0.113.7", *, is_prefetch: bool = False) -> Fetch:
    return Fetch("open", "", NOW, agent, address, is_prefetch)


def clicked(
    url: str = "https://x/", agent: str = FIREFOX, address: str = "203.0.113.7", *, head: bool = False
) -> Fetch:
    return Fetch("click", url, NOW, agent, address, is_head=head)


def judged(fetch: Fetch, *others: Fetch, since: float = 60) -> tuple[By, str]:
    found = shipped().judged(fetch, [fetch, *others], round(since * SECOND))
    return found.says, found.name


@pytest.mark.parametrize(
    ("fetch", "since", "verdict"),
    [
        (opened(), 60, ("human", "otherwise")),
        (clicked(), 60, ("human", "otherwise")),
        (clicked(agent=EDGE), 11, ("human", "otherwise")),
        (opened(agent=""), 60, ("machine", "no_agent")),
        (clicked(agent=" "), 60, ("machine", "no_agent")),
        (opened(agent="Mozilla/5.0"), 86_400, ("machine", "apple_privacy")),
        (clicked(agent="Mozilla/5.0"), 60, ("human", "otherwise")),
        (opened(agent=GMAIL), 60, ("human", "gmail_proxy")),
        (opened(agent=GMAIL), 5, ("unsure", "gmail_proxy_soon")),
        (opened(agent=AHEAD), 60, ("machine", "gmail_prefetch")),
        (opened(agent="YahooMailProxy; https://help.yahoo.com/kb/SLN28749.html"), 60, ("human", "yahoo_proxy")),
        (opened(agent="Mozilla/5.0 (compatible; ProtonMailImageProxy)"), 60, ("unsure", "other_proxy")),
        (clicked(agent="Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"), 60, ("machine", "preview")),
        (clicked(agent="WhatsApp/2.23.20.0"), 60, ("machine", "preview")),
        (clicked(agent="facebookexternalhit/1.1"), 60, ("machine", "preview")),
        (clicked(agent="python-requests/2.32"), 60, ("machine", "program")),
        (clicked(agent="Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)"), 60,
         ("machine", "program")),
        (clicked(agent="BarracudaCentral"), 60, ("machine", "scanner")),
        (clicked(agent=EDGE, address="40.94.1.1"), 60, ("human", "otherwise")),
        (clicked(agent=EDGE, address="40.92.10.1"), 60, ("machine", "microsoft_filter")),
        (clicked(agent=EDGE, address="2a01:111:f400::9"), 60, ("machine", "microsoft_filter")),
        (opened(address="67.231.152.9"), 60, ("machine", "proofpoint_filter")),
        (clicked(address="209.222.82.1"), 60, ("machine", "barracuda_filter")),
        (clicked(address="207.211.31.5"), 60, ("machine", "mimecast_filter")),
        (clicked(address="207.211.31.200"), 60, ("human", "otherwise")),
        (clicked(address=""), 60, ("human", "otherwise")),
        (clicked(address="unix:"), 60, ("human", "otherwise")),
        (clicked(), 2, ("machine", "at_once")),
        (clicked(), 2.001, ("unsure", "soon")),
        (clicked(), 10, ("unsure", "soon")),
        (clicked(), 10.001, ("human", "otherwise")),
        (clicked(), -1, ("machine", "at_once")),
        (opened(), 1, ("machine", "open_at_once")),
        (opened(), 7, ("unsure", "open_soon")),
        (opened(is_prefetch=True), 60, ("machine", "prefetch")),
    ],
)  # fmt: skip
def test_a_fetch_is_whose_it_seems_to_be(fetch: Fetch, since: float, verdict: tuple[By, str]) -> None:
    assert judged(fetch, since=since) == verdict


def test_who_follows_every_link_is_a_machine_and_two_links_are_not_sure() -> None:
    first, second, third = (clicked(f"https://x/{n}") for n in "abc")
    assert judged(first, first, first) == ("human", "otherwise")
    assert judged(first, second) == ("unsure", "two_links")
    assert judged(first, second, third) == ("machine", "many_links")


def test_what_another_client_does_meanwhile_tells_nothing() -> None:
    others = [clicked(f"https://x/{n}", agent=EDGE, address="198.51.100.1") for n in "bcd"]
    assert judged(clicked("https://x/a"), *others) == ("human", "otherwise")


def test_a_client_is_known_by_its_address_or_its_agent() -> None:
    moment = [clicked("https://x/b", agent=EDGE), clicked("https://x/c", address="198.51.100.1")]
    assert judged(clicked("https://x/a"), *moment) == ("machine", "many_links")


def test_who_asks_for_the_head_of_a_link_first_is_a_machine() -> None:
    assert judged(clicked(), clicked(head=True)) == ("machine", "head_first")
    assert judged(clicked(), clicked("https://other/", head=True))[1] == "two_links"


def test_who_follows_the_hidden_link_is_a_machine_in_all_it_does() -> None:
    trap = clicked("")
    assert judged(clicked(), trap) == ("machine", "trap")
    assert judged(opened(), trap) == ("machine", "trap")


LAST = "- {name: rest, says: human, because: x}"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("- {name: a, kind: open, says: human, because: x}", "the last one has no condition"),
        (f"- {{name: a, says: human, because: x}}\n{LAST}", "the last one has no condition"),
        (f"- {{name: rest, kind: open, says: human, because: x}}\n{LAST}", "each name stands once"),
        (f"- {{name: a, agents: [x], says: human, because: x}}\n{LAST}", "unknown field `agents`"),
        (f"- {{name: a, kind: look, says: human, because: x}}\n{LAST}", "Invalid enum value 'look'"),
        (f"- {{name: a, kind: open, says: robot, because: x}}\n{LAST}", "Invalid enum value 'robot'"),
        (f"- {{name: a, kind: open, says: human}}\n{LAST}", "missing required field `because`"),
        (f"- {{name: a, networks: [10.0.0.1/8], says: human, because: x}}\n{LAST}", "a: 10.0.0.1/8 has host bits set"),
        ("[", "machine rules: machine_rules.yaml:2: this is not YAML"),
        ("", "machine rules: Expected `array`"),
        ("- {name: !!timestamp x, says: human, because: x}", "tags are not read"),
        ("- {name: &a x, says: human, because: *a}", "anchors and aliases are not read"),
    ],
)
def test_rules_that_cannot_be_used_say_why(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match="machine rules:") as refusal:
        signs_of(text)
    assert reason in str(refusal.value)


def test_a_span_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="machine rules: a: a span"):
        signs_of(f"- {{name: a, within: soon, says: human, because: x}}\n{LAST}")
