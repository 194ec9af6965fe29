"""Small pasts, written as who did what how many hours after a beginning."""

import msgspec

from opportune.events.event import Event
from opportune.playbook.compiling import compiled
from opportune.playbook.definition import Playbook
from opportune.units import DAY, HOUR, Instant
from opportune.wiring.backtest.figures import Figures
from opportune.wiring.backtest.life import live
from opportune.wiring.backtest.lived import Lived
from opportune.wiring.backtest.report import Report

START: Instant = 1_780_315_200_000
"""2026-06-01T12:00Z, a Monday."""
END: Instant = START + 60 * DAY


def past(user: str, *happened: tuple[float, str], zone: str = "UTC", **traits: object) -> list[Event]:
    """The user states a zone and a mail address at the beginning, and does these things so many hours after it."""
    stated = {"email": f"{user}@example.com", "timezone": zone, **traits}
    made = [Event(f"{user}-0", user, "Identified", START, START, properties=msgspec.json.encode(stated))]
    for place, (hours, name) in enumerate(happened, 1):
        at = START + round(hours * HOUR)
        properties = msgspec.json.encode({"n": str(place)})
        made.append(Event(f"{user}-{place}", user, name, at, at, properties=properties))
    return made


def lived(
    playbook: Playbook, *happened: tuple[float, str], user: str = "ann", zone: str = "UTC", **traits: object
) -> Lived:
    """What becomes of this past under the playbook."""
    return live(compiled(playbook), past(user, *happened, zone=zone, **traits), until=END)


def report_of(playbook: Playbook, *lives: Lived, name: str = "shop") -> Report:
    """The figures of these users."""
    figures = Figures(playbook, 0, START, END)
    for each in lives:
        figures.add([each])
    return figures.report(name)


def says(name: str, more: str = "", steps: str = "") -> str:
    """A journey that says the message of its name at each event of its name."""
    return f"journey: {name}\nkey: n\nenter: {{on: {name.title()}}}\n{more}\nsteps:\n  - send: {name}\n{steps}"
