"""Names and texts of a playbook get into generated code as values: whatever they say, the code does the same."""

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from opportune.errors import ConditionError, PlaybookError
from opportune.events.event import Event
from opportune.features.condition import condition
from opportune.features.feature import features_from
from opportune.features.fold import Fold, PlainFold, new_profile
from opportune.features.generate import compile_condition
from opportune.features.interpret import interpret
from opportune.features.scope import Scope
from opportune.features.together import compile_together
from opportune.playbook.compiling import compiled
from opportune.playbook.reading import playbook_from

EVIL = (
    "'", '"', "''", "\\", "\\'", "\n", "\r\n", "\x00", "\u2028", "{", "}}", "{x}", "{0}", "{{{", "%s", "%(x)s", "#",
    "')+__import__('os').system('touch owned')+('", '"""', "'''", "\\N{DIGIT ONE}", "\\x27", "\\u0027", "\ud800",
    "\nimport os\n", "): return True\n    (", "' or True or '", "\N{FULLWIDTH APOSTROPHE}", "𝒊𝒎𝒑𝒐𝒓𝒕", "\u202e", "\t",
    "e\u0301", ";",
)  # fmt: skip
NAMES = st.lists(st.one_of(st.sampled_from(EVIL), st.text(max_size=4)), min_size=1, max_size=4).map("".join).filter(len)
CODE = ("<condition>", "<expression>", "<fold>", "<first look")
_heard: list[list[str]] = []


def _hear(event: str, given: tuple[object, ...]) -> None:
    if event == "compile" and _heard and isinstance(given[0], bytes) and str(given[1]).startswith(CODE):
        _heard[-1].append(given[0].decode())


sys.addaudithook(_hear)


@contextmanager
def generated() -> Iterator[list[str]]:
    """What was made into code in the block; Python itself tells of it."""
    _heard.append([])
    try:
        yield _heard[-1]
    finally:
        _heard.pop()


def bag(sources: list[str]) -> Counter[str]:
    """Of what the code is made, texts and numbers of names left out: a name that became code would add to it."""
    return Counter(_kind(node) for source in sources for node in ast.walk(ast.parse(source)))


def _kind(node: ast.AST) -> str:
    match node:
        case ast.Constant(value=str()):
            return "text"
        case ast.Constant(value=value):
            return repr(value)
        case ast.Name(id=name) | ast.FunctionDef(name=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
            return f"{type(node).__name__} {re.sub('[0-9]+', '', name)}"
    return type(node).__name__


def texts_in(sources: list[str]) -> set[str]:
    found = (node for source in sources for node in ast.walk(ast.parse(source)))
    return {node.value for node in found if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def text(value: str) -> str:
    """As SQL writes a text."""
    return "'" + value.replace("'", "''") + "'"


def name(value: str) -> str:
    """As SQL writes a name."""
    return 'properties."' + value.replace('"', '""') + '"'


def sources_of(one: str) -> list[str]:
    """All code of conditions and features that say this everywhere a text or a name may stand."""
    conditions = (
        f"{name(one)} = {text(one)}", f"{name(one)} IN ({text(one)}, 'b')", f"{name(one)} LIKE {text(one)}",
        f"EXISTS({text(one)}, since => '2 days')", f"coalesce({name(one)}, {text(one)}) = 'b'",
        f"NOT {name(one)} IS NULL",
        f"CASE WHEN {name(one)} = {text(one)} THEN {text(one)} ELSE 'x' END = 'x'", f"event = {text(one)}",
        f"lower({name(one)}) BETWEEN {text(one)} AND {text(one)}", f"{name(one)} * 2 > 1",
    )  # fmt: skip
    with generated() as sources:
        for said in conditions:
            compile_condition(condition(said, allows_event=True), {})
        compile_together([condition(said, allows_event=True) for said in conditions], {})
        aggregates = {
            "n": f"COUNT_IF(event = {text(one)} AND {name(one)} = {text(one)}) OVER LAST '7 days'",
            "s": f"SUM({name(one)}) FILTER (WHERE event = {text(one)})",
            "t": f"LAST({name(one)}) FILTER (WHERE event IN ({text(one)}, 'zz'))",
            "u": f"SINCE({text(one)})",
            "v": f"TOP(3, {name(one)}, weight => 2) OVER SINCE {text(one)} BY category",
            "w": f"COUNT(DISTINCT {name(one)}) FILTER (WHERE event = {text(one)})",
        }
        Fold(features_from(aggregates).values(), watches=[], lateness=1, idle=1)
        return sources


BENIGN = bag(sources_of("harmless"))


@given(NAMES)
@example("a.b")
@settings(max_examples=50)
def test_code_for_conditions_and_features_has_the_same_parts_whatever_they_say(one: str) -> None:
    try:
        sources = sources_of(one)
    except (ConditionError, PlaybookError):
        return  # refused before any code is written
    if "." not in one:
        assert bag(sources) == BENIGN
    assert one in texts_in(sources)


@given(NAMES, NAMES)
def test_code_and_interpreter_agree_whatever_is_said(one: str, other: str) -> None:
    try:
        expression = condition(f"{name(one)} = {text(other)} OR {name(one)} LIKE {text(other)}")
    except ConditionError:
        return
    scope = Scope(new_profile(), 0, "Seen", {one: other}, {})
    assert compile_condition(expression, {})(scope) is (interpret(expression, scope, {}) is True)


@pytest.mark.parametrize("one", EVIL)
def test_every_evil_text_is_only_a_text(one: str) -> None:
    try:
        expression = condition(f"properties.a = {text(one)}")
    except ConditionError as refusal:
        assert one == "\ud800" or not one.isprintable(), refusal
        return
    matches = compile_condition(expression, {})
    for said, is_same in ((one, True), ("b", False), (one + "b", False)):
        assert matches(Scope(new_profile(), 0, "Seen", {"a": said}, {})) is is_same


@given(NAMES)
def test_generated_folds_count_what_plain_ones_count(one: str) -> None:
    try:
        features = features_from({"n": f"COUNT_IF(event = {text(one)})"})
    except (ConditionError, PlaybookError):
        return
    for fold in (
        Fold(features.values(), watches=[], lateness=1, idle=1),
        PlainFold(features.values(), watches=[], lateness=1, idle=1),
    ):
        profile = new_profile()
        for happened in (one, "other", one):
            fold.apply(profile, Event("e", "ann", happened, 5, 5, 1), {}, {}, 5)
        assert fold.readers["n"](Scope(profile, 5)) == 2 + (one == "other")


# Whole playbooks

FILES = {
    "opportune.yaml": "zone: UTC\nconsent: {in_app: always}\npolicies:\n"
    "  - frequency_cap: {at_most: 4, within: 7 days}\n"
    '  - quiet_hours: {from: "21:00", to: "08:00", channels: [email]}\n',
    "messages/note.liquid": "subject: S\n---\nWords. {{ unsubscribe_url }}\n",
}


def playbook_sources(one: str) -> list[str]:
    files = FILES | {
        "features.yaml": yaml.safe_dump({"zz": f"COUNT_IF(event = {text(one)}) OVER LAST '7 days'"}),
        "journeys/cart.yaml": yaml.safe_dump(
            {
                "journey": "cart", "key": one, "enter": {"on": one, "where": f"{name(one)} = {text(one)}"},
                "exit": {"on": one}, "goal": {"on": one, "within": "3 days", "value": name(one)},
                "steps": [
                    {"wait": {"until": one, "at_most": "1 hour"}},
                    {"when": f"EXISTS({text(one)}, since => entry)", "send": "note"},
                ],
            }
        ),
        "messages/note.yaml": yaml.safe_dump(
            {"message": "note", "topic": one, "channels": ["email", "in_app"], "worth": f"coalesce({name(one)}, 40)"}
        ),
    }  # fmt: skip
    with generated() as sources:
        compiled(playbook_from(files))
        return sources


PLAIN = bag(playbook_sources("harmless"))


@given(NAMES)
@settings(max_examples=40)
def test_code_for_a_playbook_has_the_same_parts_whatever_it_says(one: str) -> None:
    try:
        sources = playbook_sources(one)
    except PlaybookError:
        return
    if "." not in one and one == one.strip():
        assert bag(sources) == PLAIN
    for source in sources:
        for node in ast.walk(ast.parse(source)):
            assert not isinstance(node, ast.Import | ast.ImportFrom | ast.Global | ast.Nonlocal)
            assert not (isinstance(node, ast.Attribute) and node.attr.startswith("__") and node.attr != "__class__")


def test_enough_code_is_looked_at() -> None:
    assert len(sources_of("harmless")) >= 12 and len(playbook_sources("harmless")) >= 5


@pytest.mark.parametrize("text", ["1e999", "-1e999", "1e308 * 10", "9" * 400, "0x10", "1_000", "nan", "infinity"])
def test_numbers_in_code_are_numbers(text: str) -> None:
    try:
        expression = condition(f"properties.a < {text}")
    except ConditionError:
        return
    assert compile_condition(expression, {})(Scope(new_profile(), 0, "Seen", {"a": 1}, {})) in (True, False)


# What expressions cannot reach

CLOSED = (
    "__import__('os')", "eval('1') = 1", "load_extension('x') = 1",
    "read_csv('/etc/passwd') = 1", "(SELECT 1) = 1", "a = (SELECT max(b) FROM c)", "a IN (SELECT b FROM c)",
    "a = 1; DROP TABLE b",
    "a = 1 UNION SELECT 2", "pg_sleep(10) = 1", "getenv('HOME') = 'x'", "a REGEXP '(a+)+$'", "a ~ 'b'", "a::text = 'b'",
    "CAST(a AS INTEGER) = 1", "random() < 0.5", "now() > 1", "current_timestamp > 1", "a || b = 'c'", "a -> 'b' = 'c'",
    "x[0] = 1", "a = $1", "a = ?", "a = :b", "a = @b", "@@version = 1", "repeat('a', 1000000000) = 'a'",
    "system('id') = 0",
    "a = b /* c */ d", "lambda x: x", "a = 0b1", "a = X'00'", "INTERVAL '1 day' = 1", "EXISTS(SELECT 1)", "a = ALL(1)",
)  # fmt: skip


@pytest.mark.parametrize("said", CLOSED)
def test_an_expression_has_nothing_but_the_closed_list(said: str) -> None:
    with pytest.raises(ConditionError):
        condition(said, allows_event=True)


@pytest.mark.parametrize("attribute", ["__class__", "__dict__", "keys", "get", "values", "items", "at", "traits"])
def test_a_property_is_looked_up_as_a_key_and_never_as_an_attribute(attribute: str) -> None:
    for source in ("properties", "context", "traits"):
        seen = compile_condition(condition(f'{source}."{attribute}" IS NOT NULL'), {})
        deep = (
            compile_condition(condition(f'{source}."a"."{attribute}" IS NOT NULL'), {}) if source != "traits" else seen
        )
        scope = Scope(new_profile(), 0, "Seen", {"a": "text"}, {"a": {"b": 1}})
        assert not seen(scope) and not deep(scope)
