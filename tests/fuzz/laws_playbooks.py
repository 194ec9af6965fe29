"""Playbooks and templates: usable, or refused with file and line; what is usable can be run and rendered."""

import json
import re
from typing import Final

from msgspec import json as written

from opportune.errors import PlaybookError
from opportune.messages.template import (
    MOST_PART,
    MOST_SUBJECT,
    PROVIDED,
    Template,
    checked,
    names_needed,
    names_read,
    render,
    template_of,
)
from opportune.playbook.compiling import compiled
from opportune.playbook.reading import findings, playbook_from
from opportune.playbook.yaml_nodes import loose, parse
from opportune.units import Instant
from tests.fuzz import playbook_texts
from tests.fuzz.choices import Choices

NOW: Final[Instant] = 1_795_298_880_000
_PLACED: Final = re.compile(r"[^\n]*?(?::\d+)?: ")
_FILE: Final = re.compile(r"^=== ([^\n]*)\n", re.MULTILINE)


def playbook_text(raw: bytes) -> None:
    """Files one after the other, each behind a line ``=== name``."""
    parts = _FILE.split(raw.decode("utf-8", "replace"))
    _playbook(dict(zip(parts[1::2], parts[2::2], strict=True)) or {"opportune.yaml": parts[0]})


def playbook_changed(raw: bytes) -> None:
    """A playbook of the package, changed in a few nodes."""
    _playbook(playbook_texts.changed(Choices(raw)))


def _playbook(files: dict[str, str]) -> None:
    told = findings(files)
    for each in told:
        assert each.place and each.text and "\n" not in each.place, each
    try:
        playbook = playbook_from(files)
    except PlaybookError as error:
        assert str(error)
        assert any(each.level == "error" for each in told), error
        return
    assert not any(each.level == "error" for each in told), told
    compiled(playbook)
    for (name, variant), template in playbook.templates.items():
        assert name in playbook.messages and variant
        _rendered(template, {})
        _rendered(template, dict.fromkeys(names_read(template), "x"))
    assert playbook_from(dict(reversed(files.items()))).hash == playbook.hash


def yaml_text(raw: bytes) -> None:
    """One file: a tree of which every node knows its line, or refused with file and line; JSON says the same again."""
    text = raw.decode("utf-8", "replace")
    try:
        tree = parse(text, "a.yaml")
    except PlaybookError as error:
        assert re.match(r"a\.yaml:\d+: ", str(error)), error
        return
    if tree is not None and not re.search("[\u2028\u2029\x85]", text):  # JSON leaves them, YAML ends lines with them
        plain = loose(tree)
        again = parse(written.encode(plain).decode(), "b.yaml")
        assert again is not None or plain in (None, "", {}) or written.encode(plain) == b"null"
        if again is not None and not _is_huge(plain):
            assert repr(loose(again)) == repr(plain)


def _is_huge(plain: object) -> bool:
    """Whether it holds a number that JSON writes in another form, or not at all."""
    return bool(re.search(r"\d{16}|inf|nan|e[+-]?\d|\.\d", repr(plain)))


_VALUES: Final = (
    {
        "name": "Ann",
        "cart": {"total": 20, "items": [{"price": 1.5}, {"price": 3}]},
        "timezone": "Europe/Berlin",
        "a": 1,
    },
    {
        "name": "<b>'&\"\r\nBcc: x",
        "a": "x" * 5_000,
        "b": [1, "2", None],
        "items": list(range(300)),
        "n": 10**300,
        "cart.total": 2,
    },
    {
        "name": " ",
        "a": {"b": {"c": {"d": 1}}},
        "n": float("nan"),
        "timezone": 7,
        "date": 10**18,
        "now": "x",
        "b": "2026-11-22",
    },
)


def template(raw: bytes) -> None:
    """A wording as an author writes it, for three strangers and one made by the second half of the item."""
    source, _, said = raw.decode("utf-8", "replace").partition("\x1e")
    try:
        values = json.loads(said)
    except (ValueError, RecursionError):
        values = {"name": said, "a": said}
    try:
        found = checked(template_of(source, "a.liquid"))
    except PlaybookError as error:
        assert re.match(r"a\.liquid:\d+: ", str(error)), error
        return
    assert set(names_needed(found)) <= names_read(found)
    for each in (*_VALUES, values if isinstance(values, dict) else {"a": values}):
        _rendered(found, {**each, **dict.fromkeys(PROVIDED, "u")})


def _rendered(found: Template, values: dict[str, object]) -> None:
    try:
        words = render(found, values, NOW)
    except PlaybookError as error:
        assert re.match(r"[\w./]+\.liquid:\d+: ", str(error)), error
        return
    assert words == render(found, values, NOW)
    assert len(words.subject) <= MOST_SUBJECT and len(words.subject.splitlines()) <= 1
    assert max(len(words.text.encode()), len(words.html.encode())) <= MOST_PART + 1_000, "too long"
