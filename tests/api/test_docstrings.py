"""Whatever is public says what it is."""

import ast

from tests.api.source_tree import modules

Defined = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def test_every_module_says_why_it_exists() -> None:
    assert [path for path, tree in modules().items() if not ast.get_docstring(tree)] == []


def test_every_public_class_and_function_says_what_it_is() -> None:
    silent = [
        f"{path}:{node.lineno}: {node.name}"
        for path, tree in modules().items()
        for node in tree.body
        if isinstance(node, Defined) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    assert silent == []


def test_every_docstring_begins_with_a_sentence() -> None:
    ragged = [
        f"{path}:{node.lineno}: {node.name}"
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, Defined) and (text := ast.get_docstring(node)) and text.split("\n\n")[0][-1] not in ".?:"
    ]
    assert ragged == []
