"""The playbooks of the package as texts, and changed in one of their nodes."""

import json
from functools import cache
from pathlib import Path

import yaml

import opportune
from tests.fuzz.choices import Choices
from tests.fuzz.odd import Json
from tests.unit.playbook.files import FILES

_PACKAGE = Path(opportune.__file__).parent
_ENDINGS = (".yaml", ".liquid")
_EVENTS = """Cart Updated:
  value: {kind: number, required: true}
  plan: {kind: text, one_of: [basic, plus]}
  cart_id: text
Order Completed:
  revenue: number
Logged In:
"""
_VALUES: tuple[Json, ...] = (
    None, True, False, 0, 1, -1, 5, 2**70, 0.5, -0.0, 1e308, float("inf"), "", " ", "x", "cart", "reminder", "email",
    "in_app", "sms", "all", "always", "once", "end", "never", "45 minutes", "0 minutes", "-1 day",
    "9" * 400 + " days", "11 years",
    "5%", "105%", "nan", "1e400", "21:00", "24:00", "Europe/Berlin", "europe/berlin", "Cart Updated", "Message Sent",
    "value >= 20", "value >=", "orders", "EXISTS('a', since => entry)", "COUNT()", "SUM(x) OVER LAST '7 days'",
    "marketing",
    "transactional", "at_least_once", "{{ name }}", "reminder.plain.liquid", "../x.liquid", "é", "\u202e",
    "a" * 300, "__class__",
    [], {}, [[]], [None], {"": None}, ["email", "email"], {"wait": "1 day"}, {"send": "reminder"}, {"until": "A",
    "at_most": "1 day"},
    {"goto": 1}, {"when": "TRUE", "send": "reminder"}, {"cooldown": "7 days"}, {"on": "Order Completed",
    "where": "x = 1"}, {"at": "x"},
)  # fmt: skip
_TEXTS = (
    "&a ", "*a", "!!python/object:x ", "!!str ", "---\n", "...\n", "%YAML 1.1\n", "? ", "- ", ": ", "<<: ", "|\n  ",
    ">-\n  ", "\t", "#",
    '"', "'", "{", "}", "[", "]", ",", "\u2028", "\x85", "\0", "\ufeff", "\r", "\u00a0", "@", "`", "0o17", "0x1f",
    "1_000", "1:30",
    ".inf", ".nan", "~", "yes", "on", "2026-11-22", "{{", "}}", "{%", "%}", "{% for i in (1..99999999) %}",
    "{% if a %}",
)  # fmt: skip


@cache
def playbooks() -> tuple[dict[str, str], ...]:
    """Each as texts by file name."""
    roots = (_PACKAGE / "playbook" / "sample", _PACKAGE / "wiring" / "demo" / "playbook")
    read = [
        {
            file.relative_to(root).as_posix(): file.read_text("utf-8")
            for file in sorted(root.rglob("*"))
            if file.suffix in _ENDINGS
        }
        for root in roots
    ]
    return FILES, *read, {**FILES, "events.yaml": _EVENTS}


def changed(choices: Choices) -> dict[str, str]:
    """One of the playbooks with up to three changes."""
    files = dict(choices.one(playbooks()))
    for _ in range(1 + choices.below(3)):
        name = choices.one(sorted(files))
        if name.endswith(".yaml") and not choices.flag(4):
            files[name] = _with_other_node(files[name], choices)
        else:
            files[name] = _with_other_text(files[name], choices)
    if choices.flag(8):
        files[choices.text(20)] = choices.text(60)
    return files


def _with_other_text(text: str, choices: Choices) -> str:
    place = choices.below(len(text) + 1)
    match choices.below(4):
        case 0:
            return text[:place]
        case 1:
            return text[:place] + text[place + choices.below(40) :]
        case 2:
            return text[:place] + choices.text() + text[place:]
        case _:
            return text[:place] + choices.one(_TEXTS) + text[place:]


def _with_other_node(text: str, choices: Choices) -> str:
    try:
        tree: Json = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        return text
    holders = [each for each in _holders(tree) if each]
    if not holders:
        return text
    holder = choices.one(holders)
    if isinstance(holder, list):
        place = choices.below(len(holder))
        _change_item(holder, place, choices)
    else:
        _change_key(holder, choices.one(list(holder)), choices)
    dumped = json.dumps(tree, default=str, ensure_ascii=choices.flag())
    return dumped if choices.flag() else yaml.safe_dump(yaml.safe_load(dumped), allow_unicode=True, sort_keys=False)


def _change_item(holder: list[Json], place: int, choices: Choices) -> None:
    match choices.below(4):
        case 0:
            del holder[place]
        case 1:
            holder.insert(place, holder[choices.below(len(holder))])
        case 2:
            holder[place : place + 1] = [holder[place]] * 30
        case _:
            holder[place] = choices.one(_VALUES)


def _change_key(holder: dict[str, Json], key: str, choices: Choices) -> None:
    match choices.below(5):
        case 0:
            del holder[key]
        case 1:
            holder[choices.one(_keys())] = holder.pop(key)
        case 2:
            holder[choices.one(_keys())] = choices.one(_VALUES)
        case _:
            holder[key] = choices.one(_VALUES)


def _holders(tree: Json) -> list[list[Json] | dict[str, Json]]:
    if not isinstance(tree, list | dict):
        return []
    return [tree, *(inner for each in (tree if isinstance(tree, list) else tree.values()) for inner in _holders(each))]


@cache
def _keys() -> tuple[str, ...]:
    """Every key of every playbook."""
    trees = [yaml.safe_load(text) for files in playbooks() for name, text in files.items() if name.endswith(".yaml")]
    found = {str(key) for tree in trees for holder in _holders(tree) if isinstance(holder, dict) for key in holder}
    return (
        *sorted(found),
        "",
        "x",
        "é",
        "on_timeout",
        "not_sent",
        "goto",
        "since",
        "file",
        "text",
        "obeys",
        "delivery",
    )
