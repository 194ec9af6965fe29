"""What a gate would have had to allow, in words: its setting, what it is and what it needed to be."""

from collections.abc import Callable
from typing import Final

from opportune.policies.decision import Verdict
from opportune.policies.fatigue import Fatigue
from opportune.policies.frequency_cap import FrequencyCap
from opportune.policies.minimum_gap import MinimumGap
from opportune.policies.stale import Stale
from opportune.policies.verbs import Policy
from opportune.units import DAY, HOUR, MINUTE, SECOND, Millis, in_words
from opportune.wiring.plain_words import channel_of

_OTHERWISE: Final[dict[str, str]] = {
    "quiet_hours": "it had not been quiet hours",
    "no_consent": "the user had consented",
    "suppressed": "the user's address had not been barred",
    "no_address": "an address had been known",
    "paused": "the user had not asked for a pause",
    "in_session": "the user had not been in the product",
    "not_in_session": "the user had been in the product",
    "fatigue": "the user had noticed one of the last messages, or had fewer",
    "minimum_gap": "no other message had been sent or planned for that very instant, on its way, or in the app waiting "
    "to be shown",
    "stale": "an event had been known that speaks for it",
}
"""What would have had to be otherwise where no other setting would do, by code."""
_SETTINGS: Final[dict[str, Callable[[int], str]]] = {
    "frequency_cap": lambda needs: f"the frequency cap had allowed {needs}",
    "pace": lambda needs: f"the user had asked for {needs} a week",
    "fatigue": lambda needs: f"fatigue had allowed {needs}",
    "minimum_gap": lambda needs: f"the minimum gap had been {rounded(needs)} or less",
    "stale": lambda needs: f"events as old as {rounded(needs, is_up=True)} had been new enough",
}


def otherwise(verdict: Verdict, policy: Policy | None) -> str:
    """What would have had to be otherwise for this gate not to object, as what follows 'if'."""
    said = _SETTINGS.get(verdict.code)
    if verdict.needs is None or said is None:
        return _OTHERWISE.get(verdict.code, f"{verdict.policy} had not objected")
    return said(verdict.needs) + (f" ({setting_of(policy)})" if policy is not None else "")


def setting_of(policy: Policy) -> str:
    """What the playbook says: ``it allowed 4 within 7 days``."""
    match policy:
        case FrequencyCap():
            span = f"in a {policy.within}" if isinstance(policy.within, str) else f"within {in_words(policy.within)}"
            where = f" on {', '.join(map(channel_of, policy.channels))}" if policy.channels else ""
            about = f" about {', '.join(policy.topics)}" if policy.topics else ""
            return f"it allowed {policy.at_most} {span}{where}{about}"
        case Fatigue():
            return f"it allowed {policy.at_most} within {in_words(policy.within)}"
        case MinimumGap():
            return f"it was {in_words(policy.span)}"
        case Stale():
            return f"they were to be at most {in_words(policy.older_than)} old"
        case _:
            return f"of policy {policy.name}"


def rounded(span: Millis, *, is_up: bool = False) -> str:
    """Two units at most, down or up: a limit on this side of the exact one lets it pass as well."""
    least = next((unit for limit, unit in ((2 * DAY, HOUR), (MINUTE, MINUTE)) if span >= limit), SECOND)
    whole = -(-span // least) * least if is_up else span // least * least
    largest = next((unit for unit in (DAY, HOUR, MINUTE) if whole >= unit), SECOND)
    parts = [part for part in (whole - whole % largest, whole % largest) if part]
    return " ".join(map(in_words, parts)) if parts else f"{span} ms"
