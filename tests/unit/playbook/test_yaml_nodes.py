"""YAML is read as people mean it, and what could surprise them is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opportune.errors import PlaybookError
from opportune.playbook.yaml_nodes import Branch, Items, Loose, loose, parse

PLAIN = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(st.characters(exclude_categories=["C", "Z"]))
)
TREES = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1), inner, max_size=4)
    ),
    max_leaves=12,
)


def value(text: str) -> Loose:
    node = parse(text, "a.yaml")
    return None if node is None else loose(node)


def refusal(text: str) -> str:
    with pytest.raises(PlaybookError) as refused:
        parse(text, "a.yaml")
    return str(refused.value)


@pytest.mark.parametrize(
    "word",
    ["on", "yes", "no", "NO", "off", "y", "21:00", "1:30", "2025-01-01", "1_000", ".inf", ".nan", "0b1", "<<", "="],
)
def test_words_of_older_yaml_are_text(word: str) -> None:
    assert value(f"a: {word}") == {"a": word}


def test_a_key_named_on_is_the_text_on() -> None:
    assert value("on: Cart Updated\n2025-01-01: x\nno: y") == {"on": "Cart Updated", "2025-01-01": "x", "no": "y"}


@pytest.mark.parametrize(
    ("word", "meant"),
    [("true", True), ("FALSE", False), ("~", None), ("null", None), ("", None), ("12", 12), ("-3", -3), ("+4", 4),
     ("0o17", 15), ("0x1F", 31), ("1.5", 1.5), ("-.5", -0.5), ("1e3", 1000.0), ("3.", 3.0), ("017", 17)],
)  # fmt: skip
def test_the_core_schema_is_read(word: str, meant: object) -> None:
    found = value(f"a: {word}")
    assert found == {"a": meant} and isinstance(found, dict) and type(found["a"]) is type(meant)


@pytest.mark.parametrize("quoted", ['"3"', "'true'", '"~"', "|\n  null"])
def test_what_is_quoted_is_text(quoted: str) -> None:
    found = value(f"a: {quoted}")
    assert isinstance(found, dict) and isinstance(found["a"], str)


def test_every_value_knows_its_line() -> None:
    node = parse("a: 1\nb:\n  - x\n  - c: y\n", "a.yaml")
    assert isinstance(node, Branch)
    assert str(node.places["b"]) == "a.yaml:2"
    items = node.nodes["b"]
    assert isinstance(items, Items)
    assert [each.place.line for each in items.nodes] == [3, 4]


def test_a_key_said_twice_is_refused_with_both_lines() -> None:
    assert refusal("a: 1\nb: 2\na: 3") == "a.yaml:3: 'a' is already said in line 1; say it once"
    assert refusal('{"a": {"b": 1, "b": 2}}').startswith("a.yaml:1: 'b' is already said")


def test_a_bomb_ends_at_its_first_anchor() -> None:
    lines = ["a: &a [x]"] + [f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]" for n in range(9)]
    assert refusal("\n".join(lines)) == "a.yaml:1: anchors and aliases are not read; write the value out"


def test_an_alias_is_refused() -> None:
    assert "anchors and aliases" in refusal("a: *x")


@pytest.mark.parametrize(
    "tag", ["!!python/object/apply:os.system [id]", "!!str 3", "!mine {a: 1}", "!<tag:yaml.org,2002:int> 3"]
)
def test_tags_are_refused(tag: str) -> None:
    assert refusal(f"a: {tag}").startswith("a.yaml:1: tags are not read")


def test_nesting_is_bounded() -> None:
    assert "nest at most 32 deep" in refusal("[" * 40 + "]" * 40)
    assert "nest at most 32 deep" in refusal("[" * 100_000)


def test_size_is_bounded() -> None:
    assert refusal("a" * 1_000_001) == "a.yaml:1: a file has at most 1,000,000 characters, not 1,000,001"


@pytest.mark.parametrize("text", ["a: [1", "a: b: c", "\ta: 1", "a: \x01", "a: 'x"])
def test_broken_yaml_is_refused_with_its_line(text: str) -> None:
    assert refusal(f"# first\n{text}").startswith("a.yaml:")
    assert "this is not YAML" in refusal(text)


def test_a_file_is_one_document() -> None:
    assert refusal("a: 1\n---\nb: 2").startswith("a.yaml:2: a file is one document")


@pytest.mark.parametrize("key", ["[a]", "{a: 1}", "", "~"])
def test_a_key_is_a_word(key: str) -> None:
    if key == "~":
        assert value("~: 1") == {"~": 1}
    else:
        assert "a key is a word" in refusal(f"? {key}\n: 1")


@pytest.mark.parametrize("text", ["", "# nothing", "---\n", "~"])
def test_a_file_without_values_is_nothing(text: str) -> None:
    assert parse(text, "a.yaml") is None


@given(TREES)
def test_json_is_read_as_it_is(tree: Loose) -> None:
    text = json.dumps({"tree": tree}, ensure_ascii=False)
    assert value(text) == {"tree": tree}
