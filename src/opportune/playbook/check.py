"""What can be said of a playbook as a whole: what cannot work, what probably is not meant, and what to know."""

from collections.abc import Collection, Iterator

from opportune.features.age import has_age
from opportune.features.expression import Constant, Expression, Negative
from opportune.features.ledger import EVERY
from opportune.journeys.journey import Journey
from opportune.journeys.step import Call, Send
from opportune.messages.harmless import unsafe_places
from opportune.messages.message import AT_LEAST_ONCE, Message
from opportune.messages.template import MOST_SUBJECT, PROVIDED, names_needed, names_read
from opportune.playbook.causes import surely_kept
from opportune.playbook.check_arms import arm_findings
from opportune.playbook.check_capacity import capacity_findings
from opportune.playbook.check_caps import cap_findings
from opportune.playbook.check_copy import copy_findings
from opportune.playbook.check_events import event_findings, events_used
from opportune.playbook.check_items import item_findings
from opportune.playbook.check_loops import loop_findings
from opportune.playbook.check_moments import is_proposed_by_day, session_findings
from opportune.playbook.check_names import name_findings, unquoted_findings
from opportune.playbook.check_repeats import repeat_findings
from opportune.playbook.check_schemas import schema_findings
from opportune.playbook.check_send_time import send_time_findings
from opportune.playbook.check_sensitive import sensitive_findings
from opportune.playbook.check_steps import experiment_findings, step_findings
from opportune.playbook.check_triggers import trigger_findings
from opportune.playbook.check_unused import unused_findings
from opportune.playbook.check_waits import wait_findings
from opportune.playbook.check_words import word_findings
from opportune.playbook.definition import CHANNELS, Playbook
from opportune.playbook.finding import Finding, found
from opportune.playbook.problems import closest, meant
from opportune.policies.holdout import Holdout
from opportune.policies.quiet_hours import QuietHours
from opportune.policies.stale import Stale
from opportune.policies.verbs import Policy
from opportune.units import DAY, MINUTE, ONE, Instant, Millis, Scalar, in_words

__all__ = ["Finding", "check"]

_ORDER = {"error": 0, "warning": 1, "note": 2}


def check(playbook: Playbook, seen: Collection[str] = (), *, now: Instant | None = None) -> list[Finding]:
    """All findings, errors first. ``seen`` are names of events that have come in, if that is known; so is ``now``."""
    findings = [
        *_policy_findings(playbook),
        *cap_findings(playbook),
        *send_time_findings(playbook, now),
        *capacity_findings(playbook),
        *copy_findings(playbook),
        *sensitive_findings(playbook),
        *unused_findings(playbook),
        *word_findings(playbook),
        *loop_findings(playbook),
        *experiment_findings(playbook),
        *event_findings(playbook, seen),
        *name_findings(playbook),
        *unquoted_findings(playbook),
        *schema_findings(playbook),
        *item_findings(playbook, events_used(playbook)),
    ]
    for journey in playbook.journeys.values():
        findings += [*trigger_findings(playbook, journey), *step_findings(playbook, journey)]
        findings += [*repeat_findings(playbook, journey), *session_findings(playbook, journey)]
        findings += [*arm_findings(playbook, journey), *wait_findings(playbook, journey)]
        findings += [*_send_findings(playbook, journey)]
    for message in playbook.messages.values():
        findings += [*_message_findings(playbook, message), *_template_findings(playbook, message)]
    return sorted(findings, key=lambda each: (_ORDER[each.level], *_where(each.place), each.text))


def _where(place: str) -> tuple[str, int]:
    """File and line, so that line 9 comes before line 10; a place without a line is before all lines."""
    file, _, line = place.rpartition(":")
    return (file, int(line)) if file and line.isdecimal() else (place, 0)


def _policy_findings(playbook: Playbook) -> Iterator[Finding]:
    for index, policy in enumerate(playbook.policies):
        path = f"policies[{index}]"
        for channel in _channels_named(policy):
            if channel not in CHANNELS:
                text = f"{policy.name}: there is no channel {channel!r}; there are {', '.join(CHANNELS)}"
                yield found(playbook, "error", path, text)
        if policy in playbook.policies[:index]:
            yield found(playbook, "warning", path, f"{policy.name} stands here twice with the same settings; keep one")
        if isinstance(policy, Stale):
            yield from _stale_findings(playbook, policy, path)
        if isinstance(policy, Holdout) and policy.share >= ONE:
            yield found(playbook, "warning", path, "holdout: 100% holds every user out, so nobody ever hears anything")
        if isinstance(policy, QuietHours) and policy.start == policy.end:
            yield found(playbook, "error", path, f"quiet_hours from {policy.start} to {policy.end} are no time at all")


def _stale_findings(playbook: Playbook, policy: Stale, path: str) -> Iterator[Finding]:
    features = playbook.features
    for name in policy.features:
        if name not in features:
            yield found(playbook, "error", path, f"stale: there is no feature {name!r}; {meant(name, features)}")
        elif not has_age(features[name], features):
            text = f"stale: feature {name!r} reads no events, so it is never stale or new; name one that does"
            yield found(playbook, "error", path, text)
    for name in policy.messages:
        if name not in playbook.messages:
            text = f"stale: there is no message {name!r}; {meant(name, playbook.messages)}"
            yield found(playbook, "error", path, text)


def _channels_named(policy: Policy) -> tuple[str, ...]:
    named: tuple[str, ...] = ()
    for field in ("channels", "speak_on"):
        value = getattr(policy, field, ())
        named += value if isinstance(value, tuple) else ()
    return named


def _send_findings(playbook: Playbook, journey: Journey) -> Iterator[Finding]:
    for index, step in enumerate(journey.steps):
        if isinstance(step, Send):
            text = _unfit(playbook, step)
            if text:
                yield found(playbook, "error", f"journeys.{journey.name}.steps[{index}]", text)


def _unfit(playbook: Playbook, step: Send) -> str:
    """Why the message that a step names cannot be said there; empty if it can."""
    name, message = step.message, playbook.messages.get(step.message)
    if message is None:
        return f"there is no message {name!r}; {meant(name, playbook.messages)}"
    if isinstance(step, Call) and message.kind != "internal":
        return f"call is for messages of kind internal, and {name!r} is {message.kind}; write 'send: {name}'"
    if not isinstance(step, Call) and message.kind == "internal":
        return f"{name!r} is internal, no user hears of it; write 'call: {name}'"
    return ""


def _message_findings(playbook: Playbook, message: Message) -> Iterator[Finding]:
    path = f"messages.{message.name}"
    for channel in message.channels:
        if channel not in CHANNELS:
            text = f"there is no channel {channel!r}; there are {', '.join(CHANNELS)}"
            yield found(playbook, "error", path, text)
    if not message.channels:
        yield found(playbook, "error", path, f"a message needs a channel; there are {', '.join(CHANNELS)}")
    for variant in message.variants:
        if (message.name, variant) not in playbook.templates:
            yield found(playbook, "error", path, f"variant {variant!r} has no template; give it one or remove it")
    if not any(_sends(playbook, journey, message) for journey in playbook.journeys.values()):
        yield found(playbook, "note", path, f"no journey sends {message.name!r}; only who asks for it gets it")
    if message.kind == "internal":
        return
    if message.kind == "transactional":
        bound = "quiet hours and consent" if message.obeys else "quiet hours, consent, caps, gaps and fatigue"
        yield found(playbook, "note", path, f"{message.name!r} is transactional and passes {bound}")
        return
    if not message.obeys:
        text = "obeys: false is for transactional messages only; marketing keeps to caps and gaps"
        yield found(playbook, "error", path, text)
    if message.delivery == "at_least_once":
        yield found(playbook, "error", path, AT_LEAST_ONCE)
    if message.worth is not None and isinstance(value := _constant(message.worth), int | float) and value <= 0:
        text = f"worth is {value}, and silence is worth 0, so it is never said; let it be worth more"
        yield found(playbook, "warning", path, text)
    yield from _consent_findings(playbook, message)
    quiet = _quiet_everywhere(playbook, message)
    if quiet >= message.useful_for and not is_proposed_by_day(playbook, message):
        text = (
            f"it is useful for {in_words(message.useful_for)} but quiet hours last {in_words(quiet)} on all of its "
            "channels; proposed early in them it is always dropped, so let it be useful for longer"
        )
        yield found(playbook, "warning", path, text)


def _constant(expression: Expression) -> Scalar:
    """The value that is written out; None if it is calculated."""
    match expression.node:
        case Constant(value):
            return value
        case Negative(Constant(int() | float() as value)):
            return -value
        case _:
            return None


def _sends(playbook: Playbook, journey: Journey, message: Message) -> bool:
    """Whether the journey names the message, or one that is not there and is most like it: that is said once."""
    named = {step.message for step in journey.steps if isinstance(step, Send)}
    if message.name in named:
        return True
    return any(closest(name, playbook.messages) == message.name for name in named if name not in playbook.messages)


def _consent_findings(playbook: Playbook, message: Message) -> Iterator[Finding]:
    for channel in message.channels:
        grant = playbook.consents.get(channel)
        if grant and (grant.always or EVERY in grant.topics or message.topic in grant.topics):
            continue
        text = (
            f"nothing in the playbook grants consent to topic {message.topic!r} on {channel}; only users with a "
            f"Consent Given event get it there, unless 'consent: {{{channel}: {{trait: ..., topics: ...}}}}' says more"
        )
        yield found(playbook, "warning", f"messages.{message.name}", text)


def _quiet_everywhere(playbook: Playbook, message: Message) -> Millis:
    """How long quiet hours last that bind the message on each of its channels; 0 if some channel is free of them."""
    quiet = [each for each in playbook.policies if isinstance(each, QuietHours)]
    longest = [
        max((_length(each) for each in quiet if each.binds(message, channel)), default=0)
        for channel in message.channels
    ]
    return min(longest, default=0)


def _length(quiet: QuietHours) -> Millis:
    return (quiet.end.minutes - quiet.start.minutes) * MINUTE % DAY


def _template_findings(playbook: Playbook, message: Message) -> Iterator[Finding]:
    """Names that may have no value where a template cannot do without one, and values where they are not safe."""
    keys = {journey.key for journey in playbook.journeys.values() if _sends(playbook, journey, message)}
    sure = {*PROVIDED, *_always_known(playbook), *_always_kept(playbook, message)} | (keys if len(keys) == 1 else set())
    for variant in message.variants:
        template = playbook.templates.get((message.name, variant))
        if template is None:
            continue
        place = template.file or f"templates.{message.name}.{variant}"
        if len(template.subject) > MOST_SUBJECT and "{" not in template.subject:
            text = f"a subject is cut behind {MOST_SUBJECT} characters, and this one has {len(template.subject)}"
            yield Finding("warning", f"{place}:{template.subject_line}", text)
        if "email" in message.channels and not template.subject:
            yield Finding("error", f"{place}:1", "an email needs a subject: begin with 'subject: ...' and a line '---'")
        if (
            message.kind == "marketing"
            and "email" in message.channels
            and "unsubscribe_url" not in names_read(template)
        ):
            text = "a marketing email needs a way out: write {{ unsubscribe_url }} somewhere"
            yield Finding("error", f"{place}:1", text)
        for line, text in unsafe_places(template.html):
            yield Finding("warning", f"{place}:{template.html_line + line}", text)
        for name, line in names_needed(template).items():
            if name not in sure:
                yield Finding("error", f"{place}:{line}", _remedy(name, sure | names_known(playbook)))


def names_known(playbook: Playbook) -> set[str]:
    """Names that something in the playbook speaks of: features, kept properties, consent traits, what hosts give."""
    kept = {name for journey in playbook.journeys.values() for name in journey.keeps}
    traits = {grant.trait for grant in playbook.consents.values() if grant.trait}
    return {*playbook.features, *kept, *traits, *PROVIDED}


def _always_kept(playbook: Playbook, message: Message) -> set[str]:
    """What every run that sends the message has made on its way."""
    kept = [
        surely_kept(journey, place)
        for journey in playbook.journeys.values()
        for place, step in enumerate(journey.steps)
        if isinstance(step, Send) and step.message == message.name
    ]
    return set.intersection(*kept) if kept else set()


def _always_known(playbook: Playbook) -> set[str]:
    """Features that always have a value: counts."""
    return {name for name, each in playbook.features.items() if each.aggregate and each.aggregate.function == "count"}


def _remedy(name: str, known: set[str]) -> str:
    close = meant(name, known - {name})
    hint = f" ({close})" if close.startswith("did you mean") else ""
    return (
        f"{name!r} may have no value{hint}; write {{{{ {name} | default: '...' }}}} or ask {{% if {name} %}} first, "
        "for nothing is sent with a blank in it"
    )
