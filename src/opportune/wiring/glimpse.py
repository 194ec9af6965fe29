"""What a memory at rest counts of items, read without the rest of it: a million users are looked through in seconds."""

from collections.abc import Collection, Iterable, Iterator

from msgspec import Raw, Struct, msgpack

from opportune.features.profile import Group
from opportune.wiring.moved import MOVED


class SeenProfile(Struct, array_like=True):
    """A profile, of which only the groups are read."""

    traits: Raw
    series: Raw
    sessions: Raw
    lasts: Raw
    groups: dict[str, Raw] = {}


class Seen(Struct, array_like=True):
    """The beginning of a memory, of which only the profile is read."""

    user: Raw
    clock: Raw
    seq: Raw
    exposed_as: Raw
    exposed_at: Raw
    profile: SeenProfile


class _Texts(Struct, array_like=True):
    series: dict[str, Raw]


_seen = msgpack.Decoder(Seen)
_group = msgpack.Decoder(Group)
_texts = msgpack.Decoder(_Texts)


def groups_in(raw: bytes | None, keys: Collection[str]) -> dict[str, Group]:
    """The groups kept under these keys; none for a user of whom nothing is known, or who was absorbed."""
    return {key: _group.decode(found) for key, found in _raw_groups(raw) if key in keys}


def texts_in(raw: bytes | None, keys: Collection[str]) -> Iterator[tuple[str, Iterable[str]]]:
    """Each of these keys under which anything is kept, with the texts of it."""
    return ((key, _texts.decode(found).series) for key, found in _raw_groups(raw) if key in keys)


def _raw_groups(raw: bytes | None) -> Collection[tuple[str, Raw]]:
    if raw is None or raw[:1] == MOVED:
        return ()
    return _seen.decode(memoryview(raw)[1:]).profile.groups.items()
