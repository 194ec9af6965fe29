"""How many runs of each journey are where just now, as the file of an engine knows it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import MsgspecError, Raw, msgpack

from opportune.adapters.stores.reading import SqliteHistory
from opportune.errors import Unavailable
from opportune.journeys.diagram import ENDED, Standing, state_at
from opportune.journeys.journey import Journey
from opportune.journeys.memory import Memory
from opportune.journeys.run import Run
from opportune.playbook.definition import Playbook
from opportune.policies.verbs import Policy
from opportune.wiring.moved import MOVED
from opportune.wiring.publications import Versions
from opportune.wiring.restoring import chunks, shard_at

_fields: Final = msgpack.Decoder(list[Raw]).decode
_runs: Final = msgpack.Decoder(list[Run]).decode
_RUNS: Final = Memory.__struct_fields__.index("runs")
_NOBODY: Final = b"\x90"


class UnderWay:
    """The runs of all users, by journey, version and place of the step."""

    def __init__(self, memories: Iterable[bytes], versions: Mapping[str, Playbook]) -> None:
        """``versions`` are playbooks by hash. Raises Unavailable if a memory is damaged."""
        self._versions = versions
        self._counts: Counter[tuple[str, str, int]] = Counter()
        for raw in memories:
            if raw[:1] != MOVED:
                self._counts.update((run.journey, run.version, run.step) for run in _runs_in(raw))

    def has_run(self, playbook: Playbook) -> bool:
        """Whether this very playbook was ever published here."""
        return playbook.hash in self._versions

    def standing(self, journey: Journey) -> Standing:
        """Where the runs of this journey are; those of a version that says something else are only counted."""
        runs, elsewhere = Counter[str](), 0
        for (name, version, place), count in sorted(self._counts.items()):
            if name != journey.name:
                continue
            playbook = self._versions.get(version)
            entered = None if playbook is None else playbook.journeys.get(name)
            state = state_at(journey, place)
            if entered is not None and entered.steps == journey.steps and state != ENDED:
                runs[state] += count
            else:
                elsewhere += count
        return Standing(dict(runs), elsewhere)


def under_way(history: SqliteHistory, *, policies: Mapping[str, type[Policy]]) -> UnderWay:
    """The runs as of the newest entry of the log: the newest snapshot, and the rest of the log folded again.

    Raises Unavailable if nothing was ever published.
    """
    versions = Versions(history, policies=policies)
    snapshot = history.restore()
    shard = shard_at(snapshot, history, versions)
    for chunk in chunks(history.log(snapshot.seq)):
        shard.feed(chunk)
    shard.settle()
    return UnderWay(shard.memories.values(), {name: versions.playbook(name) for name in versions.living})


def _runs_in(raw: bytes) -> list[Run]:
    try:
        field = _fields(memoryview(raw)[1:])[_RUNS]
        return [] if bytes(field) == _NOBODY else _runs(field)
    except (MsgspecError, UnicodeDecodeError) as fault:
        raise Unavailable(f"a memory is damaged ({fault}); start again from a backup") from None
