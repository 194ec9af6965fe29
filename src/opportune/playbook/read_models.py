"""Snapshots that training made and a playbook carries: JSON files of the folder ``models``."""

from collections.abc import Mapping

import msgspec

from opportune.features.attention_model import AttentionModel, faults
from opportune.playbook.problems import Problems, meant
from opportune.policies.planned import Capacity
from opportune.policies.planned import faults as faults_of_plans

FOLDER = "models/"
SEND_TIME = "models/send_time.json"
CAPACITY = "models/capacity.json"
KNOWN = (SEND_TIME, CAPACITY)
"""The files of the folder that are read."""


def attention_of(files: Mapping[str, str], problems: Problems) -> AttentionModel | None:
    """What was learned of when users look; None where nothing was, or the file cannot be used."""
    text = files.get(SEND_TIME)
    if text is None:
        return None
    try:
        model = msgspec.json.decode(text, type=AttentionModel)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        reason, _, path = str(error).partition(" - at `$.")
        where = path.rstrip("`") or "its whole"
        problems.add(f"{SEND_TIME}:1", f"{where}: {reason}; 'opportune train send-time' writes this file")
        return None
    wrong = faults(model)
    for each in wrong:
        problems.add(f"{SEND_TIME}:1", each)
    return None if wrong else model


def capacity_of(files: Mapping[str, str], problems: Problems) -> Capacity | None:
    """What was planned for many users at once; None where nothing was, or the file cannot be used."""
    text = files.get(CAPACITY)
    if text is None:
        return None
    try:
        capacity = msgspec.json.decode(text, type=Capacity)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        reason, _, path = str(error).partition(" - at `$.")
        where = path.rstrip("`") or "its whole"
        problems.add(f"{CAPACITY}:1", f"{where}: {reason}; 'opportune plan' writes this file")
        return None
    wrong = faults_of_plans(capacity)
    for each in wrong:
        problems.add(f"{CAPACITY}:1", each)
    return None if wrong else capacity


def check_folder(files: Mapping[str, str], problems: Problems) -> None:
    """Says of each file of the folder that nothing reads that it is so."""
    for name in sorted(files):
        if name.startswith(FOLDER) and name not in KNOWN:
            problems.add(f"{name}:1", f"nothing reads this file; {meant(name, KNOWN)}")
