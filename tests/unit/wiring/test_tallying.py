"""The sums that a host goes on with: the same as the store's, only of the hours that count."""

from hypothesis import given
from hypothesis import strategies as st

from opportune.adapters.stores.memory_tallies import Tallies
from opportune.sending.tally import Stopped, Tallied, Tally
from opportune.units import DAY, HOUR
from opportune.wiring.tallying import MOST_STOPPED, Sums, Tallying, together

NOW = 1_780_315_200_000
HERE = NOW // HOUR
CART = ("cart", "email")


def test_what_was_kept_is_gone_on_with() -> None:
    tallying = Tallying(Tallied((Tally("cart", "email", HERE, 3, 1, 2),), (Stopped("d1", "complaints", HERE),)))
    tallying.add(Tally("cart", "email", HERE - 1, 2))
    assert tallying.within(CART, NOW, DAY) == Sums(5, 1, 2)
    assert tallying.within(("cart", "sms"), NOW, DAY) == Sums()
    assert not tallying.is_first(Stopped("d1", "complaints", HERE))
    assert tallying.is_first(Stopped("d1", "unsubscribes", HERE))


def test_hours_count_as_long_as_they_are_not_wholly_over() -> None:
    tallying = Tallying(Tallied((Tally("cart", "email", HERE - 24, 1),)))
    assert tallying.within(CART, NOW + HOUR - 1, DAY) == Sums(1)
    assert tallying.within(CART, NOW + HOUR, DAY) == Sums()


def test_what_is_over_is_forgotten_once_an_hour() -> None:
    tallying = Tallying(Tallied((Tally("cart", "email", HERE - 24, 1),), (Stopped("d1", "complaints", HERE - 24),)))
    assert tallying.forget(HERE - 24) == HERE - 24
    assert tallying.forget(HERE - 24) is None
    assert list(tallying.lanes()) == [CART]
    assert tallying.forget(HERE - 23) == HERE - 23
    assert list(tallying.lanes()) == []
    assert tallying.is_first(Stopped("d1", "complaints", HERE))


def test_only_so_many_stops_are_remembered() -> None:
    tallying = Tallying(Tallied((), tuple(Stopped(f"d{n}", "complaints", HERE) for n in range(MOST_STOPPED + 1))))
    tallying.forget(HERE)
    assert tallying.is_first(Stopped("d0", "complaints", HERE))
    assert not tallying.is_first(Stopped("d1", "complaints", HERE))


def test_counting_anew_forgets_one_journey() -> None:
    tallying = Tallying(Tallied((Tally("cart", "email", HERE, 3), Tally("news", "email", HERE, 1))))
    tallying.begin_anew("cart", NOW)
    assert list(tallying.lanes()) == [("news", "email")]
    assert not tallying.counts("cart", NOW - 1)
    assert tallying.counts("cart", NOW) and tallying.counts("news", 0)


names, hours = st.sampled_from(["cart", "news"]), st.integers(0, 3)
tallies = st.lists(st.builds(Tally, names, st.sampled_from(["email", "sms"]), hours, *[st.integers(0, 3)] * 3))


@given(st.lists(tallies))
def test_the_store_and_the_host_come_to_the_same(batches: list[list[Tally]]) -> None:
    kept, tallying = Tallies(), Tallying(Tallied())
    for batch in batches:
        added = together(batch)
        assert len({(each.journey, each.channel, each.hour) for each in added}) == len(added)
        kept.add(Tallied(added))
        for each in batch:
            tallying.add(each)
    again = Tallying(kept.tallied())
    assert list(again.lanes()) == list(tallying.lanes())
    assert [again.within(lane, 4 * HOUR, DAY) for lane in again.lanes()] == [
        tallying.within(lane, 4 * HOUR, DAY) for lane in tallying.lanes()
    ]
