"""Confirmed results to write letters from, put in as the part of the year's grades leaves them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date

from sqlalchemy import select, update

from pointsys.core.site import current_site
from pointsys.core.unit_of_work import unit_of_work
from pointsys.plugins.party_member_points.annual.models import (
    CONFIRMED,
    REOPENED,
    PointsAnnual,
    PointsAnnualLine,
)
from pointsys.plugins.party_member_points.models import PointsMember, PointsSchemeVersion

# As they are stored: by the ids of the scheme, not in its order.
CATEGORIES = {"service": "38.50", "duty": "15.00"}


def confirmed_result(area_id: int, grades: Mapping[int, str], no: int = 1, period: str = "2025") -> str:
    """A confirmed result of an area with a line for each person; earlier ones are reopened. Returns its outside id."""
    now = current_site().now()
    with unit_of_work() as session:
        session.execute(update(PointsAnnual).where(PointsAnnual.area_id == area_id).values(state=REOPENED))
        annual = PointsAnnual(
            area_id=area_id, scheme_id="community-inservice", period=period, no=no, state=CONFIRMED,
            publication_id=session.scalars(select(PointsSchemeVersion.id)).first(), grades=json.dumps(["优秀", "合格"]),
            computed_at=now, computed_by="test", confirmed_at=now, confirmed_by="test",
        )  # fmt: skip
        session.add(annual)
        session.flush()
        for person, grade in grades.items():
            member = session.get_one(PointsMember, person)
            session.add(
                PointsAnnualLine(
                    annual_id=annual.id, person_id=person, branch_id=member.branch_id,
                    home_unit_id=member.home_unit_id, checkin_on=date(2025, 1, 5), total=5350,
                    total_text="53.50", categories=json.dumps(CATEGORIES), minutes=2190, activities=18,
                    proposed_grade=grade, quota_grade=grade, detail="{}", grade=grade,
                )
            )  # fmt: skip
        return str(annual.public_id)
