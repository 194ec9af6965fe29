"""A playbook of the worlds, written down as the files of DESIGN section 5."""

from tests.laws.worlds import UNITS
from tests.oracle.conditions import sql_of


def span_text(span):
    """``45 minutes``; calendar units stay as they are."""
    if isinstance(span, str):
        return span
    name, length = next((name, length) for name, length in UNITS if span % length == 0)
    return f"{span // length} {name}" + ("" if span == length else "s")


def without_nothing(fields):
    return {name: value for name, value in fields.items() if value is not None}


def share_text(share):
    return f"{share / 10_000:g}%"


def files_of(playbook):
    """Path -> what the file holds (a dict for YAML, text for a template)."""
    made = {
        "opportune.yaml": {
            "zone": playbook["zone"],
            "value": playbook["value"],
            "salt": playbook["salt"],
            "lateness": span_text(playbook["lateness"]),
            "policies": [policy_form(policy) for policy in playbook["policies"]],
            "consent": playbook["consent"],
        },
        "features.yaml": {
            name: f"COUNT_IF(event = '{event}') OVER LAST '{span_text(span)}'"
            for name, (event, span) in playbook["features"].items()
        },
    }
    for journey in playbook["journeys"]:
        made[f"journeys/{journey['journey']}.yaml"] = journey_form(journey)
    for message in playbook["messages"]:
        made[f"messages/{message['message']}.yaml"] = message_form(message)
        for variant in message["variants"]:
            made[f"messages/{message['message']}.{variant}.liquid"] = (
                f"subject: {message['message']}\n---\n{variant} {{{{ unsubscribe_url }}}}\n"
            )
    return made


def policy_form(policy):
    name, given = policy["policy"], {field: value for field, value in policy.items() if field != "policy"}
    match name:
        case "holdout":
            return {"holdout": {"share": share_text(given["share"])}}
        case "arbitration":
            return {"arbitration": {"displace_margin": share_text(given["margin"])}}
        case "frequency_cap" | "fatigue":
            return {name: without_nothing({**given, "within": span_text(given["within"])})}
        case "minimum_gap":
            return {name: without_nothing({"span": span_text(given["within"]), "channels": given["channels"]})}
        case "stale":
            return {name: {**given, "older_than": span_text(given["older_than"])}}
        case "in_session":
            return {name: {**given, "idle": span_text(given["idle"])}}
    return {name: given}


def watched_form(watched):
    return without_nothing({**watched, "where": sql_of(watched["where"]) if watched.get("where") else None})


def journey_form(journey):
    enter = journey["enter"]
    reentry, goal = journey["reentry"], journey["goal"]
    return without_nothing(
        {
            "journey": journey["journey"],
            "key": journey["key"] or None,
            "enter": {"inactive_for": span_text(enter["inactive_for"])}
            if "inactive_for" in enter
            else watched_form(enter),
            "exit": [watched_form(watched) for watched in journey["exits"]] or None,
            "reentry": reentry
            if isinstance(reentry, str)
            else {"cooldown": span_text(reentry["cooldown"]), "counted_from": reentry["from"]},
            "goal": watched_form({**goal, "within": span_text(goal["within"])}) if goal else None,
            "steps": [step_form(step) for step in journey["steps"]],
        }
    )


def step_form(step):
    if "wait" in step:
        return {"wait": span_text(step["wait"])}
    if "until" in step:
        waits = {"wait": {"until": step["until"], "at_most": span_text(step["at_most"]), "since": step["since"]}}
        return {**waits, "on_timeout": [step_form(s) for s in step["on_timeout"]]} if step.get("on_timeout") else waits
    return without_nothing(
        {"send": step["send"], "when": sql_of(step["when"]) if step.get("when") else None, "not_sent": step["not_sent"]}
    )


def message_form(message):
    worth = message["worth"]
    variants = {name: f"{message['message']}.{name}.liquid" for name in message["variants"]}
    return without_nothing(
        {
            **message,
            "useful_for": span_text(message["useful_for"]),
            "variants": variants,
            "worth": None if worth is None else f"{worth / 1_000_000:g}",
        }
    )
