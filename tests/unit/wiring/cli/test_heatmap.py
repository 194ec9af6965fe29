"""The command heatmap: forms of files, what is wrong with them, and what it writes."""

import csv
import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from opportune.wiring.cli import main
from tests.unit.wiring.heatmap.sends_made import row, table

Captured = pytest.CaptureFixture[str]
GOOD = [
    row("ann", "2026-06-01T08:00:00Z", "2026-06-01T08:30:00Z", plan="pro"),
    row("bob", "2026-06-01T08:00:00Z", plan="free"),
    row("cat", "2026-06-02T06:00:00Z", "2026-06-02T06:00:01Z", plan="pro"),
]


def as_csv(path: Path, sign: str = ",") -> Path:
    with path.open("w", newline="") as file:
        out = csv.writer(file, delimiter=sign)
        out.writerow(GOOD[0])
        out.writerows(each.values() for each in GOOD)
    return path


def as_gzip(path: Path) -> Path:
    with gzip.open(path, "wb") as file:
        file.write(as_csv(path.with_suffix("")).read_bytes())
    return path


def as_ndjson(path: Path) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in GOOD))
    return path


def as_parquet(path: Path) -> Path:
    duckdb = pytest.importorskip("duckdb", reason="needs history: no DuckDB")
    source = as_ndjson(path.with_suffix(".ndjson"))
    types = ", ".join(f"{name}: 'VARCHAR'" for name in GOOD[0])
    found = f"SELECT * FROM read_json('{source}', columns = {{{types}}}, format = 'newline_delimited')"
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({found}) TO '{path}' (FORMAT parquet)")
    return path


@pytest.fixture
def answer(capsys: Captured) -> Callable[..., dict[str, object]]:
    def asked(*arguments: str | Path, code: int = 0) -> dict[str, object]:
        assert main(["heatmap", *map(str, arguments), "--json"]) == code
        found: dict[str, object] = json.loads(capsys.readouterr().out)
        return found

    return asked


def shown(report: dict[str, object]) -> object:
    return {name: value for name, value in report.items() if name not in ("files", "seconds", "peak_mb")}


def test_a_table_in_every_form_says_the_same(tmp_path: Path, answer: Callable[..., dict[str, object]]) -> None:
    plain = answer(as_csv(tmp_path / "s.csv"))
    figures = plain["figures"]
    assert isinstance(figures, list)
    assert (figures[0]["sends"], figures[0]["opened"], figures[0]["machine"]) == (3, 1, 1)
    others = [
        as_csv(tmp_path / "bars.csv", "|"),
        as_csv(tmp_path / "s.tsv", "\t"),
        as_gzip(tmp_path / "packed.csv.gz"),
        as_ndjson(tmp_path / "s.ndjson"),
        as_parquet(tmp_path / "s.parquet"),
    ]
    for path in others:
        assert shown(answer(path)) == shown(plain), path.name


def test_the_summary_fits_a_terminal_of_eighty_columns(tmp_path: Path, capsys: Captured) -> None:
    many = [row(f"u{n}", f"2026-06-0{1 + n % 7}T{n % 24:02}:00:00Z", plan="pro") for n in range(3000)]
    path = table(tmp_path / ("s" * 90 + ".csv"), many)
    segment = "plan = 'pro' or plan = 'a very long name of a plan that nobody has' or plan is null"
    assert main(["heatmap", str(path), "--segment", segment, "--least", "10"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if len(line) > 80] == []
    assert sum(line.startswith("  Mon") for line in lines) == 2


def test_columns_of_other_names_are_named(tmp_path: Path, answer: Callable[..., dict[str, object]]) -> None:
    path = tmp_path / "s.csv"
    path.write_text("who;out;seen;at_home\nann;2026-06-01T08:00:00Z;;Asia/Tokyo\n")
    found = answer(path, "--map", "user=who,sent=out,opened=seen", "--zone", "at_home")
    assert found["rows"] == 1
    assert found["without_zone"] == 0


def test_rows_without_a_zone_are_counted_and_left_out_or_given_one(
    tmp_path: Path, answer: Callable[..., dict[str, object]], capsys: Captured
) -> None:
    path = table(tmp_path / "s.csv", [row(zone=""), row("bob")])
    assert answer(path)["without_zone"] == 1
    assert main(["heatmap", str(path)]) == 0
    assert "1 row left out: nothing says their zone" in capsys.readouterr().out
    given = answer(path, "--zone", "timezone", "--zone", "Asia/Tokyo")
    assert given["without_zone"] == 0


def test_where_no_row_has_a_zone_it_ends_with_one_and_says_what_to_name(tmp_path: Path, capsys: Captured) -> None:
    path = table(tmp_path / "s.csv", [row(zone=""), row("bob", zone="")])
    assert main(["heatmap", str(path)]) == 1
    found = capsys.readouterr()
    assert "no send is left: nothing says the zone of any of 2 rows; name a column with zones" in found.err
    assert main(["heatmap", str(path), "--json"]) == 1
    assert main(["heatmap", str(path), "--zone", "Asia/Tokyo"]) == 0


def test_a_zone_may_be_a_trait_of_the_user(tmp_path: Path, answer: Callable[..., dict[str, object]]) -> None:
    path = table(tmp_path / "s.csv", [row(zone=""), row("bob", zone="")])
    users = tmp_path / "users.csv"
    users.write_text("id,home,plan\nann,Asia/Tokyo,pro\n")
    found = answer(path, "--zone", "trait:home", "--traits", users, "--segment", "traits.plan = 'pro'")
    assert (found["rows"], found["without_zone"]) == (2, 1)
    figures = found["figures"]
    assert isinstance(figures, list)
    assert [each["sends"] for each in figures] == [1, 1]
    assert [cell["hour"] for cell in figures[0]["cells"] if cell["of"]["sends"]] == [17]


def test_traits_of_a_user_may_come_as_calls(tmp_path: Path, answer: Callable[..., dict[str, object]]) -> None:
    path = table(tmp_path / "s.csv", [row(zone="")])
    users = tmp_path / "users.ndjson"
    users.write_text('{"type": "identify", "userId": "ann", "traits": {"home": "Asia/Tokyo"}}\n')
    assert answer(path, "--zone", "trait:home", "--traits", users)["without_zone"] == 0


def test_a_segment_is_shown_beside_all(tmp_path: Path, answer: Callable[..., dict[str, object]]) -> None:
    path = as_csv(tmp_path / "s.csv")
    found = answer(path, "--segment", "plan = 'pro'", "--segment", "plan = 'free' and local_weekday(at) = 1")["figures"]
    assert isinstance(found, list)
    assert [(each["segment"], each["sends"]) for each in found] == [
        (None, 3),
        ("plan = 'pro'", 2),
        ("plan = 'free' and local_weekday(at) = 1", 1),
    ]


def test_files_are_written_by_their_endings(tmp_path: Path, capsys: Captured) -> None:
    path = as_csv(tmp_path / "s.csv")
    outs = [tmp_path / f"out.{ending}" for ending in ("html", "svg", "json", "csv")]
    assert main(["heatmap", str(path), "--segment=-length(plan) < 0", *(f"--out={out}" for out in outs)]) == 0
    page, svg, as_json, cells = (out.read_text() for out in outs)
    assert page.startswith("<!doctype html>")
    assert "<script" not in page
    assert svg.startswith("<svg ")
    assert json.loads(as_json)["rows"] == 3
    found = list(csv.DictReader(cells.splitlines()))
    assert len(found) == 2 * 168
    assert found[10] == {
        "segment": "all sends", "weekday": "1", "hour": "10", "sends": "2", "opened": "1", "users": "2",
        "share": "0.500000", "low": found[10]["low"], "high": found[10]["high"], "is_enough": "false",
    }  # fmt: skip
    assert found[168]["segment"] == "'-length(plan) < 0"
    assert capsys.readouterr().out


BAD = [
    ("user_id,send_time_utc,open_time_utc,timezone\nann,soon,,UTC\n", 1, "s.csv:2: column 'send_time_utc'"),
    ("user_id,send_time_utc,open_time_utc,timezone\n,1780304400,,UTC\n", 1, "s.csv:2: column 'user_id' does not say"),
    ("user_id,send_time_utc,open_time_utc,timezone\nann,,,UTC\n", 1, "s.csv:2: column 'send_time_utc' does not say"),
    ("user_id,send_time_utc,open_time_utc,timezone\na,1780304400,1780304000,UTC\n", 1, "s.csv:2: opened 400 s before"),
    ("user_id,send_time_utc,open_time_utc,timezone\na,1780304400,,Mars\n", 1, "s.csv:2: 'timezone' says no zone"),
    ("user_id,send_time_utc,open_time_utc,timezone\na,1780304400,UTC\n", 1, "s.csv:2: 3 cells, but the header has 4"),
    ("user_id,send_time_utc,open_time_utc\n\xff,1,\n", 1, "s.csv:2: not UTF-8; save the file as UTF-8"),
    ("user_id,send_time_utc,open_time_utc,timezone,by\na,1,2,UTC,bot\n", 1, "'by' says human, machine or unsure"),
    ("user_id,send_time_utc\nann,1780304400\n", 3, "no column says when it was opened; name one of 'user_id'"),
    ("who,when\nann,1\n", 3, "no column says to whom it was sent; name one of 'who', 'when' with --map user=COLUMN"),
    ('user_id,send_time_utc,open_time_utc\n"ann,1,\n', 3, "s.csv: line 2: a quote is opened and never closed"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "said"), BAD)
def test_what_is_wrong_with_a_file_is_said_with_its_place(
    tmp_path: Path, capsys: Captured, text: str, code: int, said: str
) -> None:
    path = tmp_path / "s.csv"
    path.write_text(text, encoding="latin-1")
    assert main(["heatmap", str(path)]) == code
    assert said in capsys.readouterr().err


MISUSED = [
    (["--segment", "plan ="], 2, "--segment 'plan =': the expression cannot be read"),
    (["--segment", "plann = 'pro'"], 3, "no column 'plann'; there are 'open_time_utc', 'plan'"),
    (["--segment", "plann = 'pro'"], 3, "did you mean plan?"),
    (["--segment", "traits.plan = 'pro'"], 3, "there are no traits: name a file with --traits"),
    (["--segment", "EXISTS('Opened', since => '2 days')"], 2, "a row has columns and traits only"),
    (["--segment", "1 + 1"], 2, "--segment '1 + 1'"),
    (["--zone", "Europe/Berlinn"], 3, "--zone: there is no column or zone 'Europe/Berlinn'"),
    (["--zone", "trait:home"], 3, "--zone trait:home: there is no such trait"),
    (["--map", "user=nobody"], 3, "there is no column 'nobody' that says to whom it was sent"),
    (["--out", "no/such/folder.html"], 3, "there is no folder no/such; make it first"),
    (["--scratch", "no/such"], 3, "name a folder that we may write with --scratch"),
]


@pytest.mark.parametrize(("options", "code", "said"), MISUSED)
def test_what_is_asked_wrongly_is_said_with_what_would_be_right(
    tmp_path: Path, capsys: Captured, options: list[str], code: int, said: str
) -> None:
    assert main(["heatmap", str(as_csv(tmp_path / "s.csv")), *options]) == code
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    "options",
    [["--map", "user"], ["--map", "colour=x"], ["--window-hours", "0"], ["--window-hours", "25"], ["--least", "0"],
     ["--machine-within", "-1"], ["--machine-within", "soon"], ["--out", "week.png"], ["--traits-map", "at=x"]],
)  # fmt: skip
def test_an_option_that_cannot_be_is_misuse(tmp_path: Path, options: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["heatmap", str(as_csv(tmp_path / "s.csv")), *options])
    assert end.value.code == 2


def test_too_many_segments_are_misuse(tmp_path: Path, capsys: Captured) -> None:
    segments = [part for n in range(8) for part in ("--segment", f"plan = '{n}'")]
    assert main(["heatmap", str(as_csv(tmp_path / "s.csv")), *segments]) == 2
    assert "at most 7 segments" in capsys.readouterr().err


def test_a_file_that_is_not_there_or_of_no_known_form_is_named(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "s.what").write_text("x")
    for name, said in (("none.csv", "No such file"), ("none.parquet", "no such file"), ("s.what", "--format ndjson")):
        assert main(["heatmap", str(tmp_path / name)]) == 3
        assert f"{tmp_path / name}: " in (found := capsys.readouterr().err)
        assert said in found


def test_a_packed_file_that_is_cut_off_is_said_to_be(tmp_path: Path, capsys: Captured) -> None:
    path = as_gzip(tmp_path / "s.csv.gz")
    path.write_bytes(path.read_bytes()[:-12])
    assert main(["heatmap", str(path)]) == 3
    assert "it cannot be read on" in capsys.readouterr().err


def test_names_that_no_line_of_ndjson_has_are_found_out_too(tmp_path: Path, capsys: Captured) -> None:
    path = as_ndjson(tmp_path / "s.ndjson")
    assert main(["heatmap", str(path), "--segment", "plann = 'pro'"]) == 3
    assert "no column 'plann'" in capsys.readouterr().err


def test_of_nothing_it_says_so(tmp_path: Path, capsys: Captured) -> None:
    path = table(tmp_path / "s.csv", [])
    assert main(["heatmap", str(path), "--out", str(tmp_path / "s.html"), "--out", str(tmp_path / "s.svg")]) == 0
    assert "There is no send to show." in capsys.readouterr().out
    assert "There is no send to show." in (tmp_path / "s.svg").read_text()


def test_nothing_is_left_in_the_temporary_folder(tmp_path: Path, capsys: Captured) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    path = as_csv(tmp_path / "s.csv")
    assert main(["heatmap", str(path), "--scratch", str(scratch)]) == 0
    assert main(["heatmap", str(path), "--scratch", str(scratch), "--zone", "nowhere"]) == 3
    assert list(scratch.iterdir()) == []
    assert capsys.readouterr().out
