"""Every parser of the package as a function of bytes, with the law that its answer must keep.

A law passes or raises. What a parser refuses it refuses with an error of ``errors.py``, and with a code that the
reference names; everything else that comes out of it is a fault of ours.
"""

from collections.abc import Callable
from typing import Final, Literal

from msgspec import Struct

from tests.fuzz import (
    laws_callbacks,
    laws_conditions,
    laws_events,
    laws_files,
    laws_heads,
    laws_mail,
    laws_playbooks,
    laws_stored,
)


class Target(Struct, frozen=True):
    """One way in."""

    parser: str
    """What is parsed, as people call it."""
    law: Callable[[bytes], None]
    shape: Literal["json", "words", "bytes"] = "bytes"
    """What its items are made of; ``bytes`` also stands for items that are choices."""
    most_ms: int = 50
    """An item that takes longer is a finding."""
    most_bytes: int = 4_096
    """Of one item."""
    executions: int = 1_000
    """In a run of the tests."""


_events, _conditions, _playbooks = laws_events, laws_conditions, laws_playbooks
TARGETS: Final[dict[str, Target]] = {
    "event": Target("event JSON", _events.body, "json", executions=3_000, most_bytes=65_536),
    "call": Target("event JSON", _events.call, executions=3_000),
    "request": Target("event JSON", _events.request, executions=2_000, most_ms=250),
    "instant": Target("instant", _conditions.instant, "words", executions=6_000, most_bytes=200),
    "zone": Target("zone", _conditions.zone, "words", executions=6_000, most_bytes=100),
    "condition": Target(
        "condition", _conditions.condition_text, "words", executions=1_200, most_ms=500, most_bytes=2_000
    ),
    "condition_grown": Target("condition", _conditions.condition_grown, executions=1_200, most_ms=500, most_bytes=400),
    "features": Target("feature", _conditions.features_text, "words", executions=500, most_bytes=1_000),
    "features_grown": Target("feature", _conditions.features_grown, executions=500, most_bytes=400),
    "playbook": Target("playbook", _playbooks.playbook_text, "words", executions=150, most_ms=1_000, most_bytes=8_000),
    "playbook_changed": Target("playbook", _playbooks.playbook_changed, executions=250, most_ms=1_000, most_bytes=200),
    "yaml": Target("playbook", _playbooks.yaml_text, "words", executions=3_000, most_ms=1_000),
    "template": Target("template", _playbooks.template, "words", executions=1_500, most_ms=1_000),
    "table": Target("rows of files", laws_files.table, "words", executions=3_000, most_ms=250),
    "lines": Target("rows of files", laws_files.lines, "words", executions=3_000, most_ms=250),
    "parquet": Target("rows of files", laws_files.parquet, executions=25, most_ms=1_000, most_bytes=64),
    "form": Target("rows of files", laws_files.form, "words", executions=3_000, most_bytes=200),
    "letter": Target("dead letter", laws_files.letter, "words", executions=3_000),
    "address": Target("address", laws_mail.address, "words", executions=6_000, most_bytes=400),
    "mail": Target("mail out", laws_mail.mail, executions=3_000, most_ms=250),
    "page": Target("links of a page", laws_mail.page, "words", executions=2_000, most_ms=250),
    "hook": Target("provider callback", laws_callbacks.hook, "json", executions=3_000),
    "report": Target(
        "provider callback", laws_callbacks.report, "words", executions=2_000, most_ms=250, most_bytes=16_384
    ),
    "signature": Target("provider callback", laws_callbacks.signature, executions=3_000, most_bytes=400),
    "token": Target("link", laws_callbacks.token, executions=3_000, most_bytes=400),
    "preference": Target("form", laws_callbacks.preference, "words", executions=1_200, most_ms=250),
    "question": Target("operator's request", laws_callbacks.question, "words", executions=1_500),
    "machine": Target("machine rules", laws_callbacks.machine, "words", executions=500, most_ms=250),
    "head": Target("HTTP head", laws_heads.head, "words", executions=1_500, most_ms=250),
    "memory": Target("store", laws_stored.memory, executions=3_000, most_bytes=400),
    "log_row": Target("store", laws_stored.log_row, executions=3_000, most_bytes=400),
}
"""By name."""
