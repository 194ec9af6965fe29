"""The users of the demo are drawn from a seed, and differ in everything that matters."""

from opportune.wiring.demo.cast import cast_of


def test_the_same_seed_draws_the_same_users() -> None:
    assert cast_of(1, 200) == cast_of(1, 200)
    assert cast_of(1, 200) != cast_of(2, 200)


def test_more_users_leave_those_there_are_as_they_were() -> None:
    assert list(cast_of(1, 300).values())[:200] == list(cast_of(1, 200).values())


def test_there_is_somebody_of_every_kind() -> None:
    users = cast_of(1, 2_000).values()
    assert {each.habit for each in users} == {"early_bird", "night_owl", "commuter", "shift_worker", "weekender"}
    assert {each.program for each in users} == {"browser", "webmail", "private", "guarded", "proxied"}
    assert {each.temper for each in users} == {"calm", "leaves", "complains", "slows"}
    assert {each.mailbox for each in users} == {"fine", "gone", "closing"}
    assert len({each.zone for each in users}) == 8
    assert any(each.moves_to != each.zone for each in users)
    assert any(each.is_lost for each in users) and any(each.is_new for each in users)


def test_whoever_moves_does_so_on_the_second_day() -> None:
    mover = next(each for each in cast_of(1, 2_000).values() if each.moves_to != each.zone)
    assert [mover.zone_on(day) for day in (0, 1, 9)] == [mover.zone, mover.moves_to, mover.moves_to]
