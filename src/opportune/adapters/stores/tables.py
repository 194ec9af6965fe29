"""The tables of the one file, and what brings a file of an earlier version up to them."""

from typing import Final

VERSION: Final = 5
STEPS: Final[dict[int, str]] = {
    1: """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE log (seq_from INTEGER PRIMARY KEY, seq_to INTEGER NOT NULL, now INTEGER NOT NULL, inputs BLOB NOT NULL);
CREATE TABLE log_users (seq_from INTEGER PRIMARY KEY, users BLOB NOT NULL);
CREATE TABLE id_segments (
    id INTEGER PRIMARY KEY, seq_to INTEGER NOT NULL, until INTEGER NOT NULL, sieve BLOB NOT NULL, ids BLOB NOT NULL);
CREATE TABLE decisions (
    place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, user TEXT NOT NULL, seq INTEGER NOT NULL, body BLOB NOT NULL);
CREATE INDEX decisions_by_user ON decisions (user, seq);
CREATE TABLE endings (place INTEGER PRIMARY KEY, decision TEXT NOT NULL UNIQUE, body BLOB NOT NULL);
CREATE TABLE goals (place INTEGER PRIMARY KEY, user TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE outbox (
    place INTEGER PRIMARY KEY, decision TEXT NOT NULL, nth INTEGER NOT NULL, stage TEXT NOT NULL,
    recalled TEXT NOT NULL DEFAULT '', code TEXT NOT NULL DEFAULT '', at INTEGER, is_logged INTEGER NOT NULL DEFAULT 0,
    attempt BLOB NOT NULL, UNIQUE (decision, nth));
CREATE INDEX outbox_unlogged ON outbox (place) WHERE is_logged = 0;
CREATE TABLE inbox (
    user TEXT NOT NULL, key TEXT NOT NULL, at INTEGER NOT NULL, rendered BLOB NOT NULL, shown_at INTEGER,
    dismissed_at INTEGER, PRIMARY KEY (user, key)) WITHOUT ROWID;
CREATE TABLE dead_letters (place INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE snapshots (user TEXT PRIMARY KEY, memory BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE publications (playbook TEXT PRIMARY KEY, files BLOB NOT NULL) WITHOUT ROWID;
""",
    2: """
ALTER TABLE inbox ADD COLUMN expires_at INTEGER;
CREATE INDEX inbox_by_expiry ON inbox (expires_at) WHERE expires_at IS NOT NULL;
ALTER TABLE outbox ADD COLUMN body BLOB;
ALTER TABLE outbox ADD COLUMN bounce TEXT NOT NULL DEFAULT '';
CREATE INDEX outbox_by_stage ON outbox (stage, place);
ALTER TABLE snapshots ADD COLUMN wake INTEGER;
DROP TABLE id_segments;
DELETE FROM meta WHERE name = 'ids_closed_to' OR name LIKE 'snapshot%';
DELETE FROM snapshots;
CREATE TABLE segments (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, is_whole INTEGER NOT NULL, level INTEGER NOT NULL,
    bits INTEGER NOT NULL, count INTEGER NOT NULL, seq_to INTEGER NOT NULL, until INTEGER NOT NULL);
CREATE TABLE pages (place INTEGER PRIMARY KEY, records BLOB NOT NULL);
CREATE TABLE offsets (source TEXT PRIMARY KEY, place INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE keys (
    name TEXT PRIMARY KEY, kind TEXT NOT NULL, hash BLOB NOT NULL UNIQUE, made_at INTEGER NOT NULL,
    revoked_at INTEGER) WITHOUT ROWID;
CREATE TABLE erased (
    token TEXT PRIMARY KEY, at INTEGER NOT NULL, is_rewritten INTEGER NOT NULL, barred TEXT NOT NULL DEFAULT '')
    WITHOUT ROWID;
CREATE TABLE erasing (user TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX goals_by_user ON goals (user);
CREATE TABLE barred (address TEXT PRIMARY KEY, channel TEXT NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL)
    WITHOUT ROWID;
CREATE TABLE base_heads (
    seq INTEGER PRIMARY KEY, until INTEGER NOT NULL, now INTEGER NOT NULL, playbook TEXT NOT NULL,
    versions TEXT NOT NULL, unmerged TEXT NOT NULL, decisions INTEGER NOT NULL, endings INTEGER NOT NULL,
    goals INTEGER NOT NULL, copied_to TEXT NOT NULL DEFAULT '', is_whole INTEGER NOT NULL DEFAULT 0,
    is_beginning INTEGER NOT NULL DEFAULT 0);
CREATE TABLE bases (
    seq INTEGER NOT NULL, user TEXT NOT NULL, memory BLOB, wake INTEGER, PRIMARY KEY (seq, user)) WITHOUT ROWID;
CREATE TABLE erasing_words (word BLOB PRIMARY KEY, place INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE letters_held (count INTEGER NOT NULL, bytes INTEGER NOT NULL);
INSERT INTO letters_held SELECT count(*), coalesce(sum(length(body)), 0) FROM dead_letters;
CREATE TRIGGER letter_came AFTER INSERT ON dead_letters BEGIN
    UPDATE letters_held SET count = count + 1, bytes = bytes + length(new.body);
END;
CREATE TRIGGER letter_left AFTER DELETE ON dead_letters BEGIN
    UPDATE letters_held SET count = count - 1, bytes = bytes - length(old.body);
END;
""",
    3: """
CREATE TABLE IF NOT EXISTS backfills (
    seq INTEGER NOT NULL, user TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (seq, user)) WITHOUT ROWID;
""",
    4: """
CREATE TABLE IF NOT EXISTS tallies (
    journey TEXT NOT NULL, channel TEXT NOT NULL, hour INTEGER NOT NULL, sends INTEGER NOT NULL,
    complaints INTEGER NOT NULL, unsubscribes INTEGER NOT NULL, PRIMARY KEY (journey, channel, hour)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stopped (
    decision TEXT NOT NULL, what TEXT NOT NULL, hour INTEGER NOT NULL, PRIMARY KEY (decision, what)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tallied_since (journey TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS items (id TEXT PRIMARY KEY, item BLOB NOT NULL, due INTEGER) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS items_due ON items (due) WHERE due IS NOT NULL;
CREATE TABLE IF NOT EXISTS announcements (
    place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, item TEXT NOT NULL, name TEXT NOT NULL, body BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS announcements_by_item ON announcements (item);
CREATE TABLE IF NOT EXISTS published (seq INTEGER PRIMARY KEY, body BLOB NOT NULL);
""",
    5: """
CREATE TABLE decision_words (number INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE);
ALTER TABLE decisions ADD COLUMN journey INTEGER;
ALTER TABLE decisions ADD COLUMN code INTEGER;
ALTER TABLE decisions ADD COLUMN due INTEGER;
CREATE INDEX decisions_by_code ON decisions (journey, code, due);
""",
}
"""What brings a file to each version from the one before; steps that a release has shipped are never changed."""
