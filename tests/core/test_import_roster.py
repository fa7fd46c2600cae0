"""A 接龙 of a group chat: names known, unknown, repeated or borne by several, and recording who took part."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from pointsys.core.activity_log.kinds import kinds_for
from pointsys.core.activity_log.models import Entry
from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.models import Area
from pointsys.core.areas.services import find_area
from pointsys.core.imports.roster import Done, Participation, Roster, match_roster, record_roster
from pointsys.core.people.models import Person
from pointsys.core.site import Site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from tests.factories import HAPPY, SUNNY, make_account
from tests.sheets import bring, people, plant_tree

SAMPLES = Path(__file__).parents[1] / "samples"
LIST = "#接龙\n清洁家园\n1. 张伟(带手套)\n2. 李静 2人\n3. 王芳\n4. 张伟\n5. 外来客\n请大家准时\n"


@pytest.fixture(autouse=True)
def _roster(site: Site) -> None:
    plant_tree()


def match(text: str, code: str = HAPPY) -> Roster:
    """Match a list in the area with this code."""
    with read_scope() as session:
        area = find_area(session, code)
        assert area is not None
        return match_roster(session, area, text)


def record(roster: Roster, new_names: tuple[str, ...] = (), code: str = HAPPY, actor: Actor = SYSTEM) -> Done:
    """Record everybody who is known."""
    with unit_of_work(drain=False) as session:
        area = find_area(session, code)
        assert area is not None
        kind = kinds_for(session, area.id)["志愿服务"]
        what = Participation(kind.id, "清洁家园", date(2026, 7, 4), time(9), time(11))
        ticked = [line.people[0].public_id for line in roster.lines if line.people]
        return record_roster(session, area, ticked, new_names, what, actor)


def test_the_sample_list_finds_whom_the_sample_roster_knows() -> None:
    expected = json.loads((SAMPLES / "expected.json").read_text("utf-8"))["jielong"]
    bring("people", (SAMPLES / "people.xlsx").read_bytes(), name="people.xlsx", skip_errors=True)
    roster = match((SAMPLES / "jielong.txt").read_text("utf-8"))

    states = Counter(line.state for line in roster.lines)
    assert states == {
        "known": expected["names"],
        "unknown": expected["unknown"],
        "repeated": expected["repeated"],
    }
    assert [line.name for line in roster.lines if line.state == "unknown"] == ["外来张三丰"]


def test_lines_are_known_ambiguous_unknown_or_repeated() -> None:
    people(("姓名", "手机"), ("张伟", "13800001234"), ("李静", "13800001235"), ("李静", "13800001236"))
    people(("姓名", "手机"), ("王芳", "13800001237"), code=SUNNY)
    roster = match(LIST)

    assert [(line.name, line.state, line.count) for line in roster.lines] == [
        ("张伟", "known", 1),
        ("李静", "ambiguous", 2),
        ("王芳", "unknown", 1),
        ("张伟", "repeated", 1),
        ("外来客", "unknown", 1),
    ]
    assert [person.phone for person in roster.lines[1].people] == ["138****1235", "138****1236"]
    assert (roster.title, roster.passed_over) == ("清洁家园", ("请大家准时",))


def test_recording_a_list_adds_new_names_and_happens_once() -> None:
    people(("姓名", "手机"), ("张伟", "13800001234"), ("李静", "13800001235"))
    roster = match(LIST)

    assert record(roster, ("外来客",)) == Done(created=3, unchanged=0, added=1, confirmed=True)
    assert record(roster) == Done(created=0, unchanged=2, added=0, confirmed=True)
    with read_scope() as session:
        assert session.scalar(select(func.count()).select_from(Entry)) == 3
        added = session.scalars(select(Person).where(Person.name == "外来客")).one()
        assert session.get_one(Area, added.area_id).code == HAPPY


def test_a_long_list_of_a_worker_waits_for_a_second_person() -> None:
    names = [f"张{letter}" for letter in "甲乙丙丁戊己庚辛壬癸子"]
    people(("姓名", "手机"), *((name, f"1380000{n:04d}") for n, name in enumerate(names)))
    roster = match("\n".join(f"{n}. {name}" for n, name in enumerate(names, start=1)))
    with unit_of_work(drain=False) as session:
        account = make_account(session)
        actor = Actor(account.login, account_id=account.id)

    assert record(roster, actor=actor).confirmed is False


def test_a_text_without_names_and_people_from_elsewhere_are_refused() -> None:
    with pytest.raises(Problem) as caught:
        match("大家好")
    assert caught.value.code == "no_names"
    people(("姓名", "手机"), ("王芳", "13800001237"), code=SUNNY)
    with pytest.raises(Problem) as caught:
        record(match("1. 王芳", SUNNY), code=HAPPY)
    assert caught.value.code == "person_not_here"
    with pytest.raises(Problem) as caught:
        record(match("1. 无此人"))
    assert caught.value.code == "nobody_ticked"
