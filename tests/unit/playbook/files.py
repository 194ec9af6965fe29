"""A small playbook that is right, to be made wrong in one place."""

from collections.abc import Mapping

from opportune.errors import PlaybookError
from opportune.playbook.reading import playbook_from

FILES = {
    "opportune.yaml": """zone: Europe/Berlin
value: EUR
policies:
  - holdout: {share: 5%}
  - quiet_hours: {from: "21:00", to: "08:00"}
  - frequency_cap: {at_most: 4, within: 7 days}
  - in_session: {}
consent:
  email: {trait: email_opt_in, topics: all}
  in_app: always
""",
    "features.yaml": """orders: COUNT_IF(event = 'Order Completed') OVER LAST '90 days'
avg_order: AVG(revenue) FILTER (WHERE event = 'Order Completed') OVER LAST '365 days'
""",
    "journeys/cart.yaml": """journey: cart
key: cart_id
enter: {on: Cart Updated, where: value >= 20}
exit: {on: Order Completed}
reentry: {cooldown: 7 days}
goal: {on: Order Completed, within: 3 days, value: revenue}
steps:
  - wait: 45 minutes
  - send: reminder
  - wait: {until: Email Opened, at_most: 1 hour, since: entry}
    on_timeout:
      - when: EXISTS('Pricing Viewed', since => entry)
        send: reminder
        not_sent: end
      - wait: 1 day
  - send: reminder
""",
    "messages/reminder.yaml": """message: reminder
kind: marketing
topic: cart
channels: [in_app, email]
useful_for: 24 hours
worth: 0.05 * coalesce(avg_order, 40)
variants: {plain: reminder.plain.liquid, warm: reminder.warm.liquid}
""",
    "messages/reminder.plain.liquid": "subject: Your cart\n---\n{{ cart_id }} {{ unsubscribe_url }}\n",
    "messages/reminder.warm.liquid": "subject: Hi\n---\n{{ name | default: '' }} {{ orders }} {{ unsubscribe_url }}\n",
}


def changed(file: str, old: str, new: str) -> dict[str, str]:
    """The files with one text in one of them replaced."""
    assert old in FILES[file]
    return {**FILES, file: FILES[file].replace(old, new, 1)}


def complaints(files: Mapping[str, str]) -> list[str]:
    """What is wrong with these files, a line for each."""
    try:
        playbook_from(files)
    except PlaybookError as error:
        return str(error).splitlines()
    return []
