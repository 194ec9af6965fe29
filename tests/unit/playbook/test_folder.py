"""A playbook's folder is read whole, and nothing outside it."""

from importlib.resources import as_file, files
from pathlib import Path

import pytest

from opportune.errors import PlaybookError, Unavailable
from opportune.messages.template import render
from opportune.playbook.folder import inspect, load, texts
from tests.unit.playbook.files import FILES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def test_a_folder_is_a_playbook(folder: Path) -> None:
    (folder / "README.md").write_text("notes")
    (folder / ".git").mkdir()
    (folder / ".git" / "x.yaml").write_text("a: [")
    assert texts(folder) == FILES
    assert load(folder).journeys.keys() == {"cart"}
    assert inspect(folder) == []


def test_a_folder_that_is_not_there_is_the_operators_business(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="there is no such folder; 'opportune init"):
        load(tmp_path / "nowhere")


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "cart.yaml").write_text("journey: cart", "utf-8")
    with pytest.raises(Unavailable, match=r"cart\.yaml: is a file; name the folder"):
        load(tmp_path / "cart.yaml")


def test_a_file_that_is_no_text_is_refused_with_its_line(folder: Path) -> None:
    (folder / "opportune.yaml").write_bytes(b"zone: UTC\nvalue: \xff\n")
    with pytest.raises(PlaybookError, match=r"^opportune\.yaml:2: a file is UTF-8 text; byte 0xff is not"):
        load(folder)
    assert [each.place for each in inspect(folder)] == ["opportune.yaml:2"]


def test_a_byte_order_mark_is_no_part_of_the_text(folder: Path) -> None:
    (folder / "opportune.yaml").write_bytes(b"\xef\xbb\xbf" + FILES["opportune.yaml"].encode())
    assert load(folder).zone == "Europe/Berlin"


def test_a_file_that_is_too_large_is_not_read(folder: Path) -> None:
    (folder / "messages" / "large.liquid").write_text("a" * 1_000_001)
    with pytest.raises(PlaybookError, match="at most 1,000,000 bytes, not 1,000,001"):
        load(folder)


def test_a_link_out_of_the_folder_is_not_followed(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.liquid"
    secret.write_text("subject: secret")
    (folder / "messages" / "link.liquid").symlink_to(secret)
    with pytest.raises(PlaybookError, match=r"messages/link\.liquid:1: this links to a file outside"):
        load(folder)


def test_the_sample_is_a_playbook_without_findings() -> None:
    with as_file(files("opportune.playbook") / "sample") as sample:
        assert inspect(sample) == []
        playbook = load(sample)
    assert playbook.journeys.keys() == {"cart", "win_back"}
    assert playbook.messages["cart_reminder"].variants == ("plain", "warm")


def test_the_sample_speaks_to_a_user_of_whom_little_is_known() -> None:
    with as_file(files("opportune.playbook") / "sample") as sample:
        playbook = load(sample)
    values = {"unsubscribe_url": "https://shop.example/u/1", "cart_id": "c 1", "user": "u1"}
    for (message, _), template in playbook.templates.items():
        rendered = render(template, values, 0)
        assert rendered.subject and "https://shop.example/u/1" in rendered.text and rendered.html
        assert ("cart?id=c+1" in rendered.html) == (message == "cart_reminder")
