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
        row = row_on(line, lines.line)
        if row is not None:
            yield row


def row_on(line: bytes | None, number: int) -> Row | None:
    """What stands on this line, None being one that is too long; None for an empty one."""
    if line is None:
        return Row(number, refusal=too_long(number))
    text = (line.removeprefix(_BYTE_ORDER_MARK) if number == 1 else line).strip()
    return _row(text, number) if text else None


def _row(text: bytes, line: int) -> Row:
    try:
        check(text, depth=MOST_DEPTH)
        if text[:1] != b"{":
            raise EventError("not_an_object", f"expected an object, not {text[:20].decode('utf-8', 'replace')!r}")
        return Row(line, decoded(text, _object))
    except EventError as refusal:
        return Row(line, refusal=EventError(refusal.code, f"line {line}: {refusal}"))
