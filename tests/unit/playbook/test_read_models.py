"""A snapshot that would harm users is refused, with the field and what would be right."""

import msgspec
import pytest
from msgspec.structs import replace

from opportune.features.attention import new_attention, open_sent
from opportune.features.attention_model import DEFAULT, Archetype, AttentionModel, Baseline, faults
from opportune.features.rhythm import rhythm_of
from opportune.playbook.problems import Problems
from opportune.playbook.read_models import CAPACITY, SEND_TIME, attention_of, capacity_of
from opportune.units import HOUR

GOOD = msgspec.json.encode(DEFAULT).decode()
UNKNOWN_KEY = {"": Baseline((18,) * 7, 0.2), "emial marketng": Baseline((18,) * 7, 0.2)}


def said(text: str, name: str = SEND_TIME) -> str:
    problems = Problems()
    assert (attention_of if name == SEND_TIME else capacity_of)({name: text}, problems) is None
    return "\n".join(problems)


def weeks(*curves: tuple[float, ...]) -> AttentionModel:
    return replace(DEFAULT, archetypes=tuple(Archetype(1 / len(curves), curve) for curve in curves))


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (replace(DEFAULT, delays={"": (0.0, 1.0)}), "delays.[0]: must be at least 0.0001"),
        (replace(DEFAULT, delays={"": (1e-320,)}), "delays.[0]: must be at least 0.0001"),
        (replace(DEFAULT, delays={"": (0.5, 0.6)}), "delays.: must never rise"),
        (replace(DEFAULT, delays={"": (1.0,), "emial": (1.0,)}), "no channel 'emial'; did you mean 'email'?"),
        (weeks((1e-320,) * 168), "archetypes[0].curve: must be 168 numbers from 0.0001 to 1000"),
        (weeks((500.0, *(1e-9,) * 167)), "archetypes[0].curve: must be 168 numbers from 0.0001 to 1000"),
        (weeks((2.0,) * 168), "archetypes[0].curve: its mean must be 1, not 2; divide"),
        (weeks(*((1.0,) * 168,) * 25), "archetypes: there must be 1 to 24, not 25"),
        (replace(DEFAULT, baselines=UNKNOWN_KEY), "did you mean 'email marketing'?"),
        (replace(DEFAULT, unopened=(49.0,) * 48), "unopened: must be 48 numbers from 0 to 48, not all 0"),
        (replace(DEFAULT, unopened=(0.0,) * 48), "unopened: must be 48 numbers from 0 to 48, not all 0"),
        (replace(DEFAULT, users=-5), "users: must be from 0"),
        (replace(DEFAULT, until=-5), "until: must be milliseconds since 1970"),
        (replace(DEFAULT, until=253_402_300_800_000), "until: must be milliseconds since 1970"),
        (replace(DEFAULT, name=""), "name: must be 1 to 100 printable characters"),
        (replace(DEFAULT, name="x" * 101), "name: must be 1 to 100 printable characters"),
        (replace(DEFAULT, name="a\n\x1b[2J"), "name: must be 1 to 100 printable characters"),
    ],
)
def test_what_would_harm_is_refused_with_field_and_remedy(model: AttentionModel, sentence: str) -> None:
    assert sentence in said(msgspec.json.encode(model).decode())


def test_a_whole_number_beyond_all_years_is_refused() -> None:
    assert "until: must be milliseconds" in said(GOOD.replace('"until":0', f'"until":{10**30}'))


def test_what_stands_without_training_can_be_read() -> None:
    problems = Problems()
    assert attention_of({SEND_TIME: GOOD}, problems) == DEFAULT
    assert not len(problems) and faults(DEFAULT) == []


def test_an_unknown_field_is_told_with_the_nearest() -> None:
    assert "there is no field 'strenth'; did you mean 'strength'?" in said(GOOD.replace('"strength"', '"strenth"'))
    assert "\x1b" not in said(GOOD.replace('"strength"', '"\\u001b\\n"'))


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_told_with_its_line(word: str) -> None:
    found = said(GOOD.replace('"strength":12.0', f'\n\n "strength": {word}'))
    assert found.startswith(f"{SEND_TIME}:3: line 3, character ")
    assert f"{word.lstrip('-')} is no JSON; a number must stand there, such as 0.5" in found
    found = said(f'{{"plans":[{{"name":"june","message":"sale",\n"hours":{word}}}]}}', CAPACITY)
    assert found.startswith(f"{CAPACITY}:2: line 2, character ") and "is no JSON" in found


def test_a_text_that_ends_too_soon_is_told() -> None:
    assert said(GOOD[:-1]).startswith(f"{SEND_TIME}:1: JSON is malformed: Input data was truncated")


def test_not_even_delays_that_are_refused_divide_by_nothing() -> None:
    attention = new_attention()
    open_sent(attention, 480_000, 0, 480_000 * HOUR)
    for kinds in (1, 2):
        model = replace(weeks(*((1.0,) * 168,) * kinds), delays={"": (0.0, 1.0)}, unopened=(0.0,) * 48)
        assert all(rate > 0 for rate in rhythm_of(attention, model).rates)
