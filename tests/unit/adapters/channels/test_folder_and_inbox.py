"""Mail as files, and messages that wait in the app."""

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from opportune.adapters.channels.folder import FolderEmail
from opportune.adapters.channels.inbox import Inbox
from opportune.adapters.channels.mime import Sender
from opportune.adapters.stores.memory import MemoryStore
from opportune.errors import Rejected, Unavailable
from opportune.messages.template import Rendered
from opportune.ports import Delivery, InboxItem
from opportune.sending.receipt import Receipt

HELLO = Rendered("Your cart", "Hi Ann", "")
TO_ANN = Delivery("d1", "ann", "ann@example.com", 1_790_000_000_000)
SENT = Receipt("sent", "accepted")


async def yes() -> bool:
    return True


async def no() -> bool:
    return False


def test_a_mail_becomes_one_file_however_often(tmp_path: Path) -> None:
    channel = FolderEmail(tmp_path / "mails", Sender("shop@shop.example"))
    for _ in range(2):
        assert asyncio.run(channel.send(HELLO, TO_ANN, commits=yes)) == SENT
    (file,) = (tmp_path / "mails").iterdir()
    assert file.name == "d1.eml"
    assert b"Hi Ann" in file.read_bytes()


def test_a_mail_that_was_picked_up_before_its_answer_was_kept_is_not_written_again(tmp_path: Path) -> None:
    channel = FolderEmail(tmp_path, Sender("shop@shop.example"))
    assert asyncio.run(channel.send(HELLO, TO_ANN, commits=yes)) == SENT
    (tmp_path / "d1.eml").unlink()
    assert asyncio.run(channel.send(HELLO, replace(TO_ANN, is_repeat=True), commits=yes)) == SENT
    assert list(tmp_path.iterdir()) == []


def test_a_mail_that_was_marked_and_not_renamed_comes_out_whole_at_the_repeat(tmp_path: Path) -> None:
    async def power_cut() -> bool:
        raise KeyboardInterrupt

    channel = FolderEmail(tmp_path, Sender("shop@shop.example"))
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(channel.send(HELLO, TO_ANN, commits=power_cut))
    assert asyncio.run(channel.send(HELLO, replace(TO_ANN, is_repeat=True), commits=yes)) == SENT
    (file,) = tmp_path.iterdir()
    assert file.name == "d1.eml"
    assert b"Hi Ann" in file.read_bytes()


def test_a_repeat_whose_door_stays_shut_leaves_the_mail_for_the_next_one(tmp_path: Path) -> None:
    async def power_cut() -> bool:
        raise KeyboardInterrupt

    channel, repeat = FolderEmail(tmp_path, Sender("shop@shop.example")), replace(TO_ANN, is_repeat=True)
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(channel.send(HELLO, TO_ANN, commits=power_cut))
    assert asyncio.run(channel.send(HELLO, repeat, commits=no)).answer == "lapsed"
    assert asyncio.run(channel.send(HELLO, repeat, commits=yes)) == SENT
    assert [file.name for file in tmp_path.iterdir()] == ["d1.eml"]


def test_a_withdrawn_mail_leaves_no_file(tmp_path: Path) -> None:
    channel = FolderEmail(tmp_path, Sender("shop@shop.example"))
    assert asyncio.run(channel.send(HELLO, TO_ANN, commits=no)).answer == "lapsed"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_said_before_the_first_mail(tmp_path: Path) -> None:
    (tmp_path / "mails").write_text("")
    with pytest.raises(Unavailable, match="mails: File exists; name a folder that can be written"):
        FolderEmail(tmp_path / "mails", Sender("shop@shop.example"))


def test_a_folder_that_is_a_file_later_on_is_the_operators_business(tmp_path: Path) -> None:
    channel = FolderEmail(tmp_path / "mails", Sender("shop@shop.example"))
    (tmp_path / "mails").rmdir()
    (tmp_path / "mails").write_text("")
    with pytest.raises(Unavailable, match="make the folder writable"):
        asyncio.run(channel.send(HELLO, TO_ANN, commits=yes))


def test_a_bad_address_is_rejected(tmp_path: Path) -> None:
    channel = FolderEmail(tmp_path, Sender("shop@shop.example"))
    with pytest.raises(Rejected):
        asyncio.run(channel.send(HELLO, Delivery("d1", "ann", "ann", 0), commits=yes))


def test_an_in_app_message_waits_on_the_shelf() -> None:
    shelf = MemoryStore()
    assert asyncio.run(Inbox(shelf).send(HELLO, TO_ANN, commits=yes)) == SENT
    assert shelf.inbox("ann") == [InboxItem("d1", "ann", TO_ANN.at, HELLO)]


def test_a_withdrawn_in_app_message_is_not_kept() -> None:
    shelf = MemoryStore()
    assert asyncio.run(Inbox(shelf).send(HELLO, TO_ANN, commits=no)).answer == "lapsed"
    assert shelf.inbox("ann") == []


def test_a_message_of_a_user_who_was_erased_meanwhile_does_not_stay_on_the_shelf() -> None:
    shelf = MemoryStore()
    asyncio.run(Inbox(shelf, is_erased=lambda user: user == "ann").send(HELLO, TO_ANN, commits=yes))
    assert shelf.inbox("ann") == []


def test_an_in_app_message_goes_to_whom_its_user_turned_out_to_be_and_whoever_looks_is_told() -> None:
    shelf, told = MemoryStore(), list[str]()
    inbox = Inbox(shelf, changed=told.append, heir=lambda user: f"{user}ie")
    asyncio.run(inbox.send(HELLO, Delivery("d1", "ann", "ann", 5, deadline=9), commits=yes))
    assert shelf.inbox("annie") == [InboxItem("d1", "annie", 5, HELLO, expires_at=9)]
    assert told == ["annie"]
