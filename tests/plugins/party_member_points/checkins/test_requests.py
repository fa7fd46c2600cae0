"""Asking to check in, to move and to leave: what becomes a fact, when, and by whom."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.models import Area
from pointsys.core.people.merging import merge_people
from pointsys.core.people.models import Person
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from pointsys.plugins.party_member_points.changing import MemberChange, change_member
from pointsys.plugins.party_member_points.checkins import attributes, personal, queries, services
from pointsys.plugins.party_member_points.checkins.models import PointsCheckin, PointsCheckinStep
from pointsys.plugins.party_member_points.checkins.services import Ask, Corrected
from pointsys.plugins.party_member_points.models import PointsHomeUnit
from tests.factories import make_account
from tests.plugins.party_member_points.party import Party, result, view

DAY = date(2026, 3, 1)
CHECKIN = Ask("checkin", DAY, "第一党支部", "市第一中学", "secretary", note="住在一号楼")


def actor_of(session: Session, person: int | None = None) -> Actor:
    """Somebody with an account, of a person if one is given."""
    account = make_account(session, person=session.get(Person, person) if person is not None else None)
    return Actor(label=account.login, account_id=account.id, person_id=person)


def ask(party: Party, person: int, wanted: Ask, area: str = "happy", actor: Actor | None = None) -> int:
    with unit_of_work() as session:
        made = services.ask(
            session,
            session.get_one(Person, person),
            party.area(session, area),
            wanted,
            "member",
            actor or SYSTEM,
        )
        return int(made.id)


def answer(request: int, actor: Actor = SYSTEM, corrected: Corrected | None = None) -> None:
    with unit_of_work() as session:
        services.confirm(session, session.get_one(PointsCheckin, request), actor, corrected)


def refused(code: str, act: Any, *args: Any, **kwargs: Any) -> None:
    with pytest.raises(Problem) as problem:
        act(*args, **kwargs)
    assert problem.value.code == code


def test_a_request_becomes_a_membership_when_another_confirms_it(party: Party) -> None:
    person = party.person()
    with unit_of_work() as session:
        member, staff = actor_of(session, person), actor_of(session)
    request = ask(party, person, CHECKIN, actor=member)
    assert view(person) is None
    refused("request_open", ask, party, person, CHECKIN)
    refused("own_matter", answer, request, member)

    answer(request, staff, Corrected("一支部", "市一中"))

    found = view(person)
    assert found is not None
    assert (found.checkin_on, found.checkin_assumed, found.branch, found.home_unit, found.post) == (
        DAY, False, "一支部", "市一中", "secretary",
    )  # fmt: skip
    refused("request_closed", answer, request, staff)
    refused("already_member", ask, party, person, CHECKIN)
    with read_scope() as session:
        assert attributes.attributes_of(session, [person]) == {
            person: {"role": "secretary", "branch": "一支部", "home_unit": "市一中"}
        }
        steps = queries.steps_of(session, [request])[request]
        assert [(step.outcome, step.note) for step in steps] == [
            ("submitted", "住在一号楼"),
            ("confirmed", ""),
        ]
        unit = session.scalars(select(PointsHomeUnit).where(PointsHomeUnit.name == "市一中")).one()
        (told,) = queries.told_to(session, [(unit.id, party.areas["happy"])])
        assert queries.told_to(session, [(unit.id, party.areas["sunny"])]) == []
        assert queries.told_to(session, []) == []
        assert (told.name, told.kind, told.area) == ("张三", "checkin", "幸福社区")
        (mine,), total = queries.members_of(session, [(unit.id, party.areas["street"])])
        assert (mine.name, mine.branch, mine.left_on, total) == ("张三", "一支部", None, 1)


def test_whoever_asked_in_a_members_place_does_not_answer_under_any_account(party: Party) -> None:
    person, worker, twin = party.person(), party.person("李工"), party.person("李工程")
    with unit_of_work() as session:
        first, second, other = actor_of(session, worker), actor_of(session, twin), actor_of(session)
        merge_people(session, session.get_one(Person, worker), session.get_one(Person, twin), SYSTEM)
    request = ask(party, person, CHECKIN, actor=first)

    refused("another_person_needed", answer, request, first)
    refused("another_person_needed", answer, request, second)
    answer(request, other)


def test_a_returned_request_tells_why_and_can_be_made_again(party: Party) -> None:
    person = party.person()
    request = ask(party, person, CHECKIN)

    def send_back(reason: str) -> None:
        with unit_of_work() as session:
            services.send_back(session, session.get_one(PointsCheckin, request), reason, SYSTEM)

    refused("reason_needed", send_back, "  ")
    send_back("请写单位全称")
    assert view(person) is None
    again = ask(party, person, CHECKIN)
    with unit_of_work() as session:
        services.withdraw(session, session.get_one(PointsCheckin, again), SYSTEM)
    with read_scope() as session:
        rows = queries.requests_of(session, [person])
        assert [row.status for row in rows] == ["withdrawn", "returned"]
        assert queries.steps_of(session, [request])[request][-1].note == "请写单位全称"


def test_a_transfer_is_seen_by_both_sides_and_points_stay_with_what_was_done(party: Party) -> None:
    person = party.member(checkin_on="2026-01-05", branch="第一党支部", home_unit="供电公司")
    party.serve(person)
    before = result(person)
    request = ask(party, person, Ask("transfer", date(2026, 7, 1), "阳光支部", "供电公司"), "sunny")

    with read_scope() as session:
        for area, way in (("happy", "out"), ("sunny", "in")):
            filters = queries.Filters(direction=way)
            rows, total = queries.requests_page(session, party.areas[area], filters)
            assert (total, rows[0].from_branch, rows[0].branch) == (1, "第一党支部", "阳光支部")
            assert (rows[0].from_area, rows[0].area) == ("幸福社区", "阳光社区")
            assert rows[0].going == (way == "out")
    answer(request)

    found = view(person)
    assert found is not None
    assert (found.branch, found.home_unit, found.checkin_on) == ("阳光支部", "供电公司", date(2026, 1, 5))
    with read_scope() as session:
        assert session.get_one(Person, person).area_id == party.areas["sunny"]
    assert result(person)["credited"] == before["credited"]


def test_leaving_ends_points_on_that_day_and_a_new_check_in_begins_after_it(party: Party) -> None:
    person = party.member(checkin_on="2026-01-05", home_unit="供电公司")
    party.serve(person, day=date(2026, 3, 7))
    late = party.serve(person, day=date(2026, 5, 9))
    answer(ask(party, person, Ask("leave", date(2026, 4, 30), home_unit="供电公司")))

    found = view(person)
    assert found is not None
    assert (found.left_on, found.home_unit) == (date(2026, 4, 30), "供电公司")
    assert list(result(person)["ignored"].values()) == ["after_exit"]
    refused("not_a_member", ask, party, person, Ask("transfer", date(2026, 6, 1), "二支部"))
    refused("bad_day", ask, party, person, Ask("checkin", date(2026, 4, 30), home_unit="供电公司"))
    answer(ask(party, person, Ask("checkin", date(2026, 5, 1), home_unit="供电公司")))
    back = view(person)
    assert back is not None
    assert (back.checkin_on, back.left_on) == (date(2026, 5, 1), None)
    assert late
    assert list(result(person)["ignored"].values()) == ["before_checkin"]


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (Ask("checkin", date(2026, 7, 11), home_unit="供电公司"), "bad_day"),
        (Ask("checkin", date(201, 1, 1), home_unit="供电公司"), "bad_day"),
        (Ask("checkin", DAY), "home_unit_needed"),
        (Ask("checkin", DAY, home_unit="供" * 101), "name_too_long"),
        (Ask("checkin", DAY, home_unit="供电公司", post="mayor"), "bad_post"),
        (Ask("checkin", DAY, home_unit="供电公司", political_status="none"), "bad_political_status"),
        (Ask("checkin", DAY, home_unit="供电公司", note="说" * 501), "note_too_long"),
        (Ask("party", DAY, home_unit="供电公司"), "bad_kind"),
        (Ask("transfer", DAY, "二支部"), "not_a_member"),
    ],
)
def test_what_cannot_be_asked_is_refused(party: Party, wanted: Ask, code: str) -> None:
    refused(code, ask, party, party.person(), wanted)


def test_grids_answer_nothing_and_a_transfer_changes_something(party: Party) -> None:
    person = party.member(checkin_on="2026-01-05", home_unit="供电公司")
    refused("not_a_community", ask, party, person, Ask("transfer", DAY, "二支部"), "grid2")
    refused("nothing_changes", ask, party, person, Ask("transfer", DAY, "", "供电公司"))
    refused("bad_day", ask, party, person, Ask("transfer", date(2026, 1, 4), "二支部"))


def test_nobody_changes_their_own_membership(party: Party) -> None:
    person = party.member()
    with unit_of_work() as session:
        own = actor_of(session, person)
    change = MemberChange("member", date(2026, 1, 1), post="secretary")

    def act(actor: Actor) -> None:
        with unit_of_work() as session:
            change_member(session, session.get_one(Person, person), change, actor)

    refused("own_matter", act, own)
    act(SYSTEM)
    found = view(person)
    assert found is not None
    assert found.post == "secretary"


def test_requests_and_steps_stay_and_only_words_go_with_an_erasure(party: Party) -> None:
    person = party.person()
    request = ask(party, person, CHECKIN)
    for statement in (
        update(PointsCheckin).values(on_date=DAY.replace(day=2)),
        update(PointsCheckinStep).values(outcome="confirmed"),
    ):
        with pytest.raises(DatabaseError, match="append-only"), unit_of_work() as session:
            session.execute(statement)
    with unit_of_work() as session:
        given = personal.export(session, person, [person])
        personal.erase(session, person, [person])
    with read_scope() as session:
        assert [step.note for step in queries.steps_of(session, [request])[request]] == [""]
    assert str(given).count("住在一号楼") == 1


def test_communities_to_choose_from_are_those_of_the_sub_district(party: Party) -> None:
    with read_scope() as session:
        for name in ("happy", "grid1"):
            near = queries.communities_near(session, session.get_one(Area, party.areas[name]))
            assert [area.name for area in near] == ["幸福社区", "阳光社区"]


BY_POST = """
id = "by-post"
title = "按职务给基础分"
subject = "person"
period = { type = "year" }
[[version]]
no = 1
effective_from = "2026-01-01"
total = { cap = 100 }
category = [{ id = "duty", title = "履职", base_by = { attr = "role", values = { secretary = 9 }, default = 2 } }]
item = [{ id = "service", category = "duty", points = 1 }]
grade = [{ id = "合格", min = 5 }, { id = "待提高" }]
"""


def test_the_post_in_the_branch_gives_base_points_where_the_scheme_says_so(party: Party) -> None:
    person = party.member(checkin_on="2026-01-05")
    party.publish(BY_POST, date(2026, 1, 1))
    assert result(person)["total"] == "2.00"
    change = MemberChange("member", date(2026, 1, 5), post="secretary")
    with unit_of_work() as session:
        change_member(session, session.get_one(Person, person), change, SYSTEM)
    assert (result(person)["total"], result(person)["grade"]) == ("9.00", "合格")
