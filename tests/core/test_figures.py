"""Monthly figures of areas: what they count, that they follow every change, and that a rebuild says the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from random import Random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core import figures
from pointsys.core.activity_log.decisions import decide
from pointsys.core.activity_log.kinds import add_shipped_kinds
from pointsys.core.activity_log.models import CONFIRMED, PENDING, REJECTED, VOIDED, Entry
from pointsys.core.activity_log.record import record
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.areas.services import create_area
from pointsys.core.database import table_of
from pointsys.core.figures import AreaCounts, ChildFigures, MonthFigures
from pointsys.core.figures.models import AreaMonth, AreaPeople, PersonMonth
from pointsys.core.figures.rebuild import rebuild, rebuild_if_new
from pointsys.core.pending import drain
from pointsys.core.people.merging import merge_people, unmerge
from pointsys.core.people.models import Person, PersonAlias
from pointsys.core.people.services import move_person
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.factories import make_draft, make_person, make_tree

MARCH, APRIL = date(2026, 3, 7), date(2026, 4, 4)


class Town:
    """The usual tree with short ways to let things happen there; ids only, so that it outlives its sessions."""

    def __init__(self) -> None:
        with unit_of_work() as session:
            self.areas = {name: area.id for name, area in make_tree(session).items()}
        self.numbers = iter(range(1_000))

    def person(self, area: str = "grid1") -> int:
        with unit_of_work() as session:
            name = f"张{chr(0x4E00 + next(self.numbers))}"
            return make_person(session, session.get_one(Area, self.areas[area]), name).id

    def take_part(
        self,
        person: int,
        day: date = MARCH,
        *,
        area: str = "happy",
        title: str = "巡逻",
        confirm: bool = True,
    ) -> int:
        with unit_of_work() as session:
            place = session.get_one(Area, self.areas[area])
            draft = make_draft(session, place, session.get_one(Person, person), day=day, title=title)
            return record(session, place, [draft], SYSTEM, "test", confirm=confirm)[0].entry_id

    def decide(self, entry: int, outcome: str) -> None:
        with unit_of_work() as session:
            decide(session, [entry], outcome, "because", SYSTEM)

    def months(self, area: str = "street") -> list[MonthFigures]:
        with read_scope() as session:
            return figures.months(session, self.areas[area], "2026-03", "2026-04")

    def counts(self, area: str = "street") -> AreaCounts:
        with read_scope() as session:
            return figures.counts(session, self.areas[area])


@pytest.fixture
def town(site: object) -> Town:
    """A sub-district with two communities."""
    return Town()


def test_people_count_where_they_belong_and_activities_where_they_were_held(town: Town) -> None:
    here, there = town.person("grid1"), town.person("sunny")
    town.take_part(here)
    town.take_part(there)
    town.take_part(here, title="植树")

    assert town.months("happy")[0] == MonthFigures("2026-03", activities=2, entries=2, people=1)
    assert town.months("sunny")[0] == MonthFigures("2026-03", activities=0, entries=1, people=1)
    assert town.months("street")[0] == MonthFigures("2026-03", activities=2, entries=3, people=2)


def test_every_month_of_the_range_has_a_line_and_no_month_outside(town: Town) -> None:
    town.take_part(town.person(), APRIL)
    with read_scope() as session:
        found = figures.months(session, town.areas["street"], "2026-02", "2026-05")
        none = figures.months(session, town.areas["street"], "2026-05", "2026-02")

    assert [(line.month, line.entries) for line in found] == [
        ("2026-02", 0), ("2026-03", 0), ("2026-04", 1), ("2026-05", 0),
    ]  # fmt: skip
    assert none == []


def test_what_waits_is_counted_apart_until_it_is_decided(town: Town) -> None:
    entry = town.take_part(town.person(), confirm=False)
    assert town.months()[0] == MonthFigures("2026-03", unconfirmed=1)
    assert town.counts() == AreaCounts(people=1, unconfirmed=1, waiting=0)

    town.decide(entry, CONFIRMED)

    assert town.months()[0] == MonthFigures("2026-03", activities=1, entries=1, people=1)
    assert town.counts().unconfirmed == 0


def test_what_is_voided_or_rejected_counts_no_more(town: Town) -> None:
    voided, rejected = town.take_part(town.person()), town.take_part(town.person(), confirm=False)
    town.decide(voided, VOIDED)
    town.decide(rejected, REJECTED)

    assert town.months()[0] == MonthFigures("2026-03")


def test_merged_people_are_one_and_unmerged_ones_two_again(town: Town) -> None:
    kept, merged = town.person(), town.person()
    for person in (kept, merged):
        town.take_part(person)
    before = town.months(), town.counts()
    with unit_of_work() as session:
        merge_people(session, session.get_one(Person, kept), session.get_one(Person, merged), SYSTEM)

    assert (town.months()[0].people, town.months()[0].entries, town.counts().people) == (1, 2, 1)

    with unit_of_work() as session:
        unmerge(session, session.get_one(Person, merged), SYSTEM)

    assert (town.months(), town.counts()) == before


def test_whoever_moves_is_counted_in_the_new_area_and_their_past_stays(town: Town) -> None:
    person = town.person("grid1")
    town.take_part(person)
    with unit_of_work() as session:
        move_person(session, session.get_one(Person, person), town.areas["sunny"], APRIL, SYSTEM)
    town.take_part(person, APRIL)

    assert (town.counts("happy").people, town.counts("sunny").people) == (0, 1)
    assert [line.people for line in town.months("happy")] == [1, 0]
    assert [line.people for line in town.months("sunny")] == [0, 1]


def test_a_row_of_a_merged_person_that_moves_is_counted_nowhere(town: Town) -> None:
    kept, merged = town.person("grid1"), town.person("grid2")
    with unit_of_work() as session:
        merge_people(session, session.get_one(Person, kept), session.get_one(Person, merged), SYSTEM)
        move_person(session, session.get_one(Person, merged), town.areas["sunny"], APRIL, SYSTEM)

    assert (town.counts("happy").people, town.counts("sunny").people) == (1, 0)


def test_areas_right_below_come_by_code_with_their_people_and_the_month(town: Town) -> None:
    town.take_part(town.person("grid2"))
    town.person("sunny")
    with read_scope() as session:
        found = figures.children(session, town.areas["street"], "2026-03")

    assert found == [
        ChildFigures(town.areas["happy"], "990101001001", "幸福社区", 1, 1, 1),
        ChildFigures(town.areas["sunny"], "990101001002", "阳光社区", 1, 0, 0),
    ]


def test_a_county_adds_up_its_sub_districts_and_what_hangs_right_below_it(site: object) -> None:
    with unit_of_work() as session:
        county = create_area(session, "990101000000", "平安区", None, SYSTEM)
        street = create_area(session, "990101001000", "平安街道", county, SYSTEM)
        inner = create_area(session, "990101001001", "幸福社区", street, SYSTEM)
        direct = create_area(session, "990101002001", "直属社区", county, SYSTEM)
        add_shipped_kinds(session)
        for area in (inner, direct, direct):
            person = make_person(session, area, f"张{area.id}")
            record(
                session, area, [make_draft(session, area, person, day=MARCH)], SYSTEM, "test", confirm=True
            )
        ids = {"county": county.id, "street": street.id, "direct": direct.id}
    drain()

    with read_scope() as session:
        whole = figures.months(session, ids["county"], "2026-03", "2026-03")[0]
        parts = figures.children(session, ids["county"], "2026-03")

    assert whole == MonthFigures("2026-03", activities=2, entries=3, people=3)
    assert [(part.area_id, part.people, part.entries, part.month_people) for part in parts] == [
        (ids["street"], 1, 1, 1), (ids["direct"], 2, 2, 2),
    ]  # fmt: skip


def _state(session: Session) -> dict[str, list[tuple[Any, ...]]]:
    """All figures, without months of areas of which nothing is left."""
    found = {}
    for model, keys in ((AreaPeople, 1), (PersonMonth, 4), (AreaMonth, 3)):
        rows = sorted(tuple(row) for row in session.execute(select(table_of(model))))
        found[model.__tablename__] = [row for row in rows if any(row[keys:])]
    return found


def _random_history(town: Town, rng: Random, steps: int) -> None:
    places = ("grid1", "grid2", "happy", "sunny")
    people = [town.person(rng.choice(places)) for _ in range(6)]
    entries: list[int] = []

    def take_part() -> None:
        entries.append(
            town.take_part(
                rng.choice(people), rng.choice((MARCH, APRIL)), area=rng.choice(("happy", "sunny", "street")),
                title=rng.choice(("巡逻", "植树")), confirm=rng.random() < 0.7,
            )
        )  # fmt: skip

    def judge() -> None:
        with read_scope() as session:
            status = {row.id: row.status for row in session.scalars(select(Entry))}
        waiting = [entry for entry, state in status.items() if state == PENDING]
        live = [entry for entry, state in status.items() if state != VOIDED]
        if waiting and rng.random() < 0.5:
            town.decide(rng.choice(waiting), rng.choice((CONFIRMED, REJECTED)))
        elif live:
            town.decide(rng.choice(live), VOIDED)

    def merge_or_part() -> None:
        with unit_of_work() as session:
            merged = session.scalars(select(PersonAlias.merged_id)).all()
            if merged and rng.random() < 0.5:
                unmerge(session, session.get_one(Person, rng.choice(merged)), SYSTEM)
                return
            first, second = rng.sample([person for person in people if person not in merged], 2)
            merge_people(session, session.get_one(Person, first), session.get_one(Person, second), SYSTEM)

    def move() -> None:
        with unit_of_work() as session:
            person = session.get_one(Person, rng.choice(people))
            move_person(session, person, town.areas[rng.choice(places)], APRIL, SYSTEM)

    acts: tuple[Callable[[], None], ...] = (take_part, judge, merge_or_part, move)
    for _ in range(steps):
        rng.choices(acts, (6, 4, 1, 1))[0]()


@pytest.mark.parametrize("seed", range(4))
def test_after_any_history_the_figures_are_those_that_a_rebuild_makes(town: Town, seed: int) -> None:
    _random_history(town, Random(seed), 40)
    with unit_of_work() as session:
        kept = _state(session)
        rebuild(session)
        assert _state(session) == kept


def test_a_site_from_before_the_figures_is_counted_once(town: Town) -> None:
    town.take_part(town.person())
    with unit_of_work() as session:
        before = _state(session)
        for model in (AreaPeople, PersonMonth, AreaMonth):
            session.execute(table_of(model).delete())
        assert rebuild_if_new(session)
        assert _state(session) == before
        assert not rebuild_if_new(session)


def test_a_site_without_people_has_nothing_to_count(app: Flask) -> None:
    with app.app_context(), unit_of_work() as session:
        make_tree(session)
        assert not rebuild_if_new(session)
