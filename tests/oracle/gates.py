"""Every gate, judged by enumerating: all windows, all minutes, all instants at which a cap might free up.

``objections(...)`` answers a list of (code, until or None, policy): suppression, consent, address, deadline, then as
the playbook lists its policies.
"""

from tests.oracle import clocks, memory

CODES = {"suppression": "suppressed", "address": "no_address", "deadline": "too_late"}


def objections(user, playbook, *, message, channel, at, deadline, now, channels, own=None, without_planned=()):
    """What every gate says of this message on this channel at this instant, as of ``now``.

    ``own`` is the id of the pending decision being asked again; ``without_planned`` ids are taken as not reserved.
    """
    said = []
    if memory.is_suppressed(user, channel):
        said.append((CODES["suppression"], None, None))
    is_marketing = message["kind"] == "marketing"
    if is_marketing and not memory.has_consent(user, playbook, channel, message["topic"], now):
        said.append(("no_consent", None, None))
    if channel in memory.ADDRESS and not memory.trait(user, memory.ADDRESS[channel], now):
        said.append((CODES["address"], None, None))
    if at >= deadline:
        said.append((CODES["deadline"], None, None))
    zones = memory.zones(user, playbook, now)
    taken = [
        entry for entry in reserved(user, playbook) if entry["id"] not in (own, *without_planned) or not entry["id"]
    ]
    for policy in playbook["policies"]:
        match policy["policy"]:
            case "quiet_hours" if is_marketing and channel in channels_of(policy):
                opens = clocks.quiet_ends(at, policy["from"], policy["to"], zones)
                if opens != at:
                    said.append(("quiet_hours", opens, policy))
            case "in_session" if is_marketing:
                said += in_session(user, playbook, policy, channel=channel, at=at, now=now, channels=channels)
            case "frequency_cap" | "minimum_gap" if message["obeys"] and is_named(policy, channel, message["topic"]):
                said += cap(policy, [e["at"] for e in taken if is_counted(policy, e)], at, zones[0])
            case "fatigue" if message["obeys"]:
                said += fatigue(policy, taken, at)
    return said


def channels_of(policy):
    return policy.get("channels") or ["email", "push", "sms", "in_app"]


def is_named(policy, channel, topic):
    """Whether the policy is about this channel and topic: about all, if it names none."""
    return (not policy.get("channels") or channel in policy["channels"]) and (
        not policy.get("topics") or topic in policy["topics"]
    )


def is_counted(policy, entry):
    return entry["counts"] and is_named(policy, entry["channel"], entry["topic"])


def reserved(user, playbook):
    """Everything sent, perhaps sent, and promised."""
    return user["sent"] + user["pending"]


def in_session(user, playbook, policy, *, channel, at, now, channels):
    end = memory.session_end(user, playbook, now)
    inside = end is not None and at < end
    if inside and channel not in policy["speak_on"]:
        return [("in_session", end, policy)]
    if not inside and channel in policy["speak_on"] and len(channels) > 1:
        return [("not_in_session", None, policy)]
    return []


def most_in_a_window(instants, at, span):
    """The most of ``instants`` (``at`` among them) that a window (end - span, end] holding ``at`` has."""
    ends = [end for end in instants if at <= end < at + span]
    return max(len([x for x in instants if end - span < x <= end]) for end in ends)


def is_full(policy, instants, at, zone):
    """Whether ``at`` would be one too many."""
    if policy["policy"] == "minimum_gap":
        return most_in_a_window([*instants, at], at, policy["within"]) > 1
    if policy["within"] in ("day", "week"):
        bucket = clocks.bucket_of(at, policy["within"], zone)
        same = [x for x in instants if clocks.bucket_of(x, policy["within"], zone) == bucket]
        return len(same) + 1 > policy["at_most"]
    return most_in_a_window([*instants, at], at, policy["within"]) > policy["at_most"]


def cap(policy, instants, at, zone):
    if not is_full(policy, instants, at, zone):
        return []
    if policy["within"] in ("day", "week"):
        return [(policy["policy"], clocks.bucket_ends(at, policy["within"], zone), policy)]
    return [(policy["policy"], first_free(policy, instants, at, zone), policy)]


def first_free(policy, instants, at, zone):
    """The first instant after ``at``, among those at which a counted one leaves a window, that is not full."""
    leaving = sorted(x + policy["within"] for x in instants if x + policy["within"] > at)
    return next(x for x in leaving if not is_full(policy, instants, x, zone))


def fatigue(policy, taken, at):
    everything = [e["at"] for e in taken]
    untils = []
    if most_in_a_window([*everything, at], at, policy["within"]) > policy["at_most"]:
        untils.append(first_free(policy, everything, at, None))
    if policy.get("ignored"):
        received = [
            e
            for e in taken
            if "is_noticed" in e
            and e["channel"] in ("email", "push", "in_app")
            and at - policy["within"] < e["at"] <= at
        ]
        latest = sorted(received, key=lambda e: e["at"])[-policy["ignored"] :]
        if len(latest) == policy["ignored"] and not any(e["is_noticed"] for e in latest):
            untils.append(latest[0]["at"] + policy["within"])
    return [("fatigue", max(untils), policy)] if untils else []
