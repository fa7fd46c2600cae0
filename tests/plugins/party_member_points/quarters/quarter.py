"""A community with two members who served in two quarters, and short ways through the steps of a sheet."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select

from pointsys.core.actors import Actor, Grant
from pointsys.core.publicity.models import Publicity
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.party_member_points.quarters import deciding, marks, services
from pointsys.plugins.party_member_points.quarters.calendar import cut_of
from pointsys.plugins.party_member_points.quarters.models import PointsSheet, PointsSheetLine
from pointsys.plugins.party_member_points.schemes import rules_of
from tests.conftest import FixedClock
from tests.plugins.party_member_points.party import Party


@dataclass
class Quarter:
    """Members by name; every act in a unit of work of its own."""

    party: Party
    clock: FixedClock
    people: dict[str, int] = field(default_factory=dict)

    def actor(self, account: int, role: str = "party_committee", person: int | None = None) -> Actor:
        """Somebody of the sub-district."""
        grants = (Grant(role, self.party.areas["street"]),)
        return Actor(f"account-{account}", account_id=account, person_id=person, grants=grants)

    def compute(self, label: str, actor: Actor, branch: str = "", area: str = "happy") -> int:
        """The row of a computed sheet."""
        with unit_of_work() as session:
            place = self.party.area(session, area)
            cut = cut_of(rules_of(session, place.id), label, current_site().today())
            made: int = services.compute(session, place, cut, branch, actor).id
            return made

    def publish(self, sheet: int, actor: Actor, replacing: str = "") -> None:
        """Five working days."""
        with unit_of_work() as session:
            services.publish(session, session.get_one(PointsSheet, sheet), 5, actor, replacing=replacing)

    def confirm(self, sheet: int, actor: Actor) -> None:
        """After its time."""
        with unit_of_work() as session:
            deciding.confirm(session, session.get_one(PointsSheet, sheet), actor)

    def reopen(self, sheet: int, actor: Actor, reason: str = "查实有误记,党委会决定") -> None:
        """By a decision."""
        with unit_of_work() as session:
            deciding.reopen(session, session.get_one(PointsSheet, sheet), reason, actor)

    def to_confirmed(self, label: str, replacing: str = "", branch: str = "") -> int:
        """All steps by two people, the time between them passed."""
        sheet = self.compute(label, self.actor(1), branch)
        self.publish(sheet, self.actor(1), replacing)
        self.clock.advance(days=20)
        self.confirm(sheet, self.actor(2))
        return sheet

    def state(self, sheet: int) -> str:
        """As it is stored."""
        with read_scope() as session:
            state: str = session.get_one(PointsSheet, sheet).state
            return state

    def text(self, sheet: int) -> dict[str, Any]:
        """The frozen text."""
        with read_scope() as session:
            found: dict[str, Any] = json.loads(session.get_one(PointsSheet, sheet).text)
            return found

    def totals(self, sheet: int) -> dict[str, tuple[str, int]]:
        """(total, gain) by name."""
        names = {person: name for name, person in self.people.items()}
        with read_scope() as session:
            rows = session.scalars(select(PointsSheetLine).where(PointsSheetLine.sheet_id == sheet))
            return {names[row.person_id]: (row.total_text, row.gain) for row in rows}

    def subject(self, sheet: int, name: str) -> str:
        """How a line is named as a subject of objections."""
        from pointsys.core.people.models import Person

        with read_scope() as session:
            person = session.get_one(Person, self.people[name]).public_id
            subject: str = marks.subject_id(session.get_one(PointsSheet, sheet).public_id, person)
            return subject

    def notices(self) -> list[str]:
        """States of all notices, the first posted first."""
        with read_scope() as session:
            return list(session.scalars(select(Publicity.state).order_by(Publicity.id)))


def make_quarter(party: Party, clock: FixedClock) -> Quarter:
    """甲一 served two hours in each quarter, 乙二 three in the second; both since the beginning of the year."""
    found = Quarter(party, clock)
    for name in ("甲一", "乙二"):
        found.people[name] = party.member(name, checkin_on="2026-01-01")
    party.serve(found.people["甲一"], day=date(2026, 3, 7))
    party.serve(found.people["甲一"], day=date(2026, 5, 9), title="五月")
    party.serve(found.people["乙二"], "09:00", "12:00", day=date(2026, 5, 9), title="五月")
    return found
