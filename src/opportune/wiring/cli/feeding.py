"""What ``opportune items`` does once its options are read."""

import asyncio
from argparse import Namespace
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO

from opportune.adapters.clock import SystemClock
from opportune.adapters.sources.csv_rows import csv_rows
from opportune.adapters.sources.ndjson import ndjson_rows
from opportune.adapters.sources.rows import Lines, Row
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.errors import Unavailable
from opportune.wiring.cli.import_ import admin_key
from opportune.wiring.cli.importing import naming
from opportune.wiring.feeding import TEXTS, IntoRunning, IntoStore, Report, Target, fed_from
from opportune.wiring.import_target import IntoEngine
from opportune.wiring.row_files import ENDINGS, opened


def feed_all(options: Namespace) -> list[dict[str, object]]:
    """Feeds every file; raises Unavailable, naming the file, for what cannot be opened or read on."""
    return asyncio.run(_feed_all(options))


async def _feed_all(options: Namespace) -> list[dict[str, object]]:
    named, told = dict(options.map), list[dict[str, object]]()
    async with _target(options) as target:
        for path in options.files:
            with opened(path) as file, naming(path):
                rows = _rows(path, file, named, options)
                report = await fed_from(rows, target, named=named, is_history=options.history)
            told.append(_told(path, report, is_quiet=options.json))
    return told


@asynccontextmanager
async def _target(options: Namespace) -> AsyncIterator[Target]:
    if options.url:
        yield IntoRunning(IntoEngine(options.url, admin_key(), is_history=options.history))
        return
    try:
        store = SqliteStore(options.store)
    except Unavailable as refusal:
        raise Unavailable(f"{refusal}; or feed the engine: --url http://127.0.0.1:8080") from None
    try:
        yield IntoStore(store, SystemClock().now)
    finally:
        store.close()


def _rows(path: Path, file: BinaryIO, named: Mapping[str, str], options: Namespace) -> Iterator[Row]:
    form = options.format or ENDINGS.get(Path(path.name.removesuffix(".gz")).suffix.lower())
    lines = Lines(file)
    lines.begin_with(file.read(65_536))
    file.seek(0)
    match form:
        case "ndjson":
            return ndjson_rows(lines)
        case "csv":
            sign = options.delimiter or ("\t" if ".tsv" in path.suffixes else None)
            texts = frozenset(options.text) | {named.get(field, field) for field in TEXTS}
            return csv_rows(sign, texts)(lines)
        case _:
            raise Unavailable(f"{path}: what is it? say --format ndjson or csv")


def _told(path: Path, report: Report, *, is_quiet: bool) -> dict[str, object]:
    if not is_quiet:
        print(f"{path}: {report.rows:,} rows, {report.changed:,} items changed, {report.announced:,} to be told")
        for code, count in sorted(report.refused.items()):
            print(f"  {count:,} refused: {code}")
        for example in report.examples:
            print(f"    {example}")
    return {
        "file": str(path),
        "rows": report.rows,
        "changed": report.changed,
        "announced": report.announced,
        "refused": dict(sorted(report.refused.items())),
        "examples": report.examples,
    }
