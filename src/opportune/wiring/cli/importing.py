"""What ``opportune import`` does once its options are read."""

import asyncio
import sys
import time
from argparse import Namespace
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from opportune.adapters.clock import SystemClock
from opportune.adapters.sources.csv_rows import csv_rows
from opportune.adapters.sources.ndjson import ndjson_rows
from opportune.adapters.sources.parquet import parquet_rows
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.errors import Unavailable
from opportune.playbook.folder import texts
from opportune.playbook.reading import playbook_from
from opportune.wiring.cli.import_ import admin_key, columns_of
from opportune.wiring.embedded import Host
from opportune.wiring.import_target import IntoEngine
from opportune.wiring.importing import (
    MARK,
    IntoHost,
    Report,
    Stretch,
    Target,
    imported,
    marked,
    stretches,
    text_stretches,
)
from opportune.wiring.installed import installed
from opportune.wiring.mapping import Columns
from opportune.wiring.publications import Publications
from opportune.wiring.restoring import publish, restored
from opportune.wiring.row_files import delimiter_of, form_of, opened

_SHOW_EVERY: Final = 0.2


def import_all(options: Namespace) -> list[dict[str, object]]:
    """Imports every file; raises Unavailable, naming the file, for what cannot be opened or read on."""
    return asyncio.run(_import_all(options))


async def _import_all(options: Namespace) -> list[dict[str, object]]:
    columns = columns_of(options)
    told: list[dict[str, object]] = []
    async with _target(options) as (target, known):
        for path in options.files:
            with opened(path) as file, naming(path):
                found = _stretches(path, file, columns, known, options)
                report = await imported(found, target, progress=_bar(path, options))
            told.append(_told(path, report, is_quiet=options.json))
    return told


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Whatever goes wrong with a file is said of that file."""
    try:
        yield
    except Unavailable as refusal:
        raise Unavailable(str(refusal) if str(refusal).startswith(str(path)) else f"{path}: {refusal}") from None


def _stretches(
    path: Path, file: BinaryIO, columns: Columns, known: frozenset[str], options: Namespace
) -> Iterator[Stretch]:
    match form_of(path, options.format):
        case "ndjson":
            return text_stretches(file, ndjson_rows, columns, known=known)
        case "csv":
            sign = delimiter_of(path, options.delimiter)
            begin = marked(columns, options.delimiter or "", *sorted(options.text))
            return text_stretches(file, csv_rows(sign, frozenset(options.text)), columns, known=known, begin=begin)
        case "parquet":
            begin = marked(columns)
            rows = ((row, begin + mark, place) for row, mark, place in parquet_rows(path))
            return stretches(rows, columns, known=known)


@asynccontextmanager
async def _target(options: Namespace) -> AsyncIterator[tuple[Target, frozenset[str]]]:
    """Where events go, and the marks of earlier imports there."""
    if options.url:
        engine = IntoEngine(options.url, admin_key(), is_history=options.history)
        yield engine, await engine.known()
        return
    clock, policies = SystemClock(), installed()
    try:
        store = SqliteStore(options.store)
    except Unavailable as refusal:
        raise Unavailable(f"{refusal}; or import through the engine: --url http://127.0.0.1:8080") from None
    try:
        publications = Publications(store, policies=policies)
        if store.last_seq() == 0:
            if options.playbook is None:
                raise Unavailable(f"{options.store}: no playbook was ever published there; name one with --playbook")
            files = texts(options.playbook)
            publish(store, publications, playbook_from(files, policies=policies), files, now=clock.now())
        host = Host(store, restored(store, publications), clock=clock, claimed=lambda claims: None)
        work = asyncio.create_task(host.run())
        try:
            into = IntoHost(host.accept, now=clock.now, is_history=options.history)
            yield into, frozenset(store.offsets(MARK))
        finally:
            host.stop()
            await work
    finally:
        store.close()


def _bar(path: Path, options: Namespace) -> Callable[[int, Report], None]:
    """Shows on a terminal how far the import is."""
    if options.json or not sys.stderr.isatty():
        return lambda place, report: None
    whole, begun, shown = path.stat().st_size, time.monotonic(), 0.0

    def show(place: int, report: Report) -> None:
        nonlocal shown
        now = time.monotonic()
        if now - shown < _SHOW_EVERY:
            return
        shown, rate = now, report.rows / max(now - begun, 0.001)
        share = f"{min(place / whole, 1):4.0%}  " if whole and path.suffix in (".csv", ".ndjson", ".jsonl") else ""
        sys.stderr.write(f"\r\033[K{path.name}  {share}{report.rows:,} rows, {rate:,.0f} a second")
        sys.stderr.flush()

    return show


def _told(path: Path, report: Report, *, is_quiet: bool) -> dict[str, object]:
    if not is_quiet:
        if sys.stderr.isatty():
            sys.stderr.write("\r\033[K")
        print(f"{path}: {report.rows:,} rows, {report.events:,} events taken, {report.known:,} known before")
        if report.erased:
            print(f"  {report.erased:,} of erased users: nothing of them was taken")
        for code, count in sorted(report.refused.items()):
            print(f"  {count:,} refused: {code}")
        for example in report.examples:
            print(f"    {example}")
    return {
        "file": str(path),
        "rows": report.rows,
        "events": report.events,
        "known": report.known,
        "erased": report.erased,
        "refused": dict(sorted(report.refused.items())),
        "examples": report.examples,
    }
