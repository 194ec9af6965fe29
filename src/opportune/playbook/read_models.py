"""Snapshots that training made and a playbook carries: JSON files of the folder ``models``."""

from collections.abc import Iterator, Mapping
from re import DOTALL, fullmatch, match, search
from typing import TypeVar, get_args

import msgspec

from opportune.features.attention_model import Archetype, AttentionModel, Baseline, faults
from opportune.playbook.definition import CHANNELS
from opportune.playbook.problems import Problems, meant
from opportune.playbook.read_message import MessageKind
from opportune.policies.planned import Capacity, Opening, Plan
from opportune.policies.planned import faults as faults_of_plans

FOLDER = "models/"
SEND_TIME = "models/send_time.json"
CAPACITY = "models/capacity.json"
KNOWN = (SEND_TIME, CAPACITY)
"""The files of the folder that are read."""
_FIELDS = {
    name for kind in (AttentionModel, Archetype, Baseline, Capacity, Plan, Opening) for name in kind.__struct_fields__
}
Read = TypeVar("Read", AttentionModel, Capacity)


def attention_of(files: Mapping[str, str], problems: Problems) -> AttentionModel | None:
    """What was learned of when users look; None where nothing was, or the file cannot be used."""
    text = files.get(SEND_TIME)
    if text is None:
        return None
    model = _read(SEND_TIME, text, AttentionModel, "'opportune train send-time' writes this file", problems)
    wrong = [] if model is None else [*_of_keys(model), *faults(model)]
    for each in wrong:
        problems.add(f"{SEND_TIME}:1", _shown(each))
    return None if wrong else model


def capacity_of(files: Mapping[str, str], problems: Problems) -> Capacity | None:
    """What was planned for many users at once; None where nothing was, or the file cannot be used."""
    text = files.get(CAPACITY)
    if text is None:
        return None
    capacity = _read(CAPACITY, text, Capacity, "'opportune plan' writes this file", problems)
    wrong = [] if capacity is None else faults_of_plans(capacity)
    for each in wrong:
        problems.add(f"{CAPACITY}:1", _shown(each))
    return None if wrong else capacity


def _read(name: str, text: str, kind: type[Read], writer: str, problems: Problems) -> Read | None:
    """The snapshot; None if the text is none, which is then among the problems."""
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at `$.")
        field = fullmatch("Object contains unknown field `(.*)`", reason, DOTALL)
        if field is not None:
            reason = f"there is no field {field[1][:40]!r}; {meant(field[1][:40], _FIELDS)}"
        problems.add(f"{name}:1", _shown(f"{path.rstrip('`') or 'its whole'}: {reason}; {writer}"))
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        line, reason = _malformed(text, str(error))
        problems.add(f"{name}:{line}", _shown(f"{reason}; {writer}"))
    return None


def _malformed(text: str, error: str) -> tuple[int, str]:
    """The line at which a text stops being JSON, and what would be right there."""
    found = search(r"\(byte (\d+)\)$", error)
    if found is None:
        return text.count("\n") + 1, f"JSON is malformed: {error}"
    before = text.encode()[: int(found[1])].decode(errors="ignore")
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    word = match(r"[\w.+-]{0,20}", text[len(before) :])
    said = "" if word is None else word[0]
    where = f"line {line}, character {column}"
    if said in ("NaN", "Infinity", "nan", "inf"):
        return line, f"{where}: {said} is no JSON; a number must stand there, such as 0.5"
    return line, f"{where}: JSON is malformed: {error[: found.start()].removeprefix('JSON is malformed: ').strip()}"


def _of_keys(model: AttentionModel) -> Iterator[str]:
    """Delays and baselines of channels and kinds that no message can have."""
    for key in sorted(model.delays.keys() - {"", *CHANNELS}):
        yield f"delays: there is no channel {key[:40]!r}; {meant(key[:40], CHANNELS)}"
    known = [f"{channel} {kind}" for channel in CHANNELS for kind in get_args(MessageKind)]
    for key in sorted(model.baselines.keys() - {"", *known}):
        yield f"baselines: {key[:40]!r} is no channel and kind; {meant(key[:40], known)}"


def _shown(text: str) -> str:
    """The same on one line of a terminal, whatever names stand in it."""
    return "".join(each if each.isprintable() else f"\\x{ord(each):02x}" for each in text[:800])


def check_folder(files: Mapping[str, str], problems: Problems) -> None:
    """Says of each file of the folder that nothing reads that it is so."""
    for name in sorted(files):
        if name.startswith(FOLDER) and name not in KNOWN:
            problems.add(f"{name}:1", f"nothing reads this file; {meant(name, KNOWN)}")
