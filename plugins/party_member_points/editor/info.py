"""What this part adds to the plugin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pointsys.plugin import HELD_ACTS, HELD_MEMBERSHIP, LABEL, N_, JobKind, Part, held, plain

# The tables belong to the site's metadata as soon as the plugin is found.
from . import models as models
from .models import TRIAL

if TYPE_CHECKING:
    from pointsys.plugin import JobRun


def _trial(run: JobRun) -> Mapping[str, object]:
    from .trial import try_draft

    return try_draft(run)


PART = Part(
    views=("views", "views_edit", "views_trial", "views_published"),
    rest=("rest",),
    events={
        "points.scheme_drafted": N_("Draft of a scoring scheme begun"),
        "points.scheme_saved": N_("Draft of a scoring scheme changed"),
        "points.scheme_submitted": N_("Draft of a scoring scheme submitted"),
        "points.scheme_taken_back": N_("Submitted scoring scheme taken back"),
        "points.scheme_returned": N_("Submitted scoring scheme returned"),
        "points.scheme_approved": N_("Scoring scheme approved"),
        "points.scheme_withdrawn": N_("Draft of a scoring scheme withdrawn"),
        "points.scheme_tried": N_("Scoring scheme tried on real data"),
    },
    jobs=(JobKind(TRIAL, N_("Dry run of a scheme"), _trial),),
    held=(
        plain(
            "points_scheme_draft",
            "id public_id area_id scheme_id title text sha256 revision state effective_from changed_at publication_id",
        ),
        plain("points_scheme_draft_event", "id draft_id act sha256 reason at"),
        held("points_scheme_draft_event", "actor", HELD_ACTS, LABEL),
        held("points_scheme_draft_event", "account_id", HELD_ACTS),
        plain(
            "points_scheme_trial",
            "id public_id draft_id sha256 period whole job people changed regraded summary computed_at",
        ),
        held("points_scheme_trial", "ordered_by", HELD_ACTS, LABEL),
        held("points_scheme_trial", "ordered_by_account", HELD_ACTS),
        held(
            "points_scheme_trial_line",
            "trial_id person_id total_before total_after moved grade_before grade_after step why",
            HELD_MEMBERSHIP,
        ),
    ),
)
