"""A playbook of the worlds, written down as the files of DESIGN section 5."""

from tests.laws.worlds import UNITS
from tests.oracle.conditions import sql_of
from tests.oracle.expressions import sql_of_value


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


def entry_form(enter):
    match enter:
        case {"inactive_for": span}:
            return {"inactive_for": span_text(span)}
        case {"counted": watched, "within": within}:
            often = {name: enter[name] for name in ("nth", "every") if name in enter}
            return {**watched_form(watched), **often, **({"within": span_text(within)} if within else {})}
        case {"absence": watched, "without": several, "within": within}:
            without = [watched_form(each) for each in several]
            return {**watched_form(watched), "without": without, "within": span_text(within)}
        case {"sequence": several, "within": within}:
            return {"sequence": [watched_form(each) for each in several], "within": span_text(within)}
        case {"crossing": when, "rearm": rearm}:
            return without_nothing({"when": sql_of(when), "rearm": asked(rearm)})
        case {"broadcast": (day, minutes, over)}:
            instant = f"{day} {minutes // 60:02}:{minutes % 60:02}"
            form = {"broadcast": instant, "to": asked(enter["where"]), "over": span_text(over) if over else None}
            return without_nothing(form)
        case {"every_day": days, "at": at}:
            return without_nothing({"every": days or "day", "at": at, "where": asked(enter["where"])})
    return watched_form(enter)


def journey_form(journey):
    reentry, goal = journey["reentry"], journey["goal"]
    return without_nothing(
        {
            "journey": journey["journey"],
            "key": journey["key"] or None,
            "enter": entry_form(journey["enter"]),
            "exit": [*map(watched_form, journey["exits"]), *(["goal"] if journey.get("ends_at_goal") else [])] or None,
            "reentry": reentry
            if isinstance(reentry, str)
            else {"cooldown": span_text(reentry["cooldown"]), "counted_from": reentry["from"]},
            "goal": watched_form({**goal, "within": span_text(goal["within"])}) if goal else None,
            "steps": [step_form(step) for step in journey["steps"]],
        }
    )


def asked(condition):
    return sql_of(condition) if condition else None


def several_form(several):
    return [step_form(step) for step in several]


def step_form(step):
    match step:
        case {"end": _}:
            return "end"
        case {"repeat": times}:
            inner = {"times": times, "until": asked(step["until"]), "steps": several_form(step["steps"])}
            return {"repeat": without_nothing(inner)}
        case {"until": _}:
            return until_form(step)
        case {"wait": span}:
            return {"wait": span_text(span)}
        case {"active": span}:
            return {"wait": {"for": span_text(span), "since": "active"}}
        case {"local": when}:
            return {"wait": without_nothing(when)}
        case {"branch": ways}:
            return {"branch": [way_form(way) for way in ways]}
        case {"split": name, "arms": arms}:
            forms = {
                arm: {"share": share_text(each["share"])}
                | ({"steps": several_form(each["steps"])} if each["steps"] else {})
                for arm, each in arms.items()
            }
            return {"split": name, "arms": forms}
        case {"set": made}:
            return {"set": {name: sql_of_value(each) for name, each in made.items()}}
        case {"emit": name, "properties": made}:
            said = {name: sql_of_value(each) for name, each in made.items()}
            return {"emit": name, **({"properties": said} if said else {})}
        case {"digest": span}:
            quiet = step["quiet"] and span_text(step["quiet"])
            given = {"for": span_text(span), "quiet": quiet, "collect": step["collect"] or None, "most": step["most"]}
            return {"digest": without_nothing(given)}
    silent = step["not_sent"]
    silent = several_form(silent) if isinstance(silent, list) else silent
    return without_nothing({"send": step["send"], "when": asked(step.get("when")), "not_sent": silent})


def until_form(step):
    waits = {"until": step["until"], "at_most": span_text(step["at_most"]), "since": step["since"]}
    waits |= without_nothing({"where": asked(step.get("where"))})
    late = step.get("on_timeout")
    return {"wait": waits, "on_timeout": several_form(late)} if late else {"wait": waits}


def way_form(way):
    if "otherwise" in way:
        return {"otherwise": several_form(way["otherwise"])}
    return {"when": sql_of(way["when"]), "steps": several_form(way["steps"])}


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
