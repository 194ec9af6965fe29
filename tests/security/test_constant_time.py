"""Secrets are compared so that the time it takes tells nothing: looked for in the source, all of it."""

import ast
from collections.abc import Iterator

import pytest

from tests.api.source_tree import modules

SECRET = frozenset({"secret", "signature", "token", "password", "digest", "hmac", "seal", "sealed", "hash", "key_hash"})
"""Words of names whose values nobody may find out by trying."""
REVIEWED = {
    "token == urlsafe_b64encode(sealed).rstrip(b'=').decode()",  # the token with itself, written anew, once it is ours
    "SIGNATURE in headers",  # the name of a header
    "erasing.user_token(self._secret, user) in self._erased",  # a keyed hash, looked up by its hash
    "token_of(secret, 'user', user) in tokens",  # the same
    "digest_of(kept) != share", "digest_of_ending(was) != share",  # of decisions, by which nobody is let in
    "token.start_index < 0", "tokens[0].token_type in _BEGINNINGS",  # of a template, of SQL
    "each.hash != playbook.hash", "each.hash != name", "each != playbook.hash", "playbook.hash != start.hash",
    "start.shard.playbook.hash != playbook.hash", "playbook.hash == start.shard.playbook.hash",  # of what is no secret
    "draw(playbook.salt, 'canary', playbook.hash, bucket) < share", "version == playbook.hash",
    "playbook.hash in self.living", "playbook.hash in self._versions",
    "playbook.hash not in (standing.playbook, standing.stable)",
    "read.hash == name", "meant.hash == name", "found.old.hash == found.new.hash",
}  # fmt: skip
"""Comparisons that tell nothing, and why."""
COMPARED = {"adapters/sealing.py": 1, "adapters/signatures.py": 1, "adapters/sources/keys.py": 1}
"""Where something secret is compared, and how often."""


def is_secret(node: ast.AST) -> bool:
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    words = name.lower().strip("_").split("_")
    return any(word.removesuffix("s") in SECRET or word in SECRET for word in words)


def suspects(tree: ast.AST) -> Iterator[str]:
    """Comparisons of something that is named like a secret, by value: not with None, and not with nothing."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Compare) or all(isinstance(each, ast.Is | ast.IsNot) for each in node.ops):
            continue
        sides = [side for side in (node.left, *node.comparators) if not _is_length(side)]
        if any(is_secret(each) for side in sides for each in ast.walk(side)):
            yield ast.unparse(node)


def _is_length(side: ast.expr) -> bool:
    return isinstance(side, ast.Call) and ast.unparse(side.func) == "len"


def test_no_secret_is_compared_letter_by_letter() -> None:
    found = {(name, each) for name, tree in modules().items() for each in suspects(tree)}
    assert {(name, each) for name, each in found if each not in REVIEWED} == set()


def test_secrets_are_compared_in_constant_time_where_they_are_compared() -> None:
    found = {
        name: count
        for name, tree in modules().items()
        if (count := sum(isinstance(each, ast.Attribute) and each.attr == "compare_digest" for each in ast.walk(tree)))
    }
    assert found == COMPARED


@pytest.mark.parametrize(
    ("code", "is_found"),
    [
        ("a = token == b", True), ("if self._secret != given: pass", True), ("x = given in tokens", True),
        ("key.hash == asked", True), ("made.signature[0] == b''", True), ("len(secret) < 16", False),
        ("token is None", False), ("hmac.compare_digest(token, given)", False), ("name == other", False),
    ],
)  # fmt: skip
def test_what_is_looked_for_is_found(code: str, is_found: bool) -> None:
    assert bool(list(suspects(ast.parse(code)))) is is_found
