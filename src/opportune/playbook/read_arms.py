"""How many users go each arm of an experiment."""

from opportune.playbook.section import Section, share_at
from opportune.playbook.yaml_nodes import Branch
from opportune.units import ONE, Micros


def shares_of(arms: Section) -> dict[str, Micros]:
    """The share of each arm, by name: as stated, or if no arm states one all the same, as near as millionths allow.

    What does not divide goes to the first of them in order of names.
    """
    names = sorted(arms.names())
    if len(names) < 2:
        arms.problems.add(arms.place, "a split has at least two arms")
    stated: dict[str, Micros] = {}
    for name in names:
        node = arms.node(name)
        share = node.nodes.get("share") if isinstance(node, Branch) else None
        if share is not None:
            stated[name] = share_at(share, "share", arms.problems)
    if not stated and names:
        each, rest = divmod(ONE, len(names))
        return {name: each + (rest if name == names[0] else 0) for name in names}
    for name in names:
        if name not in stated:
            arms.wrong(name, f"arm {name} needs a share, such as 'share: 50%', since others state theirs")
    if len(stated) == len(names) and sum(stated.values()) != ONE:
        shown = f"{sum(stated.values()) / 10_000:g}%"
        arms.problems.add(
            arms.place, f"the shares of all arms make 100% together, not {shown}; leave all out for even ones"
        )
    return {name: stated.get(name, 0) for name in names}
