"""Every gate, judged by enumerating: all windows, all minutes, all instants at which a cap might free up.

``objections(...)`` answers a list of (code, until or None, policy): suppression, consent, pause, pace, address,
deadline, then as the playbook lists its policies.
"""

from tests.oracle import addresses, clocks, memory

ATTEMPT = 2 * memory.MINUTE
REPEATING = 23 * 60 * memory.MINUTE
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
    zones = memory.zones(user, playbook, now)
    beside = (own, *without_planned, *(rivals(user, playbook, message, channel, at, zones) if is_marketing else ()))
    taken = [entry for entry in reserved(user) if entry["id"] not in beside or not entry["id"]]
    if is_marketing:
        said += wishes(user, taken, at, now)
    field = memory.ADDRESS.get(channel)
    if field and not addresses.is_reached(channel, memory.trait(user, field, now)):
        said.append((CODES["address"], None, None))
    if at >= deadline:
        said.append((CODES["deadline"], None, None))
    for policy in playbook["policies"]:
        match policy["policy"]:
            case "quiet_hours" if is_marketing and channel in channels_of(policy):
                opens = clocks.quiet_ends(at, policy["from"], policy["to"], zones)
                if opens != at:
                    said.append(("quiet_hours", opens, policy))
            case "in_session" if is_marketing:
                said += in_session(user, playbook, policy, channel=channel, at=at, now=now, channels=channels)
            case "frequency_cap" | "minimum_gap" if message["obeys"] and is_named(policy, channel, message["topic"]):
                said += cap(policy, taken, at, zones[0])
            case "fatigue" if message["obeys"]:
                said += fatigue(policy, taken, at)
            case "stale" if message["message"] in policy["messages"] or (is_marketing and not policy["messages"]):
                if any(is_stale(user, playbook, name, policy["older_than"], now) for name in policy["features"]):
                    said.append(("stale", None, policy))
    return said


def rivals(user, playbook, message, channel, at, zones):
    """Ids of the planned decisions of which none goes if this one does: they wait for the same end of a night."""
    found = []
    for policy in nights(playbook, channel):
        opens = clocks.quiet_ends(at, policy["from"], policy["to"], zones)
        if opens is not None and is_end(policy, opens, zones):
            found += [
                entry["id"]
                for entry in user["pending"]
                if (entry["state"], entry["at"], entry["message"]["kind"]) == ("planned", opens, "marketing")
                and entry["channel"] in channels_of(policy)
                and group_of(policy, entry["topic"]) == group_of(policy, message["topic"])
            ]
    return found


def nights(playbook, channel):
    """The quiet hours on this channel at whose end not everything goes."""
    return [
        policy
        for policy in playbook["policies"]
        if policy["policy"] == "quiet_hours" and policy.get("at_end", "all") != "all" and channel in channels_of(policy)
    ]


def is_end(policy, at, zones):
    """Whether these quiet hours end at this very instant."""
    before, now = (clocks.is_quiet(each, policy["from"], policy["to"], zones) for each in (at - 1, at))
    return before and not now


def group_of(policy, topic):
    return topic if policy["at_end"] == "one_per_topic" else "everything"


def is_stale(user, playbook, feature, older_than, now):
    """Whether none of the events that the feature counts is of the last while, however long its own span is."""
    name, _ = playbook["features"][feature]
    return not any(e["name"] == name and now - older_than <= e["at"] <= now for e in user["arrived"])


def wishes(user, taken, at, now):
    """The pause and the pace that the user asked for."""
    said, until = [], memory.paused_until(user, now)
    if at < until:
        said.append(("paused", until, None))
    most = memory.most_a_week(user, now)
    if most == 0:
        said.append(("pace", None, None))
    elif most is not None:
        said += [("pace", free, policy) for _, free, policy in cap(memory.as_a_cap(most), taken, at, None)]
    return said


def channels_of(policy):
    return policy.get("channels") or ["email", "push", "sms", "in_app"]


def is_named(policy, channel, topic):
    """Whether the policy is about this channel and topic: about all, if it names none."""
    return (not policy.get("channels") or channel in policy["channels"]) and (
        not policy.get("topics") or topic in policy["topics"]
    )


def is_counted(policy, entry):
    if policy["policy"] == "fatigue":
        return True
    return entry["counts"] and is_named(policy, entry["channel"], entry["topic"])


def reserved(user):
    """Everything sent, perhaps sent, and promised."""
    return user["sent"] + user["pending"]


def stretch(entry):
    """(first, last) instant at which it reached the user, or still may."""
    match entry.get("state"):
        case "claimed" if entry["may_repeat"]:
            return entry["at"], min(entry["at"] + REPEATING, entry["deadline"]) + memory.MINUTE
        case "claimed":
            return entry["at"], entry["at"] + ATTEMPT
        case "shown_awaited":
            return entry["at"], entry["session_end"]
        case _:
            return entry["at"], entry["at"]


def in_session(user, playbook, policy, *, channel, at, now, channels):
    end = memory.session_end(user, playbook, now)
    inside = end is not None and at < end
    if inside and channel not in policy["speak_on"]:
        return [("in_session", end, policy)]
    if not inside and channel in policy["speak_on"] and len(channels) > 1:
        return [("not_in_session", None, policy)]
    return []


def most_in_a_window(stretches, at, span):
    """The most of ``stretches`` (``at`` among them) that may lie in one window (end - span, end] holding ``at``."""
    ends = [at, *(first for first, _ in stretches if at <= first < at + span)]
    return max(len(in_window(stretches, end, span)) for end in ends)


def in_window(stretches, end, span):
    return [(first, last) for first, last in stretches if first <= end and last > end - span]


def in_bucket(stretches, at, unit, zone):
    """Those that may lie in the same local day or week as ``at``."""
    bucket = clocks.bucket_of(at, unit, zone)
    return [
        (first, last)
        for first, last in stretches
        if clocks.bucket_of(first, unit, zone) <= bucket <= clocks.bucket_of(last, unit, zone)
    ]


def is_full(policy, stretches, at, zone):
    """Whether ``at`` would be one too many."""
    most, within = policy.get("at_most", 1), policy["within"]
    if within in ("day", "week"):
        return len(in_bucket(stretches, at, within, zone)) + 1 > most
    return most_in_a_window([*stretches, (at, at)], at, within) > most


def shares_a_full_window(policy, entry, taken, at, zone):
    """Whether ``entry`` may lie, with ``at``, in a window or bucket that is full with both; ``taken``: all others."""
    if not is_counted(policy, entry):
        return False
    mine, within = stretch(entry), policy["within"]
    stretches = [mine, *(stretch(each) for each in taken if is_counted(policy, each))]
    if within in ("day", "week"):
        return is_full(policy, stretches, at, zone) and bool(in_bucket([mine], at, within, zone))
    ends = [at, *(first for first, _ in stretches if at <= first < at + within)]
    return any(
        bool(in_window([mine], end, within)) and len(in_window(stretches, end, within)) + 1 > policy.get("at_most", 1)
        for end in ends
    )


def cap(policy, taken, at, zone):
    stretches = [stretch(entry) for entry in taken if is_counted(policy, entry)]
    if not is_full(policy, stretches, at, zone):
        return []
    if policy["within"] in ("day", "week"):
        return [(policy["policy"], clocks.bucket_ends(at, policy["within"], zone), policy)]
    return [(policy["policy"], first_free(policy, stretches, at, zone), policy)]


def first_free(policy, stretches, at, zone):
    """The first instant after ``at``, among those at which a counted one leaves a window, that is not full."""
    leaving = sorted(last + policy["within"] for _, last in stretches if last + policy["within"] > at)
    return next(x for x in leaving if not is_full(policy, stretches, x, zone))


def fatigue(policy, taken, at):
    untils = [until for _, until, _ in cap(policy, taken, at, None)]
    if policy.get("ignored"):
        received = [
            e
            for e in taken
            if "is_noticed" in e
            and e["channel"] in ("email", "push", "in_app")
            and at - policy["within"] < e["at"] <= at
        ]
        latest = sorted(received, key=lambda e: (e["at"], e.get("id") or ""))[-policy["ignored"] :]
        if len(latest) == policy["ignored"] and not any(e["is_noticed"] for e in latest):
            untils.append(latest[0]["at"] + policy["within"])
    return [("fatigue", max(untils), policy)] if untils else []
