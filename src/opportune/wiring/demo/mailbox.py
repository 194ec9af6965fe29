"""What users, their mail programs and their providers do with what has arrived."""

from collections.abc import Iterator, Mapping
from random import Random

from opportune.units import HOUR, MINUTE, Instant
from opportune.wiring.demo.cast import Character, Program
from opportune.wiring.demo.deed import Act, Deed, event_deed
from opportune.wiring.demo.letterbox import Mail
from opportune.wiring.demo.shop import visit

AGENTS: Mapping[Program, str] = {
    "browser": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.0",
    "webmail": "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    "private": "Mozilla/5.0",
    "guarded": "Barracuda Sentinel (EE)",
    "proxied": "Mozilla/5.0 (compatible; DuckDuckGo-MailProxy/1.0)",
}
"""Who fetches the pictures of a mail."""
HANDS = "Mozilla/5.0 (Linux; Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"
"""What a user clicks with."""


class Mailboxes:
    """Everybody's, after the play's seed."""

    def __init__(self, seed: int, cast: Mapping[str, Character]) -> None:
        self._seed = seed
        self._cast = cast

    def refusal(self, address: str) -> str | None:
        """What the mail server answers to this address; None if it takes mail for it."""
        user = self._owner(address)
        return "550 5.1.1 no such mailbox" if user is not None and user.mailbox == "gone" else None

    def after(self, mail: Mail, at: Instant) -> Iterator[Deed]:
        """What becomes of a mail that has arrived now."""
        user, begins = self._owner(mail.address), whole_minute(at)
        if user is None:
            return
        if user.mailbox == "closing":
            yield _done(user, begins + HOUR, mail, "return")
            return
        chance = Random(f"{self._seed} {mail.decision}")
        agent = AGENTS[user.program]
        if user.program == "guarded":
            for number, link in enumerate((mail.picture, *mail.links)):
                yield _fetch(user, begins, f"{mail.decision}-scan-{number}", agent, link)
        elif user.program == "private" and mail.picture:
            yield _fetch(user, begins, f"{mail.decision}-ahead", agent, mail.picture)
        if chance.random() < 0.5:
            yield from self._read(user, mail, begins + chance.randint(3, 240) * MINUTE, chance)

    def after_push(self, user_id: str, decision: str, at: Instant) -> Iterator[Deed]:
        """What the user does about a push that has arrived now."""
        user, chance = self._cast.get(user_id), Random(f"{self._seed} {decision}")
        if user is not None and chance.random() < 0.3:
            opened = whole_minute(at) + chance.randint(1, 45) * MINUTE
            said: dict[str, object] = {"decision": decision}
            yield event_deed(user.id, opened, f"{decision}-open", "Push Opened", said)
            yield from visit(user, opened + MINUTE, f"{decision}-back", chance)

    def after_in_app(self, user_id: str, decision: str, at: Instant) -> Iterator[Deed]:
        """What the user does about an in-app message that it has followed."""
        yield event_deed(user_id, whole_minute(at) + 2 * MINUTE, f"{decision}-found", "Help Found", {})

    def _read(self, user: Character, mail: Mail, opened: Instant, chance: Random) -> Iterator[Deed]:
        if user.program in ("browser", "webmail", "proxied") and mail.picture:
            yield _fetch(user, opened, f"{mail.decision}-open", AGENTS[user.program], mail.picture)
        mood = chance.random()
        if user.temper != "calm" and mood < 0.5:
            match user.temper:
                case "leaves":
                    yield _done(user, opened + MINUTE, mail, "press", mail.link)
                case "complains":
                    yield _done(user, opened + MINUTE, mail, "complain")
                case "slows" if mail.preferences:
                    yield _done(user, opened + MINUTE, mail, "choose", mail.preferences)
        elif mood < 0.4 and mail.links:
            yield _fetch(user, opened + MINUTE, f"{mail.decision}-click", HANDS, mail.links[0])
            yield from visit(user, opened + 2 * MINUTE, f"{mail.decision}-back", chance)

    def _owner(self, address: str) -> Character | None:
        return self._cast.get(address.partition("@")[0])


def whole_minute(at: Instant) -> Instant:
    """The first whole minute from this instant on."""
    return -(-at // MINUTE) * MINUTE


def _fetch(user: Character, at: Instant, name: str, agent: str, link: str) -> Deed:
    return Deed(at, f"{user.id}-{name}", user.id, agent, link.encode(), act="fetch")


def _done(user: Character, at: Instant, mail: Mail, act: Act, link: str = "") -> Deed:
    body = (link or mail.decision).encode()
    return Deed(at, f"{user.id}-{mail.decision}-{act}", user.id, mail.address, body, act=act)
