"""The policies that a playbook may name on this machine: those that come along, and those of installed packages.

A package offers its own under the entry point group ``opportune.policies``, each by the name its class has as its tag.
"""

from importlib.metadata import EntryPoint, entry_points

from opportune.errors import Unavailable
from opportune.policies.shipped import SHIPPED
from opportune.policies.verbs import Policy

GROUP = "opportune.policies"


def installed() -> dict[str, type[Policy]]:
    """By name, sorted; raises Unavailable, with the package, for one that cannot be loaded or whose name is taken."""
    found = dict(SHIPPED)
    for entry in sorted(entry_points(group=GROUP), key=lambda each: (each.name, each.value)):
        policy = _loaded(entry)
        if entry.name in found and found[entry.name] is not policy:
            raise Unavailable(f"{_place(entry)}: there is another policy {entry.name!r}; give one of them another name")
        found[entry.name] = policy
    return dict(sorted(found.items()))


def _loaded(entry: EntryPoint) -> type[Policy]:
    try:
        policy = entry.load()
    except (ImportError, AttributeError) as fault:
        raise Unavailable(f"{_place(entry)}: {fault}; mend the package, or uninstall it") from fault
    if not (isinstance(policy, type) and issubclass(policy, Policy)):
        raise Unavailable(f"{_place(entry)}: is no policy; name a class that is a Gate, Score, Pick or Expand")
    if policy.__struct_config__.tag != entry.name:
        tag = policy.__struct_config__.tag
        raise Unavailable(f"{_place(entry)}: its tag is {tag!r}; let tag and name of the entry point be the same")
    return policy


def _place(entry: EntryPoint) -> str:
    package = f" of {entry.dist.name}" if entry.dist is not None else ""
    return f"policy {entry.name} = {entry.value}{package}"
