"""What is sent about stars, commendations, evaluations and disputes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import update

from pointsys.core.objections.models import WITHDRAWN, Objection
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import unit_of_work
from pointsys.plugins.volunteer.models import VolunteerCredit
from pointsys.plugins.volunteer.record.objecting import DISPUTE
from pointsys.plugins.volunteer.teams.models import LEADER, VolunteerMember, VolunteerTeam
from tests.security.act import DAY, Act, Things
from tests.security.conftest import Populated


def nothing_disputed(populated: Populated, act: Act) -> Things:
    """Nobody disputes hours."""
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        session.execute(update(Objection).where(Objection.subject_type == DISPUTE).values(state=WITHDRAWN))
    return {}


def leads_all(populated: Populated, act: Act) -> Things:
    """Whoever acts leads the team for which all service counts."""
    realm = populated.realm
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        now = current_site().now()
        team = VolunteerTeam(
            area_id=realm.areas["happy"], host="", name="全体队", created_at=now, created_by="system"
        )
        session.add(team)
        session.flush()
        session.add(
            VolunteerMember(
                team_id=team.id, person_id=int(realm.things["grid1"]["person_id"]), role=LEADER,
                joined_on=current_site().today(), recorded_at=now, recorded_by="system",
            )
        )  # fmt: skip
        session.execute(update(VolunteerCredit).values(team_id=team.id))
    return {}


_MEMBER: dict[str, Any] = {"role": "member", "place": "grid1"}
_DONE = {"entry": "done"}
_CASE = {"entry": "done", "objection": "dispute"}
_COMMENDED = {"title": "优秀志愿者", "level": "street", "awarded_by": "街道办", "awarded_on": DAY}
_PROFILE = {
    "code": "own", "title": "本地标准", "levels": "100 一星", "window": "total", "klass": "all", "mode": "auto",
    "valid_from": "2026-08-01", "publish": "1",
}  # fmt: skip

ACTS = (
    Act("volunteer_record.decide", "volunteer.stars_decided", {"id": ["{star}"], "act": "award"}),
    Act("volunteer_record.publish", "publicity.posted", {"profile": "beijing", "days": "5"}),
    Act("volunteer_record.publish_profile", "volunteer.star_profile", _PROFILE),
    Act("volunteer_record.use_profile", "volunteer.star_profile", {"use": "1"}),
    Act("volunteer_record_awards.new", "volunteer.commended", _COMMENDED, query="?person={person}"),
    Act("volunteer_record_awards.void", "volunteer.commendation_voided", {"reason": "登记错人"}),
    Act(
        "volunteer_record_sessions.evaluate", "volunteer.evaluated", {"side": "leader", "score": "5"}, kinds=_DONE
    ),
    Act("volunteer_record_sessions.evidence", "volunteer.evidence", {"words": "签到表"}, kinds=_CASE),
    Act("volunteer_record_me.evaluate", "volunteer.evaluated", {"score": "4"}, kinds=_DONE, **_MEMBER),
    Act(
        "volunteer_record_me.dispute", "objection.raised", {"text": "早到了"}, kinds=_DONE, before=nothing_disputed,
        **_MEMBER,
    ),
    Act("volunteer_record_me.evidence", "volunteer.evidence", {"words": "照片"}, kinds=_CASE, **_MEMBER),
    Act(
        "volunteer_record_me.evaluate_member", "volunteer.evaluated", {"score": "5"}, kinds=_DONE, role="member",
        before=leads_all,
    ),
    Act("volunteer_rest_record.decide", "volunteer.stars_decided", {"stars": ["{star}"], "act": "award"}),
    Act("volunteer_rest_record.commend", "volunteer.commended", {"person": "{person}", **_COMMENDED}),
    Act(
        "volunteer_rest_record.evaluate", "volunteer.evaluated", {"entry": "{done}", "side": "leader", "score": 5}
    ),
)  # fmt: skip
