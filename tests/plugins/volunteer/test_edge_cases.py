"""Every edge case of voluntary service has its test: this table says which one, and fails when one is renamed away."""

from __future__ import annotations

from importlib import import_module

import pytest

_ATTENDANCE = "plugins.attendance"
_VOLUNTEER = "plugins.volunteer"
ROWS = {
    "double check-in": (
        f"{_ATTENDANCE}.test_keeping",
        "test_double_check_in_is_idempotent_and_two_phones_at_once_are_one_pair",
    ),
    "overlap of two activities or teams": (
        f"{_VOLUNTEER}.reports.test_figures",
        "test_overlap_in_two_teams_counts_each_minute_once_and_the_alliance_has_the_sum",
    ),
    "back-to-back": (
        f"{_VOLUNTEER}.signups.test_services",
        "test_back_to_back_shifts_do_not_clash_and_overlapping_ones_do",
    ),
    "forgotten check-out": (
        f"{_ATTENDANCE}.test_keeping",
        "test_forgotten_check_out_needs_review_six_hours_after_the_planned_end_with_0_minutes",
    ),
    "forgotten check-in": (
        f"{_ATTENDANCE}.test_keeping",
        "test_forgotten_check_in_is_on_the_list_until_somebody_supplies_the_start",
    ),
    "midnight, month and year crossing": (
        f"{_VOLUNTEER}.reports.test_figures",
        "test_service_over_midnight_is_one_person_time_and_its_minutes_go_with_their_dates",
    ),
    "end before start, more than 24 hours, future": (
        f"{_ATTENDANCE}.test_keeping",
        "test_end_at_or_before_start_and_the_future_are_refused_with_the_field_named",
    ),
    "clock skew and offline phone": (
        f"{_ATTENDANCE}.test_keeping",
        "test_clock_skew_and_an_offline_phone_keep_the_raw_stamps_and_wait_for_the_leader",
    ),
    "early arrival and overrun": ("web.test_log", "test_the_plan_clips_what_is_credited"),
    "extending the window recomputes": (
        "web.test_log",
        "test_changing_the_plan_marks_everybody_who_took_part_and_is_audited",
    ),
    "leave and return": (
        f"{_ATTENDANCE}.test_keeping",
        "test_leave_and_return_up_to_three_pairs_by_oneself_and_the_fourth_is_refused",
    ),
    "duplicate rows and the same file again": (
        "e2e.test_volunteer_scenarios",
        "test_scenario_6_excel",
    ),
    "person in two teams": (
        f"{_VOLUNTEER}.signups.test_services",
        "test_service_counts_for_the_team_chosen_at_sign_up_and_leaders_lead_its_activities",
    ),
    "staff counting their own working hours": (
        f"{_VOLUNTEER}.signups.test_services",
        "test_staff_do_not_serve_where_it_is_their_work",
    ),
    "minor": (
        f"{_VOLUNTEER}.signups.test_services",
        "test_minors_consent_and_company_are_asked_on_the_day_of_service",
    ),
    "guardian's consent withdrawn": (
        f"{_VOLUNTEER}.people.test_people",
        "test_withdrawn_consent_and_the_end_of_a_guardian_close_the_gate_from_then_on",
    ),
    "18th birthday": (
        f"{_VOLUNTEER}.people.test_eligibility",
        "test_age_is_asked_on_the_service_date_and_the_birthday_itself_counts",
    ),
    "merged people": (
        f"{_VOLUNTEER}.test_derive",
        "test_merged_people_are_one_and_unmerging_gives_each_their_own",
    ),
    "wrongly merged, twins, same name and birthday": (
        "core.test_people_merging",
        "test_people_found_different_or_merged_are_not_suggested_again",
    ),
    "correction after certificate": (
        f"{_VOLUNTEER}.certificates.test_services",
        "test_correction_after_certificate",
    ),
    "revoked certificate": (f"{_VOLUNTEER}.certificates.test_services", "test_revoked_certificate"),
    "lower total after a star": (
        f"{_VOLUNTEER}.record.test_stars",
        "test_a_lower_total_after_a_star_is_under_review_until_the_hours_are_back",
    ),
    "dissolved team": (
        f"{_VOLUNTEER}.certificates.test_services",
        "test_dissolved_team_the_successor_certifies_and_old_sessions_keep_the_old_name",
    ),
    "cancelled activity with sessions": (
        f"{_VOLUNTEER}.signups.test_services",
        "test_a_cancelled_activity_takes_every_sign_up_back_and_one_with_sessions_cannot_be_cancelled",
    ),
    "rule change in the middle of a year": (
        f"{_VOLUNTEER}.policies.test_log",
        "test_a_policy_of_a_day_to_come_changes_nothing_and_one_of_the_past_only_when_asked",
    ),
    "deletion request": (
        f"{_VOLUNTEER}.certificates.test_services",
        "test_deletion_request_keeps_the_register",
    ),
    "export to Excel": ("web.test_list_export", "test_csv_opens_in_excel_and_runs_no_formula"),
    "99.98 hours are no star": (
        f"{_VOLUNTEER}.record.test_star_rules",
        "test_99_98_hours_are_shown_as_such_and_are_no_star",
    ),
}


@pytest.mark.parametrize("row", ROWS)
def test_the_edge_case_has_its_test(row: str) -> None:
    module, name = ROWS[row]
    assert callable(getattr(import_module(f"tests.{module}"), name, None)), f"{row}: no {name} in {module}"
