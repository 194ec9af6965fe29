"""Traits of users from files of their own: what is kept, and what is refused."""

from pathlib import Path

import pytest

from opportune.adapters.sources.rows import Row
from opportune.errors import EventError, Unavailable
from opportune.wiring.heatmap.making import heatmap_of
from opportune.wiring.heatmap.users import Users
from opportune.wiring.heatmap.wish import Wish
from opportune.wiring.heatmap.words import left_out
from tests.unit.wiring.heatmap.sends_made import row, table

HERE = Path("users.csv")


def taken(*cells: dict[str, object], stated: str | None = None) -> tuple[Users, list[str]]:
    users, refused = Users(("home", "plan"), stated), list[str]()
    rows = ((HERE, Row(line, each)) for line, each in enumerate(cells, 2))
    users.take(rows, lambda path, line, refusal: refused.append(f"{path}:{line}: {refusal.code}"))
    return users, refused


def test_of_two_rows_for_a_user_the_later_holds() -> None:
    users, refused = taken({"id": "ann", "home": "UTC"}, {"id": "ann", "home": "Asia/Tokyo", "age": 7, "plan": ["x"]})
    assert users.traits("ann") == {"home": "Asia/Tokyo", "plan": None}
    assert users.traits("bob") == {}
    assert (users.names, refused) == ({"home", "age", "plan"}, [])


def test_a_column_of_another_name_may_say_who_it_is() -> None:
    users, _ = taken({"number": 7, "id": "x", "home": "UTC"}, stated="number")
    assert users.traits("7")["home"] == "UTC"


def test_rows_that_say_nobody_are_refused_and_the_others_are_taken() -> None:
    users, refused = taken({"name": "ann"}, {"id": None, "home": "UTC"}, {"id": "bob", "home": "UTC"})
    assert refused == ["users.csv:2: missing_user", "users.csv:3: missing_user"]
    assert users.traits("bob")["home"] == "UTC"


def test_a_row_that_cannot_be_read_is_refused() -> None:
    users, found = Users((), None), list[str]()
    unread = Row(9, refusal=EventError("bad_row", "line 9: broken"))
    users.take([(HERE, unread)], lambda path, line, refusal: found.append(str(refusal)))
    assert found == ["line 9: broken"]


def test_a_trait_that_nobody_has_is_named() -> None:
    users, _ = taken({"id": "ann", "home": "UTC"})
    users.check(["home"])
    with pytest.raises(Unavailable, match="no such trait; there are 'home'"):
        users.check(["hom"])


def test_refused_rows_of_traits_are_counted_apart_from_those_of_sends(tmp_path: Path) -> None:
    users = tmp_path / "users.csv"
    users.write_text("id,home\nann,UTC\n,UTC\nbob\n")
    wish = Wish(files=(table(tmp_path / "s.csv", [row()]),), traits=(users,), zones=("trait:home",))
    report = heatmap_of(wish)
    assert (report.rows, report.refused, report.users_refused) == (1, {}, 2)
    assert report.examples[0].startswith(f"{users}:3: ")
    assert "2 rows of traits refused" in left_out(report)
