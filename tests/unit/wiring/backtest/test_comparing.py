"""Both figures and differences come from one pass over the past."""

from pathlib import Path

import msgspec

from opportune.wiring.backtest.comparing import compare
from opportune.wiring.backtest.past import Past
from opportune.wiring.backtest.reporting import tried
from opportune.wiring.backtest.running import Work
from tests.stories.students import WIN_BACK

EAGER = WIN_BACK | {"journeys/come_back.yaml": WIN_BACK["journeys/come_back.yaml"].replace("7 days", "5 days")}


def events(file: Path) -> Path:
    """Twenty users, each of whom writes every now and then."""
    lines = []
    for user in range(20):
        for at in range(user, 90, user % 7 + 5):
            call = {"userId": f"u{user}", "timestamp": (20_000 + at) * 86_400_000 + user * 3_600_000}
            lines.append(msgspec.json.encode({"type": "identify", **call, "traits": {"email": f"u{user}@example.com"}}))
            lines.append(msgspec.json.encode({"type": "track", **call, "event": "Message Written"}))
    file.write_bytes(b"\n".join(lines) + b"\n")
    return file


def test_the_reports_are_those_of_a_backtest_of_each(tmp_path: Path) -> None:
    past = Past(now=30_000 * 86_400_000, files=(events(tmp_path / "events.ndjson"),))
    work = Work(workers=1, partitions=3)
    found = compare(WIN_BACK, EAGER, past, names=("calm", "eager"), work=work)
    alone = [tried({name: book}, past, work).reports[0] for name, book in (("calm", WIN_BACK), ("eager", EAGER))]
    for each in (*found.reports, *alone):
        each.seconds = each.events_per_second = each.peak_mb = 0
    assert msgspec.json.encode(found.reports) == msgspec.json.encode(alone)
    assert (found.differences.old.playbook, found.differences.new.playbook) == ("calm", "eager")
    assert (found.differences.old.sent, found.differences.new.sent) == (alone[0].sent, alone[1].sent)
    assert found.differences.total.earlier > 0
    assert found.differences.users == 20
