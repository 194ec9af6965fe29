"""The versions of the playbook that a store has seen, compiled on demand."""

from collections.abc import Iterable, Mapping

from opportune.errors import Unavailable
from opportune.events.event import Published
from opportune.features.backfill import Anew, anew
from opportune.messages.links import UNTOUCHED, Linking, linked
from opportune.messages.template import PROVIDED, Rendered, render
from opportune.playbook.as_published import as_published
from opportune.playbook.compiling import compiled
from opportune.playbook.definition import Playbook
from opportune.playbook.items import Items
from opportune.policies.compiled import Compiled
from opportune.policies.shipped import SHIPPED
from opportune.policies.verbs import Policy
from opportune.ports import History, Store
from opportune.sending.attempt import Attempt
from opportune.wiring.in_force import InForce, in_force


class Versions:
    """Playbooks by content hash, as a store has kept them; each is compiled with those that runs may still be in."""

    def __init__(self, history: History, *, policies: Mapping[str, type[Policy]] = SHIPPED) -> None:
        self._history = history
        self.policies = policies
        """What a playbook may name."""
        self._known: dict[str, Playbook] = {}
        self.living: list[str] = []
        """Hashes of versions that runs may be in: all so far, in the order in which they were first needed."""

    def live(self, versions: Iterable[str]) -> None:
        """Runs may be in these versions."""
        self.living += [each for each in versions if each not in self.living]

    def compiled(self, name: str) -> Compiled:
        """The version ready to run, with the earlier ones; raises Unavailable if the store does not hold it."""
        self.live([name])
        return compiled(self.playbook(name), [self.playbook(each) for each in self.living if each != name])

    def standing(self, said: Published) -> InForce:
        """This publication ready to run, before anybody knows of it."""
        living = list(dict.fromkeys((*self.living, said.playbook, *filter(None, [said.stable]))))

        def ready(name: str) -> Compiled:
            return compiled(self.playbook(name), [self.playbook(each) for each in living if each != name])

        return in_force(said, ready)

    def asked_anew(self, playbook: Playbook) -> Anew | None:
        """What the playbook wants to be remembered of events that none so far did; None if there is nothing."""
        earlier = [self.playbook(each) for each in self.living]
        if not earlier or playbook.hash in self.living:
            return None
        before, after = (compiled(each[-1], each[:-1]).fold for each in (earlier, [*earlier, playbook]))
        features = [feature for each in (*earlier, playbook) for feature in each.remembered]
        return anew(before, after, features)

    def know(self, playbook: Playbook) -> None:
        """A playbook that may be published, so that it can be looked at before."""
        self._known[playbook.hash] = playbook

    def items_of(self, compiled: Compiled) -> Items | None:
        """Whom news of items concerns by this version."""
        return self.playbook(compiled.hash).items

    def playbook(self, name: str) -> Playbook:
        """The version with this hash; raises Unavailable if the store does not hold it."""
        found = self._known.get(name)
        if found is None:
            files = self._history.publication(name)
            if files is None:
                raise Unavailable(f"the log names playbook {name}, but its files are not in this store")
            found = self._known[name] = as_published(files, name, policies=self.policies)
        return found


class Publications(Versions):
    """The same for whoever owns the store: new versions are kept, and attempts rendered."""

    def __init__(self, store: Store, *, policies: Mapping[str, type[Policy]] = SHIPPED) -> None:
        super().__init__(store, policies=policies)
        self._store = store

    def keep(self, playbook: Playbook, files: Mapping[str, str]) -> None:
        """Makes the files durable, before the log says that they are published."""
        self._store.keep_publication(playbook.hash, files)
        self.know(playbook)

    def rendered(
        self, attempt: Attempt, *, unsubscribe_url: str, preferences_url: str = "", linking: Linking = UNTOUCHED
    ) -> Rendered:
        """The attempt's words, by the version that decided it, clocks bound to its instant (R20), links as wished.

        Without a preference page of its own, its address is that of the page on which consent is withdrawn.
        """
        template = self.playbook(attempt.playbook).templates[attempt.message, attempt.variant]
        provided = {
            "user": attempt.user,
            "unsubscribe_url": unsubscribe_url,
            "preferences_url": preferences_url or unsubscribe_url,
        }
        words = render(template, attempt.values | {name: provided[name] for name in sorted(PROVIDED)}, attempt.at)
        return linked(words, linking)
