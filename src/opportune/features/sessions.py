"""Stretches of activity: is the user here now, since when, and when was the user here last.

Two events belong to one session if they are less than ``idle`` apart, directly or through events between them. A late
event may lengthen a session at either end or join two. What came later than ``lateness``, and imported history, is no
activity: nothing that it could join may still be known.
"""

from opportune.features.profile import Profile, Session
from opportune.units import Instant, Millis


def touch(sessions: list[Session], at: Instant, idle: Millis) -> None:
    """Enter activity at this instant."""
    if not sessions or at - sessions[-1].end >= idle:
        sessions.append(Session(at, at))
        return
    place = len(sessions)
    while place and sessions[place - 1].start > at:
        place -= 1
    sessions.insert(place, Session(at, at))
    _join(sessions, place, idle)
    if place:
        _join(sessions, place - 1, idle)


def _join(sessions: list[Session], place: int, idle: Millis) -> None:
    """Make one of this session and the one after it, if they are less than ``idle`` apart."""
    if place + 1 < len(sessions) and sessions[place + 1].start - sessions[place].end < idle:
        sessions[place].end = max(sessions[place].end, sessions[place + 1].end)
        del sessions[place + 1]


def forget_sessions(sessions: list[Session], horizon: Instant, idle: Millis) -> None:
    """Drop the sessions that do not reach past ``horizon``; the newest stays, however old."""
    gone = 0
    while gone < len(sessions) - 1 and sessions[gone].end + idle <= horizon:
        gone += 1
    del sessions[:gone]


def session_at(profile: Profile, at: Instant, idle: Millis) -> Session | None:
    """The session with ``start <= at < end + idle``; its end is the last activity known, which may be after ``at``."""
    for session in reversed(profile.sessions):
        if session.start <= at:
            return session if at < session.end + idle else None
    return None


def last_active(profile: Profile) -> Instant | None:
    """The instant of the newest activity known; None if there never was any."""
    return profile.sessions[-1].end if profile.sessions else None


def oldest_needed(sessions: list[Session], horizon: Instant, idle: Millis) -> Instant:
    """The instant from which on entries can still be read by OVER SESSION as of ``horizon`` or later."""
    for session in sessions:
        if session.end + idle > horizon:
            return min(session.start, horizon)
    return horizon


def merge_sessions(first: list[Session], second: list[Session], idle: Millis) -> list[Session]:
    """The sessions of one user who was active whenever either was."""
    merged: list[Session] = []
    for session in sorted((*first, *second), key=lambda session: (session.start, session.end)):
        if merged and session.start - merged[-1].end < idle:
            merged[-1].end = max(merged[-1].end, session.end)
        else:
            merged.append(Session(session.start, session.end))
    return merged
