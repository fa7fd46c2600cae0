"""The parts of the plugin, in the order of the menu."""

from __future__ import annotations

from pointsys.plugin import Parts

from .asking import info as _asking
from .campaigns import info as _campaigns
from .claims import info as _claims
from .dispatch import info as _dispatch
from .reviewing import info as _reviewing
from .wall import info as _wall

PARTS = Parts(
    __package__,
    {
        "wall": _wall.PART,
        "asking": _asking.PART,
        "reviewing": _reviewing.PART,
        "claims": _claims.PART,
        "campaigns": _campaigns.PART,
        "dispatch": _dispatch.PART,
    },
)
