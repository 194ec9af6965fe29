"""How the preference page says things."""

from datetime import date
from typing import Final

_CHANNELS: Final = {"email": "email", "sms": "text messages", "push": "push messages", "in_app": "messages in the app"}
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


def on_channel(channel: str) -> str:
    """The channel as people call it."""
    return _CHANNELS.get(channel, named(channel).lower())


def named(topic: str) -> str:
    """A topic as people would write its name: ``price_alerts`` is Price alerts."""
    words = " ".join(topic.replace("_", " ").replace("-", " ").split()) or topic
    return words[:1].upper() + words[1:]


def pace_words(pace: int | None) -> str:
    """How often messages come, as a sentence without its end."""
    match pace:
        case None:
            return "As often as there is something to say"
        case 0:
            return "Nothing at all"
        case 1:
            return "At most once a week"
        case _:
            return f"At most {pace} times a week"


def day_words(day: date) -> str:
    """``1 December 2026``."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def listed(names: list[str]) -> str:
    """``cart, news and offers``."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
