"""Who becomes a member through a roster, what a later one changes, and what staff change."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DatabaseError

from pointsys.core.actors import SYSTEM
from pointsys.core.people.merging import merge_people, unmerge
from pointsys.core.people.models import Person
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from pointsys.plugins.party_member_points.changing import MemberChange, change_member
from pointsys.plugins.party_member_points.members import Said, fold
from pointsys.plugins.party_member_points.models import PointsFact, PointsHomeUnit, PointsMember
from tests.plugins.party_member_points.party import MEMBER, Party, make_party, result, view


def test_a_member_without_a_day_of_check_in_is_taken_to_have_come_on_new_year(party: Party) -> None:
    member = view(party.member())

    assert member is not None
    assert (member.checkin_on, member.checkin_assumed) == (date(2026, 1, 1), True)


def test_a_later_roster_with_the_day_replaces_the_assumed_one(party: Party) -> None:
    person = party.member()
    party.roster({person: {**MEMBER, "checkin_on": "2026-02-10"}})

    member = view(person)
    assert member is not None
    assert (member.checkin_on, member.checkin_assumed) == (date(2026, 2, 10), False)


def test_a_roster_without_the_day_leaves_a_known_one_alone(party: Party) -> None:
    person = party.member(checkin_on="2025-05-06")
    party.roster({person: MEMBER})

    member = view(person)
    assert member is not None
    assert (member.checkin_on, member.checkin_assumed) == (date(2025, 5, 6), False)


def test_branch_and_home_unit_are_taken_from_the_roster_and_belong_to_the_community(party: Party) -> None:
    person = party.member(branch="第一党支部", home_unit="市第一中学")

    member = view(person)
    assert member is not None
    assert (member.branch, member.home_unit) == ("第一党支部", "市第一中学")
    with read_scope() as session:
        assert session.scalar(text("SELECT area_id FROM points_branch")) == party.areas["happy"]


def test_nothing_is_kept_of_people_who_are_no_members(party: Party) -> None:
    person = party.person()
    party.roster({person: {"political_status": "none", "home_unit": "供电公司", "branch": "无"}})

    assert view(person) is None
    with read_scope() as session:
        assert session.scalars(select(PointsHomeUnit.name)).all() == []
        assert session.scalars(select(PointsFact.id)).all() == []


def test_a_branch_alone_makes_a_member_where_the_roster_says_nothing_of_status(party: Party) -> None:
    person = party.person()
    party.roster({person: {"branch": "第二党支部"}})

    member = view(person)
    assert member is not None
    assert member.political_status == "member"


def test_a_home_unit_alone_makes_nobody_a_member(party: Party) -> None:
    person = party.person()
    party.roster({person: {"home_unit": "供电公司"}})

    assert view(person) is None


def test_a_roster_that_names_another_status_ends_no_membership_but_is_noted(party: Party) -> None:
    person = party.member()
    party.roster({person: {"political_status": "none"}})
    noted = view(person)
    assert noted is not None
    assert noted.roster_differs

    party.roster({person: MEMBER})
    agreed = view(person)
    assert agreed is not None
    assert not agreed.roster_differs


def test_the_same_roster_twice_adds_no_fact(party: Party) -> None:
    people = {
        party.person("甲"): {**MEMBER, "home_unit": "供电公司"},
        party.person("乙"): {"political_status": "none"},
    }
    party.roster(people)
    with read_scope() as session:
        before = session.scalars(select(PointsFact.id)).all()

    party.roster(people)

    with read_scope() as session:
        assert session.scalars(select(PointsFact.id)).all() == before
    assert len(before) == 3


def change(party: Party, person: int, **values: Any) -> tuple[str, ...]:
    known = MemberChange(**{"political_status": "member", "checkin_on": date(2026, 1, 1), **values})
    with unit_of_work() as session:
        return tuple(change_member(session, session.get_one(Person, person), known, SYSTEM))


def test_staff_record_the_true_day_of_check_in_and_it_counts_as_known(party: Party) -> None:
    person = party.member()

    assert change(party, person, checkin_on=date(2026, 3, 1)) == ("checkin",)

    member = view(person)
    assert member is not None
    assert (member.checkin_on, member.checkin_assumed) == (date(2026, 3, 1), False)


def test_staff_confirm_that_an_assumed_day_is_the_true_one(party: Party) -> None:
    person = party.member()

    assert change(party, person) == ()
    assert change(party, person, checkin_known=True) == ("checkin",)

    member = view(person)
    assert member is not None
    assert not member.checkin_assumed


def test_staff_end_a_mistaken_membership_and_the_scores_go_with_it(party: Party) -> None:
    person = party.member()
    assert result(person)["status"] == "graded"

    change(party, person, political_status="none")

    assert view(person) is None


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"checkin_on": date(2027, 1, 1)}, "checkin_in_future"),
        ({"left_on": date(2025, 12, 31)}, "left_before_checkin"),
        ({"political_status": "mayor"}, "bad_political_status"),
        ({"branch": "支" * 101}, "name_too_long"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(party: Party, values: dict[str, object], code: str) -> None:
    person = party.member()
    with pytest.raises(Problem) as refused:
        change(party, person, **values)

    assert refused.value.code == code
    assert refused.value.field in values


def test_facts_can_be_neither_changed_nor_deleted(party: Party) -> None:
    party.member()
    for statement in (
        update(PointsFact).values(on_date=date(2020, 1, 1)),
        delete(PointsFact),
    ):
        with pytest.raises(DatabaseError, match="append-only"), unit_of_work() as session:
            session.execute(statement)


def test_merging_makes_the_kept_person_the_member_and_unmerging_gives_both_back(party: Party) -> None:
    kept, member = party.person("张三"), party.member("张三丰", checkin_on="2025-03-01")
    with unit_of_work() as session:
        merge_people(session, session.get_one(Person, kept), session.get_one(Person, member), SYSTEM)

    merged = view(kept)
    assert merged is not None
    assert merged.checkin_on == date(2025, 3, 1)
    with read_scope() as session:
        assert session.scalars(select(PointsMember.person_id)).all() == [kept]

    with unit_of_work() as session:
        unmerge(session, session.get_one(Person, member), SYSTEM)
    assert view(kept) is None
    assert view(member) is not None


def test_merging_moves_members_and_scores_where_the_plugin_is_off(site: object) -> None:
    party = make_party("happy")
    kept, member = party.person("张三"), party.member("张三丰")
    assert result(member)["total"] is not None
    with unit_of_work() as session:
        switch_plugin(session, party.area(session, "happy"), "party_member_points", False, SYSTEM)
        merge_people(session, session.get_one(Person, kept), session.get_one(Person, member), SYSTEM)

    merged = view(kept)
    assert merged is not None
    assert [score.period for score in merged.scores] == ["2026"]


DAYS = st.dates(date(2024, 1, 1), date(2026, 12, 31))
CHECKINS = st.builds(
    lambda day, assumed: Said(1, "checkin", on_date=day, assumed=assumed), DAYS, st.booleans()
)


@given(st.lists(CHECKINS, min_size=1))
def test_an_assumed_check_in_never_wins_over_a_known_one(checkins: list[Said]) -> None:
    member = fold([Said(1, "status", value="member"), *checkins])

    known = [said.on_date for said in checkins if not said.assumed]
    assert member is not None
    if known:
        assert (member.checkin_on, member.checkin_assumed) == (known[-1], False)
    else:
        assert (member.checkin_on, member.checkin_assumed) == (
            min(s.on_date for s in checkins if s.on_date),
            True,
        )
