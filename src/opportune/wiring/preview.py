"""What a publication would change, told before it is made."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from opportune.events.event import Published
from opportune.features.backfill import Anew
from opportune.features.keep import keeps_of
from opportune.messages.template import Template
from opportune.playbook.definition import Playbook
from opportune.playbook.problems import meant
from opportune.units import ONE
from opportune.wiring.change import is_nothing_new
from opportune.wiring.in_flight import Census, Standing


class Preview(Struct, frozen=True, rename="camel", kw_only=True):
    """What becomes of whom, and what is new, other or gone."""

    playbook: str
    """The hash of what would be in force."""
    instead_of: str
    share: float
    """Of the users; the others keep ``stable``."""
    stable: str
    paused: Sequence[str]
    users: int
    """Who are in some journey now."""
    in_flight: list[Standing]
    new: list[str]
    """Journeys, messages and features, such as ``journey cart``."""
    changed: list[str]
    removed: list[str]
    """Nobody enters a journey that is gone; who is in it finishes it."""
    asked_anew: list[str]
    """What has to be folded out of the log first."""
    entries: int
    """How many entries of the log that takes; 0 if nothing is asked anew."""
    warnings: list[str]
    """What is probably not meant."""
    is_in_force: bool = False
    """It is in force already, for the same users: publishing it changes nothing."""


def preview_of(
    said: Published, before: Published, versions: Mapping[str, Playbook], census: Census, anew: tuple[Anew | None, int]
) -> Preview:
    """``versions`` are all playbooks by hash; ``anew`` is what would be asked anew, and where the log ends."""
    asked, last = anew
    playbook, earlier = versions[said.playbook], versions[before.playbook]
    new, changed, removed = _differences(earlier, playbook)
    return Preview(
        playbook=said.playbook,
        instead_of=before.playbook,
        share=said.share / ONE,
        stable=said.stable,
        paused=said.paused,
        users=census.users,
        in_flight=census.standings(playbook, versions),
        new=new,
        changed=changed,
        removed=removed,
        asked_anew=[] if asked is None else _named(asked, playbook),
        entries=0 if asked is None else last,
        warnings=list(_warnings(playbook, versions)),
        is_in_force=is_nothing_new(said, before),
    )


def _warnings(playbook: Playbook, versions: Mapping[str, Playbook]) -> Iterator[str]:
    """Moves from steps that no version has: nobody stands there, and those who were meant stay where they are."""
    for journey in playbook.journeys.values():
        earlier = [each.journeys[journey.name] for each in versions.values() if journey.name in each.journeys]
        known = {name for each in earlier for name in each.labels}
        for name in sorted(journey.moves.keys() - known):
            yield f"journey {journey.name}: moves: no version has a step named {name!r}; {meant(name, sorted(known))}"


def _differences(earlier: Playbook, playbook: Playbook) -> tuple[list[str], list[str], list[str]]:
    new, changed, removed = list[str](), list[str](), list[str]()
    for kind, before, after in (
        ("journey", earlier.journeys, playbook.journeys),
        ("message", _messages(earlier), _messages(playbook)),
        ("feature", earlier.features, playbook.features),
    ):
        new += [f"{kind} {name}" for name in sorted(after.keys() - before.keys())]
        removed += [f"{kind} {name}" for name in sorted(before.keys() - after.keys())]
        changed += [f"{kind} {name}" for name in sorted(after.keys() & before.keys()) if before[name] != after[name]]
    if earlier.policies != playbook.policies or earlier.consents != playbook.consents:
        changed.append("policies and consent")
    return new, changed, removed


def _messages(playbook: Playbook) -> dict[str, object]:
    """By name what is said, and in which words."""
    return {
        name: (message, [_words(playbook.templates[name, variant]) for variant in message.variants])
        for name, message in playbook.messages.items()
    }


def _words(template: Template) -> tuple[str, str, str]:
    return template.subject, template.text, template.html


def _named(asked: Anew, playbook: Playbook) -> list[str]:
    found = [
        f"feature {name}"
        for name, feature in sorted(playbook.features.items())
        if asked.keys.intersection(keeps_of([feature]))
    ]
    found += [f"instants of {name}" for name in sorted(asked.fold.watches)]
    return [*found, *(["sessions"] if asked.has_sessions else [])]
