"""Calls that could be read, and are refused because their user was erased."""

from collections.abc import Collection

from opportune.adapters.sources.http_answer import Refusal
from opportune.adapters.sources.sifting import Sifted
from opportune.events.alias import WITH_IDENTIFY, Alias

ERASED = "erased_user"


def refuse_erased(sifted: Sifted, erased: Collection[str]) -> None:
    """Says so of the calls with these ids; nothing of them is kept, not even as a dead letter."""
    if not erased:
        return
    unread = {each.index for each in sifted.rejected}
    index = -1
    for read in sifted.reads:
        if isinstance(read, Alias) and read.id.startswith(WITH_IDENTIFY):
            continue
        index += 1
        while index in unread:
            index += 1
        if read.id in erased:
            sifted.rejected.append(Refusal(index, ERASED, "this user was erased; an operator can readmit the id"))
            sifted.accepted -= 1
    sifted.rejected.sort(key=lambda each: each.index)
