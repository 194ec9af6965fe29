"""Which phone numbers a message may go to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opportune.messages.phone import usable_phone


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+14155552671", "+14155552671"),
        ("+1 (415) 555-2671", "+14155552671"),
        ("+49 (30) 123/45.67-8", "+493012345678"),
        ("\t+4930123456 ", "+4930123456"),
        ("+6834000", "+6834000"),
        ("+123456789012345", "+123456789012345"),
        ("+886912345678", "+886912345678"),
        ("+8801812345678", "+8801812345678"),
    ],
)
def test_a_number_in_international_form_is_written_as_plus_and_digits(text: str, number: str) -> None:
    assert usable_phone(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "+",
        "4155552671",
        "004930123456",
        "911",
        "+911",
        "+123456",
        "+1234567890123456",
        "+0301234567",
        "+1 (415) 555-2671 ext. 9",
        "+1 415 555 2671 x9",
        "+1-800-FLOWERS",
        "+1415555267\uff11",
        "+14155552671;DROP TABLE",
        "tel:+14155552671",
        "++14155552671",
        "+1415555\n2671",
        "+14155552671\0",
        "+14155552671\n",
        "+1    4155552671",
        "+49 (0) 30 1234567",
        "+1415555267-",
        "\u202e+14155552671",
    ],
)
def test_what_could_be_read_in_two_ways_is_no_number(text: str) -> None:
    assert usable_phone(text) is None


@pytest.mark.parametrize(
    "text", ["+80012345678", "+80812345678", "+870773111632", "+881612345678", "+88210123456", "+979123456789",
             "+991123456789", "+999999999999", "+88312345678", "+8881234567"],
)  # fmt: skip
def test_ranges_that_belong_to_no_country_are_not_written_to(text: str) -> None:
    assert usable_phone(text) is None


@given(st.text(alphabet="+0123456789 ().-/x", max_size=30))
def test_what_is_usable_stays_what_it_is(text: str) -> None:
    number = usable_phone(text)
    assert number is None or (usable_phone(number) == number and number[1:].isdecimal())


@given(st.text(max_size=40))
def test_any_text_is_a_number_or_none(text: str) -> None:
    number = usable_phone(text)
    assert number is None or (number.isascii() and 8 <= len(number) <= 16)
