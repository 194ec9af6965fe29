"""JSON that two readers could read in two ways is refused, and all other JSON is not."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opportune.errors import EventError
from opportune.events.strict_json import check

TEXTS = st.text(alphabet=st.sampled_from('a":, \\{[\t\u00e9\U0001f600'), max_size=6)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES, st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", "\t :\r\n")]), st.booleans())
def test_sound_json_passes_however_it_is_spaced_and_escaped(
    value: object, separators: tuple[str, str], ascii_only: bool
) -> None:
    check(json.dumps(value, separators=separators, ensure_ascii=ascii_only).encode(), depth=32)


@given(TEXTS, st.dictionaries(TEXTS, VALUES, max_size=3), st.sampled_from([":", " :", "\t: ", "\n:"]), st.booleans())
def test_a_key_that_stands_twice_is_always_found(key: str, others: dict[str, object], colon: str, nested: bool) -> None:
    plain = json.dumps(key)
    escaped = '"' + "".join(f"\\u{ord(letter):04x}" if ord(letter) < 2**16 else letter for letter in key) + '"'
    rest = "".join(f", {json.dumps(name)}: {json.dumps(value)}" for name, value in others.items())
    text = f"{{{plain}{colon}1{rest}, {escaped} {colon}2}}"
    with pytest.raises(EventError, match="stands twice") as refused:
        check((f'{{"outer": [{text}]}}' if nested else text).encode(), depth=32)
    assert refused.value.code == "duplicate_key"


@given(VALUES, st.booleans())
def test_integers_of_nineteen_digits_pass_and_longer_ones_do_not(value: object, is_text: bool) -> None:
    most = str(2**63 - 1)
    check(f'{{"a":{json.dumps(value)},"b":{json.dumps(most) if is_text else most}}}'.encode(), depth=32)
    with pytest.raises(EventError, match="64 bits"):
        check(f'{{"a":{json.dumps(value)},"b":[{2**63}]}}'.encode(), depth=32)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"a":1,"\\u0061":2}', "duplicate_key"),
        ('{"a":NaN}', "not_json"),
        ('{"a":-Infinity}', "not_json"),
        ("{oops", "not_json"),
        ("", "not_json"),
        ("{} {}", "not_json"),
        ('{"a":1e999}', "number_out_of_range"),
        ('{"a":9223372036854775808}', "number_out_of_range"),
        ('{"a":[-9223372036854775809]}', "number_out_of_range"),
        ('{"a":' + "9" * 5000 + "}", "number_out_of_range"),
        ('{"a":"\\ud800"}', "bad_text"),
        ('{"\\udc00":1}', "bad_text"),
        ("[" * 33 + "]" * 33, "too_deep"),
        ("[" * 5000 + "]" * 5000, "too_deep"),
        ('{"a":' * 33 + "1" + "}" * 33, "too_deep"),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(text: str, code: str) -> None:
    with pytest.raises(EventError) as refused:
        check(text.encode(), depth=32)
    assert refused.value.code == code


def test_text_must_be_utf_8() -> None:
    with pytest.raises(EventError, match="not UTF-8") as refused:
        check(b'{"a":"\xff"}', depth=32)
    assert refused.value.code == "bad_text"


@pytest.mark.parametrize(
    "text", ["[" * 32 + "]" * 32, '{"a":9223372036854775807,"b":-9223372036854775808}', "7", '"a"']
)
def test_the_bounds_themselves_are_inside(text: str) -> None:
    check(text.encode(), depth=32)
