"""What this part adds to the plugin."""

from __future__ import annotations

from datetime import datetime

from pointsys.plugin import (
    CLEARED,
    HELD_ACTS,
    HELD_RECORD,
    LABEL,
    N_,
    MenuItem,
    Part,
    Periodic,
    Setting,
    held,
    plain,
)

# The tables belong to the site's metadata as soon as the plugin is found.
from . import models as models
from .evaluations import DAYS, DEFAULT_DAYS
from .objecting import SUBJECTS


def _begin_due(now: datetime) -> None:
    """Profiles of stars that begin today."""
    from .publishing_profiles import begin_due

    begin_due(now)


PART = Part(
    views=("views", "views_awards", "views_sessions", "views_people", "views_own"),
    rest=("rest",),
    menu=(MenuItem(N_("Stars and records"), "volunteer_record.index", "volunteer.view", "star"),),
    notices=(MenuItem(N_("Publish the star list"), "volunteer_record.preview", "publicity.publish", "star"),),
    events={
        "volunteer.stars_decided": N_("Stars given, kept or taken back"),
        "volunteer.star_profile": N_("Profile of stars published"),
        "volunteer.commended": N_("Commendation recorded"),
        "volunteer.commendation_voided": N_("Commendation voided"),
        "volunteer.evaluated": N_("Session evaluated"),
        "volunteer.evidence": N_("Evidence added to a dispute or complaint"),
    },
    settings=(Setting(DAYS, N_("Days in which a session can be evaluated"), DEFAULT_DAYS),),
    jobs=(Periodic("volunteer.star_profiles", N_("Profiles of stars that begin"), _begin_due, at="00:20"),),
    objection_subjects=SUBJECTS,
    personal=True,
    pages=True,
    commands="cli",
    held=(
        plain("volunteer_star_profile", "id area_id code version title rules used valid_from created_at"),
        held("volunteer_star_profile", "created_by", HELD_ACTS, LABEL),
        held("volunteer_star_profile", "created_by_account", HELD_ACTS),
        held(
            "volunteer_star_award",
            "person_id profile version period level title needed klass state reached_on awarded_on kept_minutes",
            HELD_RECORD,
        ),
        plain("volunteer_star_award", "id public_id"),
        held("volunteer_star_event", "award_id what minutes at", HELD_RECORD),
        held("volunteer_star_event", "reason", HELD_RECORD, CLEARED),
        held("volunteer_star_event", "actor", HELD_ACTS, LABEL),
        held("volunteer_star_event", "account_id", HELD_ACTS),
        plain("volunteer_star_event", "id"),
        held("volunteer_award", "person_id level awarded_on state recorded_at", HELD_RECORD),
        held("volunteer_award", "title awarded_by document_no note void_reason", HELD_RECORD, CLEARED),
        held("volunteer_award", "recorded_by", HELD_ACTS, LABEL),
        held("volunteer_award", "recorded_by_account", HELD_ACTS),
        plain("volunteer_award", "id public_id area_id"),
        held("volunteer_evaluation", "entry_id person_id side rater rater_person_id score at", HELD_RECORD),
        held("volunteer_evaluation", "rater_name words", HELD_RECORD, CLEARED),
        held("volunteer_evaluation", "recorded_by", HELD_ACTS, LABEL),
        held("volunteer_evaluation", "recorded_by_account", HELD_ACTS),
        plain("volunteer_evaluation", "id public_id area_id"),
        held("volunteer_evidence", "objection_id objector person_id at", HELD_RECORD),
        held("volunteer_evidence", "words", HELD_RECORD, CLEARED),
        held("volunteer_evidence", "actor", HELD_ACTS, LABEL),
        held("volunteer_evidence", "account_id", HELD_ACTS),
        plain("volunteer_evidence", "id"),
    ),
)
