"""What this part adds to the plugin."""

from __future__ import annotations

from pointsys.plugin import CLEARED, HELD_ACTS, HELD_RECORD, LABEL, N_, MenuItem, Part, held, plain

from ..registry.queries import acts_for_company

# The tables belong to the site's metadata as soon as the plugin is found.
from . import models as models
from . import records as records
from .events import ACTIONS

PART = Part(
    views=("views", "views_acts", "views_draft", "views_own", "views_signatures"),
    rest=("rest",),
    personal=True,
    pages=True,
    menu=(MenuItem(N_("Rating rounds"), "property_rounds.index", "property.view", "clipboard-check"),),
    own_pages=(
        MenuItem(
            N_("My company's results"),
            "property_company.index",
            "property.company",
            "building",
            when=acts_for_company,
        ),
        MenuItem(N_("Results of my estate"), "property_company.estates", "property.vote", "bar-chart"),
    ),
    events={
        **{f"property.round_{action}": title for action, title in ACTIONS.items()},
        "property.support_entered": N_("Signature for an appeal entered"),
        "property.support_counted": N_("Signatures for an appeal compared by a second person"),
        "property.support_struck": N_("Signatures for an appeal taken out"),
    },
    held=(
        plain(
            "property_round",
            "id public_id area_id scheme_version_id title period first_on last_on per organiser kinds state opened_at "
            "collect_until computed_at round_no publicity_id final_at replaces_id reuses reason withdrawal_reason "
            "withdrawn_at created_at",
        ),
        held("property_round", "computed_by final_by created_by withdrawal_asked_by", HELD_ACTS, LABEL),
        held(
            "property_round",
            "computed_by_account final_by_account created_by_account withdrawal_asked_by_account",
            HELD_ACTS,
        ),
        plain(
            "property_entrant",
            "id public_id round_id estate_id company_id households ballots status raw score stars list_place detail "
            "document_id",
        ),
        plain("property_round_event", "id round_id no entrant_id action reason before after at"),
        held("property_round_event", "actor", HELD_ACTS, LABEL),
        held("property_round_event", "account_id", HELD_ACTS),
        plain(
            "property_rater_sheet",
            "id public_id entrant_id part rater no value evidence photos_of_id state recorded_at",
        ),
        held("property_rater_sheet", "recorded_by", HELD_ACTS, LABEL),
        held("property_rater_sheet", "recorded_by_account", HELD_ACTS),
        plain(
            "property_veto",
            "id public_id entrant_id event note document_no decided_on status state recorded_at",
        ),
        held("property_veto", "recorded_by", HELD_ACTS, LABEL),
        held("property_veto", "recorded_by_account", HELD_ACTS),
        plain("property_reply", "id public_id entrant_id words written_at"),
        held("property_reply", "written_by", HELD_ACTS, LABEL),
        held("property_reply", "written_by_account", HELD_ACTS),
        plain(
            "property_appeal",
            "id public_id entrant_id round_no side needed supporting state raised_at heard_on hearing ruled_at ruling "
            "unchanged retracted_at",
        ),
        held("property_appeal", "words retracted_why", HELD_RECORD, CLEARED),
        held("property_appeal", "raised_by ruled_by", HELD_ACTS, LABEL),
        held("property_appeal", "raised_by_account ruled_by_account", HELD_ACTS),
        held("property_appeal", "raised_by_person", HELD_RECORD),
        plain("property_appeal_support", "id public_id appeal_id joined_on method dwelling_id waits"),
        held("property_appeal_support", "person_id", HELD_RECORD),
        held("property_appeal_support", "entered_by", HELD_ACTS, LABEL),
        held("property_appeal_support", "entered_by_account", HELD_ACTS),
    ),
)
