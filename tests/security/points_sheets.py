"""A points sheet in every place, and what has to be there before something is decided on one."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.models import Area
from pointsys.core.database import new_public_id
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import unit_of_work
from pointsys.plugin import sha256_of
from pointsys.plugins.party_member_points.models import PointsSchemeVersion
from pointsys.plugins.party_member_points.quarters import deciding, services
from pointsys.plugins.party_member_points.quarters.models import COMPUTED, PointsSheet, PointsSheetLine

if TYPE_CHECKING:
    from tests.security.act import Act, Things
    from tests.security.conftest import Populated


def sheet_of(session: Session, area: Area, person_id: int, actor: Actor) -> str:
    """A computed sheet with one line, by hand: not everywhere here does a scheme rule."""
    public_id, basis = new_public_id(), "{}"
    text = json.dumps({"id": public_id, "titles": [], "lines": [], "basis_sha256": sha256_of(basis)})
    sheet = PointsSheet(
        public_id=public_id, area_id=area.id, branch="", scheme_id="community-inservice",
        publication_id=session.scalars(select(PointsSchemeVersion.id).limit(1)).one(), period="2026",
        cut=date(2026, 3, 31), label="2026-Q1", no=1, since_id=None, line_count=1, waiting=0, text=text, basis=basis,
        sha256=sha256_of(text), computed_at=current_site().now(), computed_by=actor.label,
        computed_by_account=actor.account_id, state=COMPUTED, publicity_id=None,
    )  # fmt: skip
    session.add(sheet)
    session.flush()
    session.add(
        PointsSheetLine(
            sheet_id=sheet.id, person_id=person_id, total=1200, total_text="12.00", gain=1200, credited=200,
            grade=None, categories="{}", digest=sha256_of(public_id), place=1,
        )
    )  # fmt: skip
    return public_id


def public(populated: Populated, act: Act) -> Things:
    """The sheet of the act's place is up."""
    found = populated.realm.things[act.place]["points_sheet"]
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        sheet = session.scalars(select(PointsSheet).where(PointsSheet.public_id == found)).one()
        services.publish(session, sheet, 5, SYSTEM)
    return {}


def confirmed(populated: Populated, act: Act) -> Things:
    """It was up, its time is over, and it is confirmed."""
    public(populated, act)
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        found = populated.realm.things[act.place]["points_sheet"]
        sheet = session.scalars(select(PointsSheet).where(PointsSheet.public_id == found)).one()
        deciding._link(session, services.held(session, sheet, "public"), "confirmed", "", SYSTEM)
    return {}
