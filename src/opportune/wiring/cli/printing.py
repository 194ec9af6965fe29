"""Answers for scripts: one JSON object on standard output."""

import sys

import msgspec


def print_json(answer: object) -> None:
    """Prints the answer, indented; structs and mappings alike."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(answer), indent=2).decode() + "\n")
