"""What results add to an area's public page: its estates with the most stars."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext
from sqlalchemy.orm import Session

from pointsys.plugin import Area, PublicBlock, current_site

from . import reading

SHOWN = 6


def public_blocks(session: Session, area: Area) -> Sequence[PublicBlock]:
    """The first estates by stars, or nothing where none is rated."""
    rows = reading.estates(session, area.id, current_site().today(), reading.Filters(sort="-stars"))
    rated = [row for row in rows if row.stars is not None]
    if not rated:
        return ()
    context = {"rows": rated[:SHOWN], "area": area}
    return (PublicBlock(gettext("Property services"), "property/results_block.html", context),)
