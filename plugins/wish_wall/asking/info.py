"""What this part adds to the plugin: making wishes, households, and the settings and events of all parts."""

from __future__ import annotations

from pointsys.plugin import N_, Part, plain

from ..events import EVENTS
from ..settings import SETTINGS

# The tables belong to the site's metadata as soon as the plugin is found.
from . import models as models

PART = Part(
    personal=True,
    pages=True,
    views=("views", "views_own"),
    rest=("rest",),
    events={
        **EVENTS,
        "wishes.household_added": N_("Household noted"),
        "wishes.household_joined": N_("People taken into a household"),
        "wishes.household_left": N_("Somebody of a household no more"),
    },
    settings=SETTINGS,
    held=(plain("wishes_counter", "key last"),),
)
