"""Playbooks as they were meant when they were published: words may have come to mean something else since."""

import re
from collections.abc import Mapping

from opportune.playbook.definition import Playbook
from opportune.playbook.reading import playbook_from
from opportune.policies.shipped import SHIPPED
from opportune.policies.verbs import Policy

_ALWAYS = re.compile(r"^(['\"]?reentry['\"]?\s*:\s*)(['\"]?)always\2(\s*(?:#.*)?)$", re.MULTILINE)
"""``always`` was once the word for entering whenever no run is under way."""


def as_published(files: Mapping[str, str], name: str, *, policies: Mapping[str, type[Policy]] = SHIPPED) -> Playbook:
    """The playbook of these files, which were published under this hash."""
    read = playbook_from(files, policies=policies)
    if read.hash == name:
        return read
    then = {path: _ALWAYS.sub(r"\g<1>while_not_active\g<3>", text) for path, text in files.items()}
    meant = playbook_from(then, policies=policies)
    return meant if meant.hash == name else read
