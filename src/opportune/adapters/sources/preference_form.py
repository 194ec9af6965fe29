"""The preference page as HTML: how it stands, and what can be chosen."""

from datetime import timedelta
from html import escape

from opportune.adapters.sources.choices import FURTHEST, PACES, Choices
from opportune.adapters.sources.pages import page
from opportune.adapters.sources.preference_words import day_words, listed, named, on_channel, pace_words
from opportune.adapters.sources.unsubscribe import Subject
from opportune.units import DAY, Instant


def form(subject: Subject, choices: Choices, now: Instant, notice: str = "") -> str:
    """The whole page; ``notice`` is HTML that stands above."""
    channel = escape(on_channel(subject.channel))
    parts = [notice, "<h1>What would you like to get?</h1>"]
    if choices.is_suppressed:
        parts.append('<p class="said wrong">At present we send nothing to this address, whatever is chosen here.</p>')
    parts.append(
        f'<p class="soft">This is about {channel}. Messages that must be sent, such as receipts, still are.</p>'
    )
    parts.append('<form method="post">')
    parts += [_topics(choices), _pace(choices), _pause(choices, now)]
    parts.append('<div class="deeds"><button name="do" value="save">Save</button>')
    parts.append(
        f'<button class="quiet" name="do" value="stop_all">Unsubscribe from all {channel}</button></div></form>'
    )
    return page("What would you like to get?", "".join(parts))


def said(subject: Subject, after: Choices, before: Choices) -> str:
    """What is true from now on, in sentences."""
    topics = [named(topic) for topic, is_on in after.topics.items() if is_on]
    channel = on_channel(subject.channel)
    if after.is_suppressed:
        lines = ["Your choice is kept for the day on which we may write to you again."]
    elif topics:
        lines = [f"You get {channel} about {listed(topics)}."]
        lines.append(f"{pace_words(after.pace)}.")
        if after.paused_until is not None:
            lines.append(f"But nothing until {day_words(after.day(after.paused_until))}.")
    else:
        lines = [f"You get no more {channel} from us but what must be sent, such as receipts."]
    title = "Saved." if after != before else "Nothing has changed."
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f'<div class="said" role="status"><strong>{title}</strong><ul>{items}</ul></div>'


def wrong(text: str) -> str:
    """Why nothing was changed."""
    return f'<p class="said wrong" role="alert">{escape(text)}</p>'


def _topics(choices: Choices) -> str:
    if not choices.topics:
        return ""
    rows = "".join(
        f'<input type="hidden" name="shown" value="{escape(topic)}">'
        f'<label><input type="checkbox" name="topic" value="{escape(topic)}"{" checked" * is_on}>'
        f"<span>{escape(named(topic))}</span></label>"
        for topic, is_on in choices.topics.items()
    )
    return _group("About", rows)


def _pace(choices: Choices) -> str:
    others = () if choices.pace in PACES else (choices.pace,)
    offered = sorted((*PACES, *others), key=lambda pace: (pace is not None, -(pace or 0)))
    rows = "".join(
        _radio("pace", "" if each is None else str(each), pace_words(each), is_on=each == choices.pace)
        for each in offered
    )
    return _group("How often", rows)


def _pause(choices: Choices, now: Instant) -> str:
    rows = []
    if choices.paused_until is not None:
        kept = f"Stay paused until {day_words(choices.day(choices.paused_until))}"
        rows.append(_radio("pause", "as_it_is", kept, is_on=True))
        rows.append(_radio("pause", "none", "Go on now"))
    else:
        rows.append(_radio("pause", "none", "No pause", is_on=True))
    rows += [_radio("pause", "week", "For a week"), _radio("pause", "month", "For a month")]
    first = choices.day(now) + timedelta(days=1)
    last = choices.day(now + FURTHEST - DAY)
    day = f'<input type="date" name="until" min="{first}" max="{last}" aria-label="The day on which the pause ends">'
    rows.append(f'<div class="line">{_radio("pause", "date", "Until")}{day}</div>')
    return _group("A pause", "".join(rows))


def _group(title: str, rows: str) -> str:
    return f'<fieldset><legend>{title}</legend><div class="rows">{rows}</div></fieldset>'


def _radio(name: str, value: str, words: str, *, is_on: bool = False) -> str:
    box = f'<input type="radio" name="{name}" value="{value}"{" checked" * is_on}>'
    return f"<label>{box}<span>{escape(words)}</span></label>"
