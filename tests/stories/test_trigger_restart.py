"""What is armed is armed still when the engine comes back, from its memories or from its log."""

from pathlib import Path

from opportune.adapters.stores.reading import SqliteHistory
from opportune.wiring.replay import replay
from tests.stories.test_after_an_outage import leaves_a_cart
from tests.stories.town import Town

FILES = {
    "opportune.yaml": "zone: UTC\nconsent: {email: always}\n",
    "features.yaml": "carts_1d: COUNT_IF(event = 'Cart Updated') OVER LAST '1 day'\n",
    "journeys/left.yaml": "journey: left\nkey: cart_id\n"
    "enter: {on: Cart Updated, without: Order Completed, within: 1 hour}\nsteps:\n  - send: first\n",
    "journeys/daily.yaml": "journey: daily\nenter: {every: day, at: '09:00'}\nsteps:\n  - send: second\n",
    "journeys/gone.yaml": "journey: gone\nenter: {when: carts_1d = 0}\nsteps:\n  - send: third\n",
}
for name in ("first", "second", "third"):
    FILES[f"messages/{name}.yaml"] = f"message: {name}\ntopic: cart\nchannels: [email]\n"
    FILES[f"messages/{name}.liquid"] = f"subject: {name}\n---\nIt waits. {{{{ unsubscribe_url }}}}\n"


def test_absences_schedules_and_crossings_fire_after_a_restart_each_at_its_instant(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    with Town(path, FILES, "2026-06-01 12:00Z").open() as town:
        leaves_a_cart(town, "ann")
        town.passes(minutes=30)
        assert town.mails == []
    with Town(path, FILES, "2026-06-01 12:35Z").open() as town:
        town.passes(minutes=30)
        assert [mail.subject for mail in town.mails] == ["first"]
        town.passes(hours=20)
        assert [mail.subject for mail in town.mails] == ["first", "second"]
    with Town(path, FILES, "2026-06-02 11:00Z").open() as town:
        town.passes(hours=2)
        assert [mail.subject for mail in town.mails] == ["third"]
    history = SqliteHistory(path)
    assert replay(history).differences == []
    history.close()
