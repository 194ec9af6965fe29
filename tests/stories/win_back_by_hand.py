"""Who of the students would have got which mail when, worked out from the raw file alone: the engine is not used.

come_back   after 7 days in which a student wrote nothing, 14 days after its last beginning at the earliest: a mail,
            and a second one 3 days after the first has gone, or was not to go
long_gone   after 21 such days: a mail
both end    as soon as the student writes again
no mail     from 21:00 to 09:00 in California; more than 2 in any 30 days; more than a day after it was wanted
"""

import gzip
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/Los_Angeles")
DAY = 86_400
SILENCES = {"come_back": 7 * DAY, "long_gone": 21 * DAY}
COOLDOWN, PAUSE, USEFUL, CAP, WITHIN = 14 * DAY, 3 * DAY, DAY, 2, 30 * DAY


def morning(at):
    """The first instant from ``at`` on that is not from 21:00 to 09:00."""
    clock = datetime.fromtimestamp(at, ZONE)
    if 9 <= clock.hour < 21:
        return at
    day = clock.date() + timedelta(days=clock.hour >= 21)
    return int(datetime(day.year, day.month, day.day, 9, tzinfo=ZONE).timestamp())


def is_full(held, at):
    """Whether a mail at ``at`` would be the third in some 30 days."""
    starts = [at, *(each for each in held if at - WITHIN < each <= at)]
    return any(sum(start <= each < start + WITHIN for each in held) >= CAP for start in starts)


def objections(held, at):
    """Why no mail may go at ``at``, and until when."""
    opens, found = morning(at), []
    if opens > at:
        found.append((opens, "quiet_hours"))
    if is_full(held, at):
        free = sorted(each + WITHIN for each in held if each + WITHIN > at)
        found.append((next(each for each in free if not is_full(held, each)), "frequency_cap"))
    return found


class Student:
    def __init__(self, name, figures):
        self.name, self.figures = name, figures
        self.silences, self.planned, self.waits = {}, {}, {}
        self.sent, self.said, self.begun = [], [], None

    def until(self, now):
        """Whatever is due up to and with ``now``, the earliest first."""
        while True:
            due = [(at, "plan", name) for name, (at, _) in self.planned.items()]
            due += [(at, "wait", name) for name, at in self.waits.items()]
            due += [(at, "silence", name) for name, at in self.silences.items()]
            if not due or min(due)[0] > now:
                return
            assert sum(at == min(due)[0] for at, _, _ in due) == 1, "two at one instant: the script decides singly"
            at, what, journey = min(due)
            if what == "plan":
                self.send(at, journey, self.planned.pop(journey)[1])
            elif what == "wait":
                del self.waits[journey]
                self.want(at, journey, "come_back_again")
            else:
                del self.silences[journey]
                if journey == "long_gone" or self.begun is None or at >= self.begun + COOLDOWN:
                    self.begun = at if journey == "come_back" else self.begun
                    self.want(at, journey, journey)

    def want(self, now, journey, message):
        self.figures["decisions"] += 1
        at, first = now, objections(self.held(), now)
        against = first
        while against:
            at = max(until for until, _ in against)
            if at >= now + USEFUL:
                told = max(first)[1] if against[0][1] in {code for _, code in first} else against[0][1]
                self.figures["codes"][journey, told] += 1
                if told == "frequency_cap":
                    self.collide(now, journey)
                return self.go_on(now, journey, message)
            against = objections(self.held(), at)
        if at > now:
            self.planned[journey] = at, message
        else:
            self.send(at, journey, message)

    def collide(self, now, journey):
        """Every journey with a mail in the window loses it one silence."""
        held = [*self.said, *((at, name) for name, (at, _) in self.planned.items())]
        winners = {name for at, name in held if now - WITHIN < at < now + WITHIN}
        self.figures["collisions"].update((journey, winner) for winner in winners)

    def held(self):
        return [*self.sent, *(at for at, _ in self.planned.values())]

    def send(self, at, journey, message):
        self.sent.append(at)
        self.said.append((at, journey))
        self.figures["sends"].append((self.name, journey, message, at))
        self.go_on(at, journey, message)

    def go_on(self, at, journey, message):
        if message == "come_back":
            self.waits[journey] = at + PAUSE

    def writes(self, at):
        self.until(at)
        for journey in self.planned:
            self.figures["codes"][journey, "exited"] += 1
        self.planned, self.waits = {}, {}
        self.silences = {journey: at + span for journey, span in SILENCES.items()}


def by_hand(path):
    """All figures, and every send as (student, journey, message, unix seconds)."""
    figures, students = {"sends": [], "codes": Counter(), "collisions": Counter(), "decisions": 0}, {}
    with gzip.open(path, "rt") as lines:
        rows = sorted((int(at), writer) for writer, _, at in map(str.split, lines))
    for at, writer in rows:
        students.setdefault(writer, Student(writer, figures)).writes(at)
    for student in students.values():
        student.until(rows[-1][0])
        figures["open"] = figures.get("open", 0) + len(student.planned)
    sends = figures["sends"]
    figures["users"], figures["users_reached"] = len(students), len({user for user, *_ in sends})
    figures["days"] = Counter(datetime.fromtimestamp(at, UTC).date().isoformat() for *_, at in sends)
    figures["hours"] = Counter(datetime.fromtimestamp(at, ZONE).hour for *_, at in sends)
    return figures
