"""Asks a running engine everything that ``/openapi.json`` says it answers, and much that it does not say.

Usage: python -m tests.contracts.asking --examples 200 --seed 1 [--ledger]. Prints the figures as JSON and every failure
with the request that provokes it again; exits with 1 if there was one.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis.engine import events, from_schema

from tests.contracts.place import ADMIN, WRITE, Place, open_place
from tests.faults.ledger import add

CHECKS_LEFT_OUT = {
    "missing_required_header": "no header is required, except for keys, which ignored_auth looks at",
    "object_level_authorization": "an admin key sees every user; a user token is looked at in tests of the inbox",
}

JUDGED_BY_MORE_THAN_A_SCHEMA = {
    "include-tag": ["events", "hooks", "links"],
    "include-operation-id": [
        "post-v1-user-tokens",
        "post-v1-import",
        "post-v1-publications",
        "post-v1-items",
        "get-v1-why",
    ],
}
"""What is read leniently and whose ids, names and instants have rules of their own: what a schema allows may be
refused, and what it forbids may stand where nothing is read."""


@schemathesis.serializer("message/rfc822", "application/x-ndjson")
def as_it_is(context: schemathesis.SerializationContext, value: object) -> bytes:
    """A body that is no JSON, or what was made up in its place."""
    return value.encode(errors="replace") if isinstance(value, str) else json.dumps(value).encode()


def asked(
    place: Place, *, examples: int, seed: int, document: dict[str, Any] | None = None
) -> tuple[dict[str, int], list[str]]:
    """The figures of one run, and what failed; held to another ``document`` than the engine's, if there is one."""
    figures: Counter[str] = Counter()
    failures: list[str] = []
    config = _config(place, examples, seed)
    if document is None:
        schema = schemathesis.openapi.from_url(f"{place.url}/openapi.json", config=config)
    else:
        schema = schemathesis.openapi.from_dict(document, config=config)
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            failures.append(str(event.info if isinstance(event, events.NonFatalError) else event.exception))
        if isinstance(event, events.ScenarioFinished):
            _count(event, figures, failures)
    return dict(figures), failures


def _count(event: events.ScenarioFinished, figures: Counter[str], failures: list[str]) -> None:
    for case, interaction in event.recorder.interactions.items():
        figures["requests"] += 1
        status = interaction.response.status_code if interaction.response is not None else 0
        figures[f"answered_{status // 100}xx"] += 1
        failures += _failed(event, case, status)
    figures["checks"] += sum(map(len, event.recorder.checks.values()))


def _failed(event: events.ScenarioFinished, case: str, status: int) -> list[str]:
    found = []
    for node in event.recorder.checks.get(case, []):
        if node.failure_info is not None and not (node.name == "ignored_auth" and status == 429):
            failure = node.failure_info.failure  # a wrong key is refused with 429 if there were many
            found.append(
                f"{event.label} {status} {failure.title}: {failure.message}\n  {node.failure_info.code_sample}"
            )
    return found


def _config(place: Place, examples: int, seed: int) -> schemathesis.Config:
    whole: dict[str, Any] = {
        "base-url": place.url,
        "seed": seed,
        "continue-on-failure": True,
        "request-timeout": 20,
        "workers": 1,
        "max-redirects": 0,
        "headers": {"Accept": "application/json"},
        "auth": {
            "openapi": {
                "writeKey": {"bearer": WRITE},
                "adminKey": {"bearer": ADMIN},
                "userToken": {"bearer": place.token},
            }
        },
        "generation": {"max-examples": examples, "deterministic": False, "database": "none"},
        "checks": _without(*CHECKS_LEFT_OUT),
        "operations": [
            {name: value, "checks": _without("positive_data_acceptance", "negative_data_rejection")}
            for name, value in JUDGED_BY_MORE_THAN_A_SCHEMA.items()
        ]
        + [
            {"include-path": path, "parameters": {f"path.{name}": {"dictionary": path, "probability": 0.6}}}
            for path, (name, _) in _there(place).items()
        ],
        "dictionaries": {path: {"values": [word]} for path, (_, word) in _there(place).items()},
    }
    return schemathesis.Config.from_dict(whole)


def _without(*names: str) -> dict[str, Any]:
    return {name: {"enabled": False} for name in names}


def _there(place: Place) -> dict[str, tuple[str, str]]:
    """By path: its parameter, and what is there, for most of what is made up is not."""
    return {
        path: (said.strip("{}"), word)
        for path, name in place.names.items()
        for said, word in zip(path.split("/"), name.split("/"), strict=True)
        if said.startswith("{")
    }


def main() -> int:
    """One run, as the command line asks for it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--examples", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ledger", action="store_true")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, open_place(Path(folder)) as place:
        figures, failures = asked(place, examples=wanted.examples, seed=wanted.seed)
    figures["failures"] = len(failures)
    for failure in dict.fromkeys(failures):
        print(failure, file=sys.stderr)
    print(json.dumps(figures, sort_keys=True))
    if wanted.ledger:
        add("openapi", {name: figures.get(name, 0) for name in ("requests", "checks", "failures")})
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
