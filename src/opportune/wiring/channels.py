"""The ways out that an operator has set up, and the words that go out on them."""

from opportune.adapters.channels.email import SmtpEmail
from opportune.adapters.channels.folder import FolderEmail
from opportune.adapters.channels.inbox import Inbox
from opportune.adapters.channels.webhook import Webhook
from opportune.adapters.outbound import Outbound, target_of
from opportune.adapters.sources.inbox_hub import Hub
from opportune.adapters.sources.trail import Trail
from opportune.adapters.sources.unsubscribe import Links, Subject
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.messages.template import Rendered
from opportune.ports import Channel, Clock, Delivery, Render
from opportune.sending.attempt import Attempt
from opportune.wiring.lane import Lane
from opportune.wiring.pace import Pace
from opportune.wiring.publications import Publications
from opportune.wiring.settings import MAIL, Settings
from opportune.wiring.shard import Shard


def lanes_of(settings: Settings, store: SqliteStore, *, links: Links, inbox: Inbox, clock: Clock) -> dict[str, Lane]:
    """A lane for each channel; raises ValueError for a webhook's address that cannot be called."""

    def unsubscribe(delivery: Delivery) -> str | None:
        return links.url(Subject(delivery.user, "email", delivery.topic, delivery.key)) if delivery.topic else None

    found: dict[str, Channel] = {"in_app": inbox}
    if settings.smtp is not None:
        found["email"] = SmtpEmail(settings.smtp, settings.sender, unsubscribe=unsubscribe)
    elif settings.mail_folder is not None:
        found["email"] = FolderEmail(settings.mail_folder, settings.sender, unsubscribe=unsubscribe)
    for channel, url in sorted(settings.webhooks.items()):
        outbound = Outbound(settings.reachable)
        found[channel] = Webhook(target_of(url), settings.webhook_secrets, outbound, now=clock.now)
    usual = {"email": MAIL}
    return {name: settings.paces.get(name, usual.get(name, Pace())).lane(channel) for name, channel in found.items()}


def inbox_of(store: SqliteStore, shard: Shard, hub: Hub) -> Inbox:
    """The shelf of in-app messages, whose listeners hear of new ones at once."""
    return Inbox(store, changed=hub.changed, heir=shard.heir, is_erased=store.is_erased)


def words_of(publications: Publications, links: Links, trail: Trail) -> Render:
    """Renders attempts, with the links that are the user's own."""

    def render(attempt: Attempt) -> Rendered:
        about = Subject(attempt.user, attempt.channel, attempt.topic, attempt.decision)
        return publications.rendered(
            attempt,
            unsubscribe_url=links.url(about),
            preferences_url=links.preferences_url(about),
            linking=trail.linking(attempt),
        )

    return render
