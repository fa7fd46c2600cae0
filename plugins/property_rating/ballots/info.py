"""What this part adds to the plugin."""

from __future__ import annotations

from pointsys.plugin import HELD_RECORD, N_, MenuItem, Part, held, plain

# The tables belong to the site's metadata as soon as the plugin is found.
from . import models as models
from .mixing import MIX, MIX_NEW
from .participation import LOG, SETTING, SOURCE

PART = Part(
    views=("views", "views_assist", "views_public", "views_own"),
    rest=("rest",),
    personal=True,
    pages=True,
    menu=(
        MenuItem(
            N_("Owners' ballots"),
            "property_ballots.index",
            "property.view",
            "clipboard-check",
            also=("property_ballots_assist",),
        ),
    ),
    own_pages=(MenuItem(N_("My dwellings"), "property_ballots_own.index", "property.vote", "house"),),
    settings=(SETTING,),
    jobs=(MIX_NEW, MIX, LOG),
    sources=SOURCE,
    events={
        "property.ballot_cast": N_("Ballot handed in"),
        "property.slips_made": N_("Slips with codes made"),
    },
    held=(
        held("property_voter", "person_id dwelling_id voted_on method logged", HELD_RECORD),
        plain("property_voter", "id public_id round_id entrant_id head token_hash token_on"),
        plain("property_ballot", "key entrant_id score answers"),
        plain("property_refused", "round_id day code method times"),
    ),
)
