"""Founding, nesting and dissolving teams, who belongs to them, alliances and projects."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.people.merging import merge_people
from pointsys.core.people.models import Person
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from pointsys.plugins.volunteer.teams import bonds, lists, membership, personal, projects, queries, services
from pointsys.plugins.volunteer.teams.models import (
    VolunteerAlliance,
    VolunteerJoining,
    VolunteerMember,
    VolunteerProject,
    VolunteerTeam,
)
from tests.factories import make_account
from tests.plugins.volunteer.place import Place

TODAY = date(2026, 7, 10)
SPRING = date(2026, 3, 1)
Ref = tuple[type[Any], int]


def do(act: Callable[..., Any], *args: Any) -> Any:
    """One act in a transaction of its own; a (model, id) stands for that row. Returns the id of what was made."""
    with unit_of_work() as session:
        rows = [session.get_one(*arg) if isinstance(arg, tuple) else arg for arg in args]
        return getattr(act(session, *rows), "id", None)


def refused(code: str, act: Callable[..., Any], *args: Any) -> None:
    with pytest.raises(Problem) as problem:
        do(act, *args)
    assert problem.value.code == code


def team(place: Place, name: str, area: str = "happy", **more: Any) -> Ref:
    with unit_of_work() as session:
        data = services.TeamData(name, **more)
        return VolunteerTeam, services.add_team(session, place.area(session, area), data, SYSTEM).id


def join(to: Ref, person: int, role: str = "member", since: date = SPRING) -> Ref:
    return VolunteerMember, do(membership.add_member, to, (Person, person), role, since, SYSTEM)


def signed_in(session: Session, person: int) -> Actor:
    found = make_account(session, person=session.get(Person, person))
    return Actor(label=found.login, account_id=found.id, person_id=person)


def test_teams_stand_below_each_other_and_never_in_a_ring(place: Place) -> None:
    top = team(place, "志愿服务总队", "street")
    middle = team(place, "幸福分队", parent=top[1])
    leaf = team(place, "一组", "grid1", parent=middle[1])
    refused(
        "team_below_itself",
        services.change_team,
        top,
        services.TeamData("志愿服务总队", parent=leaf[1]),
        SYSTEM,
    )
    refused(
        "team_below_itself",
        services.change_team,
        top,
        services.TeamData("志愿服务总队", parent=top[1]),
        SYSTEM,
    )
    boss, deputy = place.person("甲"), place.person("乙")
    join(top, boss, "leader")
    join(leaf, deputy, "deputy")
    with read_scope() as session:
        assert queries.leads(session, [boss]) == {top[1], middle[1], leaf[1]}
        assert queries.leads(session, [deputy]) == {leaf[1]}
        assert queries.leaders_of(session, [leaf[1]]) == {boss, deputy}
        assert queries.leaders_of(session, [middle[1]]) == {boss}
        assert queries.leads(session, [place.areas["happy"] + 10_000]) == set()
        assert queries.names(session, [leaf[1]]) == {leaf[1]: "一组"}
        rows, total = lists.teams_page(session, place.areas["happy"], lists.TeamFilters())
        assert (total, [row.name for row in rows]) == (2, ["一组", "幸福分队"])
        assert lists.teams_page(session, place.areas["sunny"], lists.TeamFilters())[1] == 0


def test_a_name_is_used_once_and_an_office_issues_no_certificates(place: Place) -> None:
    made = team(place, "红马甲队", host="幸福社区居民委员会")
    with unit_of_work() as session:
        happy = place.area(session, "happy")
        cases: list[tuple[str, services.TeamData]] = [
            ("team_name_needed", services.TeamData(" ")),
            ("team_exists", services.TeamData("红马甲队", host="幸福社区居民委员会")),
            ("text_too_long", services.TeamData("长", about="多" * 501)),
            ("day_in_future", services.TeamData("新", founded_on=date(2026, 7, 11))),
            ("organisation_needed", services.TeamData("新", issuer_eligible=True)),
            (
                "office_cannot_issue",
                services.TeamData("新", issuer_eligible=True, organisation="平安街道办事处"),
            ),
            ("unknown_team", services.TeamData("新", parent=made[1] + 10_000)),
        ]
        for code, data in cases:
            with pytest.raises(Problem) as problem:
                services.add_team(session, happy, data, SYSTEM)
            assert problem.value.code == code
        eligible = services.TeamData("新", issuer_eligible=True, organisation="幸福社区居民委员会")
        assert services.add_team(session, happy, eligible, SYSTEM).issuer_eligible


def test_somebody_is_in_many_teams_once_in_each_and_leaving_keeps_what_was(place: Place) -> None:
    first, second = team(place, "甲队"), team(place, "乙队")
    person = place.person("张三")
    row = join(first, person, "leader")
    join(second, person)
    refused("already_member", membership.add_member, first, (Person, person), "member", TODAY, SYSTEM)
    refused("bad_role", membership.change_role, first, row, "king", SYSTEM)
    refused("bad_day", membership.leave, first, row, date(2026, 2, 28), SYSTEM)
    refused("bad_day", membership.leave, first, row, date(2026, 7, 11), SYSTEM)
    with read_scope() as session:
        assert [one.name for one in queries.teams_of_person(session, person, SPRING)] == ["甲队", "乙队"]
    do(membership.leave, first, row, date(2026, 6, 30), SYSTEM)
    refused("has_left", membership.change_role, first, row, "member", SYSTEM)
    refused("memberships_overlap", membership.add_member, first, (Person, person), "member", SPRING, SYSTEM)
    join(first, person, since=date(2026, 7, 1))
    with read_scope() as session:
        assert queries.members_on(session, first[1], date(2026, 6, 30)) == {person}
        assert queries.leads(session, [person]) == set()
        held = personal.export(session, person, [person])["teams"]
        assert isinstance(held, list)
        assert [(one["team"], one["to"]) for one in held] == [
            ("甲队", "2026-06-30"),
            ("乙队", None),
            ("甲队", None),
        ]


def test_whoever_asks_is_let_in_by_others_or_told_why_not(place: Place) -> None:
    to = team(place, "甲队")
    person, other = place.person("张三"), place.person("李四")
    asked = VolunteerJoining, do(membership.ask_to_join, to, (Person, person), "周末有空", SYSTEM)
    refused("already_asked", membership.ask_to_join, to, (Person, person), "", SYSTEM)
    with unit_of_work() as session:
        own = signed_in(session, person)
    refused("own_matter", membership.accept, to, asked, own)
    refused("own_matter", membership.refuse, to, asked, "不行", own)
    refused("own_matter", membership.add_member, to, (Person, person), "leader", TODAY, own)
    refused("answer_needed", membership.refuse, to, asked, " ", SYSTEM)
    do(membership.accept, to, asked, SYSTEM)
    refused("already_answered", membership.refuse, to, asked, "晚了", SYSTEM)
    refused("already_member", membership.ask_to_join, to, (Person, person), "", SYSTEM)
    second = VolunteerJoining, do(membership.ask_to_join, to, (Person, other), "会修电器", SYSTEM)
    with read_scope() as session:
        assert lists.waiting_askings(session, place.areas["happy"]) == 1
        assert [one.name for one in lists.askings_of_teams(session, [to[1]])] == ["李四"]
    do(membership.refuse, to, second, "名额已满", SYSTEM)
    do(services.change_team, to, services.TeamData("甲队", open_to_join=False), SYSTEM)
    refused("team_not_open", membership.ask_to_join, to, (Person, other), "", SYSTEM)
    with unit_of_work() as session:
        assert [one.answer for one in lists.askings_of_person(session, other)] == ["名额已满"]
        personal.erase(session, other, [other])
    with read_scope() as session:
        assert [(one.words, one.answer) for one in lists.askings_of_person(session, other)] == [("", "")]


def test_who_is_erased_leads_no_team_and_waits_for_none(place: Place) -> None:
    led, asked = team(place, "甲队"), team(place, "乙队")
    person = place.person("张三")
    join(led, person, "leader")
    do(membership.ask_to_join, asked, (Person, person), "周末有空", SYSTEM)
    with read_scope() as session:
        assert queries.leads(session, [person]) == {led[1]}
        assert lists.waiting_askings(session, place.areas["happy"]) == 1

    with unit_of_work() as session:
        personal.erase(session, person, [person])

    with read_scope() as session:
        assert queries.leads(session, [person]) == set()
        assert lists.waiting_askings(session, place.areas["happy"]) == 0
        assert [one.words for one in lists.askings_of_person(session, person)] == [""]


def test_a_dissolved_team_keeps_its_name_and_its_successor_stands_for_it(place: Place) -> None:
    old, new, child = team(place, "老队"), team(place, "新队"), None
    child = team(place, "小队", parent=old[1])
    person = place.person("张三")
    join(old, person, "leader")
    project = (
        VolunteerProject,
        do(projects.add_project, old, projects.ProjectData("G-1", "绿化", "environment", SPRING), SYSTEM),
    )
    do(membership.ask_to_join, old, (Person, place.person("李四")), "", SYSTEM)
    refused("team_has_teams", services.dissolve, old, new, SYSTEM)
    do(services.dissolve, child, None, SYSTEM)
    refused("bad_successor", services.dissolve, old, old, SYSTEM)
    refused("bad_successor", services.dissolve, old, child, SYSTEM)
    do(services.dissolve, old, new, SYSTEM)
    refused("team_dissolved", services.dissolve, old, new, SYSTEM)
    refused("team_dissolved", membership.add_member, old, (Person, person), "member", TODAY, SYSTEM)
    with read_scope() as session:
        gone = session.get_one(*old)
        assert (gone.name, gone.state, gone.dissolved_on) == ("老队", "dissolved", TODAY)
        follows = services.standing_team(session, gone)
        assert follows is not None
        assert follows.id == new[1]
        assert services.standing_team(session, session.get_one(*child)) is None
        assert queries.leads(session, [person]) == set()
        assert lists.waiting_askings(session, place.areas["happy"]) == 0
        assert session.get_one(*project).state == "closed"
        assert queries.members_on(session, old[1], TODAY) == {person}


def test_a_merged_person_is_one_member_and_leads_under_either_row(place: Place) -> None:
    to = team(place, "甲队")
    kept, merged = place.person("张三"), place.person("张三")
    join(to, merged, "leader")
    with unit_of_work() as session:
        merge_people(session, session.get_one(Person, kept), session.get_one(Person, merged), SYSTEM)
    refused("already_member", membership.add_member, to, (Person, kept), "member", TODAY, SYSTEM)
    with read_scope() as session:
        assert [one.role for one in queries.teams_of_person(session, kept, TODAY)] == ["leader"]
        assert queries.leaders_of(session, [to[1]]) == {kept}
        rows, total = lists.members_page(session, to[1], place.areas["happy"])
        assert (total, rows[0].person_id, rows[0].here) == (1, kept, True)
        assert queries.leads(session, queries.rows_of(session, kept)) == {to[1]}


def test_alliances_hold_teams_by_day_and_projects_move_one_way(place: Place) -> None:
    one, other = team(place, "甲队"), team(place, "乙队", "sunny")
    with unit_of_work() as session:
        street = place.area(session, "street")
        alliance = VolunteerAlliance, services.add_alliance(session, street, "平安联盟", "", SYSTEM).id
    for member in (one, other):
        do(services.ally, alliance, member, SYSTEM)
    refused("already_allied", services.ally, alliance, one, SYSTEM)
    do(services.part_ways, alliance, other, SYSTEM)
    refused("not_allied", services.part_ways, alliance, other, SYSTEM)
    with read_scope() as session:
        rows, _total = bonds.alliances_page(session, place.areas["street"])
        assert [(row.name, row.teams) for row in rows] == [("平安联盟", 1)]
        assert bonds.alliances_page(session, place.areas["happy"])[1] == 0
        assert bonds.alliances_of_team(session, one[1]) == ["平安联盟"]
    do(services.close_alliance, alliance, SYSTEM)
    refused("alliance_closed", services.ally, alliance, other, SYSTEM)

    data = projects.ProjectData("2026-green-01", "楼道绿化", "environment", SPRING)
    project = VolunteerProject, do(projects.add_project, one, data, SYSTEM)
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("project_exists", {"code": "2026-GREEN-01"}),
        ("bad_project_code", {"code": "绿-1"}),
        ("title_needed", {"code": "A-2", "title": ""}),
        ("bad_category", {"code": "A-2", "category": "fun"}),
        ("bad_period", {"code": "A-2", "to_on": date(2026, 2, 1)}),
    ]
    for code, change in wrong:
        refused(code, projects.add_project, other, projects.ProjectData(**{**vars(data), **change}), SYSTEM)
    refused("bad_step", projects.set_state, one, project, "running", SYSTEM)
    do(projects.set_state, one, project, "approved", SYSTEM)
    renamed = projects.ProjectData("OTHER-1", "楼道绿化", "environment", SPRING)
    refused("code_is_fixed", projects.change_project, one, project, renamed, SYSTEM)
    do(projects.set_state, one, project, "running", SYSTEM)
    do(projects.set_state, one, project, "closed", SYSTEM)
    refused("project_closed", projects.change_project, one, project, data, SYSTEM)
    with read_scope() as session:
        found = session.scalars(select(VolunteerProject)).one()
        assert (found.code, found.to_on) == ("2026-GREEN-01", TODAY)
