"""What the plugin adds to pages of the core, and words for its states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask_babel import gettext
from sqlalchemy.orm import Session

from pointsys.plugin import N_, Area, Card

from . import queries
from .marks import ABSENT, COMPLETE, INSIDE, NO_START, PRESENT

STATES: Mapping[str, tuple[str, str]] = {
    ABSENT: (N_("not here"), "off"),
    PRESENT: (N_("there the whole time"), "ok"),
    INSIDE: (N_("is here"), "info"),
    COMPLETE: (N_("has gone home"), "ok"),
    NO_START: (N_("no sign-in: supply it"), "wait"),
}


def dashboard_cards(session: Session, area: Area) -> Sequence[Card]:
    """Lists that are not recorded yet, with the sign-outs that are missing."""
    still_open, missing = queries.open_and_unsettled(session, area.id)
    if not still_open and not missing:
        return ()
    note = gettext("%(n)s sign-outs are missing", n=missing) if missing else gettext("close them to record")
    return (
        Card(
            title=gettext("Open attendance lists"),
            value=str(still_open),
            note=note,
            endpoint="attendance.index",
            permission="attendance.keep",
        ),
    )
