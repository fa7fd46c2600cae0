"""What this part adds to the plugin."""

from __future__ import annotations

from pointsys.plugin import CLEARED, HELD_ACTS, HELD_RECORD, LABEL, N_, MenuItem, Part, held, plain

# The tables belong to the site's metadata as soon as the plugin is found.
from . import models as models

PART = Part(
    views=("views", "views_bonds", "views_own"),
    rest=("rest",),
    personal=True,
    pages=True,
    menu=(MenuItem(N_("Teams and projects"), "volunteer_teams.index", "volunteer.teams", "diagram-3"),),
    events={
        "volunteer.team_added": N_("Volunteer team founded"),
        "volunteer.team_changed": N_("Volunteer team changed"),
        "volunteer.team_dissolved": N_("Volunteer team dissolved"),
        "volunteer.member_added": N_("Somebody taken into a volunteer team"),
        "volunteer.member_changed": N_("Role in a volunteer team changed"),
        "volunteer.member_left": N_("Somebody left a volunteer team"),
        "volunteer.joining_asked": N_("Asked to join a volunteer team"),
        "volunteer.joining_refused": N_("Request to join a volunteer team refused"),
        "volunteer.joining_taken_back": N_("Request to join a volunteer team taken back"),
        "volunteer.alliance_added": N_("Volunteer alliance founded"),
        "volunteer.alliance_closed": N_("Volunteer alliance ended"),
        "volunteer.alliance_joined": N_("Team taken into an alliance"),
        "volunteer.alliance_left": N_("Team left an alliance"),
        "volunteer.project_added": N_("Volunteer project drafted"),
        "volunteer.project_changed": N_("Volunteer project changed"),
        "volunteer.project_moved": N_("Volunteer project approved, started or closed"),
    },
    held=(
        plain("volunteer_alliance", "id public_id area_id name about closed_on created_at"),
        held("volunteer_alliance", "created_by", HELD_ACTS, LABEL),
        plain(
            "volunteer_team",
            "id public_id area_id host name parent_id about open_to_join issuer_eligible organisation state "
            "founded_on dissolved_on successor_id created_at",
        ),
        # Names that stand on the organisation's own papers.
        held("volunteer_team", "head handler contact", HELD_ACTS),
        held("volunteer_team", "created_by", HELD_ACTS, LABEL),
        plain("volunteer_alliance_team", "id alliance_id team_id from_on to_on"),
        held("volunteer_member", "team_id person_id role joined_on left_on recorded_at", HELD_RECORD),
        held("volunteer_member", "recorded_by", HELD_ACTS, LABEL),
        plain("volunteer_member", "id public_id"),
        held("volunteer_joining", "team_id person_id state asked_at decided_at", HELD_RECORD),
        held("volunteer_joining", "words answer", HELD_RECORD, CLEARED),
        held("volunteer_joining", "decided_by", HELD_ACTS, LABEL),
        plain("volunteer_joining", "id public_id"),
        plain(
            "volunteer_project",
            "id public_id code team_id title category about from_on to_on state created_at",
        ),
        held("volunteer_project", "created_by", HELD_ACTS, LABEL),
    ),
)
