"""What users of a playbook may do is read from the playbook."""

from opportune.playbook.reading import playbook_from
from opportune.wiring.simulating.vocabulary import Values, Vocabulary, vocabulary_of

FILES = {
    "opportune.yaml": "zone: UTC\nconsent: {email: {trait: email_opt_in, topics: all}}\n",
    "features.yaml": "views_7d: COUNT_IF(event = 'Product Viewed' AND category = 'shoes') OVER LAST '7 days'\n",
    "journeys/cart.yaml": """journey: cart
key: cart_id
enter:
  on: Cart Updated
  where: value >= 20 AND plan IN ('gold', 'silver')
exit: {on: Cart Cleared}
goal: {on: Order Completed, within: 3 days, value: revenue}
steps:
  - wait: {until: Email Opened, at_most: 1 hour}
  - send: hello
    when: views_7d > 2 AND traits.is_member
""",
    "journeys/birthday.yaml": "journey: birthday\nenter: {date: born_on, at: '09:00'}\nsteps:\n  - send: hello\n",
    "messages/hello.yaml": "message: hello\ntopic: news\nchannels: [email]\n",
    "messages/hello.liquid": "subject: Hi\n---\n{{ first_name | default: '' }} {{ unsubscribe_url }}\n",
}


def vocabulary() -> Vocabulary:
    return vocabulary_of(playbook_from(FILES))


def test_events_have_the_roles_that_journeys_give_them() -> None:
    assert {deed.event: deed.role for deed in vocabulary().deeds} == {
        "Cart Cleared": "goal",
        "Cart Updated": "entry",
        "Order Completed": "goal",
        "Product Viewed": "other",
    }


def test_what_the_engine_or_a_provider_tells_is_nothing_that_users_do() -> None:
    assert "Email Opened" not in {deed.event for deed in vocabulary().deeds}


def test_properties_are_those_that_conditions_ask_for_with_what_they_are_compared_with() -> None:
    deeds = {deed.event: deed for deed in vocabulary().deeds}
    assert deeds["Cart Updated"].properties["value"] == Values("number", (20,))
    assert deeds["Cart Updated"].properties["plan"] == Values("text", ("gold", "silver"))
    assert deeds["Product Viewed"].properties["category"] == Values("text", ("shoes",))
    assert "revenue" in deeds["Order Completed"].properties
    assert deeds["Cart Updated"].keys == deeds["Order Completed"].keys == {"cart_id"}
    assert deeds["Product Viewed"].keys == frozenset()


def test_traits_dates_and_consents_are_told_apart() -> None:
    found = vocabulary()
    assert found.dates == {"born_on"}
    assert found.consents == {"email_opt_in"}
    assert found.traits["is_member"].kind == "boolean"
    assert not {"views_7d", "born_on", "email_opt_in", "value", "unsubscribe_url"} & found.traits.keys()


def test_what_events_yaml_declares_is_kept_to() -> None:
    events = "Cart Updated:\n  plan: {kind: text, one_of: [gold, basic]}\n  currency: {kind: text}\n"
    deeds = {deed.event: deed for deed in vocabulary_of(playbook_from({**FILES, "events.yaml": events})).deeds}
    assert deeds["Cart Updated"].properties["plan"] == Values("text", ("gold", "basic"), is_closed=True)
    assert deeds["Cart Updated"].properties["currency"].kind == "text"


def test_what_others_tell_of_users_is_told_at_any_time() -> None:
    journeys = {
        "journeys/drop.yaml": "journey: drop\nenter: Price Dropped\nsteps:\n  - send: hello\n",
        "journeys/risk.yaml": "journey: risk\nenter: {when: traits.churn > 0.5}\nsteps:\n  - send: hello\n",
    }
    roles = {deed.event: deed for deed in vocabulary_of(playbook_from({**FILES, **journeys})).deeds}
    assert roles["Price Dropped"].role == roles["Scored"].role == "told"
    assert roles["Scored"].properties["churn"] == Values("number", (0.5,))
