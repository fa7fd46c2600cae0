"""Members' points as pictures and in the month report."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.models import Area
from pointsys.core.pages import ReportSection
from pointsys.core.people.models import Person
from pointsys.core.unit_of_work import read_scope
from pointsys.kit.charts import Figure
from pointsys.kit.months import MonthSpan
from pointsys.kit.tables import HIDDEN
from pointsys.plugins.party_member_points import charts
from tests.plugins.party_member_points.party import Party, make_party, score

YEAR = MonthSpan("2026-01", "2026-12")


def figures(party: Party, place: str = "street", actor: Actor = SYSTEM) -> dict[str, Figure]:
    def ask(session: Session) -> dict[str, Figure]:
        area = session.get_one(Area, party.areas[place])
        return {figure.name: figure for figure in charts.figures(session, area, YEAR, actor)}

    with read_scope() as session:
        return ask(session)


def sections(party: Party, place: str = "street", month: str = "2026-07") -> list[ReportSection]:
    with read_scope() as session:
        return list(charts.report_sections(session, session.get_one(Area, party.areas[place]), month))


def test_points_spread_over_as_many_members_as_have_points(party: Party) -> None:
    members = [party.member(f"张{chr(0x4E00 + n)}") for n in range(6)]
    figure = figures(party)["points-spread"]

    assert [row[1] for row in figure.table.rows if row[1]] == [len(members)]
    assert figure.period == "2026"
    assert "6" in figure.summary


def test_few_members_are_not_shown_by_range(party: Party) -> None:
    for n in range(4):
        party.member(f"张{chr(0x4E00 + n)}")
    figure = figures(party)["points-spread"]
    assert {row[1] for row in figure.table.rows} <= {HIDDEN, 0}


def test_ones_own_place_is_marked(party: Party) -> None:
    members = [party.member(f"张{chr(0x4E00 + n)}") for n in range(6)]
    actor = Actor("own", account_id=1, person_id=members[0])
    marked = [row[0] for row in figures(party, actor=actor)["points-spread"].table.rows if "(" in str(row[0])]
    nobody = [row[0] for row in figures(party)["points-spread"].table.rows if "(" in str(row[0])]
    assert (len(marked), len(nobody)) == (1, 0)


def test_the_first_share_their_rank_when_equal(party: Party) -> None:
    first, second = party.member("张一"), party.member("张二")
    party.serve(first, day=date(2026, 3, 7))
    lines = figures(party)["points-top"].table.rows
    with read_scope() as session:
        names = {session.get_one(Person, person).name for person in (first, second)}

    assert {line[1] for line in lines} == names
    equal = score(first).total == score(second).total
    assert [line[0] for line in lines] == ([1, 1] if equal else [1, 2])
    assert figures(party)["points-top"].permission == "points.view"


def test_other_areas_members_are_not_drawn(party: Party) -> None:
    party.member("张一", "grid1")
    assert figures(party, "sunny") == {}
    total = sections(party, "sunny")[0].table.total
    assert total is not None
    assert total[1] == 0


def test_the_report_counts_members_by_grade(party: Party) -> None:
    for n in range(3):
        party.member(f"张{chr(0x4E00 + n)}")
    section = sections(party)[0]

    assert section.table.total is not None
    assert section.table.total[1] == 3
    assert sum(int(str(row[1])) for row in section.table.rows) == 3
    assert section.permission == "points.view"


def test_without_a_scheme_there_is_nothing_to_show(site: object) -> None:
    party = make_party(preset=False)
    assert figures(party) == {}
    assert sections(party) == []
