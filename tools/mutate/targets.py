"""What is broken, part by part, and which tests must notice: quick ones, which need no other process and no network."""

from typing import Final

from msgspec import Struct


class Part(Struct, frozen=True):
    """Modules that keep one promise together, with all tests that are asked about any of them."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]


def _part(folder: str, modules: str, *tests: str) -> Part:
    return Part(tuple(f"{folder}/{name}.py" for name in modules.split()), tuple(f"tests/{each}" for each in tests))


def _and(part: Part, *modules: str) -> Part:
    return Part((*part.modules, *modules), part.tests)


PARTS: Final[dict[str, Part]] = {
    "caps": _part(
        "policies",
        "frequency_cap minimum_gap fatigue pace spacing view",
        "unit/policies",
        "laws/test_gates.py",
        "laws/test_spacing.py",
        "laws/machines/test_caps_machine.py",
        "stories/test_caps.py",
        "stories/test_wishes.py",
    ),
    "quiet hours": _and(
        _part(
            "policies",
            "quiet_hours queue",
            "unit/policies/test_quiet_hours.py",
            "unit/policies/test_queue.py",
            "unit/features/test_local_time.py",
            "unit/features/test_local_time_more.py",
            "unit/features/test_local_time_open.py",
            "unit/features/test_local_time_trouble.py",
            "laws/test_gates.py",
            "laws/test_local_time.py",
            "laws/machines/test_quiet_hours_machine.py",
            "stories/test_quiet_hours.py",
            "stories/test_quiet_hours_end.py",
        ),
        "features/local_time.py",
    ),
    "consent": _part(
        "policies",
        "consent suppression pause",
        "unit/policies",
        "laws/test_gates.py",
        "laws/machines/test_consent_machine.py",
        "stories/test_consent.py",
        "stories/test_wishes.py",
    ),
    "dedupe": _and(
        _part(
            "adapters/stores",
            "ids id_segments segments sieve sieve_part",
            "unit/adapters/stores/test_ids.py",
            "unit/adapters/stores/test_id_segments.py",
            "unit/adapters/stores/test_ids_known.py",
            "unit/adapters/stores/test_sieve_part.py",
            "unit/adapters/stores/test_sieve.py",
            "unit/adapters/stores/test_user_index.py",
            "unit/wiring/test_intake.py",
            "unit/wiring/test_intake_more.py",
            "unit/wiring/test_shard.py",
            "laws/machines/test_dedupe_machine.py",
            "contracts/test_store.py",
            "stories/test_known_users.py",
        ),
        "wiring/intake.py",
    ),
    "arbitration": _part(
        "policies",
        "arbitration slate pipeline deciding alone channel_choice decision",
        "unit/policies",
        "unit/sending/test_outbox.py",
        "laws/test_gates.py",
        "laws/test_picks.py",
        "laws/test_verbs.py",
        "laws/test_generated.py",
        "laws/machines/test_arbitration_machine.py",
        "stories/test_arbitration.py",
        "stories/test_displacing.py",
        "stories/test_holdout.py",
        "stories/test_in_session.py",
        "stories/test_receipts.py",
        "stories/test_quiet_hours.py",
        "stories/test_toy_policy.py",
        "stories/test_consent.py",
    ),
    "sending": _part(
        "sending",
        "outbox claiming firing receiving speaking attempt receipt breaker rate_limit bounce reaction",
        "unit/sending",
        "unit/test_engine.py",
        "unit/wiring/test_dispatcher.py",
        "laws/test_delivery.py",
        "laws/machines/test_sending_machine.py",
        "stories/test_receipts.py",
        "stories/test_delivery.py",
        "stories/test_in_session.py",
        "stories/test_bounces.py",
        "stories/test_cart.py",
        "stories/test_quiet_hours.py",
        "stories/test_publication.py",
        "stories/test_win_back.py",
        "stories/test_arbitration.py",
        "stories/test_displacing.py",
        "stories/test_consent.py",
        "stories/test_context.py",
        "stories/test_late.py",
        "stories/test_merge.py",
        "unit/wiring/test_shard.py",
        "laws/machines/test_arbitration_machine.py",
    ),
    "merge": _and(
        _part(
            "sending",
            "merging",
            "unit/sending/test_merging.py",
            "unit/sending/test_merging_more.py",
            "unit/features/test_merge.py",
            "unit/features/test_merge_more.py",
            "unit/features/test_sessions.py",
            "unit/features/test_sessions_more.py",
            "unit/features/test_traits.py",
            "unit/features/test_fold.py",
            "laws/test_merge_profiles.py",
            "laws/test_features.py",
            "laws/machines/test_merge_machine.py",
            "stories/test_merge.py",
            "stories/test_known_users.py",
            "stories/test_holdout.py",
            "stories/test_win_back.py",
        ),
        "features/merge.py",
        "features/sessions.py",
        "features/traits.py",
    ),
}
EQUIVALENT: Final = "tools/mutate/equivalent.txt"
"""Mutants that nobody could tell from the true module, each with the reason on the lines below it."""
