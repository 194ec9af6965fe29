"""Students who write to each other: a playbook for whoever falls silent, and real messages as events."""

import gzip
from pathlib import Path

import msgspec

WIN_BACK = {
    "opportune.yaml": """\
version: 1
zone: America/Los_Angeles

policies:
  - quiet_hours: {from: "21:00", to: "09:00"}
  - frequency_cap: {at_most: 2, within: 30 days}

consent:
  email: always
""",
    "journeys/come_back.yaml": """\
# A week without a word: a mail, and another one three days later.
journey: come_back
enter: {inactive_for: 7 days}
exit: Message Written
reentry: {cooldown: 14 days}
steps:
  - send: come_back
  - wait: 3 days
  - send: come_back_again
""",
    "journeys/long_gone.yaml": """\
# Three weeks without a word.
journey: long_gone
enter: {inactive_for: 21 days}
exit: Message Written
steps:
  - send: long_gone
""",
    **{
        f"messages/{name}.yaml": f"message: {name}\ntopic: news\nchannels: [email]\nuseful_for: 1 day\n"
        for name in ("come_back", "come_back_again", "long_gone")
    },
    **{
        f"messages/{name}.liquid": f"subject: {words}\n---\n{words}\n\nNo more of this: {{{{ unsubscribe_url }}}}\n"
        for name, words in {
            "come_back": "It is quiet without you",
            "come_back_again": "Your friends have written",
            "long_gone": "Three weeks already",
        }.items()
    },
}
"""The texts of its files, by name."""


def write_playbook(folder: Path, texts: dict[str, str] = WIN_BACK) -> Path:
    """The playbook as a folder."""
    for name, text in texts.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


def write_events(messages: Path, file: Path) -> Path:
    """Each message as an event of who wrote it; who writes for the first time is known with an address."""
    known = set[str]()
    with gzip.open(messages, "rt") as lines, file.open("wb") as out:
        for writer, _, at in map(str.split, lines):
            call = {"userId": writer, "timestamp": int(at) * 1_000, "event": "Message Written"}
            if writer not in known:
                known.add(writer)
                traits = {"email": f"student-{writer}@example.com"}
                named = {"type": "identify", "userId": writer, "timestamp": int(at) * 1_000, "traits": traits}
                out.write(msgspec.json.encode(named) + b"\n")
            out.write(msgspec.json.encode({"type": "track", **call, "properties": {}}) + b"\n")
    return file
