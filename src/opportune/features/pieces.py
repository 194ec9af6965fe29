"""Pieces of a text that is read by hand: what stands in quotes or in parentheses is not looked into."""

import re

from msgspec import Struct

from opportune.errors import ConditionError

_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"")


class Part(Struct, frozen=True):
    """A piece of the text, and where it begins."""

    text: str
    position: int

    @property
    def start(self) -> int:
        """Where its first letter stands."""
        return self.position + len(self.text) - len(self.text.lstrip())


def blanked(text: str) -> str:
    """The text, as long as it was, with nothing left of what stands in quotes."""
    return _QUOTED.sub(lambda found: "_" * len(found[0]), text)


def split(part: Part) -> list[Part]:
    """The pieces between the commas that stand in no quotes and no parentheses."""
    pieces: list[Part] = []
    depth = start = 0
    for place, letter in enumerate(blanked(part.text)):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            pieces.append(Part(part.text[start:place], part.position + start))
            start = place + 1
    return [*pieces, Part(part.text[start:], part.position + start)]


def closing(text: str, start: int) -> int:
    """The place of the parenthesis that closes the one before ``start``; what stands in quotes is passed over."""
    depth, quote = 1, ""
    for place in range(start, len(text)):
        letter = text[place]
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter == "(":
            depth += 1
        elif letter == ")":
            depth -= 1
            if depth == 0:
                return place
    raise ConditionError("a parenthesis or a quote is not closed", position=start - 1)
