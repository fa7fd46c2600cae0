"""A community with a member who claims, and three who decide; short ways to what a claim goes through."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select

from pointsys.core.activity_log.models import ActivityKind
from pointsys.core.actors import Actor
from pointsys.core.people.models import Person
from pointsys.core.unit_of_work import unit_of_work
from pointsys.plugins.party_member_points.claims import services
from pointsys.plugins.party_member_points.claims.models import PointsClaim
from pointsys.plugins.party_member_points.claims.rules import Content
from tests.factories import actor_of, make_account
from tests.plugins.party_member_points.party import MEMBER, Party

DAY = date(2026, 7, 1)


@dataclass
class Village:
    """People by name with their accounts as actors."""

    party: Party
    member: int
    kind: int
    actors: dict[str, Actor] = field(default_factory=dict)

    def content(self, **changes: Any) -> Content:
        """Two hours of service."""
        values: dict[str, Any] = {
            "item": "service", "on_date": DAY, "title": "清理楼道", "words": "和楼长一起", "kind_id": self.kind,
            "quantity": 200,
        }  # fmt: skip
        return Content(**{**values, **changes})

    def draft(self, content: Content | None = None) -> str:
        """A draft of the member; its outside id."""
        with unit_of_work() as session:
            person = session.get_one(Person, self.member)
            claim = services.draft(session, person, content or self.content(), self.actors["member"])
            public_id: str = claim.public_id
            return public_id

    def submit(self, claim: str) -> str:
        """Hand it in."""
        with unit_of_work() as session:
            services.submit(session, found(session, claim), self.actors["member"])
        return claim

    def handed_in(self, **changes: Any) -> str:
        """A claim that waits to be verified."""
        return self.submit(self.draft(self.content(**changes)))

    def act(self, claim: str, outcome: str, who: str, reason: str = "", **kwargs: Any) -> int:
        """One step of staff."""
        with unit_of_work() as session:
            actor = self.actors[who]
            done: int = services.act(session, [found(session, claim)], outcome, reason, actor, **kwargs)
            return done


def found(session: Any, public_id: str) -> PointsClaim:
    """A claim by its outside id."""
    claim: PointsClaim = session.scalars(select(PointsClaim).where(PointsClaim.public_id == public_id)).one()
    return claim


def make_village(party: Party) -> Village:
    """张三 of grid 1 claims; secretary, worker and two of the committee decide."""
    member = party.person("张三", "grid1")
    party.roster({member: {**MEMBER, "checkin_on": "2026-01-05"}})
    with unit_of_work() as session:
        kind = session.scalars(select(ActivityKind.id).where(ActivityKind.code == "environment")).one()
        village = Village(party, member, kind)
        happy = party.area(session, "happy")
        roles = {
            "secretary": "branch_secretary", "worker": "community_worker", "committee": "party_committee",
            "second": "party_committee",
        }  # fmt: skip
        account = make_account(session, person=session.get_one(Person, member), login="zhangsan")
        village.actors["member"] = actor_of(account, "member", party.area(session, "grid1"))
        for login, role in roles.items():
            village.actors[login] = actor_of(make_account(session, role, happy, login=login), role, happy)
    return village
