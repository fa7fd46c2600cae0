"""Grades of a period from the scorer's proposal to a confirmed result, and to a second one."""

from __future__ import annotations

import json
from datetime import date

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from pointsys.core.activity_log.models import Entry
from pointsys.core.actors import SYSTEM
from pointsys.core.objections.models import Objection
from pointsys.core.objections.services import answer, raise_objection, take_objection
from pointsys.core.pending import drain
from pointsys.core.people.models import Person
from pointsys.core.people.services import move_person
from pointsys.core.publicity.models import Publicity
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from pointsys.plugins.party_member_points.annual import deciding, publishing, services
from pointsys.plugins.party_member_points.annual.confirmed import previous_totals
from pointsys.plugins.party_member_points.annual.models import PointsAnnual, PointsAnnualEvent
from pointsys.plugins.party_member_points.models import PointsResult
from tests.conftest import FixedClock
from tests.plugins.party_member_points.annual.year import NAMES, PERIOD, SCHEME, Year, make_year
from tests.plugins.party_member_points.party import Party


@pytest.fixture
def year(party: Party, clock: FixedClock) -> Year:
    """Six members, their half-year over since ten days."""
    return make_year(party, clock)


def grades(year: Year, result: int) -> dict[str, tuple[str | None, ...]]:
    """(scorer's, after the quota, decided) by name."""
    with read_scope() as session:
        return {
            name: (line.proposed_grade, line.quota_grade, line.grade)
            for name, line in year.lines(session, result).items()
        }


def state(result: int) -> str:
    """As it is stored."""
    with read_scope() as session:
        return str(session.get_one(PointsAnnual, result).state)


def refused(act: object, *args: object) -> str:
    """The code of the Problem that an act ends with."""
    with pytest.raises(Problem) as problem:
        act(*args)  # type: ignore[operator]
    return problem.value.code


def test_the_scorer_proposes_and_the_quota_flags_a_tie(year: Year) -> None:
    result = year.compute(year.actor(1))

    with read_scope() as session:
        found, lines = session.get_one(PointsAnnual, result), year.lines(session, result)
        assert (found.state, found.period, found.no, found.quota_limit) == ("computed", PERIOD, 1, 2)
        assert {name: lines[name].total_text for name in NAMES} == {
            "甲一": "12.00", "乙二": "10.00", "丙三": "10.00", "丁四": "8.00", "戊五": "12.00", "己六": "0.00",
        }  # fmt: skip
        assert {name for name in NAMES if lines[name].needs_decision} == {"乙二", "丙三"}
        assert (lines["甲一"].minutes, lines["甲一"].activities) == (720, 2)
        gated = json.loads(lines["戊五"].detail)
        assert gated["gates"] == [{"title": "每季度有服务", "grade_max": "基本合格"}]
        assert (gated["ceiling"], gated["vetoed"]) == ("基本合格", False)
    assert grades(year, result) == {
        "甲一": ("优秀", "优秀", None),
        "乙二": ("优秀", "合格", None),
        "丙三": ("优秀", "合格", None),
        "丁四": ("合格", "合格", None),
        "戊五": ("基本合格", "基本合格", None),
        "己六": ("不合格", "不合格", None),
    }


def test_a_result_is_computed_anew_until_it_is_proposed(year: Year) -> None:
    proposer = year.actor(1)
    result = year.compute(proposer, "")
    year.party.serve(year.people["己六"], "08:00", "10:00", title="晚到的", derive=False)

    assert refused(year.propose, result, proposer) == "list_changed"
    assert year.compute(proposer, "1/2") == result
    year.propose(result, proposer)

    assert grades(year, result)["己六"][0] == "基本合格"
    assert refused(year.compute, proposer) == "result_exists"
    with read_scope() as session:
        assert session.get_one(PointsAnnual, result).quota_limit == 3


def test_a_period_that_goes_on_is_not_proposed(year: Year) -> None:
    actor = year.actor(1)
    with unit_of_work() as session:
        result = services.compute(session, year.area(session), "2026-H2", "", actor)
        assert refused(services.propose, session, result, actor) == "period_not_over"


def test_only_one_area_grades_the_same_people(year: Year) -> None:
    actor = year.actor(1)
    year.propose(year.compute(actor), actor)
    with unit_of_work() as session:
        grid = services.compute(session, year.party.area(session, "grid1"), PERIOD, "", actor)
        assert refused(services.propose, session, grid, actor) == "overlapping_result"


def test_the_committee_decides_one_step_with_a_reason_within_the_quota(year: Year) -> None:
    result = year.compute(year.actor(1))
    year.propose(result, year.actor(1))
    decider = year.actor(2)

    assert year.decide(result, decider, {"乙二": ("优秀", "抢险救灾连续值守"), "戊五": ("基本合格", "")}) == 2
    assert refused(lambda: year.decide(result, decider, {"丙三": ("优秀", "也值守")})) == "quota_full"
    assert refused(lambda: year.decide(result, decider, {"戊五": ("合格", "表现好")})) == "over_gate"
    assert refused(lambda: year.decide(result, decider, {"丁四": ("基本合格", "")})) == "reason_needed"
    assert refused(year.close, result, decider) == "not_all_decided"
    # The same again is nothing new; somebody moved down makes room for another.
    assert year.decide(result, decider, {"乙二": ("优秀", "抢险救灾连续值守")}) == 0
    assert year.decide(result, decider, {"乙二": ("合格", ""), "丙三": ("优秀", "也值守")}) == 2
    assert year.decide_rest(result, decider) == (3, 0)
    year.close(result, decider)

    assert {name: given[2] for name, given in grades(year, result).items()} == {
        "甲一": "优秀", "乙二": "合格", "丙三": "优秀", "丁四": "合格", "戊五": "基本合格", "己六": "不合格",
    }  # fmt: skip
    with read_scope() as session:
        steps = session.scalars(
            select(PointsAnnualEvent).where(
                PointsAnnualEvent.annual_id == result, PointsAnnualEvent.person_id == year.people["乙二"]
            ).order_by(PointsAnnualEvent.id)
        ).all()  # fmt: skip
        assert [(step.grade, step.reason, step.actor) for step in steps] == [
            ("优秀", "抢险救灾连续值守", "account-2"),
            ("合格", "", "account-2"),
        ]
    assert refused(year.decide_rest, result, decider) == "wrong_state"


def test_proposer_decider_and_confirmer_are_different_people_and_nobody_decides_on_themselves(
    year: Year, clock: FixedClock
) -> None:
    proposer, decider, publisher, confirmer = (year.actor(n) for n in (1, 2, 3, 4))
    member = year.actor(5, person=year.people["丁四"])
    result = year.compute(proposer)
    year.propose(result, proposer)

    for act in (year.decide_rest, year.close, lambda row, who: year.decide(row, who, {"甲一": ("优秀", "")})):
        assert refused(act, result, proposer) == "another_person_needed"
    assert refused(lambda: year.decide(result, member, {"丁四": ("优秀", "辛苦")})) == "own_matter"
    assert year.decide_rest(result, member) == (5, 1)
    assert refused(year.close, result, member) == "not_all_decided"
    assert year.decide_rest(result, decider) == (1, 0)
    year.close(result, decider)
    year.publish(result, publisher)
    assert refused(year.confirm, result, confirmer) == "not_over"
    clock.advance(days=20)
    for actor in (proposer, decider, member, publisher):
        assert refused(year.confirm, result, actor) == "another_person_needed"
    year.confirm(result, confirmer)

    assert state(result) == "confirmed"


def test_a_public_result_with_an_objection_is_taken_back_and_published_anew(
    year: Year, clock: FixedClock
) -> None:
    proposer, decider, publisher, confirmer = (year.actor(n) for n in (1, 2, 3, 4))
    result = year.compute(proposer)
    year.propose(result, proposer)
    year.decide_rest(result, decider)
    year.close(result, decider)
    year.publish(result, publisher)
    with unit_of_work() as session:
        posted = publishing.notice_under(session, session.get_one(PointsAnnual, result))
        assert posted is not None
        shown = json.loads(posted.text)
        assert [row[0] for row in shown["rows"]][:2] == ["甲*", "戊*"]
        assert [column["title"] for column in shown["columns"]][-1] in ("Grade", "等次")
        raise_objection(
            session, "publicity", posted.public_id, "第2行的服务时长少记了", year.actor(9, "member")
        )
    clock.advance(days=20)
    assert refused(year.confirm, result, confirmer) == "open_objections"

    with unit_of_work() as session:
        found = session.get_one(PointsAnnual, result)
        publishing.take_down(session, found, "objection", "异议成立，重新审议", decider)
        deciding.take_back(session, found, "重新审议", decider)
    year.decide(result, decider, {"丁四": ("优秀", "补记的服务")})
    year.close(result, decider)
    year.publish(result, publisher)
    clock.advance(days=20)
    year.confirm(result, confirmer)

    with read_scope() as session:
        states = session.scalars(select(Publicity.state).order_by(Publicity.id)).all()
    assert states == ["withdrawn", "confirmed"]
    assert grades(year, result)["丁四"][2] == "优秀"


def test_a_confirmed_result_is_a_snapshot_and_reopening_gives_the_next_number(year: Year) -> None:
    people = [year.actor(n) for n in (1, 2, 3, 4)]
    first = year.to_confirmed(*people)
    kept = year.people["甲一"]
    with read_scope() as session:
        frozen = session.get_one(PointsAnnual, first)
        before = (frozen.text, frozen.sha256)
        assert previous_totals(session, [kept]) == {kept: {("half-year", PERIOD): "12.00"}}
        assert publishing.verify(session, year.area(session))[1] == []

    year.party.serve(kept, "08:00", "09:00", title="后来补的", derive=False)
    assert refused(year.compute, people[0]) == "result_exists"
    year.reopen(first, people[1])
    with read_scope() as session:
        assert previous_totals(session, [kept]) == {kept: {}}
    second = year.to_confirmed(*people)

    with read_scope() as session:
        old, new = session.get_one(PointsAnnual, first), session.get_one(PointsAnnual, second)
        assert (old.no, old.state, old.text, old.sha256) == (1, "reopened", *before)
        assert (new.no, new.state, new.prev_sha256) == (2, "confirmed", old.sha256)
        assert previous_totals(session, [kept]) == {kept: {("half-year", PERIOD): "13.00"}}
        notices = session.scalars(select(Publicity.state).order_by(Publicity.id)).all()
        assert notices == ["superseded", "confirmed"]
        assert publishing.verify(session, year.area(session))[1] == []


def test_an_open_objection_to_an_entry_keeps_the_grades_from_being_confirmed(year: Year) -> None:
    proposer, decider, publisher, confirmer = (year.actor(n) for n in (1, 2, 3, 4))
    with unit_of_work() as session:
        entry = session.scalars(select(Entry).where(Entry.person_id == year.people["甲一"])).first()
        assert entry is not None
        raised = take_objection(session, "entry", entry.public_id, "时间不对", "甲一", proposer).public_id
    with pytest.raises(Problem) as caught:
        year.to_confirmed(proposer, decider, publisher, confirmer)
    assert (caught.value.code, caught.value.params) == ("open_objections", {"count": 1})

    with unit_of_work() as session:
        found = session.scalars(select(Objection).where(Objection.public_id == raised)).one()
        answer(session, found, "rejected", "已核对", confirmer)
    with read_scope() as session:
        result = session.scalars(select(PointsAnnual.id)).one()
    year.confirm(result, confirmer)
    with read_scope() as session:
        assert session.get_one(PointsAnnual, result).state == "confirmed"


def test_a_confirmed_total_is_carried_into_the_next_period_until_it_is_reopened(
    party: Party, clock: FixedClock
) -> None:
    carrying = 'category = [ { id = "service", title = "志愿服务", carry = { first = 1, ratio = "0.5" } } ]'
    text_of = SCHEME.replace('category = [ { id = "service", title = "志愿服务" } ]', carrying)
    year = make_year(party, clock, text_of)
    people = [year.actor(n) for n in (1, 2, 3, 4)]

    def total() -> str:
        drain()
        with read_scope() as session:
            key = (year.people["己六"], "half-year", "2026-H2")
            return str(session.get_one(PointsResult, key).total_text)

    assert total() == "1.00"
    # Half a year ago nobody had a total either: 1.00 to begin with.
    result = year.to_confirmed(*people)
    assert total() == "0.50"
    year.reopen(result, people[1])
    assert total() == "1.00"


def test_a_grade_changed_by_sql_is_found_and_events_cannot_be_changed(year: Year) -> None:
    result = year.to_confirmed(*(year.actor(n) for n in (1, 2, 3, 4)))
    with unit_of_work() as session:
        session.execute(
            text(
                "UPDATE points_annual_line SET grade = '优秀' WHERE annual_id = :id AND person_id = :person"
            ),
            {"id": result, "person": year.people["己六"]},
        )
    with read_scope() as session:
        _count, broken = publishing.verify(session, year.area(session))
    assert [(row.no, row.what) for row in broken] == [(1, "lines")]
    for statement in (
        "UPDATE points_annual_event SET grade = '优秀'",
        "DELETE FROM points_annual_event",
        "DELETE FROM points_annual",
        "UPDATE points_annual SET no = 7",
    ):
        with pytest.raises(DBAPIError, match="append-only"), unit_of_work() as session:
            session.execute(text(statement))


def test_whoever_moves_after_the_period_is_graded_where_they_belonged_on_its_last_day(year: Year) -> None:
    year.party.publish(SCHEME, date(2026, 1, 1), "sunny")
    with unit_of_work() as session:
        person = session.get_one(Person, year.people["甲一"])
        move_person(session, person, year.party.areas["sunny"], date(2026, 7, 3), SYSTEM)
    drain()

    assert grades(year, year.compute(year.actor(1))).keys() == set(NAMES)
    with unit_of_work() as session:
        sunny = year.party.area(session, "sunny")
        assert refused(services.compute, session, sunny, PERIOD, "", year.actor(1)) == "no_members"


def test_members_of_an_area_with_a_scheme_of_its_own_are_graded_there(year: Year) -> None:
    year.party.publish(SCHEME, date(2026, 1, 1), "grid1")
    with read_scope() as session:
        area = year.party.areas["grid1"]
        own = select(Person.name).where(Person.area_id == area, Person.id.in_(year.people.values()))
        apart = set(session.scalars(own))
    with unit_of_work() as session:
        grid = year.party.area(session, "grid1")
        below: int = services.compute(session, grid, PERIOD, "", year.actor(1)).id
    assert grades(year, below).keys() == apart == set(NAMES)
    # All six belong to grid 1, so that nobody is left for the community's scheme.
    assert refused(year.compute, year.actor(1)) == "no_members"
