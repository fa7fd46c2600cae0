"""Whatever happens, in whichever order: what is stored of people is what a fresh derive of the log gives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import delete, select, text

from pointsys.core import schema
from pointsys.core.activity_log.models import Entry, Pending
from pointsys.core.actors import SYSTEM
from pointsys.core.database import Base, db
from pointsys.core.pending import drain, mark_query
from pointsys.core.people.merging import merge_people, unmerge
from pointsys.core.people.models import Person, PersonAlias
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from pointsys.plugins.volunteer.policies import approvals
from tests.plugins.volunteer.place import DAY, TABLES, Place, minutes_of, switch
from tests.plugins.volunteer.policies.test_log import credit_of, publish

DERIVED = (*TABLES, "volunteer_split", "volunteer_histogram")
SPANS = (("06:00", "11:00"), ("08:00", "17:30"), ("09:00", "18:00"), ("10:30", "12:00"), ("13:00", "23:00"))


def stored() -> dict[str, list[tuple[Any, ...]]]:
    """All derived rows, without what says nothing: counts of nobody."""
    with read_scope() as session:
        found = {
            name: sorted(tuple(row) for row in session.execute(select(Base.metadata.tables[name])))
            for name in DERIVED
        }
    found["volunteer_histogram"] = [row for row in found["volunteer_histogram"] if row[3] or row[4]]
    return found


def fresh() -> dict[str, list[tuple[Any, ...]]]:
    """All derived rows after they were thrown away and derived anew."""
    with unit_of_work(drain=False) as session:
        for name in DERIVED:
            session.execute(delete(Base.metadata.tables[name]))
        mark_query(session, "volunteer", select(Person.id))
    assert drain().failed == {}
    return stored()


def broken_histories() -> list[tuple[int, list[tuple[int, int]]]]:
    """Entries whose journal does not lead from what they were credited first to what they have now."""
    steps: dict[int, list[tuple[int, int]]] = {}
    with read_scope() as session:
        ledger, credit = (Base.metadata.tables[name].c for name in ("volunteer_ledger", "volunteer_credit"))
        rows = select(ledger.entry_id, ledger.delta, ledger.minutes).order_by(ledger.id)
        for entry, delta, minutes in session.execute(rows):
            steps.setdefault(entry, []).append((delta, minutes))
        now = {row[0]: row[1] for row in session.execute(select(credit.entry_id, credit.minutes))}
    broken = []
    for entry, found in steps.items():
        minutes = now.get(entry, 0) - sum(delta for delta, _after in found)
        for delta, after in found:
            minutes += delta
            if minutes != after or after - delta < 0:
                broken.append((entry, found))
                break
    return broken


@pytest.mark.parametrize("seed", range(1, 5))
def test_whatever_happened_the_rows_are_those_of_a_fresh_derive(place: Place, seed: int) -> None:
    luck = Random(seed)
    people = [place.person(f"志愿者{n}", area=("grid1", "grid2", "sunny")[n % 3]) for n in range(4)]
    entries: list[int] = []

    def serve() -> None:
        start, end = luck.choice(SPANS)
        day = DAY + timedelta(days=luck.randrange(2))
        title = f"活动{luck.randrange(3)}"
        entries.append(
            place.serve(luck.choice(people), start, end, day=day, title=title, derive=luck.random() < 0.7)
        )

    def void() -> None:
        place.void(luck.choice(entries), derive=luck.random() < 0.7)

    def decide() -> None:
        with unit_of_work(drain=luck.random() < 0.7) as session:
            ids = list(session.scalars(select(Entry.public_id).where(Entry.id == luck.choice(entries))))
            outcome = luck.choice(("approved", "rejected"))
            approvals.decide(session, place.area(session, "street"), ids, outcome, "会议", SYSTEM)

    def merge() -> None:
        kept, merged = luck.sample(people, 2)
        with unit_of_work(drain=luck.random() < 0.7) as session:
            merge_people(session, session.get_one(Person, kept), session.get_one(Person, merged), SYSTEM)

    def take_apart() -> None:
        with unit_of_work(drain=luck.random() < 0.7) as session:
            merged = session.scalars(select(PersonAlias.merged_id)).first()
            if merged is not None:
                unmerge(session, session.get_one(Person, merged), SYSTEM)

    def rule() -> None:
        rules = luck.choice(
            ({"clip": False}, {"min_session_minutes": 60}, {"day_auto_minutes": 300}, {"union": False})
        )
        publish(place, luck.choice(("street", "happy")), DAY + timedelta(days=luck.randrange(2)), **rules)

    def some() -> None:
        with read_scope() as session:
            waiting = list(session.scalars(select(Pending.person_id)))
        drain(people=waiting[:1])

    def turn() -> None:
        switch(place, "happy", False)
        switch(place, "happy", True)

    acts: tuple[Callable[[], None], ...] = (
        serve,
        serve,
        serve,
        void,
        decide,
        decide,
        merge,
        take_apart,
        rule,
        some,
        turn,
    )
    serve()
    for _step in range(25):
        try:
            luck.choice(acts)()
        except Problem:
            continue
    assert drain().failed == {}

    found = stored()
    assert broken_histories() == []
    assert fresh() == found


@pytest.mark.own_database
def test_hours_of_before_the_upgrade_are_derived_by_the_rules_of_now(place: Place) -> None:
    person = place.person()
    day, night = (
        place.serve(person, *span, title=span[0]) for span in (("08:00", "15:00"), ("16:00", "19:00"))
    )
    schema.downgrade(db.engine, "volunteer", "0002")
    with db.engine.begin() as connection:
        # What an older program had credited: it knew no limit of a day.
        connection.execute(
            text("UPDATE volunteer_credit SET minutes = 180 WHERE entry_id = :id"), {"id": night}
        )

    assert schema.upgrade(db.engine, "volunteer") == ["volunteer"]
    drain()

    assert [(minutes_of(entry), credit_of(entry, "worth", "state", "klass")) for entry in (day, night)] == [
        (420, (420, "approved", "honour")), (0, (180, "pending", "honour")),
    ]  # fmt: skip
    found = stored()
    assert fresh() == found
