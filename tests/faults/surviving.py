"""What an engine finds when it opens what a power cut has left, held against what had been acknowledged by then."""

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from struct import Struct
from typing import Final, Literal, NamedTuple, TypeAlias

import apsw

from opportune.adapters.sources.choices import choices_of
from opportune.adapters.stores.copies import BACKUP
from opportune.adapters.stores.key_table import KeyTable
from opportune.adapters.stores.secret import secret_path
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.errors import Unavailable
from opportune.events.event import Event, Published
from opportune.events.names import OWN_IDS
from opportune.sending.outbox import Row
from opportune.wiring.moved import MOVED
from opportune.wiring.publications import Publications
from opportune.wiring.replay import replay
from opportune.wiring.restoring import restored
from opportune.wiring.shard import Shard
from tests.faults.crash_images import Image
from tests.faults.truth import Truth

Kind: TypeAlias = Literal["lost", "corrupt", "doubled", "wrong"]
STORE: Final = "town.db"
BEGUN: Final = ("data_sent", "sent", "failed", "unknown")
"""Stages from which nothing is sent that was not asked for again with its own key."""
_INODE: Final = Struct("<Q")
_INODE_AT: Final = 40
"""Where a mark names its file's number."""


class Fault(NamedTuple):
    """Something that must not be."""

    kind: Kind
    what: str


def put(image: Image, folder: Path) -> Path:
    """Lays the image out; the path of the store in it.

    The mark names the number of the very file it belongs to, and a file that is written afresh has another number: the
    mark of the recorded file is made that of this one, and any other is left alone.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, content in image.files.items():
        (folder / name).write_bytes(content)
    path, mark = folder / STORE, folder / f"{STORE}.mark"
    if path.exists() and mark.exists():
        raw = bytearray(mark.read_bytes())
        if len(raw) >= _INODE_AT + 8 and _INODE.unpack_from(raw, _INODE_AT)[0] == image.inodes[STORE]:
            _INODE.pack_into(raw, _INODE_AT, os.stat(path).st_ino)
            mark.write_bytes(raw)
    return path


def faults_of(path: Path, truth: Truth, secret: bytes, *, is_thorough: bool = True) -> list[Fault]:
    """What is wrong with the store at this path; ``secret`` is the one that links were signed with."""
    try:
        store = SqliteStore(path)
    except Unavailable as refusal:
        return [Fault("corrupt", str(refusal))]
    try:
        found = list(_faults(store, path, truth, secret, is_thorough=is_thorough))
        last = store.last_seq()
    except (apsw.Error, Unavailable) as refusal:
        return [Fault("corrupt", f"{type(refusal).__name__}: {refusal}")]
    finally:
        store.close()
    if is_thorough:
        found += _opened_again(path, last)
    return found


def _opened_again(path: Path, last: int) -> Iterator[Fault]:
    with closing(SqliteStore(path)) as again:
        if (again.last_seq(), again.held) != (last, None):
            yield Fault("wrong", f"the second time it ends at {again.last_seq()} instead of {last}, held: {again.held}")


def _faults(store: SqliteStore, path: Path, truth: Truth, secret: bytes, *, is_thorough: bool) -> Iterator[Fault]:
    with closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)) as read:
        said = read.execute("PRAGMA integrity_check").get
    if said != "ok":
        yield Fault("corrupt", str(said))
    if store.held is not None:
        yield Fault("wrong", f"held: {store.held}")
    if (truth.given or truth.erased) and secret_path(path).exists() and secret_path(path).read_bytes() != secret:
        yield Fault("lost", "the secret is another one")
    if (truth.given or truth.erased) and not secret_path(path).exists():
        yield Fault("lost", "the secret is gone")
    yield from _of_the_log(store, truth)
    yield from _of_files(path, truth)
    if any(isinstance(entry, Published) for entry in store.log()):
        shard = restored(store, Publications(store)).shard
        yield from _of_users(store, shard, truth)
        yield from _of_messages(store, shard, truth)
        if is_thorough and (differences := replay(store).differences):
            yield Fault("wrong", f"decided again it is different: {differences[0]}")


def _of_the_log(store: SqliteStore, truth: Truth) -> Iterator[Fault]:
    entries = list(store.log())
    ids = Counter(entry.id for entry in entries if isinstance(entry, Event))
    for id, user in truth.events.items():
        if user not in truth.erasing and (ids[id] != 1 or not store.is_known(id)):
            yield Fault("lost", f"event {id} of {user} is in the log {ids[id]} times")
    for id, count in ids.items():
        if count != 1 or (id not in truth.asked and not id.startswith(OWN_IDS)):
            yield Fault("wrong", f"event {id} is in the log {count} times, and nobody told it so often")
    seqs = [entry.seq for entry in entries]
    whole = list(range(1, len(seqs) + 1))
    if seqs != sorted(set(seqs)) or (not truth.erasing and seqs != whole):
        yield Fault("corrupt", f"the log has holes: {seqs}")
    published = [entry.playbook for entry in entries if isinstance(entry, Published)]
    for each in truth.playbooks:
        if each not in published or store.publication(each) is None:
            yield Fault("lost", f"playbook {each}")


def _of_files(path: Path, truth: Truth) -> Iterator[Fault]:
    if truth.keys:
        with closing(KeyTable(path)) as keys:
            for name in truth.keys - {key.name for key in keys.known()}:
                yield Fault("lost", f"key {name}")
    for name in sorted(truth.begun_backups):
        copy = path.with_name(name)
        if not copy.exists():
            if name in truth.backups:
                yield Fault("lost", f"backup {name}")
            continue
        with closing(apsw.Connection(str(copy), flags=apsw.SQLITE_OPEN_READONLY)) as read:
            said = read.execute("PRAGMA integrity_check").get
            is_named = read.execute("SELECT count(*) FROM meta WHERE name = ?", (BACKUP,)).get
        if said != "ok" or not is_named or not secret_path(copy).exists():
            yield Fault("corrupt", f"backup {name} is half a backup: {said}, named: {is_named}")


def _of_users(store: SqliteStore, shard: Shard, truth: Truth) -> Iterator[Fault]:
    for user in sorted(truth.stopped - truth.erasing):
        memory = shard.memory(shard.heir(user))
        if choices_of(shard.playbook, memory, "email", memory.clock).topics["cart"]:
            yield Fault("lost", f"the stop of {user}")
    for previous, user in sorted(truth.merged.items()):
        if shard.resolved(previous) != user:
            yield Fault("lost", f"{previous} is {shard.resolved(previous)} and not {user}")
    for user in sorted(truth.erased):
        is_told = list(store.events_of(user)) or store.decisions_of(user) or user in shard.memories
        if is_told or not store.is_erased(user) or any(row.claim.attempt.user == user for row in store.outbox()):
            yield Fault("lost", f"the erasure of {user}")


def _of_messages(store: SqliteStore, shard: Shard, truth: Truth) -> Iterator[Fault]:
    rows: dict[str, list[Row]] = {}
    for row in store.outbox():
        rows.setdefault(row.claim.attempt.decision, []).append(row)
    for key, user in truth.given.items():
        stages = [row.stage for row in rows.get(key, ())]
        if not set(stages) & set(BEGUN) and user not in truth.erasing:
            yield Fault("doubled", f"message {key} to {user} was given away and is {stages}")
    endings = {each.decision for each in store.endings()}
    decisions = [each.id for each in store.decisions()]
    living = [shard.memory(user) for user, raw in shard.memories.items() if raw[:1] != MOVED]
    pending = {each.id: each.state for memory in living for each in memory.ledger.pending}
    if sorted([*pending, *endings]) != sorted(decisions):
        yield Fault("wrong", f"the books do not balance: {sorted({*pending, *endings} ^ set(decisions))}")
    claimed = {id for id, state in pending.items() if state == "claimed"}
    dispatched = {row.claim.attempt.decision for row in [*store.open_claims(), *store.unlogged()]}
    if claimed != dispatched:
        yield Fault("wrong", f"claimed by one and not the other: {sorted(claimed ^ dispatched)}")
