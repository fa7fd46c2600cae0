"""Words about personal data that several pages need: the lines of the register, and a notice ready to be shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session

from pointsys.core.areas.models import Area
from pointsys.core.documents.participation import issuer, issuing_area
from pointsys.core.people import consent
from pointsys.core.privacy.held import BASES, LEVELS
from pointsys.core.privacy.notices import Notice
from pointsys.core.privacy.register import groups_held
from pointsys.kit.problems import N_

CONSENT_TITLES = {
    consent.NOTICE: N_("Has been told how the data is used"),
    consent.RANKING: N_("Agrees to stand on public rankings"),
    consent.SHARING: N_("Agrees that the data is handed on to partners named in the notice"),
    consent.SENSITIVE: N_("Agrees that phone and ID number are kept"),
    consent.GUARDIAN: N_("A guardian agrees that the child takes part"),
}


def held_lines() -> list[dict[str, object]]:
    """The register's groups in the reader's language, as a notice freezes them."""
    return [
        {
            "title": gettext(group.title),
            "purpose": gettext(group.purpose),
            "basis": gettext(BASES[group.basis]),
            "retention": gettext(group.retention),
            "level": gettext(LEVELS[group.level]),
            "sensitive": group.level != "general",
            "optional": group.optional,
        }
        for group in groups_held()
    ]


def notice_content(session: Session, notice: Notice, area: Area) -> Mapping[str, Any]:
    """What a notice says; the program's own one is put together from the register and the area's settings."""
    if notice.content:
        return notice.content
    unit = issuer(session, issuing_area(session, area))
    return {
        "unit": unit["unit"],
        "contact": unit["phone"] or gettext("Ask at the counter of %(unit)s.", unit=unit["unit"]),
        "sharing": "",
        "more": "",
        "held": held_lines(),
    }
