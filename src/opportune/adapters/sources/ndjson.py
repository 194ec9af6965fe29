"""Files with one JSON object on each line."""

from collections.abc import Iterator

from msgspec.json import Decoder

from opportune.adapters.sources.rows import Lines, Row, too_long
from opportune.errors import EventError
from opportune.events.strict_json import check, decoded

MOST_DEPTH = 32
_object = Decoder(dict[str, object])
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def ndjson_rows(lines: Lines) -> Iterator[Row]:
    """Every line as a row; empty lines are none."""
    for line in lines:
        if line is None:
            yield Row(lines.line, refusal=too_long(lines.line))
            continue
        text = (line.removeprefix(_BYTE_ORDER_MARK) if lines.line == 1 else line).strip()
        if text:
            yield _row(text, lines.line)


def _row(text: bytes, line: int) -> Row:
    try:
        check(text, depth=MOST_DEPTH)
        if text[:1] != b"{":
            raise EventError("not_an_object", f"expected an object, not {text[:20].decode('utf-8', 'replace')!r}")
        return Row(line, decoded(text, _object))
    except EventError as refusal:
        return Row(line, refusal=EventError(refusal.code, f"line {line}: {refusal}"))
