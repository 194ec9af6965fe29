"""The JSON Schemas of playbook files, put where an editor finds them."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from opportune.errors import Unavailable
from opportune.playbook.json_schema import json_schemas
from opportune.policies.verbs import Policy


def write_schemas(into: Path, policies: Mapping[str, type[Policy]]) -> list[Path]:
    """Writes one file for each kind of playbook file, in place of those that are there; their paths.

    Raises Unavailable if the folder cannot be written.
    """
    written = []
    try:
        into.mkdir(parents=True, exist_ok=True)
        for name, schema in json_schemas(policies).items():
            path = into / f"{name}.json"
            path.write_bytes(msgspec.json.format(msgspec.json.encode(schema), indent=2) + b"\n")
            written.append(path)
    except OSError as refusal:
        raise Unavailable(f"{into}: {refusal.strerror}; name a folder that can be written") from refusal
    return written
