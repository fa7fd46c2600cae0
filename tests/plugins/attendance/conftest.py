"""A list of one activity, on each engine, and short ways to work on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from typing import Any, TypeVar

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.activity_log.kinds import kinds_for
from pointsys.core.activity_log.models import Entry
from pointsys.core.activity_log.planning import Plan, plan_activity
from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.models import Area
from pointsys.core.people.models import Person
from pointsys.core.site import Site
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.attendance import queries, saying, services, taps
from tests.conftest import FixedClock
from tests.factories import actor_of, at, make_account, make_person, make_tree

DAY = date(2026, 7, 10)
T = TypeVar("T")


@dataclass
class Hall:
    """A community's list for today, 09:00 to 11:00; people by name. The clock stands at 10:00 unless it is moved."""

    clock: FixedClock
    area_id: int
    sheet: str
    people: dict[str, int]
    worker: Actor

    def set_clock(self, clock_time: str) -> None:
        """What the wall clock says, today."""
        self.clock.now = at(DAY, clock_time)

    def work(self, act: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Call a service on the list as it stands, in a transaction of its own, as the worker."""
        with unit_of_work() as session:
            return act(session, self.found(session), *args, self.worker, **kwargs)

    def tap(self, row: int, act: str, clock_time: str | None = None) -> None:
        """One tap."""
        if clock_time:
            self.set_clock(clock_time)
        self.work(taps.tap, row, act)

    def key(self, row: int, start: time | None, end: time | None) -> None:
        """One line of the paper."""
        self.work(saying.set_times, row, start, end, method="paper")

    def found(self, session: Session) -> queries.Sheet:
        """The list as it stands."""
        found = queries.find_sheet(session, self.area_id, self.sheet)
        assert found is not None
        return found

    def states(self) -> list[tuple[int, list[str]]]:
        """Row number and the states of its pairs."""
        with read_scope() as session:
            return [(row.row_no, [pair.state for pair in row.pairs]) for row in self.found(session).rows]

    def entries(self) -> list[tuple[str, str, str, str]]:
        """Name, local start and end ("" for none), and status of what is recorded."""
        with read_scope() as session:
            query = select(Person.name, Entry).join(Person, Person.id == Entry.person_id).order_by(Entry.id)
            found = []
            for name, entry in session.execute(query):
                start, end = (
                    moment.astimezone(at(DAY, "00:00").tzinfo).strftime("%H:%M") if moment else ""
                    for moment in (entry.starts_at, entry.ends_at)
                )
                found.append((name, start, end, entry.status))
            return found


@pytest.fixture
def hall(site: Site, clock: FixedClock) -> Hall:
    """甲乙丙 are expected; a worker who records and decides keeps the list."""
    with unit_of_work(drain=False) as session:
        areas = make_tree(session)
        for plugin in ("attendance", "volunteer"):
            switch_plugin(session, areas["street"], plugin, True, SYSTEM)
        people = {name: make_person(session, areas["grid1"], name) for name in ("甲一", "乙二", "丙三")}
        account = make_account(session, "community_worker", areas["happy"])
        worker = actor_of(account, "community_worker", areas["happy"])
        area = session.get_one(Area, areas["happy"].id)
        kind = kinds_for(session, area.id)["志愿服务"].id
        plan = Plan(at(DAY, "09:00"), at(DAY, "11:00"))
        activity = plan_activity(session, area, kind, "清洁家园", DAY, plan, worker)
        sheet = services.open_sheet(session, activity, worker)
        services.add_people(session, sheet, list(people.values()), worker)
        ids = {name: person.id for name, person in people.items()}
        return Hall(clock, area.id, sheet.public_id, ids, worker)
