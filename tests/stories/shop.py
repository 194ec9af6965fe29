"""Small playbooks for stories: a shop with one journey or a few, written as the texts of its files."""

from collections.abc import Mapping

from opportune.playbook.definition import Playbook
from opportune.playbook.reading import playbook_from
from opportune.policies.shipped import SHIPPED
from opportune.policies.verbs import Policy

CART = """
journey: cart
enter: {on: Cart Updated}
exit: {on: Order Completed}
steps:
  - wait: 45 minutes
  - send: reminder
"""
NIGHT = 'quiet_hours: {from: "21:00", to: "08:00"}'


def shop(
    *policies: str,
    journeys: Mapping[str, str] | str = CART,
    messages: Mapping[str, str] | None = None,
    consent: str = "{email: always, push: always, sms: always, in_app: always}",
    main: str = "",
    features: str = "",
    segments: str = "",
    kinds: Mapping[str, type[Policy]] = SHIPPED,
) -> Playbook:
    """A playbook with these policies; each is one YAML item such as ``holdout: {share: 5%}``.

    ``journeys``: their YAML, one text or several by name. ``messages``: by name, the YAML of what differs from a mail
    about the topic ``cart``; left out, there is one, ``reminder``. ``main``: more lines of ``opportune.yaml``.
    ``features`` and ``segments``: the texts of their files.
    """
    listed = "".join(f"\n  - {each}" for each in policies)
    files = {
        "opportune.yaml": f"zone: UTC\nconsent: {consent}\n{main}\n" + (f"policies:{listed}\n" if policies else "")
    }
    if features:
        files["features.yaml"] = features
    if segments:
        files["segments.yaml"] = segments
    for place, text in enumerate([journeys] if isinstance(journeys, str) else journeys.values()):
        files[f"journeys/journey{place}.yaml"] = text
    for name, differs in (messages or {"reminder": ""}).items():
        stated = {line.partition(":")[0].strip() for line in differs.splitlines()}
        lines = [f"message: {name}", differs]
        lines += [
            line for key, line in (("topic", "topic: cart"), ("channels", "channels: [email]")) if key not in stated
        ]
        files[f"messages/{name}.yaml"] = "\n".join(lines)
        files[f"messages/{name}.liquid"] = f"subject: {name}\n---\nThe words of {name}. {{{{ unsubscribe_url }}}}\n"
    return playbook_from(files, policies=kinds)
