"""A small place with volunteers, and short ways to record for them and to read what was derived."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.activity_log.decisions import decide
from pointsys.core.activity_log.models import VOIDED, Activity
from pointsys.core.activity_log.record import EntryDraft, record
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.database import Base
from pointsys.core.pending import drain
from pointsys.core.people.models import Person
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import unit_of_work
from tests.factories import at, make_draft, make_person, make_tree

DAY = date(2026, 3, 7)


@dataclass
class Place:
    """The areas by name, ids only, so that it outlives its session."""

    areas: dict[str, int]

    def person(self, name: str = "张三", area: str = "grid1", **kwargs: Any) -> int:
        """A person's id."""
        with unit_of_work() as session:
            return make_person(session, self.area(session, area), name, **kwargs).id

    def area(self, session: Session, name: str) -> Area:
        """An area in the given session."""
        return session.get_one(Area, self.areas[name])

    def serve(
        self,
        person: int,
        start: str | None = "09:00",
        end: str | None = "11:00",
        *,
        day: date = DAY,
        area: str = "happy",
        confirm: bool = True,
        derive: bool = True,
        planned: tuple[str, str] | None = None,
        **kwargs: Any,
    ) -> int:
        """Record one entry; returns its id. ``planned`` is the activity's window on the same day."""
        with unit_of_work(drain=derive) as session:
            place = self.area(session, area)
            draft = make_draft(
                session, place, session.get_one(Person, person), day=day, start=start, end=end, **kwargs
            )
            if planned:
                draft = _planned(session, place, draft, planned)
            return record(session, place, [draft], SYSTEM, "test", confirm=confirm)[0].entry_id

    def void(self, entry: int, derive: bool = True) -> None:
        """Void an entry."""
        with unit_of_work(drain=derive) as session:
            decide(session, [entry], VOIDED, "recorded by mistake", SYSTEM)


def _planned(session: Session, area: Area, draft: EntryDraft, window: tuple[str, str]) -> EntryDraft:
    activity = Activity(
        kind_id=draft.kind_id,
        title=draft.title,
        title_key=draft.title,
        area_id=area.id,
        local_date=draft.local_date,
        starts_at=at(draft.local_date, window[0]),
        ends_at=at(draft.local_date, window[1]),
        created_at=at(draft.local_date, window[0]),
        created_by="test",
    )
    session.add(activity)
    session.flush()
    return EntryDraft(**{**vars(draft), "activity_id": activity.id})


def make_place(*, switched_on: Sequence[str] = ("street",)) -> Place:
    """The usual tree with the plugin on in the named areas."""
    with unit_of_work() as session:
        areas = make_tree(session)
        for name in switched_on:
            switch_plugin(session, areas[name], "volunteer", True, SYSTEM)
        return Place({name: area.id for name, area in areas.items()})


def switch(place: Place, area: str, enabled: bool) -> None:
    """Turn the plugin on or off in one area and derive who is marked."""
    with unit_of_work() as session:
        switch_plugin(session, place.area(session, area), "volunteer", enabled, SYSTEM)
    drain()


TABLES = ("volunteer_credit", "volunteer_day", "volunteer_balance")


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """All derived rows with their columns in the table's order, in one order."""
    with unit_of_work() as session:
        return {
            name: sorted(tuple(row) for row in session.execute(select(Base.metadata.tables[name])))
            for name in TABLES
        }


def balances(person: int, period: str = "all") -> dict[int, tuple[int, int]]:
    """Area id -> (minutes, entries) of a person."""
    rows = everything()["volunteer_balance"]
    return {
        area: (minutes, entries)
        for who, when, area, minutes, entries, _total in rows
        if (who, when) == (person, period)
    }


def minutes_of(entry: int) -> int | None:
    """Credited minutes of an entry."""
    return next((row[4] for row in everything()["volunteer_credit"] if row[0] == entry), None)


def flags_of(entry: int) -> str | None:
    """Flags of an entry's credit."""
    return next((row[6] for row in everything()["volunteer_credit"] if row[0] == entry), None)


def public_id(person: int) -> str:
    """The outside id of a person."""
    with unit_of_work() as session:
        return session.scalars(select(Person.public_id).where(Person.id == person)).one()


def credit_state(app: Flask, entry: int) -> tuple[str, int]:
    """State and minutes of an entry's credit, for tests with browsers."""
    credit = Base.metadata.tables["volunteer_credit"].c
    with app.app_context(), unit_of_work() as session:
        row = session.execute(select(credit.state, credit.minutes).where(credit.entry_id == entry)).one()
        return row[0], row[1]
