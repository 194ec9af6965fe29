"""Whose events are whose, for those who read history: what merges did to the memories of users (R15).

A life is what one memory remembers: the events of an id, and of all ids it has absorbed since. An id that becomes its
own again begins a new life; what it did before stays with whoever absorbed it.
"""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

FOREVER: Final = 1 << 62
"""Above every place in the log."""


class Merge(Struct, frozen=True):
    """From ``seq`` on ``user`` has done what ``absorbed`` had; the same id twice: it begins anew."""

    user: str
    absorbed: str
    seq: int


class Owned(Struct, frozen=True):
    """The events of ``name`` at places in [first, until) belong to ``life``, as of places beyond ``since``."""

    name: str
    first: int
    until: int
    life: str
    since: int


class Asked(Struct, frozen=True):
    """Who asks about ``name`` as of a place in (after, upto] asks about ``life``."""

    name: str
    after: int
    upto: int
    life: str


class Lives(Struct, frozen=True):
    """Of all ids that took part in a merge; any other id is its own life."""

    owned: list[Owned]
    asked: list[Asked]


class _Life(Struct):
    name: str
    label: str
    first: int
    until: int = FOREVER
    heir: "_Life | None" = None
    absorbed_at: int = FOREVER


def lives_of(merges: Iterable[Merge], *, is_hindsight: bool = False) -> Lives:
    """What these merges, in any order, say; in hindsight everybody was who they turned out to be from the beginning."""
    current: dict[str, _Life] = {}
    every: list[_Life] = []
    for merge in sorted(merges, key=lambda each: each.seq):
        for name in (merge.user, merge.absorbed):
            if name not in current:
                current[name] = _Life(name, name, 0)
                every.append(current[name])
        life, other = current[merge.user], current[merge.absorbed]
        if life is other:
            if life.heir is not None:
                life.until = merge.seq
                current[merge.user] = _Life(life.name, f"{life.name}\n{merge.seq}", merge.seq)
                every.append(current[merge.user])
        elif other.heir is None and _line(life)[-1] is not other:
            other.heir, other.absorbed_at = life, merge.seq
    if is_hindsight:
        return Lives(
            [Owned(each.name, each.first, each.until, _line(each)[-1].label, 0) for each in every],
            [Asked(each.name, 0, FOREVER, _line(each)[-1].label) for each in current.values()],
        )
    return Lives(
        [owned for each in every for owned in _owned(each)], [asked for each in every for asked in _asked(each)]
    )


def _line(life: _Life) -> list[_Life]:
    """The life, its heir, and so on to the one who lives."""
    line = [life]
    while (heir := line[-1].heir) is not None:
        line.append(heir)
    return line


def _owned(life: _Life) -> Iterable[Owned]:
    line = _line(life)
    for before, each in zip([None, *line], line, strict=False):
        yield Owned(life.name, life.first, life.until, each.label, 0 if before is None else before.absorbed_at)


def _asked(life: _Life) -> Iterable[Asked]:
    """What is decided for an id by the very entry that absorbs it rests on its own memory still."""
    after = life.first
    for each in _line(life):
        upto = min(each.absorbed_at + 1, life.until)
        if after < upto:
            yield Asked(life.name, after, upto, each.label)
        after = max(after, upto)
