"""What this part adds to the plugin."""

from __future__ import annotations

from pointsys.plugin import HELD_ACTS, LABEL, N_, MenuItem, Part, held, plain

from ..registry.queries import acts_for_company

# The tables belong to the site's metadata as soon as the plugin is found.
from . import models as models

PART = Part(
    views=("views", "views_measures", "views_own"),
    rest=("rest",),
    pages=True,
    menu=(
        MenuItem(
            N_("Credit and lists"),
            "property_standing.index",
            "property.view",
            "award",
            also=("property_measures",),
        ),
    ),
    own_pages=(
        MenuItem(
            N_("Standing of the company"),
            "property_standing_own.index",
            "property.company",
            "award",
            when=acts_for_company,
        ),
    ),
    events={
        "property.credit_added": N_("Credit item entered"),
        "property.credit_voided": N_("Credit item voided"),
        "property.receptions_counted": N_("Reception days counted in credit files"),
        "property.listed": N_("Red and black list drawn up"),
        "property.listing_ended": N_("Red and black list ended with its round"),
        "property.measure_asked": N_("Measure asked of a company"),
        "property.measure_reported": N_("Measure reported done"),
        "property.measure_done": N_("Measure found done"),
        "property.measure_returned": N_("Measure found not done"),
        "property.measure_cancelled": N_("Measure cancelled"),
    },
    held=(
        plain(
            "property_listing",
            "id public_id area_id round_id entrant_id estate_id company_id colour in_a_row listed_on rectify_by "
            "rectified_on ended_on",
        ),
        plain(
            "property_credit_item",
            "id public_id area_id company_id estate_id listing_id source key title points serious document_no from_on "
            "to_on created_at voided_at void_reason",
        ),
        held("property_credit_item", "created_by voided_by", HELD_ACTS, LABEL),
        plain(
            "property_measure",
            "id public_id area_id company_id estate_id listing_id kind what due_on state report reported_on finding "
            "checked_on created_at",
        ),
        held("property_measure", "reported_by checked_by created_by", HELD_ACTS, LABEL),
        held("property_measure", "reported_by_account", HELD_ACTS),
    ),
)
