"""The acts about awards and sessions, and what has to be there before."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import unit_of_work
from pointsys.plugins.party_member_points.ledger import services
from pointsys.plugins.party_member_points.ledger.models import PointsAward, PointsAwardDecision
from pointsys.plugins.party_member_points.ledger.rules import AwardDraft
from tests.security.act import Act, Before, Things
from tests.security.conftest import Populated


def stands(status: str, kind: str = "award") -> Before:
    """The award of the act's place was brought to ``status`` by somebody else."""

    def before(populated: Populated, act: Act) -> Things:
        with populated.app.app_context(), unit_of_work(drain=False) as session:
            award = session.scalars(
                select(PointsAward).where(PointsAward.public_id == populated.realm.things[act.place][kind])
            ).one()
            award.status = status
            session.add(
                PointsAwardDecision(
                    award_id=award.id, outcome=status, reason="", how="", on_date=None, at=current_site().now(),
                    actor="stranger", account_id=populated.realm.accounts["stranger"],
                )
            )  # fmt: skip
        return {}

    return before


def own_proposal(populated: Populated, act: Act) -> Things:
    """Whoever acts proposed it."""
    realm = populated.realm
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        area = session.get_one(Area, realm.areas[act.place])
        person = session.get_one(Person, int(realm.things[act.place]["person_id"]))
        actor = Actor(act.role, realm.accounts[act.role])
        draft = AwardDraft("wish", current_site().today(), "微心愿")
        return {"award": services.propose(session, area, person, draft, actor).public_id}


_DAY, _TOLD = "2026-07-09", "2026-07-10"
_PROPOSAL = {"item": "wish", "on_date": _DAY, "reason": "微心愿", "key": "form:1"}
_SESSION = {"title": "党员大会", "on_date": _DAY, "counts": "attend|", "branch": "", "activity": ""}
_MEMBER: dict[str, Any] = {"role": "member", "place": "grid1"}

ACTS = (
    Act("points_awards.create", "points.award_proposed", _PROPOSAL, query="?person={person}"),
    Act("points_awards.batch", "points.award_decided", {"id": ["{award}"], "outcome": "verified"}),
    Act("points_awards.step", "points.award_decided", {"outcome": "verified"}),
    Act(
        "points_awards_me.answer", "points.award_decided", {"answer": "当日住院"}, kinds={"award_id": "deduction"},
        **_MEMBER,
    ),
    Act(
        "points_awards_me.objection", "objection.raised", {"text": "没有此事"}, before=stands("rejected"), **_MEMBER
    ),
    Act(
        "points_rest_own.objection", "objection.raised", {"subject": "award", "id": "{award}", "text": "没有此事"},
        before=stands("rejected"), **_MEMBER,
    ),
    Act("points_sessions.create", "points.session_recorded", _SESSION),
    Act("points_sessions.say", "points.session_said", {"word": "attended", "id": ["{person}"]}),
    Act("points_sessions.decide", "points.session_decided", {"outcome": "confirmed"}),
    Act(
        "points_rest_ledger.propose", "points.award_proposed",
        {"person": "{person}", "item": "wish", "on": _DAY, "reason": "微心愿"},
    ),
    Act(
        "points_rest_ledger.tell", "points.award_decided", {"how": "paper", "on": _TOLD}, kinds={"award": "deduction"}
    ),
    Act("points_rest_ledger.withdraw", "points.award_decided", before=own_proposal),
    Act("points_rest_ledger.verify", "points.award_decided", {"outcome": "verified"}),
    Act(
        "points_rest_ledger.decide", "points.award_decided", {"outcome": "confirmed"}, role="committee",
        before=stands("verified"),
    ),
    Act(
        "points_rest_ledger.record_session", "points.session_recorded",
        {"title": "党员大会", "on": _DAY, "item": "attend"},
    ),
    Act("points_rest_ledger.attend", "points.session_said", {"word": "attended", "people": ["{person}"]}),
    Act("points_rest_ledger.close", "points.session_decided", {"outcome": "confirmed"}),
)  # fmt: skip
