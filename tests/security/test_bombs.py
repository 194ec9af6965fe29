"""Small things that would become large, deep or slow: refused within bounds, wherever strangers' bytes are read."""

import ast
import gzip
import io
import json
import tracemalloc
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opportune.adapters.sources.csv_rows import csv_rows
from opportune.adapters.sources.hooks_mail import MOST_BYTES as MOST_MAIL
from opportune.adapters.sources.hooks_mail import told_by
from opportune.adapters.sources.http_gzip import unzipped
from opportune.adapters.sources.ndjson import ndjson_rows
from opportune.adapters.sources.rows import Lines
from opportune.errors import ConditionError, EventError, PlaybookError
from opportune.events.batch import DEFAULT, unpacked
from opportune.features.condition import condition
from opportune.messages.template import Template, checked, render
from opportune.playbook.yaml_nodes import parse
from opportune.wiring.logs import hidden
from tests.api.source_tree import modules
from tests.security.doors import WRITE, House, house

MOST = DEFAULT.body_bytes
MEGA = 1024 * 1024


def peak(read: object) -> int:
    """Bytes of memory at most while this is done."""
    tracemalloc.start()
    try:
        assert callable(read)
        read()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def refused(read: object) -> str:
    assert callable(read)
    with pytest.raises(EventError) as refusal:
        read()
    return refusal.value.code


# Packed


def member(plain: bytes) -> bytes:
    return gzip.compress(plain, mtime=0)


BOMB = member(b"0" * (200 * MEGA))


def test_a_bomb_is_unpacked_no_further_than_its_bound() -> None:
    assert len(BOMB) < MEGA // 4
    assert peak(lambda: refused(lambda: unzipped(BOMB, MOST))) < 3 * MOST
    assert refused(lambda: unzipped(BOMB, MOST)) == "body_too_large"


@pytest.mark.parametrize(
    "packed",
    [
        member(member(b"{}")), member(BOMB[: MEGA // 8]), member(b"{}") * 2, member(b"{}") + b"\x00",
        member(b"{}") + member(b""),
        member(b"{}")[:-1], member(b"{}")[:10], b"", b"\x1f\x8b", zlib.compress(b"{}"), b"{}",
        member(b"{}")[:-8] + b"\x00" * 8, b"\x1f\x8b\x08\x04\x00\x00\x00\x00\x00\x03\xff\xff" + b"x" * 100,
    ],
)  # fmt: skip
def test_what_is_not_one_whole_member_is_refused(packed: bytes) -> None:
    assert refused(lambda: unzipped(packed, MOST)) == "bad_gzip"


@given(st.binary(max_size=300), st.booleans())
def test_whatever_is_unpacked_is_refused_or_within_its_bound(noise: bytes, is_member: bool) -> None:
    try:
        assert len(unzipped(member(noise) if is_member else noise, 200)) <= 200
    except EventError as refusal:
        assert refusal.code in ("bad_gzip", "body_too_large")


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("house")) as found:
        yield found


def resident(door: House) -> int:
    """Bytes of memory that the process holds, at its highest."""
    lines = Path(f"/proc/{door.process.pid}/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) * 1024


HEAVY = {
    "bomb": (BOMB, "gzip"),
    "depth": (b"[" * 2_000_000, ""),
    "depth of objects": (b'{"a":' * 500_000, ""),
    "many keys": (b"{" + b",".join(b'"k%d":%d' % (n, n) for n in range(200_000)) + b"}", ""),
    "one key again": (b"{" + b",".join([b'"k":1'] * 500_000) + b"}", ""),
    "many calls": (b'{"batch":[' + b",".join([b"{}"] * 1_000_000) + b"]}", ""),
    "a long number": (b'{"batch":[{"a":' + b"9" * 3_000_000 + b"}]}", ""),
    "a long exponent": (b'{"batch":[{"a":1e' + b"9" * 3_000_000 + b"}]}", ""),
    "a long text": (b'{"batch":["' + b"\\u0000" * 600_000 + b'"]}', ""),
    "too much": (b" " * (MOST + 1), ""),
}


@pytest.mark.parametrize("what", HEAVY)
def test_a_heavy_body_is_refused_and_the_next_is_taken(door: House, what: str) -> None:
    body, packing = HEAVY[what]
    before = resident(door)
    found = door.asked("POST", "/v1/batch", body, key=WRITE, content_encoding=packing or "identity")
    assert found.status in (400, 413) or (found.json["accepted"], len(found.json["rejected"])) == (0, 1)
    assert resident(door) - before < 300 * MEGA
    assert door.told({"type": "track", "userId": "ann", "event": "Seen"}).status == 200


def test_a_body_that_says_that_it_is_huge_is_refused_before_it_is_read(door: House) -> None:
    head = f"POST /v1/batch HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {WRITE}\r\ncontent-length: 99999999999\r\n\r\n"
    assert door.raw(head.encode()).startswith(b"HTTP/1.1 413")
    endless = head.replace("content-length: 99999999999", "transfer-encoding: chunked").encode()
    assert b" 413 " in door.raw(endless, *[b"10000\r\n" + b" " * 65_536 + b"\r\n"] * 80)


def test_thousands_of_headers_are_refused(door: House) -> None:
    """In pieces, as they come over a network; what comes in one piece is bounded by the size of a piece."""
    parts = [b"x%d: y\r\n" % number * 40 for number in range(2_000)]
    found = door.raw(b"GET /healthz HTTP/1.1\r\nhost: x\r\n", *parts)
    assert found == b"" or found.startswith(b"HTTP/1.1 431"), found  # nothing where it hung up while we still spoke
    assert door.asked("GET", "/healthz").status == 200


# JSON

DEEP = ('{"a":' * 33 + "1" + "}" * 33, "[" * 100_000, '{"batch":' + "[" * 5_000 + "]" * 5_000 + "}")
ODD = ("9" * 5_000, "-" + "9" * 5_000, "1e99999", "1" + "0" * 400 + ".5", "0x10", "NaN", "1e-99999")


@pytest.mark.parametrize("text", DEEP)
def test_depth_is_refused(text: str) -> None:
    assert refused(lambda: unpacked(text.encode(), DEFAULT, is_batch=True)) in (
        "too_deep",
        "not_json",
        "wrong_type",
        "bad_batch",
    )


@pytest.mark.parametrize("number", ODD)
def test_odd_numbers_are_refused_with_a_code_or_are_numbers(number: str) -> None:
    for text in (f'{{"batch":[{{"properties":{{"a":{number}}}}}]}}', f'{{"sentAt":{number},"batch":[]}}'):
        try:
            unpacked(text.encode(), DEFAULT, is_batch=True)
        except EventError as refusal:
            assert refusal.code and len(str(refusal)) < 6_000


# Playbooks

YAML = (
    "a: &a 1",
    "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]", "a: !!python/object/apply:os.system ['touch owned']",
    "a: !!python/name:os.system",
    "a: !!binary aGk=", "a: !evil b", "<<: {a: b}\na: *x", "a: *nowhere", "--- a\n--- b",
    "%YAML 1.1\n---\na: !!set {b}",
    "[" * 1_000, "{a: " * 1_000, "- " * 1_000, "a:\n" + "".join(f"{' ' * n}a:\n" for n in range(1, 200)),
    "? [a, b]\n: c",
    "a: 1\na: 2", "x" * 2_000_000, "a: \x00", "a: \ud83d", "!!map {a: b}",
    "- !!python/object/new:subprocess.Popen [[id]]",
)  # fmt: skip


@pytest.mark.parametrize("text", YAML)
def test_yaml_that_is_more_than_values_is_refused(text: str) -> None:
    with pytest.raises(PlaybookError):
        parse(text, "a.yaml")


@pytest.mark.parametrize(
    "text", ["9" * 5_000, "-" + "9" * 5_000, "0x" + "f" * 5_000, "1e999999999", "0o" + "7" * 5_000, "9" * 19]
)
def test_huge_numbers_in_yaml_are_texts_or_small(text: str) -> None:
    found = parse(f"a: {text}", "a.yaml")
    assert found is not None
    value = found.nodes["a"].value  # type: ignore[union-attr, call-overload]
    assert value == text or abs(float(value)) < 2**64 or value in (float("inf"), float("-inf"))


@given(st.text(alphabet=st.sampled_from("ab:-[]{}&*!|>?%@`#\"'\n\t ,~0\x00\ud800\u2028"), max_size=60))
def test_whatever_yaml_says_it_is_read_or_refused(text: str) -> None:
    try:
        parse(text, "a.yaml")
    except PlaybookError as refusal:
        assert str(refusal).startswith("a.yaml:")


SLOW = (
    "a = " + "(" * 500 + "1" + ")" * 500, " AND ".join(["a = 1"] * 5_000), "NOT " * 2_000 + "a = 1",
    "a = " + "-" * 3_000 + "1",
    "a = '" + "x" * 200_000 + "'", "CASE WHEN a = 1 THEN " * 300 + "1",
    "a IN (" + ",".join(map(str, range(50_000))) + ")",
    "coalesce(" * 400 + "a" + ")" * 400 + " = 1", "a LIKE '" + "%a" * 20_000 + "'",
)  # fmt: skip


@pytest.mark.parametrize("text", SLOW)
def test_a_condition_that_is_too_much_is_refused(text: str) -> None:
    with pytest.raises(ConditionError):
        condition(text)


TEMPLATES = (
    "{% for a in (1..1000) %}{% for b in (1..1000) %}{% for c in (1..1000) %}x{% endfor %}{% endfor %}{% endfor %}",
    "{% for a in (1..99999999999) %}x{% endfor %}",
    "{% assign a = 'x' %}" + "{% assign a = a | append: a %}" * 64 + "{{ a }}",
    "{% capture a %}xxxxxxxxxx{% endcapture %}" + "{% capture a %}{{ a }}{{ a }}{% endcapture %}" * 40,
    "{{ 'x' | replace: '', 'xxxxxxxxxx' }}"
    "{% assign a = 'xx' %}" + "{% assign a = a | replace: 'x', a %}" * 12 + "{{ a }}",
    "{{ 9 | times: 9 }}" + "{% assign a = 999999 %}" + "{% assign a = a | times: a %}" * 24 + "{{ a }}",
    "{% if a %}" * 100 + "{% endif %}" * 100, "{{ x }}" * 20_000, "x" * 200_000,
)  # fmt: skip


@pytest.mark.parametrize("text", TEMPLATES)
def test_a_template_that_grows_is_stopped(text: str) -> None:
    def rendered() -> None:
        with pytest.raises(PlaybookError):
            render(checked(Template(text=text)), {"x": "y" * 900}, 0)

    assert peak(rendered) < 100 * MEGA


# Files and mail


def test_a_line_without_an_end_is_passed_over_in_pieces() -> None:
    packed = io.BytesIO(member(b'{"a": "' + b"x" * (30 * MEGA) + b'"}\n{"b": 1}\n'))

    def read() -> None:
        for rows in (ndjson_rows, csv_rows()):
            packed.seek(0)
            with gzip.open(packed) as file:
                try:
                    found = list(rows(Lines(file)))  # type: ignore[arg-type]
                except Exception as refusal:  # noqa: BLE001 a table without a header is refused as a whole
                    assert type(refusal).__name__ == "Unavailable"
                    continue
            assert [bool(row.refusal) for row in found] == [True, False]

    assert peak(read) < 16 * MEGA


MAILS = (
    b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(3_000)),
    b"Content-Type: message/rfc822\r\n\r\n" * 3_000, b"a: b\r\n" * 100_000 + b"\r\n", b"\r\n" * (MOST_MAIL // 2),
    b"Subject: " + b" folded\r\n" * 60_000 + b"\r\n",
    b'Content-Type: multipart/report; boundary=""\r\n\r\n' + b"--\r\n" * 100_000,
    b"Content-Type: text/plain; " + b"a*0*=x;" * 50_000 + b"\r\n\r\n", b"\xff" * 100_000,
)  # fmt: skip


@pytest.mark.parametrize("mail", MAILS)
def test_a_mail_that_is_no_report_is_refused_whatever_it_is_made_of(mail: bytes) -> None:
    assert refused(lambda: told_by(mail[:MOST_MAIL])) == "not_a_report"


@pytest.mark.parametrize(
    "sign", ["a", "@", "a@", "a.", "+1", "+1 ", "token=", "Bearer ", "ok_w_", "/u/", "basic ", "a@b."]
)
def test_a_long_line_is_hidden_soon(sign: str) -> None:
    """Time that grows with the square of the length would not end here."""
    assert len(hidden(sign * 100_000)) > 0


# What is never called

EXECUTES = {
    "features/generate.py": 2,
    "features/together.py": 1,
    "features/fold_code.py": 1,
    "policies/generated.py": 1,
}
"""Where code is generated, and how often it is run; test_generated_code.py says what gets into it."""
NEVER = {"eval", "__import__", "input", "breakpoint"}
MODULES = {"pickle", "marshal", "shelve", "subprocess", "code", "ctypes", "telnetlib", "xmlrpc", "dill"}
NAMES = {
    "system",
    "popen",
    "mktemp",
    "CERT_NONE",
    "check_hostname",
    "_create_unverified_context",
    "unsafe_load",
    "full_load",
}


def called(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)):
                yield name
            case ast.Attribute(attr=name) if name in NAMES:
                yield name
            case ast.Import(names=names):
                yield from (each.name.partition(".")[0] for each in names if each.name.partition(".")[0] in MODULES)
            case ast.ImportFrom(module=str(module)) if module.partition(".")[0] in MODULES:
                yield module


def test_nothing_is_run_read_or_believed_that_must_not_be() -> None:
    executes: dict[str, int] = {}
    for name, tree in modules().items():
        if name.startswith("testing/"):
            continue
        every = list(called(tree))
        assert not {*every} & (NEVER | MODULES | NAMES), name
        if count := every.count("exec"):
            executes[name] = count
    assert executes == EXECUTES


def test_the_order_of_a_json_object_is_no_secret() -> None:
    """Keys are hashed with a seed that is new in each process, so nobody can choose keys that fall together."""
    import sys

    assert sys.flags.hash_randomization == 1
    assert json.loads('{"a": 1}') == {"a": 1}
