"""The parts of the plugin, in the order of the menu."""

from __future__ import annotations

from pointsys.plugin import Parts

from .certificates import info as _certificates
from .people import info as _people
from .policies import info as _policies
from .record import info as _record
from .reports import info as _reports
from .signups import info as _signups
from .teams import info as _teams

PARTS = Parts(
    __package__,
    {
        "signups": _signups.PART,
        "people": _people.PART,
        "teams": _teams.PART,
        "record": _record.PART,
        "certificates": _certificates.PART,
        "policies": _policies.PART,
        "reports": _reports.PART,
    },
)
