"""Mail that tells of our mail: delivery reports (RFC 3464) and complaints (RFC 5965), as a mail server hands them on.

Such mail can be written by anybody. It is believed only of a decision whose id it names, which nobody can guess, and
only who got the mail can know.
"""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from email.parser import HeaderParser
from typing import Final

from opportune.adapters.sources.hooks_told import Told, Type
from opportune.errors import EventError

MOST_BYTES: Final = 1024 * 1024
_MOST_PARTS: Final = 100
_MOST_WORK: Final = 1_000_000
"""Lines times parts: each line is held against the end of each part that it may lie in."""
_OURS: Final = re.compile(r"<?\b([0-9a-f]{32})@")
_PART: Final = re.compile(rb"boundary|content-type\s*:\s*message/", re.IGNORECASE)
_DONE: Final[dict[str, Type]] = {"failed": "bounced", "delivered": "delivered"}
_FEEDBACK: Final[dict[str, Type]] = {"abuse": "complained", "fraud": "complained", "opt-out": "unsubscribed"}
_WHERE: Final = ("original-message-id", "original-envelope-id", "in-reply-to", "references")


def told_by(raw: bytes) -> Told | None:
    """What this mail tells of one of ours; None if it only tells of something that changes nothing, such as a delay.

    Raises EventError ``not_a_report`` for any other mail.
    """
    parts_in_parts = sum(1 for _ in _PART.finditer(raw))
    if parts_in_parts > _MOST_PARTS or raw.count(b"\n") * (1 + parts_in_parts) > _MOST_WORK:
        raise EventError("not_a_report", "the mail has too many lines and parts for a report")
    mail = message_from_bytes(raw)
    parts = list(mail.walk())
    decision = _decision(mail, parts)
    for part in parts:
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            return _delivery(_fields(part), decision)
        if kind == "message/feedback-report":
            fields = next(iter(_fields(part)), {})
            found = _FEEDBACK.get(fields.get("feedback-type", "").lower())
            return None if found is None else Told(found, decision, channel="email")
    raise EventError("not_a_report", "the mail is neither a delivery report (RFC 3464) nor a complaint (RFC 5965)")


def _delivery(groups: list[dict[str, str]], decision: str) -> Told | None:
    """The first failure among the groups of fields; without one, the first delivery."""
    known = [group for group in groups if group.get("action", "").split(" ")[0].lower() in _DONE]
    known.sort(key=lambda group: not group["action"].lower().startswith("failed"))
    if not known:
        return None
    action = known[0]["action"].split(" ")[0].lower()
    words = known[0].get("diagnostic-code", "").partition(";")[2].strip()
    return Told(_DONE[action], decision, channel="email", status=known[0].get("status", ""), reason=words[:1_000])


def _fields(part: Message) -> list[dict[str, str]]:
    """The groups of fields that a report is made of, names in lowercase."""
    payload = part.get_payload()
    groups = [each for each in payload if isinstance(each, Message)] if isinstance(payload, list) else []
    return [{name.lower(): _line(value) for name, value in group.items()} for group in groups]


def _decision(mail: Message, parts: list[Message]) -> str:
    """The decision that the returned mail was of; else the one that the report answers to; empty if there is none."""
    found = (_OURS.search(text) for text in _ids(mail, parts))
    return next((each[1] for each in found if each is not None), "")


def _ids(mail: Message, parts: list[Message]) -> Iterator[str]:
    for part in parts:
        kind = part.get_content_type()
        payload = part.get_payload()
        if kind.startswith("message/") and isinstance(payload, list) and isinstance(payload[0], Message):
            yield _line(payload[0].get("message-id", ""))
        elif kind == "text/rfc822-headers":
            text = part.get_payload(decode=True)
            if isinstance(text, bytes):
                yield _line(HeaderParser().parsestr(text.decode("latin-1").lstrip()).get("message-id", ""))
    for part in (*parts, mail):
        yield from (_line(part.get(name, "")) for name in _WHERE)


def _line(value: object) -> str:
    return " ".join(str(value).split())
