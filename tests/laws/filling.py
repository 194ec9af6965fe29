"""What a publication fills in, worked out of the entries before it, for those who feed memories without a store."""

from collections.abc import Iterable, Sequence

from opportune.events.event import Input
from opportune.features.backfill import anew
from opportune.playbook.definition import Playbook
from opportune.policies.compiled import Compiled
from opportune.units import Instant
from opportune.wiring.backfilling import Staging


def filled(
    before: Compiled, after: Compiled, versions: Sequence[Playbook], entries: Iterable[Input], *, now: Instant
) -> dict[str, bytes]:
    """By user: the rows of a publication after these entries; ``versions`` are all that were published by then."""
    features = [feature for version in versions for feature in version.features.values()]
    asked = anew(before.fold, after.fold, features)
    if asked is None:
        return {}
    staging = Staging(asked)
    staging.take(entries)
    return dict(staging.rows(now=now))
