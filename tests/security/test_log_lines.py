"""Whatever gets into a log line, it stays in its line, and nothing that nobody caught is printed as it is."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opportune.wiring.logs import Form, configure

FORGED = "fine\n2026-11-22T05:00:00.000Z info    opportune.audit: write-1 from 127.0.0.1: DELETE erases a user"
NASTY = st.text(
    st.one_of(st.characters(), st.sampled_from("\r\n\x0b\x0c\x1b\x85\x9b\u2028\u2029\u202e\x00")), max_size=60
)


@pytest.fixture(autouse=True, scope="module")
def usual_logs() -> Iterator[None]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)


def written(form: Form, text: str, *, in_fault: bool) -> str:
    stream = io.StringIO()
    configure(form, "debug", stream)
    try:
        if in_fault:
            raise RuntimeError(text)
        logging.getLogger("opportune.somewhere").warning("heard %s", text)
    except RuntimeError:
        logging.getLogger("opportune.somewhere").exception("failed")
    return stream.getvalue()


@given(NASTY, st.booleans())
def test_in_json_a_record_is_one_line_of_ascii(text: str, in_fault: bool) -> None:
    found = written("json", text, in_fault=in_fault)
    assert found.endswith("\n") and len(found.splitlines()) == 1
    assert found.isascii() and found[:-1].isprintable()
    assert json.loads(found)["logger"] == "opportune.somewhere"


@given(NASTY, st.booleans())
def test_as_text_only_the_first_line_of_a_record_begins_like_one(text: str, in_fault: bool) -> None:
    first, *rest = written("text", text, in_fault=in_fault).removesuffix("\n").split("\n")
    assert " opportune.somewhere: " in first
    assert all(line.startswith("    ") for line in rest)
    assert not rest or in_fault
    assert all(line.isprintable() for line in (first, *rest))


@pytest.mark.parametrize("in_fault", [True, False])
def test_a_line_cannot_be_forged(in_fault: bool) -> None:
    lines = written("text", FORGED, in_fault=in_fault).splitlines()
    assert not any(line.startswith("2026-11-22T05:00:00.000Z") for line in lines)


UNCAUGHT = """
import sys, threading
from opportune.wiring import logs
logs.configure("{form}", "debug")
logs.take_over()
class Leaky:
    def __del__(self):
        raise ValueError("ann.three@shop.example")
Leaky()
thread = threading.Thread(target=lambda: 1 / 0 if not "".join(["x"]) else int("ann.two@shop.example +49 151 2345 678"))
thread.start(); thread.join()
import logging
logging.getLogger("opportune").warning("%d of %s", "ann.four@shop.example")
raise RuntimeError("token=ann-secret for ann.one@shop.example\\nforged line")
"""


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_nobody_catches_is_written_with_everything_hidden(form: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", UNCAUGHT.replace("{form}", form)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1 and done.stdout == ""
    assert "ann." not in done.stderr and "ann-secret" not in done.stderr and "2345" not in done.stderr
    assert done.stderr.count("[address]") == 3
    for said in ("ended by a fault", "a thread failed", "a fault that nobody caught"):
        assert said in done.stderr
    for line in done.stderr.splitlines():
        assert line.startswith("{") if form == "json" else line[:1] in " 2"
