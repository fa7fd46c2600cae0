"""Check-ins, lists of units and seconded cadres of the realm: one of each in every place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy.orm import Session

from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.database import new_public_id
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.plugins.party_member_points.cadres import services as cadres
from pointsys.plugins.party_member_points.cadres import status
from pointsys.plugins.party_member_points.checkins import reports
from pointsys.plugins.party_member_points.checkins.models import (
    PointsCheckin,
    PointsCheckinStep,
    PointsUnitReport,
)

SPRING = date(2026, 4, 1)


def things(session: Session, area: Area, person: Person, text: str, actor: Actor) -> Mapping[str, str]:
    """A request that waits, an open list, and a post with its holder, a note and a computed quarter."""
    now = current_site().now()
    request = PointsCheckin(
        person_id=person.id, area_id=area.id, kind="transfer", on_date=date(2026, 7, 1), political_status="member",
        from_branch="", branch=text, home_unit=text, post="", source="staff", status="submitted", requested_at=now,
        requested_by=actor.label, requested_by_account=actor.account_id,
    )  # fmt: skip
    session.add(request)
    session.flush()
    session.add(
        PointsCheckinStep(
            checkin_id=request.id, outcome="submitted", note=text, actor=actor.label, account_id=actor.account_id,
            at=now,
        )
    )  # fmt: skip
    public_id = new_public_id()
    session.add(
        PointsUnitReport(
            public_id=public_id, area_id=area.id, unit=text, file_name="a.csv", rows=0, state="open", counts="{}",
            rows_sealed=current_site().keyring.encrypt(reports.COLUMN, public_id, "[]"), created_at=now,
            created_by=actor.label, created_by_account=actor.account_id,
        )
    )  # fmt: skip
    post = cadres.add_post(session, area, text, text, actor)
    term = cadres.assign(session, post, person, text, SPRING, actor)
    note = cadres.note(session, term, SPRING, "duty", 60, text, actor)
    quarter = status.compute(session, term, "2026-Q2", actor)
    return {
        "checkin": request.public_id,
        "unit_report": public_id,
        "cadre_post": post.public_id,
        "cadre_term": term.public_id,
        "cadre_note": note.public_id,
        "cadre_status": quarter.public_id,
    }
