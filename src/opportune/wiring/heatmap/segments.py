"""Which segments a row is in: conditions over its columns and the traits of its user."""

from collections.abc import Collection, Mapping

from opportune.errors import ConditionError, PlaybookError, Unavailable
from opportune.features.clock import CLOCK
from opportune.features.condition import Expression, compile_condition, condition, reads
from opportune.features.profile import Profile, Stated
from opportune.features.scope import Scope
from opportune.features.sql_words import nearest
from opportune.units import Instant, Scalar

_LOCAL = "local"
_ALWAYS: Instant = -(1 << 62)
_NOBODY = Profile({}, {}, [], {})


class Segments:
    """The conditions, ready to be asked; raises PlaybookError for one that cannot be asked of a row."""

    def __init__(self, texts: tuple[str, ...]) -> None:
        self._read = [(text, _condition(text)) for text in texts]
        readers = {CLOCK: _clock}
        self._asked = [(1 << place, compile_condition(each, readers)) for place, (_, each) in enumerate(self._read)]

    @property
    def names(self) -> frozenset[str]:
        """Columns or traits that they read."""
        return frozenset(name for _, each in self._read for name in (reads(each).properties | reads(each).traits))

    def check(self, names: Collection[str], traits: Collection[str]) -> None:
        """Raises Unavailable, with what is near, for a name that is neither a column nor a trait."""
        for text, each in self._read:
            wanted = reads(each)
            for name in sorted(wanted.properties | wanted.traits):
                known = _sources(name, wanted.properties, wanted.traits, (names, traits))
                if not any(part in known for part in _beginnings(name)):
                    there = ", ".join(map(repr, sorted(known)[:20])) or "no traits: name a file with --traits"
                    close = nearest(name, sorted(known))
                    raise Unavailable(f"--segment {text!r}: there is no column {name!r}; there are {there}{close}")

    def among(self, cells: Mapping[str, object], traits: Mapping[str, Scalar], at: Instant, local: Instant) -> int:
        """Those that are TRUE of a row whose send was at this instant, as bits; the first is 1."""
        if not self._asked:
            return 0
        profile = _NOBODY
        if traits:
            profile = Profile({name: [Stated(_ALWAYS, 0, value)] for name, value in traits.items()}, {}, [], {})
        scope = Scope(profile, at, properties=cells, context={_LOCAL: local})
        return sum(bit for bit, is_true in self._asked if is_true(scope))


def _clock(scope: Scope) -> int | None:
    local = scope.context.get(_LOCAL)
    return local if isinstance(local, int) else None


def _condition(text: str) -> Expression:
    try:
        found = condition(text)
    except ConditionError as error:
        raise PlaybookError(f"--segment {text!r}: {error} (at character {error.position + 1})") from None
    wanted = reads(found)
    if wanted.events or wanted.features or wanted.context:
        raise PlaybookError(f"--segment {text!r}: a row has columns and traits only; leave EXISTS and context out")
    return found


def _sources(
    name: str, properties: Collection[str], traits: Collection[str], there: tuple[Collection[str], Collection[str]]
) -> set[str]:
    """Where the name may stand: a bare one is a column or a trait."""
    columns, known = there
    return {*(columns if name in properties else ()), *(known if name in traits else ())}


def _beginnings(name: str) -> list[str]:
    """``a.b.c``, ``a.b``, ``a``: a column may hold objects."""
    parts = name.split(".")
    return [".".join(parts[:count]) for count in range(len(parts), 0, -1)]
