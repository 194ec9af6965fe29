"""What the engine answers to those who publish."""

from collections.abc import Iterator
from typing import Final

from opportune.adapters.sources import publications
from opportune.adapters.sources.publications import StatedPlaybook, StatedRollback
from opportune.wiring.openapi_schemas import Answers, Codes, Content, Operation, referred
from opportune.wiring.publication_acts import PublicationAnswer, PublicationList

_JSON: Final = "application/json"
_BODY: Final[Answers] = {
    413: Codes(("body_too_large",)),
    415: Codes(("unsupported_encoding", "unsupported_type")),
}
_FILES: Final = {"files": {"opportune.yaml": "zone: UTC\n"}, "share": 0.1, "dryRun": True}


def publication_operations(refused: Answers) -> Iterator[Operation]:
    """``refused``: what everybody may be refused under Admin."""
    refused = {414: Codes(("url_too_long",)), **refused}
    done = (Content("What would change, and what is in force.", _JSON, referred(PublicationAnswer)),)
    yield Operation(
        path=publications.PATH,
        methods=("GET",),
        tells="All publications, newest first",
        tag="admin",
        answers={200: (Content("The first is in force.", _JSON, referred(PublicationList)),), **refused},
        who=("adminKey",),
    )
    yield Operation(
        path=publications.PATH,
        methods=("POST",),
        tells="Publishes a playbook, or says what that would change",
        tag="admin",
        answers={
            200: done,
            400: Codes(("empty_body", "not_json", "wrong_type", "bad_playbook", "bad_gzip")),
            409: Codes(("unknown_channel",)),
            **_BODY,
            **refused,
        },
        who=("adminKey",),
        body=Content("The playbook's files, and for whom.", _JSON, referred(StatedPlaybook), _FILES),
    )
    yield Operation(
        path=f"{publications.PATH}/rollback",
        methods=("POST",),
        tells="Goes back to an earlier playbook",
        tag="admin",
        answers={
            200: done,
            400: Codes(("empty_body", "not_json", "wrong_type", "bad_gzip")),
            404: Codes(("unknown_playbook",)),
            409: Codes(("nothing_before", "unknown_channel")),
            **_BODY,
            **refused,
        },
        who=("adminKey",),
        body=Content("Which one; left out: the one before.", _JSON, referred(StatedRollback), {"dryRun": True}),
    )
    yield from _journeys(refused, done)


def _journeys(refused: Answers, done: tuple[Content, ...]) -> Iterator[Operation]:
    for what, tells in (("pause", "Nobody enters the journey, nothing is said in it"), ("resume", "It goes on")):
        yield Operation(
            path=f"{publications.JOURNEYS}{{id}}/{what}",
            methods=("POST",),
            tells=tells,
            tag="admin",
            answers={
                200: done,
                400: Codes(("bad_id",)),
                404: Codes(("unknown_journey", "unknown_path")),
                **refused,
            },
            who=("adminKey",),
        )
