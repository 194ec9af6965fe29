"""What is broken, part by part, and which tests must notice: quick ones, which need no other process and no network."""

from typing import Final

from msgspec import Struct


class Part(Struct, frozen=True):
    """Modules that keep one promise together, with all tests that are asked about any of them."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]


PARTS: Final[dict[str, Part]] = {
    "caps": Part(
        tuple(f"policies/{name}.py" for name in ("frequency_cap", "minimum_gap", "fatigue", "pace", "spacing", "view")),
        (
            *("tests/unit/policies", "tests/laws/test_gates.py", "tests/laws/test_spacing.py"),
            *("tests/laws/machines/test_caps_machine.py", "tests/stories/test_caps.py", "tests/stories/test_wishes.py"),
        ),
    ),
    "quiet hours": Part(
        ("policies/quiet_hours.py", "features/local_time.py"),
        (
            *("tests/unit/features/test_local_time.py", "tests/laws/test_gates.py", "tests/laws/test_local_time.py"),
            *("tests/laws/machines/test_quiet_hours_machine.py", "tests/stories/test_quiet_hours.py"),
        ),
    ),
    "consent": Part(
        tuple(f"policies/{name}.py" for name in ("consent", "suppression", "pause")),
        (
            *("tests/unit/policies", "tests/laws/test_gates.py", "tests/laws/machines/test_consent_machine.py"),
            *("tests/stories/test_consent.py", "tests/stories/test_wishes.py"),
        ),
    ),
    "dedupe": Part(
        (
            *(f"adapters/stores/{name}.py" for name in ("ids", "id_segments", "segments", "sieve", "sieve_part")),
            "wiring/intake.py",
        ),
        (
            *("tests/unit/adapters/stores/test_ids.py", "tests/unit/adapters/stores/test_sieve.py"),
            *("tests/unit/adapters/stores/test_user_index.py", "tests/unit/wiring/test_intake.py"),
            *("tests/unit/wiring/test_shard.py", "tests/stories/test_known_users.py", "tests/contracts/test_store.py"),
            "tests/laws/machines/test_dedupe_machine.py",
        ),
    ),
    "arbitration": Part(
        tuple(
            f"policies/{name}.py"
            for name in ("arbitration", "slate", "pipeline", "deciding", "alone", "channel_choice", "decision")
        ),
        (
            *(
                "tests/unit/policies",
                "tests/laws/test_gates.py",
                "tests/laws/test_picks.py",
                "tests/laws/test_verbs.py",
            ),
            *("tests/laws/test_generated.py", "tests/laws/machines/test_arbitration_machine.py"),
            *("tests/stories/test_arbitration.py", "tests/stories/test_displacing.py", "tests/stories/test_holdout.py"),
        ),
    ),
    "sending": Part(
        tuple(
            f"sending/{name}.py"
            for name in (
                *("outbox", "claiming", "firing", "receiving", "speaking", "attempt", "receipt"),
                *("breaker", "rate_limit", "bounce", "reaction"),
            )
        ),
        (
            *("tests/unit/sending", "tests/laws/test_delivery.py", "tests/laws/machines/test_sending_machine.py"),
            *("tests/stories/test_receipts.py", "tests/stories/test_delivery.py", "tests/stories/test_in_session.py"),
            *("tests/stories/test_bounces.py", "tests/stories/test_cart.py", "tests/stories/test_quiet_hours.py"),
            *("tests/stories/test_publication.py", "tests/stories/test_win_back.py", "tests/stories/test_consent.py"),
            *("tests/unit/wiring/test_dispatcher.py", "tests/unit/test_engine.py"),
        ),
    ),
    "merge": Part(
        ("sending/merging.py", "features/merge.py", "features/sessions.py", "features/traits.py"),
        (
            *("tests/unit/features/test_merge.py", "tests/unit/features/test_sessions.py"),
            *("tests/unit/features/test_fold.py", "tests/laws/test_merge_profiles.py", "tests/laws/test_features.py"),
            *(
                "tests/laws/machines/test_merge_machine.py",
                "tests/stories/test_merge.py",
                "tests/stories/test_known_users.py",
            ),
        ),
    ),
}
EQUIVALENT: Final = "tools/mutate/equivalent.txt"
"""Mutants that nobody could tell from the true module, each with the reason on the lines below it."""
