"""Who is in which journey, and what becomes of them at a publication: counted before anybody publishes."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Final, Literal

from msgspec import MsgspecError, Raw, Struct, msgpack

from opportune.errors import Unavailable
from opportune.journeys.journey import Journey
from opportune.journeys.memory import Memory
from opportune.journeys.moving import name_of, way
from opportune.journeys.run import Run
from opportune.playbook.definition import Playbook
from opportune.wiring.moved import MOVED

_fields: Final = msgpack.Decoder(list[Raw]).decode
_runs: Final = msgpack.Decoder(list[Run]).decode
_name: Final = msgpack.Decoder(str | None).decode
_USER, _EXPOSED, _RUNS = (Memory.__struct_fields__.index(name) for name in ("user", "exposed_as", "runs"))
_NOBODY: Final = b"\x90"


class Standing(Struct, frozen=True, rename="camel"):
    """Some runs that stand at the same step of the same version, and what becomes of them."""

    journey: str
    version: str
    """The hash of the playbook that they entered with."""
    step: int
    """Counts from 1."""
    name: str
    """Of the step; empty if it has none."""
    runs: int
    fate: Literal["stays", "moves", "ends"]
    to: int = 0
    """Where they are moved to, counted from 1; 0 if they are not."""
    to_name: str = ""


class Census:
    """Counts runs without waking memories: of each only the runs are read."""

    def __init__(self, is_concerned: Callable[[str], bool] = lambda bucket: True) -> None:
        """``is_concerned``: whether the publication is for whoever draws under this name."""
        self.users = 0
        """Users seen who are in some journey."""
        self._is_concerned = is_concerned
        self._counts: Counter[tuple[str, str, int, bool]] = Counter()

    def take(self, memories: Iterable[bytes]) -> None:
        """Counts these; raises Unavailable if one is damaged."""
        for raw in memories:
            if raw[:1] == MOVED:
                continue
            try:
                fields = _fields(memoryview(raw)[1:])
                if bytes(fields[_RUNS]) == _NOBODY:
                    continue
                is_concerned = self._is_concerned(_name(fields[_EXPOSED]) or _name(fields[_USER]) or "")
                runs = _runs(fields[_RUNS])
            except (MsgspecError, UnicodeDecodeError) as fault:
                raise Unavailable(f"a memory is damaged ({fault}); start again from a backup") from None
            self.users += 1
            self._counts.update((run.journey, run.version, run.step, is_concerned) for run in runs)

    def standings(self, playbook: Playbook, versions: Mapping[str, Playbook]) -> list[Standing]:
        """By journey, version and step, with what becomes of them if this playbook is published."""
        found: Counter[Standing] = Counter()
        for (journey, version, place, is_concerned), runs in self._counts.items():
            earlier = versions.get(version)
            old = None if earlier is None else earlier.journeys.get(journey)
            new = playbook.journeys.get(journey) if is_concerned else None
            found[_standing(old, new, (journey, version, place), is_same=version == playbook.hash)] += runs
        told = [_counted(each, runs) for each, runs in found.items()]
        return sorted(told, key=lambda each: (each.journey, each.version, each.step, each.fate))


def _standing(old: Journey | None, new: Journey | None, at: tuple[str, str, int], *, is_same: bool) -> Standing:
    journey, version, place = at
    name = "" if old is None else name_of(old, place)
    to = None if old is None or is_same else way(old, new, place)
    if old is None or to == "end":
        return Standing(journey, version, place + 1, name, 0, "ends")
    if to is None or new is None:
        return Standing(journey, version, place + 1, name, 0, "stays")
    return Standing(journey, version, place + 1, name, 0, "moves", to + 1, name_of(new, to))


def _counted(standing: Standing, runs: int) -> Standing:
    each = standing
    return Standing(each.journey, each.version, each.step, each.name, runs, each.fate, each.to, each.to_name)
