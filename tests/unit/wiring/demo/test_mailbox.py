"""What becomes of a mail depends on whose it is, and on the seed."""

from msgspec.structs import replace

from opportune.units import HOUR, MINUTE
from opportune.wiring.demo.cast import Character, cast_of
from opportune.wiring.demo.deed import Deed
from opportune.wiring.demo.letterbox import Mail
from opportune.wiring.demo.mailbox import Mailboxes, whole_minute

AT = 1_780_617_600_123
PLAIN = replace(
    next(iter(cast_of(1, 1).values())), id="ann", program="browser", temper="calm", mailbox="fine", is_lost=False
)


def mail(number: int = 0) -> Mail:
    return Mail(
        "ann@example.com",
        f"{number:032x}",
        "Hello",
        "",
        "http://e/u/x",
        "<http://e/u/x>",
        "http://e/p/x",
        "http://e/o/x",
        ("http://e/c/1", "http://e/c/2"),
    )


def after(user: Character, mails: int = 200) -> list[Deed]:
    boxes = Mailboxes(1, {"ann": user})
    return [deed for number in range(mails) for deed in boxes.after(mail(number), AT)]


def test_everything_is_done_on_a_whole_minute_and_never_before_the_mail() -> None:
    assert whole_minute(AT) == AT - AT % MINUTE + MINUTE
    assert whole_minute(whole_minute(AT)) == whole_minute(AT)
    assert all(each.at > AT and each.at % MINUTE == 0 for each in after(PLAIN))


def test_a_calm_user_opens_clicks_and_comes_back() -> None:
    done = after(PLAIN)
    assert {each.act for each in done} >= {"fetch", "call"}
    assert not {"press", "choose", "complain", "return"} & {each.act for each in done}
    assert {each.body for each in done if each.act == "fetch"} == {b"http://e/o/x", b"http://e/c/1"}


def test_a_filter_follows_every_link_at_once() -> None:
    done = [each for each in after(replace(PLAIN, program="guarded"), 1) if "Barracuda" in each.name]
    assert [(each.at, each.body) for each in done] == [
        (whole_minute(AT), link) for link in (b"http://e/o/x", b"http://e/c/1", b"http://e/c/2")
    ]


def test_a_private_program_fetches_the_picture_ahead_and_never_again() -> None:
    pictures = [each for each in after(replace(PLAIN, program="private")) if each.body == b"http://e/o/x"]
    assert {(each.at, each.name) for each in pictures} == {(whole_minute(AT), "Mozilla/5.0")}


def test_each_temper_does_its_own() -> None:
    for temper, act, body in (
        ("leaves", "press", b"http://e/u/x"),
        ("slows", "choose", b"http://e/p/x"),
        ("complains", "complain", None),
    ):
        done = [each for each in after(replace(PLAIN, temper=temper)) if each.act not in ("call", "fetch", "look")]
        assert {each.act for each in done} - {"listen", "hang_up"} == {act}
        assert body is None or {each.body for each in done if each.act == act} == {body}


def test_a_closing_mailbox_sends_the_mail_back_after_an_hour() -> None:
    (deed,) = after(replace(PLAIN, mailbox="closing"), 1)
    assert (deed.act, deed.at, deed.body.decode()) == ("return", whole_minute(AT) + HOUR, mail().decision)


def test_only_a_mailbox_that_is_gone_refuses_mail() -> None:
    refuses = Mailboxes(1, {"ann": replace(PLAIN, mailbox="gone"), "bob": PLAIN}).refusal
    assert refuses("ann@example.com") == "550 5.1.1 no such mailbox"
    assert (refuses("bob@example.com"), refuses("nobody@example.com")) == (None, None)


def test_mail_and_push_for_nobody_we_know_are_left_alone() -> None:
    boxes = Mailboxes(1, {})
    assert list(boxes.after(mail(), AT)) == list(boxes.after_push("ann", "d1", AT)) == []
