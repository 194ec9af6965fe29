"""Files of rows as they come: what is in them, and opened."""

import gzip
from pathlib import Path
from typing import BinaryIO, Final, Literal, TypeAlias, cast

from opportune.errors import Unavailable

Form: TypeAlias = Literal["ndjson", "csv", "parquet"]
ENDINGS: Final[dict[str, Form]] = {
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".json": "ndjson",
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".parquet": "parquet",
}


def form_of(path: Path, stated: Form | None) -> Form:
    """What is in the file, as it is stated, or as its name says; raises Unavailable if neither tells."""
    form = stated or ENDINGS.get(Path(path.name.removesuffix(".gz")).suffix.lower())
    if form is None:
        raise Unavailable(f"{path}: what is it? say --format ndjson, csv or parquet")
    return form


def delimiter_of(path: Path, stated: str | None) -> str | None:
    """The sign between the cells of this table; None: look for it in the header."""
    return stated or ("\t" if ".tsv" in path.suffixes else None)


def opened(path: Path) -> BinaryIO:
    """The file, unpacked if it is packed; raises Unavailable."""
    try:
        if path.suffix == ".gz":
            return cast(BinaryIO, gzip.open(path, "rb"))
        return path.open("rb")
    except OSError as refusal:
        raise Unavailable(f"{path}: {refusal.strerror}") from None
