"""Files become a playbook, and what is wrong with them is said with file, line and remedy."""

import json
from itertools import permutations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from opportune.errors import PlaybookError
from opportune.features.condition import condition
from opportune.features.feature import features_from, kinds
from opportune.journeys.journey import Reentry
from opportune.journeys.step import Goto, Send, Wait, WaitUntil
from opportune.journeys.trigger import Silence, Watched
from opportune.playbook.definition import ConsentGrant, Settings, playbook_of
from opportune.playbook.reading import findings, playbook_from
from opportune.policies.frequency_cap import FrequencyCap
from opportune.policies.holdout import Holdout
from opportune.policies.in_session import InSession
from opportune.policies.quiet_hours import QuietHours
from opportune.units import DAY, HOUR, MINUTE, WEEK
from tests.unit.playbook.files import FILES, changed, complaints

CART, MESSAGE, MAIN = "journeys/cart.yaml", "messages/reminder.yaml", "opportune.yaml"


def test_a_playbook_is_read_from_its_files() -> None:
    playbook = playbook_from(FILES)
    assert (playbook.zone, playbook.value, playbook.lateness) == ("Europe/Berlin", "EUR", 3 * DAY)
    holdout, quiet, cap, session = playbook.policies
    assert isinstance(holdout, Holdout) and holdout.share == 50_000
    assert isinstance(quiet, QuietHours) and (str(quiet.start), str(quiet.end)) == ("21:00", "08:00")
    assert isinstance(cap, FrequencyCap) and (cap.at_most, cap.within) == (4, WEEK)
    assert isinstance(session, InSession) and session.idle == 30 * MINUTE
    assert playbook.consents == {"email": ConsentGrant("email_opt_in"), "in_app": ConsentGrant(always=True)}
    assert list(playbook.features) == ["orders", "avg_order"]
    message = playbook.messages["reminder"]
    assert message.channels == ("in_app", "email") and message.useful_for == DAY and message.worth is not None
    assert message.variants == ("plain", "warm") and message.obeys and message.counts
    assert playbook.templates["reminder", "warm"].subject == "Hi"


def test_a_tree_of_steps_becomes_a_row_whose_branches_join_again() -> None:
    steps = playbook_from(FILES).journeys["cart"].steps
    when = condition("EXISTS('Pricing Viewed', since => entry)")
    assert steps == (
        Wait(45 * MINUTE),
        Send("reminder"),
        WaitUntil("Email Opened", HOUR, "entry", on_timeout=4),
        Goto(6),
        Send("reminder", when, "end"),
        Wait(DAY),
        Send("reminder"),
    )


def test_branches_within_branches_join_after_their_own_wait() -> None:
    text = """journey: cart
enter: A
steps:
  - wait: {until: B, at_most: 1 hour}
    on_timeout:
      - wait: {until: C, at_most: 2 hours}
        on_timeout: [send: reminder]
      - send: reminder
"""
    files = {**FILES, CART: text, "messages/reminder.plain.liquid": FILES["messages/reminder.warm.liquid"]}
    assert playbook_from(files).journeys["cart"].steps == (
        WaitUntil("B", HOUR, on_timeout=2),
        Goto(6),
        WaitUntil("C", 2 * HOUR, on_timeout=4),
        Goto(5),
        Send("reminder"),
        Send("reminder"),
    )


def test_a_journey_keeps_what_its_later_conditions_worths_and_templates_could_read() -> None:
    assert playbook_from(FILES).journeys["cart"].keeps == ("cart_id", "name")
    files = changed(CART, "  - send: reminder", "  - send: reminder\n    when: total > 3 AND orders = 0")
    files[MESSAGE] = files[MESSAGE].replace("0.05 * coalesce(avg_order, 40)", "0.05 * price")
    assert playbook_from(files).journeys["cart"].keeps == ("cart_id", "name", "price", "total")


def test_a_journey_keeps_the_properties_by_which_features_are_read_later() -> None:
    files = changed(CART, "  - send: reminder", "  - send: reminder\n    when: twice > 3")
    files["features.yaml"] += "twice: seen * 2\nseen: COUNT() BY item.kind\nlast_name: LAST(x) BY shop\n"
    files["messages/reminder.plain.liquid"] += "{{ last_name | default: '' }}"
    assert playbook_from(files).journeys["cart"].keeps == ("cart_id", "item.kind", "name", "shop")


def test_entries_exits_and_reentry_have_short_forms() -> None:
    files = changed(
        CART, "exit: {on: Order Completed}", "exit: [Order Completed, {on: Cart Emptied, where: value = 0}]"
    )
    files[CART] = files[CART].replace("{cooldown: 7 days}", "{cooldown: 7 days, counted_from: send}")
    journey = playbook_from(files).journeys["cart"]
    assert [each.on for each in journey.exits] == ["Order Completed", "Cart Emptied"]
    assert journey.reentry == Reentry("cooldown", WEEK, "send")
    files = changed(CART, "enter: {on: Cart Updated, where: value >= 20}", "enter: Cart Updated")
    assert playbook_from(files).journeys["cart"].enter == Watched("Cart Updated")
    files[CART] = (
        files[CART]
        .replace("enter: Cart Updated", "enter: {inactive_for: 7 days}")
        .replace("{cooldown: 7 days}", "once")
    )
    journey = playbook_from(files).journeys["cart"]
    assert journey.enter == Silence(WEEK) and journey.reentry == Reentry("once")


def test_a_message_without_variants_has_the_template_of_its_name() -> None:
    files = changed(MESSAGE, "variants: {plain: reminder.plain.liquid, warm: reminder.warm.liquid}\n", "")
    files["messages/reminder.liquid"] = files["messages/reminder.warm.liquid"]
    assert playbook_from(files).messages["reminder"].variants == ("default",)


def test_a_transactional_message_neither_obeys_nor_counts_unless_it_says_so() -> None:
    message = playbook_from(changed(MESSAGE, "marketing", "transactional")).messages["reminder"]
    assert not message.obeys and not message.counts
    message = playbook_from(changed(MESSAGE, "marketing", "transactional\nobeys: true\ncounts: true")).messages[
        "reminder"
    ]
    assert message.obeys and message.counts


WRONG = [
    (CART, "45 minutes", "-45 minutes", ":8: wait must be a positive span such as '45 minutes', not '-45 minutes'"),
    (CART, "45 minutes", "0 minutes", ":8: wait must be a positive span such as '45 minutes', not '0 minutes'"),
    (CART, "45 minutes", "soon", ":8: wait must be a positive span such as '45 minutes', not 'soon'"),
    (CART, "45 minutes", "45", ":8: wait must be a positive span such as '45 minutes', not '45'"),
    (CART, "45 minutes", "[1]", ":8: wait must be a positive span such as '45 minutes', not a list"),
    (CART, "45 minutes", "9999 weeks", ":8: wait is at most ten years, not '9999 weeks'"),
    (CART, "send: reminder", "send: remindr", ":9: there is no message 'remindr'; did you mean 'reminder'?"),
    (CART, "send: reminder", "sent: reminder", ":9: a step says what it is, such as '- wait: 45 minutes'"),
    (CART, "at_most: 1 hour", "at_most: 1 hour, sinc: now", ":10: wait has no 'sinc'; did you mean 'since'?"),
    (CART, "since: entry", "since: start", ":10: since must be now or entry, not 'start'"),
    (CART, "not_sent: end", "not_sent: stop", ":14: not_sent must be continue or end, not 'stop'"),
    (CART, "{cooldown: 7 days}", "sometimes", ":5: reentry must be while_not_active, always, once or {cooldown: 7 "),
    (CART, "value >= 20", "value >=", ":3: where: "),
    (CART, "value >= 20", "'().__class__.__bases__[0].__subclasses__()'", ":3: where: "),
    (CART, "value >= 20", "'__import__(''os'').system(''id'')'", ":3: where: "),
    (CART, "enter: {on: Cart Updated, where: value >= 20}\n", "", ":1: journeys/cart.yaml needs 'enter', such as"),
    (CART, "journey: cart", "journey: Cart!", ":1: journey must be named in lowercase letters, digits"),
    (CART, "within: 3 days, ", "", ":6: goal needs 'within', such as 'within: 7 days'"),
    (CART, "journey: cart", "journey: cart\nstesp: []", ":2: journeys/cart.yaml has no 'stesp'; did you mean 'steps'?"),
    (CART, "{on: Cart Updated, where: value >= 20}", "[a]",
     ":3: enter must be a mapping of names to values, not a list"),
    (CART, "{on: Cart Updated, where: value >= 20}", "{where: value >= 20}", ":3: enter needs 'on', such as"),
    (CART, "steps:", "stets:", ":1: journeys/cart.yaml needs 'steps', such as"),
    (CART, "- wait: 45 minutes", "- wait", ":8: a step must be a mapping of names to values, not 'wait'"),
    (CART, "on_timeout:", "on_timeout: x\n    later:", ":11: on_timeout must be a list of steps, not 'x'"),
    (CART, "wait: 45 minutes", "wait: 45 minutes\n    when: value > 1", ":9: a step has no 'when'; known: name, wait"),
    (CART, "journey: cart", "journey: [cart]", ":1: journey must be one value, not a list"),
    (MESSAGE, "[in_app, email]", "{a: b}", ":4: channels must be a list of words, such as [email, push]"),
    (MESSAGE, "channels: [in_app, email]\n", "", ":1: messages/reminder.yaml needs 'channels', such as"),
    (MESSAGE, "{plain: reminder.plain.liquid, warm: reminder.warm.liquid}", "[a]", ":7: variants must be a mapping"),
    (MESSAGE, "{plain: reminder.plain.liquid, warm: reminder.warm.liquid}", "{}", ":7: a message needs at least one"),
    (MESSAGE, "topic: cart\n", "", ":1: messages/reminder.yaml needs 'topic', such as 'topic: cart'"),
    (MAIN, "  - holdout: {share: 5%}", "  - {holdout: {share: 5%}, in_session: {}}",
     ":4: a policy is one name with its"),
    (MAIN, "holdout: {share: 5%}", "holdout: 5%", ":4: holdout takes settings such as {share: 5%}, not '5%'"),
    (MAIN, "share: 5%", "share: [5%]", ":4: share must be a share such as '5%', not a list"),
    (MAIN, "within: 7 days", "within: 7 days, channels: sms", ":6: channels must be a list, not 'sms'"),
    (MAIN, "email: {trait: email_opt_in, topics: all}", "email: {topics: all}",
     ":9: consent.email needs 'trait', such"),
    (MESSAGE, "marketing", "advert", ":2: kind must be marketing or transactional or internal, not 'advert'"),
    (MESSAGE, "marketing", "marketing\nobeys: false", ":3: obeys: false is for transactional messages only"),
    (MESSAGE, "marketing", "marketing\nobeys: no", ":3: obeys must be true or false, not 'no'"),
    (MESSAGE, "marketing", "marketing\npriority: 101", ":3: priority must be a whole number from 0 to 100, not '101'"),
    (MESSAGE, "in_app, email", "carrier_pigeon", ":4: there is no channel 'carrier_pigeon'; there are in_app, push"),
    (MESSAGE, "in_app, email", "email, email", ":4: channel 'email' stands twice; name it once"),
    (MESSAGE, "0.05 *", "0.05 +* ", ":6: worth: "),
    (MESSAGE, "reminder.warm.liquid", "reminder.wram.liquid", ":7: there is no template 'reminder.wram.liquid' beside"),
    (MESSAGE, "reminder.warm.liquid", "../../etc/passwd", ":7: there is no template '../../etc/passwd' beside"),
    (MAIN, "share: 5%", "share: 110%", ":4: share lies between 0% and 100%, not '110%'"),
    (MAIN, "at_most: 4", "at_most: 0", ":6: at_most must be a whole number >= 1, not '0'"),
    (MAIN, "at_most: 4", "at_most: -1", ":6: at_most must be a whole number >= 1, not '-1'"),
    (MAIN, "at_most: 4", "at_most: 1.5", ":6: at_most must be a whole number, not '1.5'"),
    (MAIN, "at_most: 4", 'at_most: "3"', ":6: at_most must be a whole number, not '3'"),
    (MAIN, "within: 7 days", "within: 0s", ":6: within must be a positive span such as '45 minutes', not '0s'"),
    (MAIN, ", within: 7 days", "", ":6: frequency_cap needs 'within'"),
    (MAIN, 'from: "21:00"', 'from: "25:00"', ":5: from: "),
    (MAIN, 'from: "21:00"', 'from: "21:00", zone: server', ":5: quiet_hours has no 'zone'"),
    (MAIN, 'to: "08:00"', 'to: "08:00", at_end: some', ":5: at_end must be all or one_per_topic or best, not 'some'"),
    (MAIN, 'to: "08:00"', 'to: "21:00"', ":5: quiet_hours from 21:00 to 21:00 are no time at all"),
    (MAIN, 'to: "08:00"', 'to: "08:00", channels: [emial]', ":5: quiet_hours: there is no channel 'emial'"),
    (MAIN, "holdout", "hold_out", ":4: there is no policy 'hold_out'; did you mean 'holdout'?"),
    (MAIN, "Europe/Berlin", "Europe/Berlim", ":1: there is no zone 'Europe/Berlim'; did you mean 'Europe/Berlin'?"),
    (MAIN, "Europe/Berlin", "berlin", ":1: there is no zone 'berlin'; did you mean 'Europe/Berlin'?"),
    (MAIN, "zone: Europe/Berlin\n", "", ":1: opportune.yaml needs 'zone', such as 'zone: Europe/Berlin'"),
    (MAIN, "value: EUR", "version: 2", ":2: this playbook has version 2, this build reads up to 1: upgrade it"),
    (MAIN, "in_app: always", "in_app: sometimes", ":10: in_app must be 'always' or name a trait, not 'sometimes'"),
    (MAIN, "in_app: always", "fax: always", ":10: consent has no 'fax'"),
    ("features.yaml", "COUNT_IF(event", "COUNTIF(event", ":1: orders: "),
    ("messages/reminder.plain.liquid", "{{ cart_id }}", "{{ cart_di }}",
     ":3: 'cart_di' may have no value (did you mean 'cart_id'?); write {{ cart_di | default: '...' }}"),
    ("messages/reminder.plain.liquid", "{{ cart_id }}", "{% if %}", ":3: "),
    ("messages/reminder.plain.liquid", "{{ unsubscribe_url }}", "", ":1: a marketing email needs a way out"),
    ("messages/reminder.plain.liquid", "subject: Your cart\n---\n", "", ":1: an email needs a subject"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "complaint"), WRONG, ids=lambda text: str(text)[:40])
def test_what_is_wrong_is_said_with_file_line_and_remedy(file: str, old: str, new: str, complaint: str) -> None:
    said = complaints(changed(file, old, new))
    assert any(line.startswith(f"{file}{complaint}") for line in said), said


def test_all_problems_are_told_together() -> None:
    files = changed(CART, "45 minutes", "soon")
    files[MAIN] = files[MAIN].replace("5%", "105%").replace("EUR", "EUR\nvalu: x")
    files[MESSAGE] = files[MESSAGE].replace("24 hours", "-1 day")
    files["features.yaml"] = "a: [1"
    assert {line.partition(":")[0] for line in complaints(files)} == {CART, MAIN, MESSAGE, "features.yaml"}


def test_more_than_fifty_problems_are_counted() -> None:
    files = changed(MAIN, "value: EUR\n", "".join(f"key{number}: 1\n" for number in range(60)))
    said = complaints(files)
    assert len(said) == 51 and said[-1] == "and 10 more"


def test_a_name_said_twice_is_refused_with_both_places() -> None:
    files = {**FILES, "journeys/other.yaml": FILES[CART]}
    assert complaints(files) == [
        "journeys/other.yaml:1: journey 'cart' is already defined in journeys/cart.yaml:1; use another name"
    ]


def test_a_file_nobody_reads_is_a_problem() -> None:
    assert complaints({**FILES, "journey/cart.yaml": "a: 1"}) == [
        "journey/cart.yaml: nothing reads this file; "
        "there are opportune.yaml, features.yaml, segments.yaml, events.yaml, items.yaml, "
        "journeys/, messages/ and models/"
    ]


def test_a_folder_without_a_playbook_is_not_told_file_by_file() -> None:
    assert complaints({"shop/journeys/cart.yaml": "a: 1", "recordings/a.json": "{}"}) == [
        "opportune.yaml: a playbook needs this file in its folder; it begins with 'zone: Europe/Berlin'"
    ]


@pytest.mark.parametrize("files", [{}, {"journeys/cart.yaml": ""}, {"opportune.yaml": ""}, {"opportune.yaml": "[1]"}])
def test_a_folder_without_a_playbook_says_what_is_missing(files: dict[str, str]) -> None:
    assert any(line.startswith("opportune.yaml") for line in complaints(files))


def test_two_main_files_are_a_problem() -> None:
    assert any("there is opportune.yaml as well" in line for line in complaints({**FILES, "opportune.json": "{}"}))


def test_the_same_playbook_in_json_has_the_same_hash() -> None:
    files = dict(FILES)
    for name in list(files):
        if name.endswith(".yaml"):
            loaded = yaml.load(files.pop(name), Loader=yaml.BaseLoader)
            if name == MAIN:
                loaded["policies"][2]["frequency_cap"]["at_most"] = 4
            files[name.replace(".yaml", ".json")] = json.dumps(loaded)
    assert playbook_from(files).hash == playbook_from(FILES).hash


def test_the_hash_does_not_see_order_comments_and_white_space() -> None:
    hashes = set()
    for order in list(permutations(FILES))[::500]:
        texts = {name: FILES[name] if name.endswith(".liquid") else f"# note\n\n{FILES[name]}\n# end" for name in order}
        texts[CART] = texts[CART].replace("value >= 20", "value   >=  20")
        hashes.add(playbook_from(texts).hash)
    assert hashes == {playbook_from(FILES).hash}


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [(CART, "45", "46"), (CART, "20", "21"), (MAIN, "5%", "6%"), (MAIN, "EUR", "USD"), (MESSAGE, "24", "25"),
     ("messages/reminder.warm.liquid", "Hi", "Ho"), ("features.yaml", "90", "91"), (MAIN, "all", "[cart]")],
)  # fmt: skip
def test_the_hash_sees_every_change_of_meaning(file: str, old: str, new: str) -> None:
    assert playbook_from(changed(file, old, new)).hash != playbook_from(FILES).hash


def test_a_playbook_made_in_python_is_the_one_read_from_files() -> None:
    read = playbook_from(FILES)
    features = features_from({name: each.text for name, each in read.features.items()})
    assert set(kinds(features)) == {"orders", "avg_order"}
    made = playbook_of(
        Settings(
            "Europe/Berlin",
            value="EUR",
            policies=read.policies,
            consents={"in_app": ConsentGrant(always=True), "email": ConsentGrant("email_opt_in")},
        ),
        features=features,
        journeys=read.journeys.values(),
        messages=read.messages.values(),
        templates=read.templates,
    )
    assert made.hash == read.hash and len(made.hash) == 16


def test_findings_name_what_stands_in_the_way_of_reading() -> None:
    found = findings(changed(CART, "45 minutes", "soon"))
    assert [(each.level, each.place) for each in found] == [("error", "journeys/cart.yaml:8")]
    assert "wait must be" in found[0].text


@given(st.sampled_from(sorted(FILES)), st.integers(0, 400), st.text(max_size=8))
def test_any_damage_gives_a_playbook_or_problems_with_places(file: str, place: int, damage: str) -> None:
    text = FILES[file]
    try:
        playbook_from({**FILES, file: text[:place] + damage + text[place + 3 :]})
    except PlaybookError as error:
        assert all(line.partition(":")[0] in FILES or line.startswith("and ") for line in str(error).splitlines())


def test_a_policy_without_settings_is_its_name() -> None:
    assert len(playbook_from(changed(MAIN, "in_session: {}", "in_session")).policies) == 4
    assert len(playbook_from(changed(MAIN, "in_session: {}", "in_session:")).policies) == 4


def test_a_playbook_may_have_no_policies_and_these_are_a_list() -> None:
    files = {**FILES, MAIN: "zone: UTC\nconsent: {in_app: always}\n"}
    assert playbook_from(files).policies == ()
    assert complaints({**FILES, MAIN: "zone: UTC\npolicies: {holdout: {share: 5%}}\n"}) == [
        "opportune.yaml:2: policies must be a list such as '- holdout: {share: 5%}', not a mapping"
    ]


def test_a_cap_may_count_by_the_day_or_week_of_the_user() -> None:
    cap = playbook_from(changed(MAIN, "within: 7 days", "within: week")).policies[2]
    assert isinstance(cap, FrequencyCap) and cap.within == "week"
