"""What this part adds to the plugin."""

from __future__ import annotations

from pointsys.plugin import CLEARED, HELD_ACTS, HELD_RECORD, LABEL, N_, MenuItem, Part, held, plain

# The tables belong to the site's metadata as soon as the plugin is found.
from . import models as models

PART = Part(
    views=("views", "views_own", "views_public"),
    rest=("rest",),
    personal=True,
    pages=True,
    menu=(MenuItem(N_("Reception days"), "property_reception.index", "property.view", "calendar-event"),),
    events={
        "property.reception_published": N_("Reception day published"),
        "property.reception_called_off": N_("Reception day called off"),
        "property.item_logged": N_("Item of a reception noted"),
        "property.item_solved": N_("Item of a reception called solved"),
        "property.item_unsolved": N_("Item of a reception called unsolvable"),
        "property.item_confirmed": N_("Resident agrees that an item is solved"),
        "property.item_denied": N_("Resident says that an item is not solved"),
    },
    held=(
        plain(
            "property_reception",
            "id public_id estate_id company_id on_date starts ends place manager items called_off_at "
            "called_off_reason created_at",
        ),
        held("property_reception", "created_by", HELD_ACTS, LABEL),
        held(
            "property_reception_item",
            "person_id promised_on state handled_on revisit revisited_on",
            HELD_RECORD,
        ),
        held("property_reception_item", "text", HELD_RECORD, CLEARED),
        held("property_reception_item", "logged_at handled_by_account logged_by_account", HELD_ACTS),
        held("property_reception_item", "logged_by handled_by", HELD_ACTS, LABEL),
        plain("property_reception_item", "id public_id reception_id no"),
        held("property_reception_step", "item_id action at", HELD_RECORD),
        held("property_reception_step", "note", HELD_RECORD, CLEARED),
        held("property_reception_step", "actor", HELD_ACTS, LABEL),
        held("property_reception_step", "account_id", HELD_ACTS),
        plain("property_reception_step", "id"),
    ),
)
