"""Which features speak for or against what a step proposes: those that its decision writes down."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from opportune.features.age import Ages, ages_of
from opportune.features.condition import Expression, reads
from opportune.features.fold import Fold
from opportune.features.scope import Readers
from opportune.journeys.expressions import expressions_of
from opportune.journeys.journey import Journey
from opportune.journeys.step import Branch, Send
from opportune.messages.template import names_read
from opportune.playbook.definition import Playbook
from opportune.policies.looks import Look, Looks
from opportune.policies.stale import Stale


def looks_of(versions: Sequence[Playbook], fold: Fold, readers: Mapping[str, Readers]) -> Looks:
    """For each step of each version that sends: what its conditions and the newest words, worth and gates read.

    ``versions`` end with the newest; ``readers`` are those of each, by hash.
    """
    ages = {each.hash: ages_of(each.features.values(), idle=fold.idle) for each in versions}
    about = {name: _looks(each, sorted(_about(each, name, versions[-1])), readers, ages) for each in versions
             for name in each.messages}  # fmt: skip
    found: dict[tuple[str, str, int], Sequence[Look]] = {}
    for each in versions:
        for journey, place, step in _sends(each):
            asked = sorted(_features(_on_the_way(journey, place)))
            looks = about.get(step.message, {}) | _looks(each, asked, readers, ages)
            found[each.hash, journey.name, place] = [looks[name] for name in sorted(looks)]
    return found


def _sends(version: Playbook) -> Iterator[tuple[Journey, int, Send]]:
    for journey in version.journeys.values():
        yield from ((journey, place, step) for place, step in enumerate(journey.steps) if isinstance(step, Send))


def _looks(
    version: Playbook, names: Iterable[str], readers: Mapping[str, Readers], ages: Mapping[str, Ages]
) -> dict[str, Look]:
    mine, old = readers[version.hash], ages[version.hash]
    return {name: Look(name, mine[name], old[name]) for name in names if name in old}


def _about(version: Playbook, message: str, newest: Playbook) -> set[str]:
    """The names that the message's worth and templates read, and the gates that ask how old features are."""
    defined = version.messages[message]
    names = _features([defined.worth])
    for (name, _), words in version.templates.items():
        names |= names_read(words) if name == message else set()
    for policy in newest.policies:
        names |= set(policy.features) if isinstance(policy, Stale) and policy.binds(defined, "") else set()
    return names


def _on_the_way(journey: Journey, place: int) -> Iterator[Expression]:
    """The conditions of the entry, of the step, and of branches that may have led to it."""
    for part, expression in expressions_of(journey):
        at = int(part[6:-1]) if part.startswith("steps[") else -1
        if part == "enter" or at == place or (0 <= at < place and isinstance(journey.steps[at], Branch)):
            yield expression


def _features(expressions: Iterable[Expression | None]) -> set[str]:
    return {name for each in expressions if each is not None for name in reads(each).features}
