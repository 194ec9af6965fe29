"""Calls that could be read, and are refused because of whom they are about."""

from collections.abc import Mapping
from typing import Final

from opportune.adapters.sources.http_answer import Refusal
from opportune.adapters.sources.sifting import Sifted
from opportune.events.alias import WITH_IDENTIFY, Alias
from opportune.ports import Taken

_REASONS: Final = {
    "erased_user": "this user was erased; an operator can readmit the id",
    "known_user": "previousId: a known user, whom no write key may join to another; an operator can import the alias",
}


def refuse(sifted: Sifted, taken: Taken) -> None:
    """Says so of the calls that the host refused; an identify of which only the join was left out is no such call."""
    codes = dict.fromkeys(taken.known_users, "known_user") | dict.fromkeys(taken.erased, "erased_user")
    if codes:
        _refuse(sifted, codes)


def _refuse(sifted: Sifted, codes: Mapping[str, str]) -> None:
    unread = {each.index for each in sifted.rejected}
    index = -1
    for read in sifted.reads:
        if isinstance(read, Alias) and read.id.startswith(WITH_IDENTIFY):
            continue
        index += 1
        while index in unread:
            index += 1
        if code := codes.get(read.id):
            sifted.rejected.append(Refusal(index, code, _REASONS[code]))
            sifted.accepted -= 1
    sifted.rejected.sort(key=lambda each: each.index)
