"""Figures of an area for a period, by its parts: people and person-times apart, registered and active apart.

Everything is about the people who belong to the area, whoever they served for. Months and years by area are read from
what is kept for that (``month_report``); all else from the credits of the period's days. Service over midnight counts
as one person-time on the day it began, and its minutes with the dates that they were on.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, case, func, literal, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from pointsys.plugin import N_, Area, AreaClosure, MonthSpan, subtree

from ..models import VolunteerCredit
from ..month_report import ReportLine, area_report, by_month
from ..policies.models import VolunteerSplit
from ..teams.models import VolunteerAlliance, VolunteerAllianceTeam, VolunteerProject, VolunteerTeam
from ..teams.queries import below
from .periods import Period
from .registered import in_areas, in_teams

AREA, TEAM, PROJECT, ALLIANCE, MONTH = "area", "team", "project", "alliance", "month"
GROUPS = {
    AREA: N_("By area"),
    TEAM: N_("By team"),
    PROJECT: N_("By project"),
    ALLIANCE: N_("By alliance"),
    MONTH: N_("By month"),
}
CREDIT, HONOUR = "credit", "honour"
APPROVED = "approved"


@dataclass(frozen=True)
class Asked:
    """What a report is about; ``klass`` "" for all hours, ``team`` with the teams below it."""

    period: Period
    by: str = AREA
    klass: str = ""
    team: int | None = None
    project: int | None = None

    @property
    def plain(self) -> bool:
        """Whether all hours of everybody are meant."""
        return not self.klass and self.team is None and self.project is None


@dataclass(frozen=True)
class Row:
    """A part of the report: ``code`` is an area's code, a project's, or a month; ``public_id`` of teams and so on."""

    name: str
    line: ReportLine
    code: str = ""
    public_id: str = ""


@dataclass(frozen=True)
class Report:
    """All parts and the total; ``rest`` is what belongs to no part: nobody's team, the area itself."""

    total: ReportLine
    rows: Sequence[Row]
    rest: ReportLine


NOTHING = ReportLine(0, 0, 0)


def grains(first: date, last: date, *conditions: ColumnElement[bool]) -> Subquery:
    """(person_id, area_id, team_id, project_id, klass, local_date, minutes, entries) of approved service in some days.

    ``conditions`` are on ``VolunteerCredit``. Minutes of another date than the entry began on are moved to it.
    """
    credit, split = VolunteerCredit, VolunteerSplit
    columns = (credit.person_id, credit.area_id, credit.team_id, credit.project_id, credit.klass)
    counts = (credit.state == APPROVED, *conditions)
    moved = and_(split.entry_id == credit.entry_id, split.local_date != credit.local_date)
    # Few entries go over midnight: they are found by their key, not by reading all credits again.
    few = credit.entry_id.in_(select(split.entry_id))
    began = select(*columns, credit.local_date, credit.minutes, literal(1).label("entries")).where(
        credit.local_date.between(first, last), *counts
    )
    left = (
        select(*columns, credit.local_date, -split.minutes, literal(0))
        .join(split, moved)
        .where(few, credit.local_date.between(first, last), *counts)
    )
    came = (
        select(*columns, split.local_date, split.minutes, literal(0))
        .join(split, moved)
        .where(few, split.local_date.between(first, last), *counts)
    )
    return union_all(began, left, came).subquery("grains")


def conditions(asked: Asked, area_id: int) -> list[ColumnElement[bool]]:
    """What a credit must be to be counted in a report, but for its day and state."""
    credit = VolunteerCredit
    found: list[ColumnElement[bool]] = [credit.area_id.in_(subtree(area_id))]
    if asked.klass:
        found.append(credit.klass == asked.klass)
    if asked.team is not None:
        found.append(credit.team_id.in_(below([asked.team])))
    if asked.project is not None:
        found.append(credit.project_id == asked.project)
    return found


def sums(session: Session, rows: Subquery, key: Any = None, source: Any = None) -> dict[Any, ReportLine]:
    """People, person-times and minutes of grains by ``key`` (of ``source``, if it is more than the grains)."""
    group = literal(0) if key is None else key
    each = (
        select(
            group.label("part"),
            rows.c.person_id,
            func.sum(rows.c.minutes).label("minutes"),
            func.sum(rows.c.entries).label("entries"),
        )
        .select_from(rows if source is None else source)
        .group_by(group, rows.c.person_id)
        .subquery("each")
    )
    active = func.sum(case((each.c.minutes > 0, 1), else_=0))
    found = session.execute(
        select(each.c.part, func.count(), func.sum(each.c.entries), func.sum(each.c.minutes), active)
        .group_by(each.c.part)
    )  # fmt: skip
    return {
        part: ReportLine(int(people), int(entries), int(minutes), int(active))
        for part, people, entries, minutes, active in found
    }


def people_sums(area_id: int, asked: Asked, first: date, last: date) -> Subquery:
    """(person_id, minutes, entries) of everybody who fits ``asked`` in some days, for ``queries.hours_page``."""
    rows = grains(first, last, *conditions(asked, area_id))
    return (
        select(
            rows.c.person_id,
            func.sum(rows.c.minutes).label("minutes"),
            func.sum(rows.c.entries).label("entries"),
        )
        .group_by(rows.c.person_id)
        .subquery("sums")
    )


def report(session: Session, area_id: int, asked: Asked) -> Report:
    """The figures of an area; about six statements whatever is asked, and however much there is."""
    if asked.by == AREA and asked.plain and asked.period.stored:
        return _stored(session, area_id, asked.period)
    rows = grains(asked.period.first, asked.period.last, *conditions(asked, area_id))
    total = sums(session, rows).get(0, NOTHING)
    last = asked.period.last
    if asked.plain:
        total = replace(total, registered=in_areas(session, area_id, [area_id], last)[area_id])
    elif asked.team is not None and asked.project is None:
        total = replace(total, registered=in_teams(session, [asked.team], area_id, last)[asked.team])
    parts = {AREA: _by_area, TEAM: _by_team, PROJECT: _by_project, ALLIANCE: _by_alliance, MONTH: _by_month}
    found, rest = parts[asked.by](session, area_id, asked, rows)
    return Report(total, found, rest)


def _stored(session: Session, area_id: int, period: Period) -> Report:
    found = area_report(session, area_id, period.stored)
    registered = in_areas(session, area_id, [area_id, *(area.id for area, _line in found.parts)], period.last)
    rows = [
        Row(area.name, replace(line, registered=registered[area.id]), area.code) for area, line in found.parts
    ]
    return Report(replace(found.total, registered=registered[area_id]), rows, found.direct)


Parts = tuple[list[Row], ReportLine]


def _by_area(session: Session, area_id: int, asked: Asked, rows: Subquery) -> Parts:
    children = session.scalars(select(Area).where(Area.parent_id == area_id).order_by(Area.code)).all()
    top = aliased(AreaClosure)
    inside = rows.join(
        top, and_(top.descendant_id == rows.c.area_id, top.ancestor_id.in_([c.id for c in children]))
    )
    lines = sums(session, rows, top.ancestor_id, inside) if children else {}
    registered = (
        in_areas(session, area_id, [area.id for area in children], asked.period.last) if asked.plain else {}
    )
    found = [
        Row(
            area.name,
            replace(lines.get(area.id, NOTHING), registered=registered.get(area.id)),
            area.code,
        )
        for area in children
        if area.closed_on is None or area.id in lines
    ]
    direct = select(rows).where(rows.c.area_id == area_id).subquery("direct")
    return found, sums(session, direct).get(0, NOTHING)


def _by_team(session: Session, area_id: int, asked: Asked, rows: Subquery) -> Parts:
    lines = sums(session, rows, rows.c.team_id)
    team = VolunteerTeam
    # Teams of the area stand there without service too, so that nobody is forgotten.
    wanted = or_(team.id.in_([one for one in lines if one is not None]), _idle_teams(asked, area_id))
    teams = session.scalars(select(team).where(wanted).order_by(team.name, team.id)).all()
    plain = asked.project is None and not asked.klass
    members = in_teams(session, [one.id for one in teams], area_id, asked.period.last) if plain else {}
    found = [
        Row(
            one.name,
            replace(lines.get(one.id, NOTHING), registered=members.get(one.id)),
            one.host,
            one.public_id,
        )
        for one in teams
    ]
    return _largest_first(found), lines.get(None, NOTHING)


def _idle_teams(asked: Asked, area_id: int) -> ColumnElement[bool]:
    team = VolunteerTeam
    if asked.project is not None:
        return literal(False)
    known = and_(
        team.area_id.in_(subtree(area_id)),
        or_(team.founded_on.is_(None), team.founded_on <= asked.period.last),
        or_(team.dissolved_on.is_(None), team.dissolved_on >= asked.period.first),
    )
    return known if asked.team is None else and_(known, team.id.in_(below([asked.team])))


def _by_project(session: Session, area_id: int, asked: Asked, rows: Subquery) -> Parts:
    lines = sums(session, rows, rows.c.project_id)
    project = VolunteerProject
    ids = [one for one in lines if one is not None]
    found = [
        Row(one.title, lines[one.id], one.code, one.public_id)
        for one in session.scalars(select(project).where(project.id.in_(ids)).order_by(project.code))
    ]
    return _largest_first(found), lines.get(None, NOTHING)


def _by_alliance(session: Session, area_id: int, asked: Asked, rows: Subquery) -> Parts:
    """A team in two alliances counts in both, for the days that it was in them."""
    link = VolunteerAllianceTeam
    lasted = and_(
        link.team_id == rows.c.team_id,
        link.from_on <= rows.c.local_date,
        or_(link.to_on.is_(None), link.to_on >= rows.c.local_date),
    )
    lines = sums(session, rows, link.alliance_id, rows.join(link, lasted))
    alliance = VolunteerAlliance
    found = [
        Row(one.name, lines[one.id], "", one.public_id)
        for one in session.scalars(
            select(alliance).where(alliance.id.in_(list(lines))).order_by(alliance.name)
        )
    ]
    outside = rows.outerjoin(link, lasted)
    without = sums(session, rows, case((link.alliance_id.is_(None), 0), else_=1), outside)
    return _largest_first(found), without.get(0, NOTHING)


def _by_month(session: Session, area_id: int, asked: Asked, rows: Subquery) -> Parts:
    months = asked.period.span.months
    if asked.plain:
        lines: Mapping[Any, ReportLine] = by_month(session, area_id, months)
    else:
        day = rows.c.local_date
        which = case(*[(day <= _end(month), month) for month in months], else_="")
        lines = sums(session, rows, which)
    return [Row(month, lines.get(month, NOTHING), month) for month in months], NOTHING


def _end(month: str) -> date:
    return MonthSpan(month, month).last_day


def _largest_first(rows: Collection[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (-row.line.minutes, -row.line.entries, row.name))
