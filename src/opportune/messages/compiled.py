"""Liquid text made ready to run: a closed list of tags and filters, and a limit on everything that can grow.

The Liquid library takes a fifth of a second to import, so this module is imported when the first template is used.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import lru_cache

from liquid import BoundTemplate, Environment, FalsyStrictUndefined
from liquid.builtin import content, illegal, output
from liquid.builtin.tags import (
    assign_tag,
    capture_tag,
    case_tag,
    comment_tag,
    for_tag,
    if_tag,
    inline_comment_tag,
    unless_tag,
)
from liquid.exceptions import LiquidError, UndefinedError
from msgspec import Struct

from opportune.errors import PlaybookError
from opportune.messages import filters
from opportune.messages.reads import Reads, reads
from opportune.units import Instant, Millis

MOST_MARKUP = 2_000
"""Characters of one ``{{ }}`` or ``{% %}``."""
MOST_TESTS = 40
"""Tests and brackets of one of them: each costs the parser a level of its stack."""
MOST_ENDLESS = 20
"""Beginnings that are never closed, as they may stand in comments."""
_MARKUP = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_BEGIN = re.compile(r"\{\{|\{%")
_TEST = re.compile(r"\b(?:and|or)\b|[\[(]")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TAGS = (
    content.Literal, illegal.Illegal, output.Output, if_tag.IfTag, unless_tag.UnlessTag, case_tag.CaseTag,
    for_tag.ForTag, for_tag.BreakTag, for_tag.ContinueTag, assign_tag.AssignTag,
    capture_tag.CaptureTag, comment_tag.CommentTag, inline_comment_tag.InlineCommentTag,
)  # fmt: skip


class Limited(Environment):
    """Liquid for strangers' data: strict, bounded, and without a way to read anything but the values given."""

    block_nesting_limit = 20
    context_depth_limit = 20
    loop_iteration_limit = 2_000
    local_namespace_limit = 200_000
    output_stream_limit = 100_000

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        """Only what is listed here; nothing that includes or renders other files."""
        for tag in _TAGS:
            self.add_tag(tag)
        filters.register(self)


class Compiled(Struct, frozen=True):
    """One Liquid text, parsed once."""

    template: BoundTemplate
    reads: Reads

    def rendered(self, values: Mapping[str, object], now: Instant, offset: Millis) -> str:
        """The text for these values on a clock this far ahead of UTC; raises PlaybookError that begins with a line."""
        clock = (_EPOCH + timedelta(milliseconds=now + offset)).replace(tzinfo=None)
        try:
            return self.template.render({**values, "now": clock, "today": clock.date()})
        except UndefinedError as error:
            raise PlaybookError(f"{_line(error)}: {_without_value(error)}") from None
        except LiquidError as error:
            raise PlaybookError(f"{_line(error)}: {error.message}") from None


@lru_cache(maxsize=2_048)
def compiled(source: str, is_html: bool) -> Compiled:
    """The text made ready; raises PlaybookError that begins with a line, such as ``3: unknown filter 'sort_by'``."""
    _refuse_endless(source)
    for found in _MARKUP.finditer(source):
        line = source.count("\n", 0, found.start()) + 1
        if len(found[0]) > MOST_MARKUP:
            raise PlaybookError(f"{line}: what stands between braces has at most {MOST_MARKUP:,} characters")
        if len(_TEST.findall(found[0])) > MOST_TESTS:
            raise PlaybookError(f"{line}: what stands between braces has at most {MOST_TESTS} tests and brackets")
    try:
        template = (_HTML if is_html else _TEXT).from_string(source)
        for name, places in template.analyze(include_partials=False).filters.items():
            if name not in template.env.filters:
                line = source.count("\n", 0, places[0].index) + 1
                close = get_close_matches(name, _TEXT.filters, n=1, cutoff=0.7)
                hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(sorted(_TEXT.filters))}"
                raise PlaybookError(f"{line}: there is no filter {name!r}; {hint}")
        return Compiled(template, reads(template))
    except LiquidError as error:
        _refuse_open(source)
        cause = error.__cause__
        reason = error.message if cause is None or isinstance(cause, LiquidError) else f"it cannot be read ({cause})"
        raise PlaybookError(f"{_line(error, source.count(chr(10)) + 1)}: {reason}") from None


_TEXT = Limited(undefined=FalsyStrictUndefined)
_HTML = Limited(undefined=FalsyStrictUndefined, autoescape=True)


def _refuse_endless(source: str) -> None:
    """Each beginning without an end makes the library read all that follows, so there may not be many."""
    for begin, end in (("{{", "}}"), ("{%", "%}")):
        place = source.rfind(end) + 1
        if source.count(begin, place) > MOST_ENDLESS:
            line = source.count("\n", 0, source.find(begin, place)) + 1
            raise PlaybookError(f"{line}: {begin} has no end, here and {MOST_ENDLESS} more times; close it with {end}")


def _refuse_open(source: str) -> None:
    """What most often lies behind a text that cannot be read, told where it begins."""
    for found in _MARKUP.finditer(source):
        if _BEGIN.search(found[0], 2):
            line, begin, end = source.count("\n", 0, found.start()) + 1, found[0][:2], found[0][-2:]
            raise PlaybookError(f"{line}: {begin} has no end before the next one begins; close it with {end}")


def _line(error: LiquidError, otherwise: int = 1) -> int:
    token = error.token
    return otherwise if token is None or token.start_index < 0 else token.source.count("\n", 0, token.start_index) + 1


def _without_value(error: UndefinedError) -> str:
    name = str(error.message).removesuffix(" is undefined").strip("'")
    return f"{name!r} has no value; write {{{{ {name} | default: '...' }}}} or ask {{% if {name} %}} first"
