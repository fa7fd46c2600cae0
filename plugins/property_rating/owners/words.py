"""How ownership was checked, as people read it."""

from __future__ import annotations

from pointsys.plugin import N_

METHODS = {
    "certificate": N_("certificate of ownership seen"),
    "contract": N_("contract of purchase seen"),
    "register": N_("read in the register"),
    "visit": N_("known from a visit"),
}
