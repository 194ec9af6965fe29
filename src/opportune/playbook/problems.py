"""What is wrong with a playbook, gathered while it is read, so that an author sees all of it at once."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches

from opportune.errors import PlaybookError
from opportune.playbook.yaml_nodes import Place

MOST = 50
"""How many problems are named; the rest is counted."""


class Problems:
    """The problems found so far, each with its place."""

    def __init__(self) -> None:
        self._lines: dict[str, None] = {}

    def __len__(self) -> int:
        return len(self._lines)

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)

    def add(self, place: Place | str, text: str) -> None:
        """Remember one problem; the same one twice counts once."""
        self._lines[f"{place}: {text}"] = None

    @contextmanager
    def kept(self, place: Place | None = None, before: str = "") -> Iterator[None]:
        """Go on behind this block if it raises PlaybookError, and remember what it said.

        Without a place the error names its own.
        """
        try:
            yield
        except PlaybookError as error:
            text = f"{before}{error}"
            self._lines[text if place is None else f"{place}: {text}"] = None

    def raise_any(self) -> None:
        """Raise one PlaybookError with a line for each problem, if there are any."""
        if not self._lines:
            return
        named = list(self._lines)[:MOST]
        rest = len(self._lines) - len(named)
        raise PlaybookError("\n".join([*named, f"and {rest} more"] if rest else named))


def meant(name: str, known: Iterable[str]) -> str:
    """The hint for a name nobody knows: the closest known one, else all of them."""
    names = sorted(known)
    close = closest(name, names)
    if close is not None:
        return f"did you mean {close!r}?"
    return f"known: {', '.join(names[:20])}" + (" and more" if len(names) > 20 else "") if names else "there are none"


def closest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is most like this one; None if none is."""
    names = sorted(known)
    close = get_close_matches(name, names, n=1, cutoff=0.7) or [
        each for each in names if each.casefold().replace("-", "_") == name.casefold().replace("-", "_")
    ]
    return close[0] if close else None
