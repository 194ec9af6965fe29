"""Every policy, verdict code and error has its section in the reference, and no section is left over."""

import ast
from collections.abc import Iterator
from importlib import import_module
from inspect import getmembers, isclass

import pytest

from opportune import errors
from opportune.policies import verbs
from tests.api.source_tree import SOURCE, headings, modules, texts_under

VERBS = (verbs.Expand, verbs.Gate, verbs.Score, verbs.Pick)


def policies() -> Iterator[type]:
    """Every policy class of the package, by file and name."""
    for path in sorted((SOURCE / "policies").glob("*.py")):
        module = import_module(f"opportune.policies.{path.stem}".removesuffix(".__init__"))
        for _, thing in getmembers(module, isclass):
            if issubclass(thing, VERBS) and thing not in VERBS and thing.__module__ == module.__name__:
                yield thing


def name_of(policy: type) -> str:
    """The name by which a playbook asks for it."""
    tag = policy.__struct_config__.tag
    assert isinstance(tag, str), f"{policy.__name__} has no tag"
    return tag


POLICIES = list(policies())


def error_classes() -> list[type]:
    return [thing for _, thing in getmembers(errors, isclass) if thing.__module__ == errors.__name__]


def event_codes() -> set[str]:
    """The codes that ``EventError(code, reason)`` is raised with, wherever it is written out."""
    return {
        node.args[0].value
        for tree in modules().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "EventError"
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


def given_codes() -> set[str]:
    """The codes written out where a reason, a recall or an ending is made, or handed on as ``code=``.

    The test kit is left out: there authors of playbooks write the codes.
    """
    places = {"Reason": 0, "Receipt": 1, "Recall": 2, "Ending": 3}
    found = set()
    trees = [tree for path, tree in modules().items() if not path.startswith("testing/")]
    for call in (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        if name == "EventError":
            continue
        written = [keyword.value for keyword in call.keywords if keyword.arg == "code"]
        written += call.args[places[name] : places[name] + 1] if name in places else []
        found |= {text.value for text in written if isinstance(text, ast.Constant) and isinstance(text.value, str)}
    return found


def written_texts() -> set[str]:
    """Every text that is written out anywhere in the package."""
    nodes = (node for tree in modules().values() for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {node.value for node in nodes if isinstance(node.value, str)}


def test_there_are_policies_of_every_verb() -> None:
    assert [verb.__name__ for verb in VERBS if not any(issubclass(policy, verb) for policy in POLICIES)] == []


@pytest.mark.parametrize("policy", POLICIES, ids=name_of)
def test_a_policy_has_its_section(policy: type) -> None:
    assert name_of(policy) in headings("policies.md")


@pytest.mark.parametrize("policy", POLICIES, ids=name_of)
def test_a_policy_names_its_codes_and_each_has_its_section(policy: type) -> None:
    codes = getattr(policy, "codes", None)
    assert isinstance(codes, tuple), f"{policy.__name__}.codes must be a tuple, if only an empty one"
    assert [code for code in codes if code not in headings("codes.md")] == []


def test_no_section_tells_of_a_policy_that_is_not_there() -> None:
    assert headings("policies.md") <= set(map(name_of, POLICIES))


def test_every_code_that_is_given_has_its_section() -> None:
    assert sorted(given_codes() - headings("codes.md") - {""}) == []


def test_no_section_tells_of_a_code_that_nobody_gives() -> None:
    """``smtp_NNN`` stands for all codes that begin with ``smtp_``."""
    begun = {code.removesuffix("NNN") for code in headings("codes.md")}
    assert sorted(begun - written_texts()) == []


@pytest.mark.parametrize("error", error_classes(), ids=lambda error: error.__name__)
def test_an_error_has_its_section(error: type) -> None:
    assert error.__name__ in headings("errors.md")


def test_no_section_tells_of_an_error_that_is_not_there() -> None:
    assert headings("errors.md") <= {error.__name__ for error in error_classes()}


def test_every_error_is_in_the_tree_of_its_module() -> None:
    assert errors.__doc__ is not None
    assert [error.__name__ for error in error_classes() if error.__name__ not in errors.__doc__] == []


def test_all_errors_live_in_one_module() -> None:
    elsewhere = [
        f"{path}: {node.name}"
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if path != "errors.py"
        and isinstance(node, ast.ClassDef)
        and any(isinstance(base, ast.Name) and base.id.endswith(("Error", "Exception")) for base in node.bases)
    ]
    assert elsewhere == []


def test_every_code_of_a_refused_event_is_told() -> None:
    told = texts_under("errors.md", "EventError")
    assert [code for code in sorted(event_codes()) if f"`{code}`" not in told] == []
