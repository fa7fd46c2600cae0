"""Words of ways, refusals and states of ballots, as people read them."""

from __future__ import annotations

from pointsys.plugin import N_

from . import models

METHODS = {
    models.SELF: N_("signed in by themselves"),
    models.TOKEN: N_("by slip"),
    models.PAPER: N_("paper form"),
    models.PHONE: N_("phone call"),
    models.VISIT: N_("home visit"),
}
REFUSED = {
    "bad_score": N_("answers that are none"),
    "not_owner": N_("somebody else's dwelling"),
    "not_verified": N_("ownership not checked"),
    "not_eligible": N_("not on the roll"),
    "unit_already_voted": N_("dwelling had voted"),
    "owner_already_voted": N_("owner had voted"),
    "round_closed": N_("before or after the time"),
}
