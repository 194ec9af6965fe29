"""The key ``watch`` of ``opportune.yaml``: from when on complaints and unsubscribes pause a journey."""

from opportune.playbook.problems import Problems
from opportune.playbook.section import section_of, share_at
from opportune.playbook.watching import Watching
from opportune.playbook.yaml_nodes import Leaf, Node
from opportune.units import ONE, WEEK, Micros, in_words

LONGEST = 5 * WEEK
"""So far back sends are counted, hour by hour."""
MOST_SENDS = 1_000_000_000
OFF = "off"
_USUAL = Watching()


def watching_of(node: Node | None, problems: Problems) -> Watching:
    """What ``watch: off`` or ``watch: {complaints: 0.3%, unsubscribes: 2%, within: 7 days, at_least: 500}`` says."""
    if node is None:
        return _USUAL
    if isinstance(node, Leaf) and node.text == OFF:
        return Watching(is_on=False)
    section = section_of(node, problems, "watch")
    if section is None:
        return _USUAL

    def limit(key: str, usual: Micros) -> Micros:
        found = section.node(key)
        share = usual if found is None else share_at(found, key, problems)
        if share >= ONE:
            section.wrong(key, f"{key} must be below 100%, such as '0.3%'; 'watch: off' pauses nothing")
        return share

    found = Watching(
        complaints=limit("complaints", _USUAL.complaints),
        unsubscribes=limit("unsubscribes", _USUAL.unsubscribes),
        within=section.span("within", _USUAL.within),
        at_least=section.whole("at_least", _USUAL.at_least, least=1, most=MOST_SENDS),
    )
    if found.within > LONGEST:
        section.wrong("within", f"within must be at most {in_words(LONGEST)}, not {in_words(found.within)}")
    section.close()
    return found
