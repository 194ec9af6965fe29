"""Every example of the page on features is true, live and over history."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml

from opportune.adapters.history.answering import Asked, answer
from opportune.adapters.history.archive import Archive, connected
from opportune.adapters.stores.memory import MemoryStore
from opportune.errors import ConditionError
from opportune.events.event import Event
from opportune.events.instants import instant_of
from opportune.features.aggregate import SHAPES
from opportune.features.feature import Feature, features_from
from opportune.features.fold import Fold, new_profile
from opportune.features.history import Setting
from opportune.features.local_time import zone_named
from opportune.features.profile import Profile
from opportune.features.scope import Scope
from opportune.features.settling import MOST_ENTRIES, MOST_NAMES, MOST_TEXTS
from opportune.playbook.compiling import IDLE
from opportune.playbook.definition import DEFAULT_LATENESS
from opportune.ports import Batch
from opportune.units import Value
from opportune.wiring.exporting import Order, export

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "features.md").read_text()
SECTIONS = {part.partition("\n")[0]: part for part in PAGE.split("\n## ")[1:]}
NOW = instant_of("2026-06-03T18:00+02:00", "now")
ZONE = "Europe/Berlin"
EVENTS = re.findall(r"^\| `([^`]+)` \| ([^|`]+) \| `([^`]+)` \|$", SECTIONS["The examples"], re.MULTILINE)
VALUES = re.findall(r"^\| `([^`]+)` \| `([^`{]+)` \|", PAGE.replace(SECTIONS["The examples"], ""), re.MULTILINE)
KEYED = re.findall(r"^\| `([^`]+)` \| `(\{[^`]*\})` \| `([^`]+)` \|$", SECTIONS["BY a property"], re.MULTILINE)
GIVEN: dict[str, str] = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", SECTIONS["Formulas"], re.DOTALL)[0])
REFUSALS = re.findall(r"^\| `([^`]+)` \| ([^`|][^|]*) \|$", SECTIONS["What is refused"], re.MULTILINE)
EXAMPLES = [*((text, "{}", value) for text, value in VALUES), *KEYED]


def features() -> dict[str, Feature]:
    """All examples as one playbook's features."""
    texts = {f"example_{place}": text for place, (text, _, _) in enumerate(EXAMPLES)}
    return features_from({**GIVEN, **texts})


def log() -> list[Event]:
    return [
        Event(f"m{seq}", "ann", name, instant_of(at, "at"), instant_of(at, "at"), seq, properties.encode())
        for seq, (at, name, properties) in enumerate(EVENTS, 1)
    ]


@pytest.fixture(scope="module")
def live() -> tuple[Fold, Profile]:
    zone = zone_named(ZONE)
    assert zone is not None
    fold = Fold(features().values(), watches=[], lateness=DEFAULT_LATENESS, idle=IDLE, keeps_sessions=True).in_zone(
        zone
    )
    profile = new_profile()
    for event in log():
        fold.apply(profile, event, json.loads(event.properties), {}, event.received_at)
    return fold, profile


@pytest.fixture(scope="module")
def historical() -> list[dict[str, object]]:
    """For each reading of an example, all of them as DuckDB has them."""
    store, known = MemoryStore(), features()
    store.commit_now(Batch(inputs=tuple(log())))
    setting = Setting(idle=IDLE, lateness=DEFAULT_LATENESS, zone=ZONE)
    with TemporaryDirectory() as folder, connected() as connection:
        connection.execute("SET threads = 1")
        for what in ("events", "merges"):
            export(store, Order(what, "parquet"), Path(folder))
        rows = [{"user": "ann", "at": NOW, "seq": 99, "category": None, "cart_id": None, **json.loads(keys)}
                for _, keys, _ in EXAMPLES]  # fmt: skip
        points = Path(folder) / "points.ndjson"
        points.write_text("".join(json.dumps(row) + "\n" for row in rows))
        columns = {"user": "VARCHAR", "at": "BIGINT", "seq": "BIGINT", "category": "VARCHAR", "cart_id": "VARCHAR"}
        archive = Archive(connection, Path(folder))
        table = connection.read_json(str(points), format="newline_delimited", columns=columns)
        asked = Asked(archive, table, "points")
        return answer(archive, asked, known, list(known), setting).rows()


def same(value: Value | object, said: object) -> bool:
    value = list(value) if isinstance(value, tuple) else value
    return value == said and isinstance(value, bool) == isinstance(said, bool)


def test_the_page_has_its_examples() -> None:
    assert len(EVENTS) == 10
    assert len(VALUES) >= 45 and len(KEYED) == 5 and len(REFUSALS) >= 19
    said = " ".join(text for text, _, _ in EXAMPLES)
    words = {"COUNT(", "COUNT_IF(", "DISTINCT", "SUM(", "AVG(", "MIN(", "MAX(", "FIRST(", "LAST(", "SINCE(", "TOP(",
             "weight =>", "half_life =>", "DECAY(", "HOURS(", "FILTER (WHERE", "OVER ALL", "OVER LAST", "OFFSET",
             "OVER SESSION", "OVER SINCE", " BY "}  # fmt: skip
    assert [word for word in sorted(words) if word not in said] == []
    read = {each.aggregate.function for each in features().values() if each.aggregate}
    assert read == set(SHAPES)


@pytest.mark.parametrize("place", range(len(EXAMPLES)), ids=[text for text, _, _ in EXAMPLES])
def test_an_example_has_live_the_value_the_page_says(place: int, live: tuple[Fold, Profile]) -> None:
    fold, profile = live
    _, keys, value = EXAMPLES[place]
    found = fold.readers[f"example_{place}"](Scope(profile, NOW, keys=json.loads(keys)))
    assert same(found, json.loads(value)), found


@pytest.mark.parametrize("place", range(len(EXAMPLES)), ids=[text for text, _, _ in EXAMPLES])
def test_an_example_has_over_history_the_value_the_page_says(
    place: int, historical: list[Mapping[str, object]]
) -> None:
    assert same(historical[place][f"example_{place}"], json.loads(EXAMPLES[place][2])), historical[place]


@pytest.mark.parametrize(("text", "error"), REFUSALS)
def test_a_refusal_says_what_the_page_says(text: str, error: str) -> None:
    with pytest.raises(ConditionError) as refused:
        features_from({**GIVEN, "example": text})
    assert str(refused.value) == f"example: {error}"


def test_the_bounds_are_those_that_hold() -> None:
    rows = re.findall(r"^\| ([\d,]+) \|", SECTIONS["What is kept"], re.MULTILINE)
    assert rows == [f"{MOST_ENTRIES:,}", f"{MOST_NAMES:,}", f"{MOST_TEXTS:,}"]
