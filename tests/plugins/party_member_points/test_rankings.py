"""Rankings of branches, communities and home units, and what strangers read."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Flask

from pointsys.core.people.consent import RANKING
from pointsys.core.people.models import PersonConsent
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.party_member_points import rankings
from tests.browsers import SignIn, World, counted
from tests.plugins.party_member_points.party import Party

SCHEME, YEAR = "community-inservice", "2026"


def people_of(party: Party, branch: str, unit: str, area: str, hours: list[int]) -> list[int]:
    """Members of a branch and unit with so many hours each."""
    found = []
    for number, worked in enumerate(hours):
        person = party.member(
            f"{branch}{number}", area, branch=branch, home_unit=unit, checkin_on="2026-01-01"
        )
        found.append(person)
        if worked:
            party.serve(person, "09:00", f"{9 + worked:02}:00")
    return found


def test_groups_stand_by_their_average_and_small_ones_have_no_place(party: Party) -> None:
    people_of(party, "甲支部", "一中", "grid1", [0, 0, 0, 0, 0, 4])
    people_of(party, "乙支部", "一中", "grid2", [1, 1, 1, 1, 1])
    people_of(party, "丙支部", "医院", "sunny", [4, 4, 4, 4])
    with read_scope() as session:
        street = party.areas["street"]
        found = {
            by: rankings.group_lines(session, street, SCHEME, YEAR, by)
            for by in ("branch", "unit", "community")
        }
        inside = rankings.group_lines(session, party.areas["grid1"], SCHEME, YEAR, "branch")

    branches = [(line.rank, line.name, line.average_text) for line in found["branch"]]
    # Everybody begins with 10 less 2 for the idle first quarter; only who served in it keeps 10.
    assert [name for _rank, name, _average in branches] == ["乙支部", "甲支部", "丙支部"]
    assert branches[-1] == (None, "丙支部", "")
    assert [(line.name, line.members, line.rank) for line in found["unit"]] == [
        ("一中", 11, 1),
        ("医院", 4, None),
    ]
    assert [(line.members, line.rank) for line in found["community"]] == [(11, 1), (4, None)]
    assert [line.name for line in inside] == ["甲支部"]


def test_an_average_is_rounded_half_away_from_zero() -> None:
    assert rankings._average(5, 2) == 3
    assert rankings._average(-5, 2) == -3
    assert rankings.GroupLine("g", 5, -105, 1).average_text == "-1.05"


def test_strangers_read_the_first_who_agreed_and_nobody_else(party: Party) -> None:
    people = people_of(party, "甲支部", "一中", "grid1", [1, 4, 2, 3])
    with unit_of_work() as session:
        for person in people[:3]:
            given = datetime(2026, 1, 1, tzinfo=UTC)
            session.add(
                PersonConsent(
                    person_id=person,
                    kind=RANKING,
                    version="1",
                    method="oral",
                    given_at=given,
                    recorded_by="test",
                )
            )
    with read_scope() as session:
        lines = rankings.first_who_agreed(session, party.areas["happy"], SCHEME, YEAR, 2)
    assert [(line.rank, line.name) for line in lines] == [(1, "甲*"), (2, "甲*")]
    assert lines[0].total > lines[1].total


def test_the_page_has_a_tab_for_each_kind_of_group(
    app: Flask, sign_in: SignIn, world: World, world_party: Party
) -> None:
    with app.app_context():
        people_of(world_party, "甲支部", "一中", "grid1", [1, 1, 1, 1, 1])
        people_of(world_party, "丙支部", "医院", "grid2", [4])
    member = sign_in(world.accounts["worker"])
    path = f"/a/{world.codes['happy']}/points/ranking"
    assert len(member.page(path).select(".pills a")) == 4
    shown = {
        by: member.page(f"{path}?by={by}").select("table.list tbody tr")
        for by in ("branch", "community", "unit")
    }
    assert [row.select_one(".lead").get_text() for row in shown["branch"]] == ["甲支部", "丙支部"]  # type: ignore[union-attr]
    assert "<5" in shown["unit"][1].get_text()
    assert member.page(f"{path}?by=nonsense").select("table.list")
    with counted(app) as statements:
        member.page(f"{path}?by=branch")
    assert len(statements) < 14
