"""Where each of the shared hostile inputs is tested, or why it is not; test_bad_inputs.py holds this to be complete.

Tests that read the file of shared inputs are in READERS; every input that matters is in a test of our own as well, so
that the project is tested without that file.
"""

from typing import Final

READERS: Final = {
    "unit/adapters/sources/test_http_bad_inputs.py": ("event.http", "event.order", "timestamp", "timezone"),
    "unit/adapters/channels/test_smtp_bad_inputs.py": ("email.address", "delivery"),
    "contracts/test_bad_inputs.py": ("phone",),
}
"""Tests that go through every input of these surfaces, and have tables of their own."""

SOURCES, STORES = "unit/adapters/sources/", "unit/adapters/stores/"
HERE: Final = "contracts/test_bad_inputs.py"
OWN: Final[dict[str, tuple[str, ...]]] = {
    "definition-001": ("unit/playbook/test_check.py::test_an_event_never_seen_is_a_warning_that_names_the_closest",),
    "definition-002": (
        "unit/playbook/test_check.py::test_a_step_that_goes_back_is_refused_and_one_nobody_reaches_is_a_warning",
    ),
    "definition-005": (f"{HERE}::test_a_playbook_is_refused_with_place_and_remedy",),
    "definition-007": ("stories/test_arbitration.py::test_at_equal_worth_priority_decides_and_then_the_name",),
    "definition-008": ("unit/playbook/test_yaml_nodes.py::test_a_bomb_ends_at_its_first_anchor",),
    "definition-009": ("unit/playbook/test_yaml_nodes.py::test_tags_are_refused",),
    "definition-010": ("unit/playbook/test_yaml_nodes.py::test_words_of_older_yaml_are_text",),
    "definition-011": ("unit/playbook/test_yaml_nodes.py::test_a_key_said_twice_is_refused_with_both_lines",),
    "definition-014": (f"{HERE}::test_a_condition_is_refused_with_its_reason",),
    "definition-015": (f"{HERE}::test_a_condition_is_refused_with_its_reason",),
    "definition-016": (f"{HERE}::test_a_condition_is_refused_with_its_reason",),
    "definition-017": (
        f"{HERE}::test_a_condition_is_refused_with_its_reason",
        "unit/features/test_condition.py::test_like_stays_linear_where_backtracking_would_not",
    ),
    "definition-019": ("unit/features/test_condition.py::test_hostile_names_and_texts_stay_data",),
    "definition-020": (f"{HERE}::test_a_value_that_reads_like_sql_is_a_value",),
    "definition-021": (f"{HERE}::test_a_playbook_is_refused_with_place_and_remedy",),
    "definition-022": (f"{HERE}::test_a_playbook_is_refused_with_place_and_remedy",),
    "definition-023": (
        "unit/playbook/test_reading.py::test_a_name_said_twice_is_refused_with_both_places",
        "stories/test_publication.py::test_a_run_keeps_the_steps_it_entered_with",
        "stories/test_publication.py::test_a_removed_journey_starts_nobody_and_finishes_for_those_in_it",
    ),
    "definition-025": (f"{STORES}test_sqlite.py::test_a_file_of_a_newer_release_is_refused",),
    "definition-026": (f"{HERE}::test_a_playbook_is_refused_with_place_and_remedy",),
    "definition-027": (f"{HERE}::test_a_playbook_is_refused_with_place_and_remedy",),
    "definition-030": (
        "unit/adapters/test_outbound.py::test_a_url_that_is_no_plain_target_is_refused",
        "unit/adapters/test_outbound.py::test_an_address_inside_is_refused_without_asking_for_a_name",
    ),
    "template-003": (f"{HERE}::test_a_template_is_refused_whatever_the_values",),
    "template-004": (f"{HERE}::test_a_template_is_refused_whatever_the_values",),
    "template-005": (f"{HERE}::test_a_template_is_refused_whatever_the_values",),
    "template-007": (f"{HERE}::test_a_template_is_refused_whatever_the_values",),
    "template-009": (f"{HERE}::test_a_template_is_refused_whatever_the_values",),
    "template-010": ("unit/messages/test_template.py::test_a_name_without_a_value_never_renders_blank",),
    "template-011": (
        "unit/messages/test_template.py::test_a_name_without_a_value_never_renders_blank",
        "unit/playbook/test_check.py::test_a_template_may_not_read_an_average_without_a_fallback",
    ),
    "template-015": (
        "unit/messages/test_template.py::test_a_value_is_cut_where_a_letter_ends",
        "unit/messages/test_template.py::test_marks_that_turn_the_text_around_are_left_out",
        "unit/messages/test_template.py::test_a_flag_is_not_cut_in_half",
    ),
    "template-016": (f"{HERE}::test_a_template_is_refused_whatever_the_values",),
    "template-017": ("unit/messages/test_template.py::test_only_given_values_are_in_scope",),
    "template-018": (f"{HERE}::test_a_template_is_refused_whatever_the_values",),
    "template-022": (f"{HERE}::test_a_playbook_is_refused_with_place_and_remedy",),
    "template-023": ("unit/messages/test_template.py::test_a_text_is_made_from_html_that_stands_alone",),
    "template-024": (f"{HERE}::test_a_template_is_refused_whatever_the_values",),
    "csv-003": (
        f"{SOURCES}test_rows.py::test_a_quote_that_is_never_closed_is_named_with_its_line_and_costs_little_memory",
    ),
    "csv-005": (f"{SOURCES}test_rows.py::test_a_cell_of_100_megabytes_costs_its_row_and_little_memory",),
    "csv-006": (
        f"{SOURCES}test_rows.py::test_a_formula_is_text",
        f"{HERE}::test_a_formula_that_leaves_for_a_spreadsheet_is_not_calculated",
    ),
    "csv-007": (f"{SOURCES}test_rows.py::test_what_says_nothing_is_nothing",),
    "csv-008": (
        f"{SOURCES}test_rows.py::test_the_delimiter_is_found_in_the_header",
        f"{SOURCES}test_rows.py::test_a_line_that_ends_with_cr_alone_is_a_line",
        f"{SOURCES}test_rows.py::test_doubled_quotes_and_line_ends_inside_quotes_are_text",
    ),
    "csv-009": (f"{SOURCES}test_rows.py::test_a_header_of_no_use_is_refused",),
    "csv-010": ("unit/wiring/test_importing.py::test_the_same_file_twice_adds_nothing",),
    "csv-011": ("unit/wiring/test_importing.py::test_an_import_that_is_killed_goes_on_and_adds_the_rest_once",),
    "csv-012": ("unit/events/test_instants.py::test_these_are_refused_with_place_and_reason",),
    "api_security-002": ("security/test_doors.py::test_an_admin_key_brings_no_events_and_a_write_key_makes_no_token",),
    "api_security-007": (
        f"{SOURCES}test_admin.py::test_of_a_thousand_wrong_keys_nearly_all_are_not_looked_at_and_other_addresses_are_served",
    ),
    "api_security-008": (f"{SOURCES}test_admin.py::test_a_revoked_key_is_refused_within_a_second",),
    "api_security-010": (
        "unit/adapters/test_outbound.py::test_a_name_that_changes_its_mind_leads_where_it_was_checked",
        "unit/adapters/test_outbound.py::test_a_name_that_leads_inside_is_refused",
    ),
    "api_security-012": (
        "unit/adapters/test_outbound.py::test_an_endless_answer_is_cut_and_its_status_counts",
        "unit/adapters/test_outbound.py::test_a_server_of_one_byte_at_a_time_is_cut",
    ),
    "api_security-013": (
        "unit/adapters/channels/test_webhook.py::test_a_target_that_fails_for_three_days_is_disabled_and_says_so",
    ),
    "api_security-014": (
        "unit/adapters/test_signatures.py::test_during_a_rotation_both_signatures_are_sent_and_either_is_believed",
    ),
    "api_security-015": (
        f"{SOURCES}test_hooks.py::test_a_call_without_one_of_the_headers_is_refused",
        f"{SOURCES}test_hooks.py::test_an_old_call_and_one_of_the_future_are_refused",
        f"{SOURCES}test_hooks.py::test_a_replayed_call_changes_nothing",
    ),
    "api_security-016": (f"{SOURCES}test_hooks.py::test_a_forged_bounce_is_ignored",),
    "api_security-017": (f"{SOURCES}test_unsubscribe.py::test_looking_at_the_page_withdraws_nothing",),
    "api_security-018": (f"{SOURCES}test_unsubscribe.py::test_acting_twice_is_answered_twice_and_says_the_same",),
    "api_security-019": (
        f"{SOURCES}test_unsubscribe.py::test_a_link_that_is_not_ours_acts_for_nobody",
        "unit/adapters/test_sealing.py::test_a_changed_token_does_not_open",
    ),
    "api_security-021": (
        "stories/test_erase.py::test_nothing_of_an_erased_user_is_left_in_the_file_or_its_log",
        "faults/test_kill_erasing.py::test_killed_while_a_user_is_erased_nothing_of_the_user_is_left_in_the_end",
    ),
    "api_security-022": (
        "stories/test_erase.py::test_events_of_an_erased_user_are_refused_until_the_id_is_readmitted",
    ),
    "api_security-024": ("unit/wiring/test_logs.py::test_no_address_phone_key_or_token_is_ever_written",),
    "api_security-025": ("unit/wiring/test_logs.py::test_what_is_hidden_and_what_is_not",),
    "api_security-028": (
        f"{SOURCES}test_http_protocol.py::test_a_strange_path_is_not_found",
        "security/test_doors.py::test_no_way_of_writing_a_path_leads_past_a_door",
    ),
    "ops-004": (f"{STORES}test_sqlite.py::test_a_file_has_one_owner_and_any_number_of_readers",),
    "ops-005": (
        "faults/test_disk_full.py::test_a_full_disk_ends_all_answers_and_with_room_it_goes_on_where_it_was",
        f"{STORES}test_writer.py::test_after_a_failed_write_to_the_disk_nothing_more_is_written",
    ),
    "ops-006": ("faults/test_kill.py::test_killed_at_random_moments_it_loses_nothing_and_sends_nothing_twice",),
}
OWN |= {
    "event_http-017": (f"{SOURCES}test_http_protocol.py::test_a_bomb_is_refused",),
    "event_http-018": (f"{SOURCES}test_http.py::test_a_body_that_is_no_gzip_is_refused",),
    "event_http-019": (f"{SOURCES}test_http.py::test_other_encodings_are_refused_and_the_known_ones_named",),
    "event_http-021": (
        f"{SOURCES}test_http_protocol.py::test_a_body_without_end_is_cut_off_at_the_bound_and_held_nowhere",
    ),
    "event_http-022": (
        f"{SOURCES}test_http_protocol.py::test_two_lengths_of_one_body_are_refused_and_the_connection_closed",
    ),
    "event_http-023": (f"{SOURCES}test_http.py::test_the_bounds_are_named_and_themselves_inside",),
    "event_http-024": (
        f"{SOURCES}test_http.py::test_json_may_call_itself_text_or_nothing",
        f"{SOURCES}test_http.py::test_other_types_are_refused",
    ),
    "event_order-004": (
        f"{STORES}test_ids.py::test_ids_are_known_for_the_horizon_and_in_bounded_memory",
        "stories/test_late.py::test_imported_history_starts_and_ends_nothing",
    ),
    "event_order-005": (
        "laws/test_features.py::test_every_aggregate_is_a_recomputation_over_what_has_arrived",
        "stories/test_late.py::test_a_cart_older_than_its_purchase_starts_nothing",
    ),
    "event_order-006": ("stories/test_late.py::test_a_cart_older_than_its_purchase_starts_nothing",),
    "event_order-007": ("stories/test_consent.py::test_a_withdrawal_that_comes_a_month_late_still_holds",),
    "event_order-008": ("unit/features/test_fold.py::test_last_is_the_newest_by_instant_then_by_arrival",),
    "timezone-012": (
        "unit/features/test_local_time.py::test_a_wall_time_in_a_gap_moves_forward_and_a_repeated_one_is_the_first",
    ),
    "timezone-013": ("unit/features/test_local_time.py::test_a_repeated_wall_time_comes_once",),
    "timezone-014": ("unit/features/test_local_time.py::test_both_passes_of_a_repeated_quarter_are_quiet",),
    "timezone-015": ("laws/test_local_time.py::test_no_change_of_any_clock_from_2024_to_2033_opens_the_night",),
    "timezone-016": (f"{HERE}::test_a_playbook_is_refused_with_place_and_remedy",),
    "timezone-018": ("laws/test_local_time.py::test_the_clock_reads_what_an_independent_library_reads",),
    "timezone-024": ("unit/features/test_local_time.py::test_the_offset_in_force_then_is_used",),
}
"""By id: the tests of our own that hold what is expected, under tests/."""

LEFT: Final[dict[str, str]] = {
    "phone-014": "not built: no SMS comes in; a STOP is a hook or an event of one user, and holds for that user",
    "phone-016": "not built: as phone-014; what was withdrawn is given again by an explicit Consent Given alone",
    "template-020": "not built: push goes to a target of the operator's, which knows the bounds of its provider",
    "csv-015": "load, not a reading of one row: memory is measured by benchmarks of imports",
    "api_security-003": "not built: an engine has one tenant; across users, test_inbox makes ten thousand calls",
    "llm-001": "not built: no model writes our words",
    "llm-003": "not built: no model writes our words",
    "llm-004": "not built: no model writes our words",
    "llm-005": "not built: no model writes our words",
    "llm-007": "not built: no model writes our words",
    "llm-008": "not built: no model writes our words; a value is never rendered a second time, test_template",
    "kafka-001": "not built: events come over HTTP and from files",
    "kafka-004": "not built: events come over HTTP and from files",
    "kafka-005": "not built: events come over HTTP and from files",
    "kafka-006": "not built: events come over HTTP and from files",
    "ops-007": "not built: no Redis; caps, consent and ids are in the file and nowhere else",
    "ops-010": "in part: a row that cannot be decoded is told (test_codec), a page of the file has no checksum of ours",
    "ops-011": "a machine in a small cage: overload and neighbours in tests/faults, not a reading of one input",
    "event_order-011": "load, not a reading of one event: make neighbours measures what others feel of a busy user",
}
"""By id: why no test of ours holds it today."""
