"""The acts about annual grades, and what has to be there before."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.unit_of_work import unit_of_work
from pointsys.plugins.party_member_points.annual import deciding, publishing, services
from pointsys.plugins.party_member_points.annual.models import STATES, PointsAnnual
from tests.security.act import Act, Before, Things
from tests.security.conftest import Populated
from tests.security.points_annual import PERIOD


def brought(state: str) -> Before:
    """The result of the act's place, computed from the log, was brought so far by others."""

    def before(populated: Populated, act: Act) -> Things:
        found = populated.realm.things[act.place]["annual"]
        far = STATES.index("proposed" if state == "given" else state)
        with populated.app.app_context(), unit_of_work(drain=False) as session:
            result = session.scalars(select(PointsAnnual).where(PointsAnnual.public_id == found)).one()
            area = session.get_one(Area, result.area_id)
            services.compute(session, area, PERIOD, "", SYSTEM)
            if far >= STATES.index("proposed"):
                services.propose(session, result, SYSTEM)
            if far >= STATES.index("decided") or state == "given":
                deciding.decide_rest(session, result, SYSTEM)
            if far >= STATES.index("decided"):
                deciding.close(session, result, "第7次党委会", SYSTEM)
            if far >= STATES.index("public"):
                publishing.publish(session, area, result, 5, SYSTEM)
            if state == "confirmed":
                # Its time is not over on the day of the acts.
                result.state = "confirmed"
        return {}

    return before


_COMMITTEE: dict[str, Any] = {"role": "committee"}
_WHY = {"reason": "查实有误记", "reference": "第9次党委会"}

ACTS = (
    Act("points_annual_acts.compute", "points.annual_computed", {"period": PERIOD, "quota": ""}),
    Act("points_annual_acts.again", "points.annual_computed"),
    Act("points_annual_acts.quota", "setting.changed", {"quota": "30%"}, role="office"),
    Act("points_annual_acts.propose", "points.annual_proposed", before=brought("computed")),
    Act(
        "points_annual_acts.decide", "points.annual_steps", {"id": ["{person}"], "grade": ["不合格"], "reason": [""]},
        before=brought("proposed"), **_COMMITTEE,
    ),
    Act("points_annual_acts.rest", "points.annual_steps", before=brought("proposed"), **_COMMITTEE),
    Act("points_annual_acts.close", "points.annual_decided", _WHY, before=brought("given"), **_COMMITTEE),
    Act("points_annual_acts.back", "points.annual_taken_back", _WHY, before=brought("decided"), **_COMMITTEE),
    Act("points_annual_acts.publish", "points.annual_published", {"days": "5"}, before=brought("decided")),
    Act(
        "points_annual_acts.down", "points.annual_taken_back", {"why": "mistake", **_WHY},
        before=brought("public"), **_COMMITTEE,
    ),
    Act(
        "points_annual_acts.confirm", "points.annual_confirmed", before=brought("public"), days=40, **_COMMITTEE
    ),
    Act("points_annual_acts.reopen", "points.annual_reopened", _WHY, before=brought("confirmed"), **_COMMITTEE),
    Act("points_rest_annual.compute", "points.annual_computed", {"period": PERIOD}),
    Act("points_rest_annual.propose", "points.annual_proposed", before=brought("computed")),
    Act(
        "points_rest_annual.decide", "points.annual_steps", {"rest": True}, before=brought("proposed"), **_COMMITTEE
    ),
    Act("points_rest_annual.publish", "points.annual_published", {"days": 5}, before=brought("decided")),
    Act(
        "points_rest_annual.act", "points.annual_taken_back", {"act": "back", **_WHY}, before=brought("decided"),
        **_COMMITTEE,
    ),
)  # fmt: skip
