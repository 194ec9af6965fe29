"""Words that press: scarcity and urgency that are written into a text instead of read from data.

A number of things left, or an end, that stands in the text is the same for every user on every day, so it is true for
few of them. Where the number or the end is a name, as in ``only {{ stock }} left``, the text says what is so.
"""

import re
from collections.abc import Iterator
from typing import Final

from opportune.messages.template import Template, parts
from opportune.playbook.definition import Playbook
from opportune.playbook.finding import Finding

_NUMBER: Final = r"(?:\d+|one|two|three|a few|zwei|drei|wenige|deux|trois|dos|tres)"
_GOODS: Final = r"(?:items?|pieces?|pairs?|seats?|spots?|places?|rooms?|tickets?|units?|copies|copy|tables?|of these)"
_SCARCITY: Final = (
    rf"\bonly {_NUMBER}(?: {_GOODS})? (?:left|remaining)\b(?! (?:to|in|until|of)\b)",
    rf"\b{_NUMBER} (?:people|others|shoppers|users) (?:are )?(?:viewing|looking|watching|bought)\b",
    r"\bwhile (?:stocks?|supplies) lasts?\b",
    r"\b(?:almost|nearly) (?:gone|sold out)\b",
    r"\bselling (?:out )?fast\b",
    r"\blimited (?:stock|supply|quantit(?:y|ies))\b",
    rf"\bnur noch {_NUMBER}\b",
    r"\b(?:fast|beinahe) (?:weg|ausverkauft)\b",
    r"\bsolange der vorrat reicht\b",
    rf"\bplus que {_NUMBER}\b",
    rf"\bsolo quedan? {_NUMBER}\b",
)
_URGENCY: Final = (
    r"\b(?:last|final) (?:chance|call|hours?|minutes?|day)\b(?! saloon)",
    r"(?<!no )(?<!a )\bhurry\b(?=\s*(?:[!,.:]|up\b|while\b|before\b|$))",
    r"\b(?:act now|act fast|don'?t miss out|now or never)\b",
    r"\b(?:ends|expires|closes) (?:soon|today|tonight|tomorrow|at midnight|in \d+ \w+)\b(?!,? (?:at|on|by) \{\{)",
    r"\b(?:today|tonight) only\b",
    r"\blimited[- ]time\b",
    r"\btime is running out\b",
    r"\b(?:letzte chance|nur heute|nur noch heute|beeil(?:en sie sich|e? dich)|jetzt zuschlagen)\b",
    r"\bl(?:ä|ae)uft (?:bald|heute|morgen) ab\b",
    r"\b(?:derni(?:è|e)re chance|d(?:é|e)p(?:ê|e)chez[- ]vous)\b",
    r"\b(?:(?:ú|u)ltima oportunidad|date prisa|solo hoy)\b",
)
_KINDS: Final = tuple(
    (kind, re.compile("|".join(patterns), re.IGNORECASE))
    for kind, patterns in (("scarcity", _SCARCITY), ("urgency", _URGENCY))
)
_TAGS: Final = re.compile(r"<[^<>]*>")


def copy_findings(playbook: Playbook) -> Iterator[Finding]:
    """A warning for each line of a marketing message that presses; a file that two variants share is said once."""
    marketing = {name for name, message in playbook.messages.items() if message.kind == "marketing"}
    told = [
        Finding("warning", f"{template.file or f'templates.{name}.{variant}'}:{number}", _text(kind, words))
        for (name, variant), template in playbook.templates.items()
        if name in marketing
        for number, line in _lines(template)
        for kind, words in pressing(line)
    ]
    yield from dict.fromkeys(told)


def _lines(template: Template) -> Iterator[tuple[int, str]]:
    """Each line of its parts, with its number in the file."""
    for part in parts(template):
        yield from enumerate(part.source.splitlines(), part.line)


def pressing(line: str) -> Iterator[tuple[str, str]]:
    """What in this line presses: of which kind, and the words; none where a name's value stands in their place."""
    plain = _TAGS.sub(" ", line)
    for kind, pattern in _KINDS:
        found = pattern.search(plain)
        if found is not None:
            yield kind, found[0]


def _text(kind: str, words: str) -> str:
    what = "how many are left" if kind == "scarcity" else "when it ends"
    return (
        f"{words!r} reads as false {kind}: it says the same to everybody, every day; say {what} from data, such as "
        f"{{{{ {'stock' if kind == 'scarcity' else 'ends_on'} }}}}, or leave it out"
    )
