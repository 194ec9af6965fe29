"""Names that a story says are looked at before it goes on."""

import warnings
from pathlib import Path

import pytest

from opportune.errors import PlaybookError, StoryError
from opportune.testing import StoryWarning, World, load
from opportune.wiring.sample import write_sample
from tests.stories.shop import shop


def test_a_name_close_to_a_known_one_is_warned_of_at_the_line_that_says_it() -> None:
    ann = World(shop()).user("ann")
    with pytest.warns(StoryWarning, match="event 'Cart Updatd' .* did you mean 'Cart Updated'") as caught:
        ann.does("Cart Updatd")
    assert caught[0].filename == __file__


@pytest.mark.parametrize("name", ["Cart Updated", "Order Completed", "Page Viewed", "Email Opened", "Something Else"])
def test_other_names_are_nothing_to_warn_of(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        World(shop()).user("ann").does(name)


def test_a_strict_world_refuses_what_nothing_looks_at() -> None:
    ann = World(shop(), is_strict=True).user("ann", consents=["email"])
    ann.does("Cart Updated")
    with pytest.raises(StoryError, match="event 'Something Else' is not looked at by anything in the playbook; known:"):
        ann.does("Something Else")


def test_a_publication_brings_its_names_along() -> None:
    world = World(shop(), is_strict=True)
    journey = "journey: other\nenter: {on: Page Liked}\nsteps:\n  - send: reminder\n"
    world.publish(shop(journeys=journey))
    world.user("ann").does("Page Liked")


@pytest.mark.parametrize("asked", ["got", "opens", "why"])
def test_a_message_that_is_not_there_is_refused_with_the_closest(asked: str) -> None:
    world = World(shop())
    ann = world.user("ann")
    with pytest.raises(StoryError, match="no message 'remainder'; did you mean 'reminder'"):
        world.why(ann, "remainder") if asked == "why" else getattr(ann, asked)("remainder")


def test_a_zone_that_is_not_there_is_refused_with_the_closest() -> None:
    with pytest.raises(StoryError, match=r"ann: zone 'Europe/Berln' is not in tzdata; did you mean 'Europe/Berlin'\?"):
        World(shop()).user("ann", zone="Europe/Berln")
    with pytest.raises(StoryError, match="a zone is named like 'Europe/Berlin'"):
        World(shop()).user("ann", zone="+02:00")


def test_a_channel_that_is_not_there_is_refused_with_the_closest() -> None:
    with pytest.raises(StoryError, match="ann: there is no channel 'emial'; did you mean 'email'"):
        World(shop()).user("ann", consents=["emial"])


def test_a_world_of_a_folder_knows_its_playbook(tmp_path: Path) -> None:
    write_sample(tmp_path / "shop")
    world = World.of(tmp_path / "shop", start="2026-06-01T09:00Z")
    assert world.playbook.hash == load(tmp_path / "shop").hash
    (tmp_path / "shop" / "opportune.yaml").write_text("zone: 7\n")
    with pytest.raises(PlaybookError, match=r"opportune\.yaml:1"):
        World.of(tmp_path / "shop")
