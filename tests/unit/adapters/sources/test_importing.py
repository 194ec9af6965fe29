"""Imports over HTTP: who may not ask is told whether it helps to come again, and why."""

import pytest

from opportune.adapters.sources.http import Scope
from opportune.adapters.sources.importing import Delivered, Imported, import_app
from opportune.errors import EventError, Overloaded
from tests.unit.adapters.sources.faces import asked, lived


async def nothing(delivered: Delivered) -> Imported:
    raise AssertionError("nothing is taken")


@pytest.mark.parametrize(
    ("code", "status"),
    [("unknown_key", 401), ("wrong_key_kind", 403), ("admin_key_needed", 403), ("too_many_attempts", 429)],
)
@lived
async def test_who_may_not_ask_is_told_why(code: str, status: int) -> None:
    def pass_by(scope: Scope) -> None:
        raise Overloaded("no") if status == 429 else EventError(code, "no")

    app = import_app(nothing, lambda prefix: (), pass_by)
    got = await asked(app, "POST", "/v1/import?mark=a&place=1")
    assert (got.status, got.said["code"]) == (status, code)
