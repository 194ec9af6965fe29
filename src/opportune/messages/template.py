"""The words of a message: one template for each variant, rendered for one user as of one instant.

Templates are Liquid text written by people who may not be programmers, and filled with data that strangers sent. So a
name without a value never renders blank: it is an error, unless the template says ``| default:`` or asks with ``if``.
So do resources have limits, filters are a closed list, nothing is read from outside the given values, HTML is escaped
without being asked, and a subject stays one line whatever is put into it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from opportune.errors import PlaybookError
from opportune.features.local_time import offset_at, zone_named
from opportune.messages.harmless import harmless
from opportune.messages.plain_text import one_line, readable, text_of_html
from opportune.units import Instant

if TYPE_CHECKING:
    from opportune.messages.compiled import Compiled

MOST_SUBJECT = 150
"""Characters of a rendered subject; a longer one is cut."""
MOST_PART = 100_000
"""Characters of one part of a template, and bytes of one rendered part: mail programs hide what is longer."""
MOST_VALUE = 1_000
"""Characters of one value; a longer one is cut."""
PROVIDED = frozenset({"preferences_url", "unsubscribe_url", "user"})
"""Names that every host gives: where to withdraw consent to this message's topic, where to choose, the user's id."""
CLOCKS = frozenset({"now", "today"})
"""Names that stand for the decision's instant."""


class Template(Struct, frozen=True):
    """One wording: subject, text and HTML, each of them Liquid; a part that is empty is not there."""

    text: str
    subject: str = ""
    html: str = ""
    file: str = ""
    """Where it was read from, for errors; the first lines of the parts follow."""
    text_line: int = 1
    subject_line: int = 1
    html_line: int = 1


class Part(Struct, frozen=True):
    """One part of a template and the line of the file it starts at."""

    name: Literal["subject", "text", "html"]
    source: str
    line: int


class Rendered(Struct, frozen=True):
    """What a channel hands over. The subject is one line; ``html`` is empty where there is none."""

    subject: str
    text: str
    html: str


def template_of(source: str, file: str = "") -> Template:
    """The template written in one file; raises PlaybookError with file and line.

    A file may start with a front block, lines ``subject: ...`` up to a line ``---``; then comes the text, and after a
    line ``--- html`` the HTML.
    """
    lines = source.lstrip("\ufeff").splitlines()
    subject, subject_line, start = _front(lines, file)
    middle = next((number for number in range(start, len(lines)) if lines[number].strip() == "--- html"), len(lines))
    template = Template(
        text="\n".join(lines[start:middle]).strip(),
        subject=subject,
        html="\n".join(lines[middle + 1 :]).strip(),
        file=file,
        text_line=_first_words(lines, start, middle),
        subject_line=subject_line,
        html_line=_first_words(lines, middle + 1, len(lines)),
    )
    if not template.text and not template.html:
        raise PlaybookError(f"{file or 'template'}:1: a template needs words; this one is empty")
    return template


def variables(text: str) -> frozenset[str]:
    """The dotted names the Liquid text reads from outside, such as ``cart.total``; raises PlaybookError."""
    return frozenset(_compiled(Part("text", text, 1)).reads.all) - CLOCKS


def needed(text: str) -> frozenset[str]:
    """Those of its names without which it cannot be rendered: neither ``default:`` nor an ``if`` looks after them."""
    return frozenset(_compiled(Part("text", text, 1)).reads.needed) - CLOCKS


def parts(template: Template) -> tuple["Part", ...]:
    """The parts that are there: subject, text, HTML."""
    every = (
        Part("subject", template.subject, template.subject_line),
        Part("text", template.text, template.text_line),
        Part("html", template.html, template.html_line),
    )
    return tuple(part for part in every if part.source)


def checked(template: Template) -> Template:
    """The template itself; raises PlaybookError with file and line if any part of it cannot be used."""
    for part in parts(template):
        if len(part.source) > MOST_PART:
            size = f"at most {MOST_PART:,} characters, not {len(part.source):,}"
            raise PlaybookError(f"{template.file or 'template'}:{part.line}: the {part.name} has {size}")
        with _placed(template, part):
            _compiled(part)
    return template


def names_read(template: Template) -> frozenset[str]:
    """The names any part reads from outside."""
    return frozenset(name for part in parts(template) for name in _compiled(part).reads.all) - CLOCKS


def names_needed(template: Template) -> dict[str, int]:
    """The names some part cannot do without, by the first line of the file that says so."""
    lines: dict[str, int] = {}
    for part in parts(template):
        for name, line in _compiled(part).reads.needed.items():
            if name not in CLOCKS:
                lines.setdefault(name, part.line + line - 1)
    return lines


def render(template: Template, values: Mapping[str, object], now: Instant) -> Rendered:
    """The words for one user; raises PlaybookError with file and line if a name has no value or a limit is met.

    None, empty and blank values count as missing. ``now``, ``today`` and ``'now' | date`` mean the given instant on
    the clock of the value ``timezone``, else in UTC. A message without HTML stays without; one without text gets its
    text made from the HTML. An address of the HTML that would run as code leads nowhere.
    """
    known = readable(values, MOST_VALUE)
    zone = zone_named(str(known.get("timezone", "")))
    offset = offset_at(zone, now) if zone else 0
    words = {"subject": "", "text": "", "html": ""}
    for part in parts(checked(template)):
        with _placed(template, part):
            words[part.name] = _compiled(part).rendered(known, now, offset).strip()
    words["html"] = harmless(words["html"])
    text = words["text"] or text_of_html(words["html"])
    return Rendered(one_line(words["subject"], MOST_SUBJECT), text, words["html"])


def _compiled(part: "Part") -> "Compiled":
    from opportune.messages.compiled import compiled  # takes a fifth of a second, so only when words are needed

    return compiled(part.source, part.name == "html")


@contextmanager
def _placed(template: Template, part: "Part") -> Iterator[None]:
    """Puts the file before what the block raises, and counts its lines from the file's beginning."""
    try:
        yield
    except PlaybookError as error:
        line, _, reason = str(error).partition(": ")
        raise PlaybookError(f"{template.file or 'template'}:{part.line + int(line) - 1}: {reason}") from None


def _front(lines: list[str], file: str) -> tuple[str, int, int]:
    """The subject, its line, and the index of the first line behind the front block."""
    end = next((number for number, line in enumerate(lines) if line.strip() == "---"), None)
    if end is None:
        return "", 1, 0
    subject, place = "", 1
    for number, line in enumerate(lines[:end], start=1):
        key, colon, value = line.partition(":")
        if not line.strip():
            continue
        if not colon or key.strip() != "subject" or subject or not value.strip():
            raise PlaybookError(f"{file or 'template'}:{number}: above '---' stands one 'subject: ...', not {line!r}")
        subject, place = value.strip(), number
    return subject, place, end + 1


def _first_words(lines: list[str], start: int, end: int) -> int:
    """The number of the first line that says something, counted from 1."""
    return next((number + 1 for number in range(start, end) if lines[number].strip()), min(start, len(lines)) + 1)
