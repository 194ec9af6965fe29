"""Who fetched a picture or a link: a human, a machine, or nobody can say. The rules are data, read and asked here."""

from collections.abc import Collection, Sequence
from functools import lru_cache
from importlib.resources import files
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final, Literal, TypeAlias

import msgspec
from msgspec import Struct

from opportune.adapters.sources.fetches import Fetch, Kind
from opportune.errors import PlaybookError, UnitError
from opportune.playbook.yaml_nodes import loose, parse
from opportune.units import Millis, span_of

By: TypeAlias = Literal["human", "machine", "unsure"]
SHIPPED: Final = "machine_rules.yaml"


class Sign(Struct, frozen=True, forbid_unknown_fields=True):
    """One rule: who it is if all of its conditions hold, and why."""

    name: str
    says: By
    because: str
    kind: Kind | None = None
    agent: tuple[str, ...] = ()
    agent_is: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    prefetch: bool = False
    within: str = ""
    links: int = 0
    headed: bool = False
    trapped: bool = False

    @property
    def is_bare(self) -> bool:
        """Whether it has no condition, and so decides whatever is left."""
        conditions = (self.agent, self.agent_is, self.networks, self.prefetch, self.within, self.links)
        return not any(conditions) and self.kind is None and not (self.headed or self.trapped)


class Signs:
    """The rules in their order, ready to be asked."""

    def __init__(self, listed: Sequence[Sign]) -> None:
        """Raises ValueError unless names differ, the last rule has no condition and all others have some."""
        names = [each.name for each in listed]
        if len(set(names)) != len(names):
            raise ValueError(f"machine rules: each name stands once, not so in {names}")
        if [each.name for each in listed if each.is_bare] != names[-1:]:
            raise ValueError("machine rules: the last one has no condition, all others have at least one")
        self.listed = tuple(listed)
        self._networks = {each.name: [_network(text, each.name) for text in each.networks] for each in listed}
        self._spans = {each.name: _span(each.within, each.name) for each in listed if each.within}

    def judged(self, fetch: Fetch, moment: Collection[Fetch], since: Millis) -> Sign:
        """The first rule that fits; ``moment``: all that was fetched of this mail then; ``since`` it was accepted."""
        near = [each for each in moment if fetch.shares_client_with(each)]
        return next(each for each in self.listed if self._fits(each, fetch, near, since))

    def _fits(self, sign: Sign, fetch: Fetch, near: Collection[Fetch], since: Millis) -> bool:
        agent = fetch.agent.lower()
        return (
            sign.kind in (None, fetch.kind)
            and (not sign.agent or any(each.lower() in agent for each in sign.agent))
            and (not sign.agent_is or fetch.agent.strip() in sign.agent_is)
            and (not sign.networks or _is_inside(fetch.address, self._networks[sign.name]))
            and (not sign.prefetch or fetch.is_prefetch)
            and (not sign.within or since <= self._spans[sign.name])
            and len({each.url for each in near if each.kind == "click"}) >= sign.links
            and (not sign.headed or any(each.is_head and each.url == fetch.url for each in near))
            and (not sign.trapped or any(each.is_trap for each in near))
        )


def signs_of(text: str) -> Signs:
    """The rules written in YAML, read as playbooks are; raises ValueError that says which cannot be used, and why."""
    try:
        node = parse(text, SHIPPED)
        return Signs(msgspec.convert(None if node is None else loose(node), type=tuple[Sign, ...]))
    except (msgspec.ValidationError, PlaybookError) as error:
        raise ValueError(f"machine rules: {error}") from None


@lru_cache(maxsize=1)
def shipped() -> Signs:
    """The rules that come with the package."""
    return signs_of(files(__package__).joinpath(SHIPPED).read_text("utf-8"))


def _span(text: str, name: str) -> Millis:
    try:
        return span_of(text)
    except UnitError as error:
        raise ValueError(f"machine rules: {name}: {error}") from None


def _network(text: str, name: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text)
    except ValueError as error:
        raise ValueError(f"machine rules: {name}: {error}; write a network as 192.0.2.0/24") from None


def _is_inside(address: str, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    try:
        here = ip_address(address)
    except ValueError:
        return False
    return any(here in each for each in networks)
