"""Rows of files, one after the other, each with its file; told how far they are."""

import os
from collections.abc import Callable, Container, Iterator
from pathlib import Path
from typing import Final, TypeAlias

from msgspec import Struct

from opportune.adapters.sources.csv_rows import csv_rows
from opportune.adapters.sources.ndjson import ndjson_rows
from opportune.adapters.sources.parquet import row_count, rows_between
from opportune.adapters.sources.rows import Lines, Row
from opportune.errors import Unavailable
from opportune.wiring.row_files import Form, delimiter_of, form_of, opened

FileRow: TypeAlias = tuple[Path, Row]
Progress: TypeAlias = Callable[[int, int], None]


class AllBut(Struct, frozen=True):
    """All names but these: a container that is asked, never gone through."""

    names: frozenset[str]

    def __contains__(self, name: object) -> bool:
        return name not in self.names


_TELL_EVERY: Final = 20_000
"""Rows."""


def rows_of(
    path: Path, form: Form | None, delimiter: str | None, text_columns: Container[str], progress: Progress
) -> Iterator[FileRow]:
    """Every row; ``progress`` is told bytes, or rows, of how many. Raises Unavailable, naming the file."""
    try:
        found = form_of(path, form)
        if found == "parquet":
            yield from _of_parquet(path, progress)
        else:
            yield from _of_text(path, found, delimiter, (text_columns, progress))
    except Unavailable as refusal:
        raise Unavailable(str(refusal) if str(refusal).startswith(str(path)) else f"{path}: {refusal}") from None
    except (OSError, EOFError) as refusal:
        raise Unavailable(f"{path}: it cannot be read on: {refusal}; is it whole?") from None


def _of_parquet(path: Path, progress: Progress) -> Iterator[FileRow]:
    if not path.is_file():
        raise Unavailable(f"{path}: there is no such file")
    count = row_count(path)
    for row in rows_between(path, 0, None):
        if row.line % _TELL_EVERY == 0:
            progress(row.line, count)
        yield path, row
    progress(count, count)


def _of_text(path: Path, form: Form, delimiter: str | None, more: tuple[Container[str], Progress]) -> Iterator[FileRow]:
    text_columns, progress = more
    with opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        lines = Lines(file, is_hashed=False)
        head = file.read(65_536)
        file.seek(0)
        lines.begin_with(head)
        reader = ndjson_rows if form == "ndjson" else csv_rows(delimiter_of(path, delimiter), text_columns)
        for count, row in enumerate(reader(lines), 1):
            if count % _TELL_EVERY == 0:
                progress(os.lseek(file.fileno(), 0, os.SEEK_CUR), size)
            yield path, row
    progress(size, size)
