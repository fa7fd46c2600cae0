"""What this part adds to the plugin."""

from __future__ import annotations

from pointsys.plugin import HELD_ACTS, LABEL, Part, held, plain

# The tables belong to the site's metadata as soon as the plugin is found.
from . import models as models

PART = Part(
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
            "property_manager", "id public_id estate_id company_id name from_on to_on ended_reason created_at"
        ),
        held("property_manager", "created_by", HELD_ACTS, LABEL),
        plain("property_import", "id public_id area_id file_name state rows counts created_at finished_at"),
        held("property_import", "created_by", HELD_ACTS, LABEL),
    ),
)
