"""What the HTTP face of publications speaks for."""

from collections.abc import Awaitable, Mapping

from msgspec import Struct

from opportune.adapters.sources.publications import Acts
from opportune.units import ONE, Micros
from opportune.wiring.preview import Preview
from opportune.wiring.publisher import Publication, Publisher


class PublicationList(Struct, frozen=True, rename="camel"):
    """All publications, newest first; the first is in force."""

    publications: list[Publication]


class PublicationAnswer(Struct, frozen=True, rename="camel"):
    """What would change, or what did."""

    preview: Preview | None = None
    publication: Publication | None = None
    """What is in force now; null where it was only asked what would change."""
    has_changed: bool = False
    """Whether it was not in force before."""


def acts_of(publisher: Publisher) -> Acts:
    """The acts of this engine."""

    async def done(act: Awaitable[Publication], preview: Preview | None = None) -> PublicationAnswer:
        before = publisher.current()
        now = await act
        return PublicationAnswer(preview, now, has_changed=now != before)

    async def publish(files: Mapping[str, str], share: Micros, is_dry: bool) -> PublicationAnswer:
        playbook = await publisher.read(files)
        preview = await publisher.preview(playbook, share)
        return PublicationAnswer(preview) if is_dry else await done(publisher.publish(playbook, files, share), preview)

    async def roll_back(playbook: str, is_dry: bool) -> PublicationAnswer:
        target = publisher.target(playbook)
        preview = await publisher.preview(target, ONE)
        return PublicationAnswer(preview) if is_dry else await done(publisher.roll_back(target.hash), preview)

    async def pause(journey: str) -> PublicationAnswer:
        return await done(publisher.pause(journey))

    async def resume(journey: str) -> PublicationAnswer:
        return await done(publisher.resume(journey))

    return Acts(listed=publisher.listed, publish=publish, roll_back=roll_back, pause=pause, resume=resume)
