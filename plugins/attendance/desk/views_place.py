"""Where a list is kept from: a page of the area, or a keeper's own page; both have the same acts (``views_acts``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import url_for
from sqlalchemy.orm import Session

from pointsys.plugin import current_actor, current_area, missing, require_again

from .. import queries
from ..queries import Sheet
from . import keepers

KEEP = "attendance.keep"


@dataclass(frozen=True)
class Desk:
    """One list as it is reached from a blueprint; ``values`` are those of its addresses."""

    blueprint: str
    sheet: str
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def staff(self) -> bool:
        """Whether this is a page of the area, with its menu and what only staff may do."""
        return "code" in self.values

    def url(self, view: str, **more: object) -> str:
        """The address of one of the list's views."""
        given = {name: value for name, value in more.items() if value is not None}
        return url_for(f"{self.blueprint}.{view}", sheet=self.sheet, **self.values, **given)  # type: ignore[arg-type]

    def find(self, session: Session, *, lock: bool = False) -> Sheet:
        """The list, if the reader may keep it; 404 for any other. With ``lock`` for an act, which asks again."""
        if not self.staff:
            found = keepers.find_kept(session, self.sheet, current_actor(), lock=lock)
        else:
            found = queries.find_sheet(session, current_area().id, self.sheet, lock=lock)
        if found is None:
            missing()
        if lock and self.staff:
            require_again(session, KEEP, found.sheet.area_id)
        return found


def area_desk(code: str, sheet: str) -> Desk:
    """The list's page in the area."""
    return Desk("attendance", sheet, {"code": code})


def own_desk(sheet: str) -> Desk:
    """The list's page of whoever leads the activity or was named for it."""
    return Desk("attendance_own", sheet)
