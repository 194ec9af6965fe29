"""Everything the engine keeps of one user, and its form at rest."""

import msgspec
from msgspec import Struct

from opportune.errors import Unavailable
from opportune.features.ledger import Ledger
from opportune.features.profile import Profile
from opportune.journeys.run import Armed, Past, Run
from opportune.units import Instant


class Memory(Struct, array_like=True, gc=False):
    """One user's memory: mutable, acyclic, owned by whoever decoded it (R14)."""

    user: str
    clock: Instant
    """The largest instant the log has shown this user (R1)."""
    seq: int
    """The newest log entry folded in; an entry not above it changes nothing."""
    exposed_as: str | None
    """After a merge, the other id under whose name draws go on because it was exposed first; None: the user's own."""
    exposed_at: Instant | None
    """When a draw first mattered."""
    profile: Profile
    runs: list[Run]
    pasts: list[Past]
    ledger: Ledger
    armed: list[Armed]
    """Triggers that have begun and wait."""
    is_known: bool = False
    """Somebody said this id as a ``userId``."""
    before: tuple[Instant, str] | None = None
    """If the id was once claimed as an anonymous one of another user: until when, and who remembers what it did then.

    The last field, so that its absence shows in the last byte at rest.
    """

    @property
    def bucket(self) -> str:
        """The name that draws use: arms and holdouts stick to it."""
        return self.user if self.exposed_as is None else self.exposed_as


def fresh(user: str) -> Memory:
    """The memory of a user of whom nothing is known."""
    return Memory(user, 0, 0, None, None, Profile({}, {}, [], {}), [], [], Ledger([], [], [], []), [])


FORM = 2
"""The version byte of the form at rest; older forms are raised to this one when read."""
_FORM = bytes((FORM,))
_FIRST = b"\x01"
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Memory)
_first_decoder = msgspec.msgpack.Decoder(list[msgspec.Raw])
_deadlines = msgspec.msgpack.Decoder(dict[str, Instant])
_runs = msgspec.msgpack.Decoder(list[Run])
_RUNS = Memory.__struct_fields__.index("runs")
_ARMED = Memory.__struct_fields__.index("armed")
_NONE = b"\xc0"


def at_rest(memory: Memory) -> bytes:
    """The memory as bytes: a version byte, then msgpack."""
    return _FORM + _encoder.encode(memory)


def awake(raw: bytes) -> Memory:
    """The memory these bytes hold; raises Unavailable if they are damaged or of a newer version of this package."""
    try:
        if raw[:1] == _FIRST:
            raw = _raised(raw)
        if raw[:1] != _FORM:
            form = raw[0] if raw else "none"
            raise Unavailable(f"a memory in form {form} was written by a newer opportune; this one reads up to {FORM}")
        return _decoder.decode(memoryview(raw)[1:])
    except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
        raise Unavailable(f"a memory is damaged ({fault}); start again from a backup") from None


def _raised(raw: bytes) -> bytes:
    """From form 1, which knew of armed triggers only those that wait for silence, by journey with their deadlines."""
    fields = _first_decoder.decode(memoryview(raw)[1:])
    if len(fields) <= _ARMED:
        raise msgspec.ValidationError(f"it has {len(fields)} fields, form 1 had more than {_ARMED}")
    armed = [Armed(name, "", 0, due, due) for name, due in sorted(_deadlines.decode(fields[_ARMED]).items())]
    fields[_ARMED] = msgspec.Raw(_encoder.encode(armed))
    runs = _runs.decode(fields[_RUNS])
    for run in runs:
        run.has_acted = True  # it was not remembered whether it had, so its entry stands
    fields[_RUNS] = msgspec.Raw(_encoder.encode(runs))
    return _FORM + _encoder.encode(fields)


def before(raw: bytes) -> tuple[Instant, str] | None:
    """What ``before`` says in these bytes; for nearly all of them without reading them."""
    return None if raw[-1:] == _NONE else awake(raw).before
