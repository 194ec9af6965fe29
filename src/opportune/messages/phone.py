"""Phone numbers: written so that there is one way to read them, in ranges that belong to a country."""

import re
from typing import Final

_WRITTEN: Final = re.compile(r"\+[0-9](?:[ .()/-]{0,3}[0-9]){6,14}", re.ASCII)
_BETWEEN: Final = re.compile(r"[ .()/-]")
_NO_COUNTRY: Final = re.compile(r"\+(?:0|800|808|87|881|882|883|888|979|991|999)")
"""Free, shared cost, ships, satellites, global networks, premium rate, trials, and what is not given out."""


def usable_phone(text: str) -> str | None:
    """The number as a plus and its digits, or None if no message must be sent to it.

    International form after E.164: a plus, a country code and the rest, 7 to 15 digits in all; blanks, dots, hyphens,
    slashes and brackets may stand between digits. Without a plus nobody says which country is meant, and letters,
    extensions, a zero in brackets and digits of other scripts can be read in two ways: all these are no numbers. Nor
    are ranges that belong to no country, where calls cost what somebody else decides. Whether anybody has the number is
    not known here.
    """
    written = text.strip(" \t")
    if _WRITTEN.fullmatch(written) is None or "(0)" in written:
        return None
    number = _BETWEEN.sub("", written)
    return None if _NO_COUNTRY.match(number) else number
