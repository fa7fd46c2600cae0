"""A computed result in every place."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.site import current_site
from pointsys.plugins.party_member_points.annual.models import COMPUTED, PointsAnnual, PointsAnnualLine
from pointsys.plugins.party_member_points.models import PointsSchemeVersion

PERIOD = "2025"


def result_of(session: Session, area: Area, person_id: int, actor: Actor) -> str:
    """A result with one line, by hand: not everywhere here does a scheme rule."""
    result = PointsAnnual(
        area_id=area.id, scheme_id="community-inservice", period=PERIOD, no=1, state=COMPUTED,
        publication_id=session.scalars(select(PointsSchemeVersion.id).limit(1)).one(),
        grades='["优秀","合格"]', computed_at=current_site().now(), computed_by=actor.label,
        computed_by_account=actor.account_id,
    )  # fmt: skip
    session.add(result)
    session.flush()
    session.add(
        PointsAnnualLine(
            annual_id=result.id, person_id=person_id, checkin_on=date(2024, 3, 5), total=1200, total_text="12.00",
            categories="{}", proposed_grade="合格", quota_grade="合格",
            detail='{"ceiling":null,"gates":[],"steps":["优秀","合格"],"vetoed":false,"vetoes":[]}',
        )
    )  # fmt: skip
    session.flush()
    return str(result.public_id)
