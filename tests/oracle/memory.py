"""All that is known of one user: a list of everything that arrived, and lists of what was done. Read by scanning."""

from datetime import UTC, datetime

from tests.oracle.conditions import truth

MINUTE = 60_000
DAY = 24 * 60 * MINUTE
LATENESS = 3 * DAY
NEVER = float("inf")
PASSIVE = {
    "Consent Given",
    "Consent Withdrawn",
    "Unsubscribed",
    "Suppressed",
    "Unsuppressed",
    "Email Bounced",
    "Email Marked as Spam",
    "Message Sent",
    "Message Failed",
    "Message Unknown",
    "Attempt Lapsed",
    "User Merged",
    "Playbook Published",
    "Email Opened",
    "Email Opened by Machine",
    "Email Link Clicked by Machine",
    "In-App Shown",
    "Identified",
    "Grouped",
    "Story Published",
    "Price Dropped",
    "Back in Stock",
    "Item Published",
}
RECEIPTS = {"Message Sent", "Message Failed", "Message Unknown", "Attempt Lapsed"}
STOPS = {"Consent Withdrawn", "Unsubscribed", "Suppressed", "Email Bounced", "Email Marked as Spam"}
ENGAGEMENTS = {
    "Email Opened": "email",
    "Email Link Clicked": "email",
    "Push Opened": "push",
    "SMS Link Clicked": "sms",
    "In-App Clicked": "in_app",
    "In-App Shown": "in_app",
}
ADDRESS = {"email": "email", "sms": "phone", "push": "push_token"}


def fresh(name):
    return {
        "user": name,
        "clock": 0,
        "seq": 0,
        "bucket": name,
        "exposed_at": None,
        "arrived": [],  # events in order of arrival; each with "is_late"
        "exits": [],  # {journey, key or None, at}: exit events that were true on arrival
        "runs": [],  # those going on
        "pasts": {},  # (journey, key) -> what was heard of and what came of it (courses.py)
        "silences": {},  # journey with a silence trigger -> the deadline that the newest activity has set
        "armed": [],  # absences: {journey, key, at, due, properties, depth}
        "goals_of_all": [],  # (journey, at): goals of no key, of a journey with keys that they end
        "answers": [],  # what they were without: {journey, key or None, at}
        "matches": {},  # (journey, key) -> {(place, at): what was kept}, of sequences
        "crossings": {},  # journey -> {holds, due}
        "standing": {},  # schedules and broadcasts: journey -> {due, place, fired}
        "sent": [],  # {at, id, channel, topic, counts, is_noticed}
        "pending": [],  # decisions that have not ended
        "consents": [],  # {channel, topic, given, is_explicit}, in order of arrival
        "suppressed": [],  # channels, or "*"
    }


def policy_of(playbook, name):
    """The one policy of this name, or None."""
    return next((policy for policy in playbook["policies"] if policy["policy"] == name), None)


def idle_of(playbook):
    policy = policy_of(playbook, "in_session")
    return policy["idle"] if policy else 30 * MINUTE


# What was stated


def newest(events):
    return max(events, key=lambda event: (event["at"], event["seq"]), default=None)


def trait(user, name, at):
    """The value stated last by (at, seq), not after ``at``."""
    stated = newest(
        [e for e in user["arrived"] if e["name"] == "Identified" and name in e["properties"] and e["at"] <= at]
    )
    return None if stated is None else stated["properties"][name]


def zones(user, playbook, at):
    """Every plausible zone, the surest first."""
    stated = trait(user, "timezone", at)
    seen = newest([e for e in user["arrived"] if "timezone" in e["context"] and e["at"] <= at])
    plausible = [zone for zone in (stated, seen and seen["context"]["timezone"]) if zone]
    return tuple(dict.fromkeys(plausible)) or (playbook["zone"],)


def condition(user, asked, playbook, *, at, properties, entry=None):
    """Whether the condition is true (R4): over what has arrived and happened not after ``at``."""
    if asked is None:
        return True

    def count(feature):
        name, span = playbook["features"][feature]
        return len([e for e in user["arrived"] if e["name"] == name and at - span < e["at"] <= at])

    def exists(name):
        return any(e["name"] == name and entry <= e["at"] <= at for e in user["arrived"])

    return (
        truth(asked, properties=properties, trait=lambda name: trait(user, name, at), count=count, exists=exists)
        is True
    )


# What the user wished


def paused_until(user, at):
    """The instant up to which the user wants to be left in peace; 0 if none is known."""
    stated = trait(user, "messages_paused_until", at)
    if isinstance(stated, str):
        try:
            read = datetime.fromisoformat(stated)
        except ValueError:
            return 0
        read = read if read.tzinfo else read.replace(tzinfo=UTC)
        return round(read.timestamp() * 1_000)
    if isinstance(stated, bool) or stated is None or stated < 0:
        return 0
    return stated * 1_000 if stated < 100_000_000_000 else stated


def most_a_week(user, at):
    """How many messages a week the user wants at most; None if no limit is known."""
    stated = trait(user, "messages_per_week", at)
    if isinstance(stated, str) and stated in [str(n) for n in range(1_001)]:
        stated = int(stated)
    is_number = isinstance(stated, (int, float)) and not isinstance(stated, bool)
    return stated if is_number and stated in range(1_001) else None


def as_a_cap(most):
    """A pace is a frequency cap on everything."""
    return {"policy": "frequency_cap", "at_most": most, "within": 7 * DAY, "channels": None, "topics": None}


# Sessions


def activity(user, until):
    """Instants at which the user was active; what is history, came too late or was emitted is no activity."""
    active = [e for e in user["arrived"] if e["name"] not in PASSIVE and not e["is_history"] and not e["is_late"]]
    return [e["at"] for e in active if e["at"] <= until and not e["id"].startswith("emit-")]


def session_end(user, playbook, at, now=None):
    """When the session that goes on at ``at`` will end if nothing more happens; None if there is none.

    ``now``: what is known by then of the time after ``at`` lengthens the session too.
    """
    idle = idle_of(playbook)
    last = max(activity(user, at), default=None)
    if last is None or at >= last + idle:
        return None
    for instant in sorted(activity(user, max(at, now or at))):
        if last <= instant < last + idle:
            last = instant
    return last + idle


# Keys, exits, untils


def key_of(event, journey):
    """The text of the key property; None if the journey is keyed and the event has none."""
    if not journey["key"]:
        return ""
    value = event["properties"].get(journey["key"])
    return None if value is None else str(value)


def is_about(event, journey, key):
    """An event without a key is about every run."""
    return key_of(event, journey) in (None, key)


def known_exit(user, journey, key, after, *, now, lateness, or_at=False):
    """Whether an exit is known after this instant (or at it too), inside lateness."""
    return any(
        seen["journey"] == journey
        and seen["key"] in (None, key)
        and now - seen["at"] < lateness
        and (seen["at"] > after or (or_at and seen["at"] == after))
        for seen in user["exits"]
    )


# Consent


def fold_consent(user, event):
    """A record for each thing the event says of consent or suppression; of one event, withdrawals come last."""
    said = event["properties"]
    words = [
        {"channel": channel, "topic": "*", "given": given, "is_explicit": False}
        for channel, given in event["context"].get("consent", {}).items()
    ]
    match event["name"]:
        case "Consent Given" | "Consent Withdrawn" as word:
            words.append(explicit(said.get("channel", "*"), said.get("topic", "*"), word == "Consent Given"))
        case "Unsubscribed":
            words.append(explicit(said.get("channel", "email"), said.get("topic", "*"), False))
    for word in sorted(words, key=lambda record: not record["given"]):
        word |= {"at": event["at"], "said": event["seq"]}
        before = [record for record in user["consents"] if scope_of(record) == scope_of(word)][-1:]
        if before and not before[0]["given"] and not word["given"]:  # it was withdrawn all the while
            word["at"] = max(word["at"], before[0]["at"])
        user["consents"].insert(place_of(word, user["consents"], event), word)
    match event["name"]:
        case "Suppressed":
            user["suppressed"].append((said.get("channel", "*"), event["at"]))
        case "Unsuppressed":
            lifted = said.get("channel")
            since = event["at"] if event["is_history"] else NEVER
            user["suppressed"] = [
                (c, at) for c, at in user["suppressed"] if (lifted is not None and c != lifted) or at >= since
            ]
        case "Email Marked as Spam":
            user["suppressed"].append(("email", event["at"]))
        case "Email Bounced" if said.get("type", "hard") == "hard":
            user["suppressed"].append(("email", event["at"]))


def place_of(word, consents, event):
    """At the end; but a grant before the first standing withdrawal that it meets and that is of a later time.

    For a grant of history one of the same time is later.
    """
    if not word["given"]:
        return len(consents)
    since = word["at"] + (not event["is_history"])
    newest = {scope_of(r): place for place, r in enumerate(consents)}
    meets = [
        place
        for (channel, topic, _), place in newest.items()
        if not consents[place]["given"] and consents[place]["at"] >= since
        if channel == word["channel"] or "*" in (channel, word["channel"])
        if topic == word["topic"] or "*" in (topic, word["topic"])
    ]
    if not meets:
        return len(consents)
    said = consents[min(meets)]["said"]  # what was said at once counts as one
    return min(place for place, record in enumerate(consents) if record["said"] == said and not record["given"])


def explicit(channel, topic, given):
    return {"channel": channel, "topic": topic, "given": given, "is_explicit": True}


def has_consent(user, playbook, channel, topic, at):
    words = [r for r in user["consents"] if r["channel"] in ("*", channel) and r["topic"] in ("*", topic)]
    if words:
        explicit = [record for record in words if record["is_explicit"]]
        is_withdrawn = bool(explicit) and not explicit[-1]["given"]
        return words[-1]["given"] and not (is_withdrawn and not words[-1]["is_explicit"])
    declared = playbook["consent"].get(channel)
    if declared == "always":
        return True
    if declared is None:
        return False
    return declared["topics"] in ("all", topic) and trait(user, declared["trait"], at) is True


def is_suppressed(user, channel):
    return any(suppressed in (channel, "*") for suppressed, _ in user["suppressed"])


def stricter(mine, other):
    """Consents of two users in one order: what still counts of each scope, grants first, so that withdrawals win."""
    newest, once = {}, object()
    for place, records in enumerate((mine, other)):
        for r in records:
            newest[*scope_of(r), place] = r
    words = [r for r in newest.values() if r["given"]]
    withdrawals = [r for r in newest.values() if not r["given"]]
    for r in withdrawals:
        same = [w["at"] for w in withdrawals if scope_of(w) == scope_of(r)]
        words.append({**r, "at": max(same), "said": once})
    return words


def scope_of(record):
    return record["channel"], record["topic"], record["is_explicit"]
