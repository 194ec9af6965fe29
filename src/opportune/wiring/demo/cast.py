"""Who plays: users of different habits and zones, drawn from a seed, the same for the same seed."""

from collections.abc import Iterator
from random import Random
from typing import Literal, TypeAlias

from msgspec import Struct

Habit: TypeAlias = Literal["early_bird", "night_owl", "commuter", "shift_worker", "weekender"]
"""When somebody is there: before work, at night, on the way, at hours that change daily, or on days off."""
Program: TypeAlias = Literal["browser", "webmail", "private", "guarded", "proxied"]
"""What fetches the pictures of a mail: the user's own program, the provider once it is read, a machine for everybody
(``private``), a filter that follows links as well (``guarded``), or a proxy that nobody can tell (``proxied``)."""
Temper: TypeAlias = Literal["calm", "leaves", "complains", "slows"]
"""What becomes of a mail too many: nothing, an unsubscribe, a complaint, or a slower pace on the preference page."""
Mailbox: TypeAlias = Literal["fine", "gone", "closing"]
"""``gone``: the server refuses it at once. ``closing``: takes mail, and sends it back an hour later."""

SECTIONS = ("harbour", "politics", "climate", "sport")
ZONES = (
    *("Europe/Berlin", "Europe/Berlin", "Europe/Berlin", "Europe/London", "Europe/Helsinki"),
    *("America/New_York", "America/Los_Angeles", "Asia/Kolkata", "Asia/Tokyo", "Australia/Sydney"),
)
NAMES = (
    *("Ada", "Ben", "Cleo", "Dana", "Emil", "Finn", "Gita", "Hana", "Ida", "Juno", "Kai", "Lena", "Mia", "Noor"),
    *("Olga", "Paul", "Rosa", "Sven", "Tara", "Uma", "Vito", "Wren", "Yuki", "Zoe"),
)


class Character(Struct, frozen=True):
    """One simulated user."""

    id: str
    name: str
    zone: str
    moves_to: str
    """The zone from the second day on; for most the same one."""
    habit: Habit
    program: Program
    temper: Temper
    mailbox: Mailbox
    is_opted_in: bool
    has_app: bool
    """Gets push."""
    is_lost: bool
    """Bought something before the play begins, and stays away."""
    is_new: bool
    """Looks around without a name before saying who it is."""
    follows: tuple[str, ...]
    """Sections of the news."""

    def zone_on(self, day: int) -> str:
        """Where it lives on this day of the play, counted from 0."""
        return self.moves_to if day >= 1 else self.zone


def cast_of(seed: int, users: int) -> dict[str, Character]:
    """So many users by id."""
    return {each.id: each for each in _drawn(seed, users)}


def _drawn(seed: int, users: int) -> Iterator[Character]:
    for number in range(users):
        chance = Random(f"{seed} {number}")
        name, zone = NAMES[number % len(NAMES)], chance.choice(ZONES)
        habits: tuple[Habit, ...] = ("early_bird", "night_owl", "commuter", "shift_worker", "weekender")
        programs: tuple[Program, ...] = ("browser", "webmail", "private", "guarded", "proxied")
        tempers: tuple[Temper, ...] = ("calm", "leaves", "complains", "slows")
        mailboxes: tuple[Mailbox, ...] = ("fine", "gone", "closing")
        yield Character(
            id=f"{name.lower()}-{number:04}",
            name=name,
            zone=zone,
            moves_to=chance.choice(ZONES) if chance.random() < 0.03 else zone,
            habit=chance.choices(habits, (3, 3, 3, 2, 3))[0],
            program=chance.choices(programs, (4, 3, 3, 1, 1))[0],
            temper=chance.choices(tempers, (84, 8, 3, 5))[0],
            mailbox=chance.choices(mailboxes, (96, 2, 2))[0],
            is_opted_in=chance.random() < 0.9,
            has_app=chance.random() < 0.35,
            is_lost=chance.random() < 0.08,
            is_new=chance.random() < 0.06,
            follows=tuple(section for section in SECTIONS if chance.random() < 0.14),
        )
