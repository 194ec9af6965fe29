"""Where a channel may reach a user: told sign by sign, without a pattern."""

ONES_OWN = ("0", "800", "808", "87", "881", "882", "883", "888", "979", "991", "999")
BETWEEN = " .()/-"


def is_reached(channel, stated):
    """Whether what the user stated is an address of this channel."""
    if not isinstance(stated, str) or not stated.strip():
        return False
    return is_number(stated.strip(" \t")) if channel == "sms" else True


def is_number(text):
    """A plus, then 7 to 15 digits of a country's, with at most three signs between two of them."""
    if not text.startswith("+") or "(0)" in text:
        return False
    digits, between = "", 0
    for sign in text[1:]:
        if sign in "0123456789":
            digits, between = digits + sign, 0
        elif sign in BETWEEN and digits and between < 3:
            between += 1
        else:
            return False
    return between == 0 and 7 <= len(digits) <= 15 and not digits.startswith(ONES_OWN)
