"""What fits, fits; what does not is cut, and says so."""

from hypothesis import given
from hypothesis import strategies as st

from opportune.console.lettering import lines_of, shortened, width_of


@given(st.text(max_size=80), st.floats(30, 400))
def test_what_is_shortened_fits(said: str, width: float) -> None:
    assert width_of(shortened(said, width)) <= width


def test_what_fits_stays_as_it_is() -> None:
    assert shortened("cart_reminder", 200) == "cart_reminder"


def test_what_is_cut_says_so() -> None:
    assert shortened("review_request_after_two_weeks", 100) == "review_requ…"


@given(st.text(alphabet="ab _-.", max_size=40), st.floats(20, 200))
def test_lines_lose_nothing_and_fit(said: str, width: float) -> None:
    lines = lines_of(said, width, 3)
    if lines is not None:
        assert "".join(lines).replace(" ", "") == said.replace(" ", "")
        assert all(width_of(line) <= width for line in lines)


def test_lines_are_parted_at_joints() -> None:
    assert lines_of("weekly_digest", 60, 3) == ("weekly_", "digest")
    assert lines_of("weeklydigest", 60, 3) is None


def test_what_no_font_shows_is_as_wide_as_the_sign_for_it() -> None:
    assert width_of("\x00") == width_of("\ufffd")
