"""What ``check`` says of the choice of the moment; the page of findings shows the rest of its sentences."""

from collections.abc import Sequence

import msgspec
import pytest
from msgspec.structs import replace

from opportune.features.attention_model import DEFAULT, AttentionModel
from opportune.playbook.reading import findings
from opportune.units import DAY, Instant

NOW: Instant = 1_790_000_000_000
NIGHT = 'quiet_hours: {from: "21:00", to: "08:00"}'
TRAINED = replace(DEFAULT, name="2026-06", users=5_000, until=NOW - 30 * DAY)


def said(
    *policies: str, message: str = "useful_for: 1 day", model: AttentionModel | None = None, now: Instant | None = NOW
) -> Sequence[str]:
    listed = "".join(f"\n  - {each}" for each in policies)
    files = {
        "opportune.yaml": f"zone: UTC\nconsent: {{email: always, push: always}}\npolicies:{listed or ' []'}\n",
        "journeys/hello.yaml": "journey: hello\nenter: Signed Up\nsteps:\n  - send: hello\n",
        "messages/hello.yaml": f"message: hello\ntopic: news\nchannels: [email, push]\n{message}\n",
        "messages/hello.liquid": "subject: Hi\n---\nHi {{ unsubscribe_url }}\n",
    }
    if model is not None:
        files["models/send_time.json"] = msgspec.json.encode(model).decode()
    return [f"{each.level}: {each.text.partition(';')[0]}" for each in findings(files, now=now)]


def test_what_is_meant_so_is_not_spoken_of() -> None:
    assert said("send_time", NIGHT, message="half_life: 6 hours", model=TRAINED) == []
    assert said("send_time: {control: 0%}", NIGHT) == said("send_time: {explore: 0%}", NIGHT) == []
    assert said() == said("hours: {slots: 9}") == []


@pytest.mark.parametrize(
    ("model", "now", "finding"),
    [
        (replace(TRAINED, until=NOW - 181 * DAY), NOW, ["warning: the newest it was trained on is 181 days old, and "
                                                        "habits change"]),
        (replace(TRAINED, until=NOW - 180 * DAY), NOW, []),
        (replace(TRAINED, until=NOW - 900 * DAY), None, []),
        (replace(TRAINED, until=0), NOW, []),
        (replace(TRAINED, users=199), NOW, ["warning: it was trained on 199 users, fewer than 200, so what it says in "
                                            "general may be chance"]),
        (replace(TRAINED, users=200), NOW, []),
        (replace(TRAINED, users=0), NOW, []),
    ],
)  # fmt: skip
def test_a_snapshot_that_is_old_or_of_few_is_told(
    model: AttentionModel, now: Instant | None, finding: list[str]
) -> None:
    assert said("send_time", model=model, now=now) == finding


def test_a_snapshot_that_nothing_reads_is_told() -> None:
    assert said(model=TRAINED) == ["warning: only send_time reads this snapshot, and no policy is one"]


@pytest.mark.parametrize(("useful_for", "is_told"), [("12 hours", True), ("17 hours", False), ("24 hours", False)])
def test_a_night_that_leaves_few_hours_is_told(useful_for: str, is_told: bool) -> None:
    found = said("send_time", NIGHT, message=f"useful_for: {useful_for}")
    assert found == (
        [f"note: it is useful for {useful_for}, of which quiet hours may take all but 1 hour, so send_time may have "
         "little to choose between"] if is_told else []
    )  # fmt: skip


def test_a_channel_that_is_never_quiet_leaves_all_hours() -> None:
    night = NIGHT.replace("}", ", channels: [email]}")
    assert said("send_time", night, message="useful_for: 12 hours") == []


def test_a_baseline_that_is_quiet_on_every_channel_is_told() -> None:
    evening = 'quiet_hours: {from: "18:00", to: "08:00"}'
    [found] = said("send_time", evening)
    assert found.startswith("warning: the baseline of send_time, 18:00, is quiet on all channels of a message")
    assert said("send_time", evening.replace("18:00", "18:01")) == []
    assert said("send_time", evening.replace("}", ", channels: [email]}")) == []


def test_messages_that_must_be_said_are_not_looked_at() -> None:
    assert [each for each in said("send_time", NIGHT, message="kind: transactional\nuseful_for: 5 minutes")
            if "send_time" in each] == []  # fmt: skip
