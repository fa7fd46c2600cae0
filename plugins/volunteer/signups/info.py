"""What this part adds to the plugin."""

from __future__ import annotations

from pointsys.plugin import CLEARED, HELD_ACTS, HELD_RECORD, LABEL, N_, MenuItem, Part, held, plain

# The tables belong to the site's metadata as soon as the plugin is found.
from . import models as models

PART = Part(
    views=("views", "views_plan", "views_lead", "views_own", "views_public", "views_belonging"),
    rest=("rest",),
    personal=True,
    pages=True,
    menu=(
        MenuItem(
            N_("Recruiting and sign-ups"),
            "volunteer_signups.index",
            "volunteer.signups",
            "megaphone",
            ("volunteer_signups_plan", "volunteer_signups_teams"),
        ),
    ),
    events={
        "volunteer.recruiting_planned": N_("Activity that looks for volunteers planned"),
        "volunteer.recruiting_changed": N_("What an activity asks of volunteers changed"),
        "volunteer.recruiting_state": N_("Sign-up opened, closed or cancelled"),
        "volunteer.activities_assigned": N_("Activities put into a team's charge"),
        "volunteer.slot_added": N_("Shift added"),
        "volunteer.slot_changed": N_("Places of a shift changed"),
        "volunteer.slot_removed": N_("Shift taken away"),
        "volunteer.signed_up": N_("People signed up for a shift"),
        "volunteer.signup_decided": N_("Sign-ups decided on"),
        "volunteer.signup_news_read": N_("Changes of sign-ups read"),
        "volunteer.signup_withdrawn": N_("Sign-up taken back"),
        "volunteer.signup_moved_up": N_("People moved up from the waiting list"),
    },
    held=(
        plain(
            "volunteer_activity",
            "activity_id area_id state team_id project_id category audience needs_approval hazardous min_age "
            "guardian_present insurance_required qualification on_duty_excluded sign_up_hours cancel_hours about "
            "contact series created_at changed_at reason",
        ),
        held("volunteer_activity", "created_by changed_by", HELD_ACTS, LABEL),
        plain("volunteer_slot", "id public_id activity_id role starts_at ends_at capacity taken queued"),
        held(
            "volunteer_signup",
            "slot_id person_id team_id guardian_id state place news signed_up_at changed_at",
            HELD_RECORD,
        ),
        held("volunteer_signup", "words party reason", HELD_RECORD, CLEARED),
        held("volunteer_signup", "signed_up_by changed_by", HELD_ACTS, LABEL),
        held("volunteer_signup", "changed_by_account", HELD_ACTS),
        plain("volunteer_signup", "id public_id"),
    ),
)
