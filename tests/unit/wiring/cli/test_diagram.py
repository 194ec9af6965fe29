"""Drawing journeys from the command line."""

import json
from pathlib import Path

import pytest

from opportune.adapters.stores.sqlite import SqliteStore
from opportune.playbook.reading import playbook_from
from opportune.wiring.publications import Publications
from opportune.wiring.restoring import publish
from tests.contracts.made import NOW
from tests.unit.wiring.cli.commands import shell
from tests.unit.wiring.published_shop import files

TWO = {**files(), "journeys/other.yaml": "journey: other\nenter: A\nsteps: [send: reminder]\n"}


def written(folder: Path, texts: dict[str, str] = TWO) -> Path:
    for name, text in texts.items():
        path = folder / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder / "shop"


@pytest.mark.parametrize(("wished", "begins"), [("svg", "<svg "), ("mermaid", "---\n"), ("plantuml", "@startuml\n")])
def test_one_journey_goes_to_standard_output(tmp_path: Path, wished: str, begins: str) -> None:
    written(tmp_path)
    done = shell("diagram", "shop", "cart", "--format", wished, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(begins)
    assert "wait 2 hours" in done.stdout


@pytest.mark.parametrize(("wished", "ending"), [("svg", "svg"), ("mermaid", "mmd"), ("plantuml", "puml")])
def test_all_go_into_a_folder_a_file_each(tmp_path: Path, wished: str, ending: str) -> None:
    written(tmp_path)
    done = shell("diagram", "shop", "--out", "pictures", "--format", wished, folder=tmp_path)
    assert done.stdout.splitlines() == [f"pictures/cart.{ending}", f"pictures/other.{ending}"]
    assert sorted(path.name for path in (tmp_path / "pictures").iterdir()) == [f"cart.{ending}", f"other.{ending}"]


def test_one_goes_into_the_file_that_is_named_or_into_a_folder_that_is_there(tmp_path: Path) -> None:
    written(tmp_path)
    assert shell("diagram", "shop", "cart", "--out", "my.svg", folder=tmp_path).stdout == "my.svg\n"
    assert shell("diagram", "shop", "cart", "--out", ".", folder=tmp_path).stdout == "cart.svg\n"
    assert (tmp_path / "my.svg").read_text("utf-8") == (tmp_path / "cart.svg").read_text("utf-8")


@pytest.mark.parametrize(
    ("file", "begins"),
    [("a.svg", "<svg "), ("a.mmd", "---\n"), ("a.mermaid", "---\n"), ("a.puml", "@start"), ("A.PlantUML", "@start")],
)
def test_the_ending_of_the_file_says_how_it_is_drawn(tmp_path: Path, file: str, begins: str) -> None:
    written(tmp_path)
    assert shell("diagram", "shop", "cart", "--out", file, folder=tmp_path).stdout == f"{file}\n"
    assert (tmp_path / file).read_text("utf-8").startswith(begins)


def test_an_ending_that_says_something_else_or_nothing_is_refused(tmp_path: Path) -> None:
    written(tmp_path)
    for options, said in (
        (("--out", "a.mermaid", "--format", "svg"), "--out a.mermaid is a file of mermaid, and --format says svg"),
        (("--out", "a.txt"), "--out a.txt: .txt says no format (say --format, or end in .svg, .mmd, .mermaid, "),
    ):
        done = shell("diagram", "shop", "cart", *options, folder=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert said in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["shop"]
    assert shell("diagram", "shop", "cart", "--out", "a.txt", "--format", "mermaid", folder=tmp_path).returncode == 0


def test_several_do_not_fit_on_standard_output_or_into_one_file(tmp_path: Path) -> None:
    written(tmp_path)
    for options, where in (((), "standard output"), (("--out", "my.svg"), "my.svg")):
        done = shell("diagram", "shop", *options, folder=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert f"shop has 2 journeys, and {where} takes one: name it, or a folder with --out DIR" in done.stderr


def test_a_playbook_of_one_journey_needs_no_name(tmp_path: Path) -> None:
    written(tmp_path, files())
    assert shell("diagram", "shop", folder=tmp_path).stdout.startswith("<svg ")


def test_a_journey_that_is_not_there_is_told_with_the_one_that_was_meant(tmp_path: Path) -> None:
    written(tmp_path)
    done = shell("diagram", "shop", "crat", folder=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "opportune: shop: there is no journey named 'crat'; did you mean 'cart'?\n"


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    written(tmp_path)
    done = shell("diagram", "shop", "cart", "--out", "none/my.svg", folder=tmp_path)
    assert (done.returncode, done.stderr) == (
        3,
        "opportune: none/my.svg: cannot be written (No such file or directory)\n",
    )


def test_states_and_ways_as_json(tmp_path: Path) -> None:
    written(tmp_path)
    told = json.loads(shell("diagram", "shop", "--json", folder=tmp_path).stdout)
    cart, other = told["journeys"]
    assert (cart["journey"], other["journey"]) == ("cart", "other")
    assert {
        "id": "step1",
        "kind": "wait",
        "title": "wait 2 hours",
        "details": [],
        "step": 1,
        "name": "long_wait",
    } in cart["states"]
    exits = [each for each in cart["edges"] if each["cause"] == "exit"]
    assert [(each["source"], each["target"], each["event"]) for each in exits] == [("run", "exited", "Order Completed")]
    assert "runs" not in cart


def test_with_the_engines_file_it_says_how_many_runs_are_where(tmp_path: Path) -> None:
    written(tmp_path, files())
    store = SqliteStore(tmp_path / "s.db")
    publish(store, Publications(store), playbook_from(files()), files(), now=NOW)
    store.close()
    told = json.loads(shell("diagram", "shop", "--store", "s.db", "--json", folder=tmp_path).stdout)
    assert (told["journeys"][0]["runs"], told["journeys"][0]["runs_elsewhere"], told["has_run"]) == ({}, 0, True)
    missing = shell("diagram", "shop", "--store", "no.db", folder=tmp_path)
    assert (missing.returncode, missing.stdout) == (3, "")


def test_a_playbook_that_the_engine_never_ran_is_told_as_such(tmp_path: Path) -> None:
    written(tmp_path, files())
    store = SqliteStore(tmp_path / "s.db")
    publish(store, Publications(store), playbook_from(files()), files(), now=NOW)
    store.close()
    assert shell("diagram", "shop", "--store", "s.db", folder=tmp_path).stderr == ""
    written(tmp_path)
    for options in (("--json",), ("cart",)):
        done = shell("diagram", "shop", *options, "--store", "s.db", folder=tmp_path)
        assert done.returncode == 0
        assert "s.db has never run this playbook (" in done.stderr
    told = json.loads(shell("diagram", "shop", "--json", "--store", "s.db", folder=tmp_path).stdout)
    assert told["has_run"] is False
