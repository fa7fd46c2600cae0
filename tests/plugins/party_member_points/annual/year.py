"""A community with members whose half-year is over, and the people who grade them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.actors import Actor, Grant
from pointsys.core.areas.models import Area
from pointsys.core.people.models import Person
from pointsys.core.unit_of_work import unit_of_work
from pointsys.plugins.party_member_points.annual import deciding, publishing, services
from pointsys.plugins.party_member_points.annual.deciding import Step
from pointsys.plugins.party_member_points.annual.models import PointsAnnual, PointsAnnualLine
from tests.conftest import FixedClock
from tests.plugins.party_member_points.party import Party

PERIOD = "2026-H1"
# Whoever never served in a quarter is at most 基本合格; ten points are 优秀, six 合格.
SCHEME = """
id = "half-year"
title = "半年考核办法"
subject = "person"
period = { type = "half" }
publicity = { days = 5 }
appeal = { days = 3 }
[[version]]
no = 1
effective_from = "2024-01-01"
category = [ { id = "service", title = "志愿服务" } ]
item = [ { id = "service", title = "服务", category = "service", mode = "per_qty", points = 1 } ]
grade = [ { id = "优秀", min = 10 }, { id = "合格", min = 6 }, { id = "基本合格", min = 2 }, { id = "不合格" } ]
[[version.gate]]
id = "each"
title = "每季度有服务"
require = [ { of = "count", items = ["service"], min = 1, each = "quarter" } ]
grade_max = "基本合格"
"""
# Name -> hours in the two quarters.
HOURS = {"甲一": (6, 6), "乙二": (5, 5), "丙三": (5, 5), "丁四": (4, 4), "戊五": (12, 0), "己六": (0, 0)}
NAMES = tuple(HOURS)


@dataclass
class Year:
    """The members by name, and short ways through the steps; every act in a unit of work of its own."""

    party: Party
    people: dict[str, int]
    clock: FixedClock

    def actor(self, account: int, role: str = "party_committee", person: int | None = None) -> Actor:
        """Somebody of the sub-district."""
        grants = (Grant(role, self.party.areas["street"]),)
        return Actor(f"account-{account}", account_id=account, person_id=person, grants=grants)

    def area(self, session: Session) -> Area:
        """The community."""
        return self.party.area(session, "happy")

    def compute(self, actor: Actor, quota: str = "1/3") -> int:
        """The row of a computed result."""
        with unit_of_work() as session:
            result_id: int = services.compute(session, self.area(session), PERIOD, quota, actor).id
            return result_id

    def propose(self, result: int, actor: Actor) -> None:
        """Put it before the committee."""
        with unit_of_work() as session:
            services.propose(session, session.get_one(PointsAnnual, result), actor)

    def decide(self, result: int, actor: Actor, grades: Mapping[str, tuple[str, str]]) -> int:
        """Give grades with reasons, by name."""
        with unit_of_work() as session:
            steps = [
                Step(session.get_one(Person, self.people[name]).public_id, *given)
                for name, given in grades.items()
            ]
            given: int = deciding.decide(session, session.get_one(PointsAnnual, result), steps, actor)
            return given

    def decide_rest(self, result: int, actor: Actor) -> tuple[int, int]:
        """Everybody else as proposed."""
        with unit_of_work() as session:
            found = session.get_one(PointsAnnual, result)
            given: tuple[int, int] = deciding.decide_rest(session, found, actor)
            return given

    def close(self, result: int, actor: Actor) -> None:
        """End of deciding."""
        with unit_of_work() as session:
            deciding.close(session, session.get_one(PointsAnnual, result), "2026年第7次党委会纪要", actor)

    def publish(self, result: int, actor: Actor) -> None:
        """Five working days."""
        with unit_of_work() as session:
            publishing.publish(session, self.area(session), session.get_one(PointsAnnual, result), 5, actor)

    def confirm(self, result: int, actor: Actor) -> None:
        """After its time."""
        with unit_of_work() as session:
            publishing.confirm(session, session.get_one(PointsAnnual, result), actor)

    def reopen(self, result: int, actor: Actor) -> None:
        """By a decision."""
        with unit_of_work() as session:
            found = session.get_one(PointsAnnual, result)
            publishing.reopen(session, found, "查实有误记", "2026年第9次党委会纪要", actor)

    def to_confirmed(self, *actors: Actor) -> int:
        """All steps by proposer, decider, publisher and confirmer."""
        proposer, decider, publisher, confirmer = actors
        result = self.compute(proposer)
        self.propose(result, proposer)
        self.decide_rest(result, decider)
        self.close(result, decider)
        self.publish(result, publisher)
        self.clock.advance(days=20)
        self.confirm(result, confirmer)
        return result

    def lines(self, session: Session, result: int) -> dict[str, PointsAnnualLine]:
        """Lines by name."""
        rows = session.execute(
            select(Person.name, PointsAnnualLine)
            .join(Person, Person.id == PointsAnnualLine.person_id)
            .where(PointsAnnualLine.annual_id == result)
        )
        return {row[0]: row[1] for row in rows}


def make_year(party: Party, clock: FixedClock, scheme: str = SCHEME) -> Year:
    """The scheme is published for the community, and everybody has served."""
    party.publish(scheme, date(2026, 1, 1), "happy")
    people = {}
    for name, (first, second) in HOURS.items():
        people[name] = party.member(name, checkin_on="2025-01-01", branch="第一党支部")
        for hours, day in ((first, date(2026, 2, 7)), (second, date(2026, 5, 9))):
            if hours:
                party.serve(
                    people[name],
                    "08:00",
                    f"{8 + hours:02d}:00",
                    day=day,
                    title=f"清洁{name}{day}",
                    derive=False,
                )
    return Year(party, people, clock)
