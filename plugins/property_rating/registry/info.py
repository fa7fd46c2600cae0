"""What this part adds to the plugin."""

from __future__ import annotations

from datetime import datetime

from pointsys.plugin import EXPIRES, HELD_ACTS, HELD_PASSING, LABEL, N_, MenuItem, Part, Periodic, held, plain

# The tables belong to the site's metadata as soon as the plugin is found.
from . import models as models


def _drop_old(now: datetime) -> None:
    from . import importing

    importing.drop_old(now)


PART = Part(
    views=("views", "views_dwellings", "views_companies", "views_import"),
    rest=("rest",),
    personal=True,
    jobs=(
        Periodic("property.old_sheets", N_("Sheets of estates that are a week old"), _drop_old, at="00:50"),
    ),
    menu=(
        MenuItem(
            N_("Companies and estates"),
            "property_registry.index",
            "property.view",
            "building",
            also=("property_dwellings", "property_companies", "property_import"),
        ),
    ),
    events={
        "property.company_added": N_("Property company added"),
        "property.company_changed": N_("Property company changed"),
        "property.company_closed": N_("Property company closed"),
        "property.company_reopened": N_("Property company opened again"),
        "property.account_linked": N_("Account linked to a property company"),
        "property.account_unlinked": N_("Link of an account to a property company ended"),
        "property.estate_added": N_("Estate added"),
        "property.estate_changed": N_("Estate changed"),
        "property.estate_closed": N_("Estate closed"),
        "property.estate_reopened": N_("Estate opened again"),
        "property.dwellings_added": N_("Dwellings added"),
        "property.dwellings_changed": N_("Dwellings changed"),
        "property.contract_made": N_("Contract of a property company entered"),
        "property.contract_ended": N_("Contract of a property company ends earlier"),
        "property.manager_named": N_("Manager of an estate named"),
        "property.manager_replaced": N_("Manager of an estate replaced"),
        "property.import_taken": N_("Sheet of estates brought in"),
        "property.import_applied": N_("Sheet of estates applied"),
        "property.import_dropped": N_("Sheet of estates dropped"),
        "property.import_undone": N_("Sheet of estates taken back"),
    },
    held=(
        plain("property_company", "id public_id import_id area_id uscc name phone closed_on created_at"),
        held("property_company", "created_by", HELD_ACTS, LABEL),
        plain(
            "property_estate",
            "id public_id import_id area_id name kind place households closed_on created_at",
        ),
        held("property_estate", "created_by", HELD_ACTS, LABEL),
        plain("property_building", "id public_id import_id estate_id name"),
        plain("property_dwelling", "id public_id import_id estate_id building_id number unsold closed_on"),
        plain(
            "property_contract",
            "id public_id import_id estate_id company_id from_on to_on document_no created_at",
        ),
        held("property_contract", "created_by", HELD_ACTS, LABEL),
        held("property_company_account", "account_id company_id from_on to_on linked_at", HELD_ACTS),
        held("property_company_account", "linked_by", HELD_ACTS, LABEL),
        plain("property_company_account", "id public_id"),
        plain(
            "property_manager",
            "id public_id import_id estate_id company_id name from_on to_on ended_reason created_at",
        ),
        held("property_manager", "created_by", HELD_ACTS, LABEL),
        plain("property_import", "id public_id area_id file_name state counts created_at finished_at"),
        held("property_import", "rows", HELD_PASSING, EXPIRES),
        held("property_import", "created_by", HELD_ACTS, LABEL),
    ),
)
