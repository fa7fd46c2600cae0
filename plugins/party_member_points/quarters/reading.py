"""Reading sheets: the calendar of a year, lists, one sheet with its lines, and what a member sees of their own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, defer

from pointsys.plugin import (
    Area,
    Decision,
    Entry,
    Objection,
    Person,
    Publicity,
    current_site,
    groups,
    name_condition,
    subtree,
)

from ..ledger.models import PointsAward, PointsAwardDecision
from ..models import PointsBranch
from ..schemes import AreaRules, publications_by_id
from . import marks
from .calendar import Cut, cuts_of
from .models import (
    COMPUTED,
    PUBLIC,
    REPLACED,
    PointsSheet,
    PointsSheetEvent,
    PointsSheetLine,
)
from .wording import DUE, OBJECTED, OPEN, RUNNING, TAKEN_DOWN

POSTED = "posted"
LIVE = (POSTED, "confirmed")


@dataclass(frozen=True)
class SheetRow:
    """A sheet in a list; ``state`` is what a reader sees, with the notice and the objections taken in."""

    sheet: PointsSheet
    area: str
    state: str
    notice: str
    objections_until: date | None
    open: int


@dataclass(frozen=True)
class Slot:
    """One cut of a year with its newest sheet; ``state`` is running or open where there is none."""

    cut: Cut
    row: SheetRow | None
    state: str


def seen_state(sheet: PointsSheet, notice: Publicity | None, open_objections: int, now: datetime) -> str:
    """What the reader is told of a sheet's state."""
    if sheet.state != PUBLIC or notice is None:
        return sheet.state
    if notice.state not in LIVE:
        return TAKEN_DOWN
    if open_objections:
        return OBJECTED
    return DUE if now >= notice.closes_before else PUBLIC


def _rows(
    session: Session, *conditions: ColumnElement[bool], limit: int | None = None, offset: int = 0
) -> tuple[list[SheetRow], int]:
    sheet = PointsSheet
    own_line = Objection.subject_id.startswith(sheet.public_id.op("||")("."))
    concerned = or_(
        and_(Objection.subject_type == marks.NOTICE, Objection.subject_id == Publicity.public_id),
        and_(Objection.subject_type == marks.LINE, own_line),
    )
    waiting = (
        select(func.count())
        .select_from(Objection)
        .where(Objection.state == marks.OPEN, Objection.area_id == sheet.area_id, concerned)
        .correlate(sheet, Publicity)
        .scalar_subquery()
    )
    query = (
        select(sheet, Area.name, Publicity, waiting, func.count().over())
        .join(Area, Area.id == sheet.area_id)
        .outerjoin(Publicity, Publicity.id == sheet.publicity_id)
        .where(*conditions)
        # Every line of a sheet stands in them.
        .options(defer(sheet.text), defer(sheet.basis))
        .order_by(sheet.cut.desc(), Area.code, sheet.branch, sheet.no.desc())
        .limit(limit)
        .offset(offset)
    )
    now = current_site().now()
    rows = session.execute(query).all()
    found = [
        SheetRow(
            row[0],
            row[1],
            seen_state(row[0], row[2], row[3], now),
            row[2].public_id if row[2] else "",
            row[2].objections_until if row[2] else None,
            row[3],
        )
        for row in rows
    ]
    return found, int(rows[0][4]) if rows else 0


def list_sheets(
    session: Session, area_id: int, *, state: str = "", limit: int | None = None, offset: int = 0
) -> tuple[list[SheetRow], int]:
    """Sheets of an area and below, the newest cut first, and how many there are; one statement.

    ``state`` is one that is stored; those that were replaced are left out unless asked for.
    """
    wanted = PointsSheet.state == state if state else PointsSheet.state != REPLACED
    return _rows(session, PointsSheet.area_id.in_(subtree(area_id)), wanted, limit=limit, offset=offset)


def calendar(
    session: Session, area_id: int, rules: AreaRules, year: int, branch: str, today: date
) -> list[Slot]:
    """The cuts of a year for this very area, or a branch of it, each with its newest sheet; one statement."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    rows, _total = _rows(
        session,
        PointsSheet.area_id == area_id,
        PointsSheet.branch == branch,
        PointsSheet.cut >= first,
        PointsSheet.cut <= last,
        PointsSheet.state != REPLACED,
    )
    newest: dict[tuple[str, str, date], SheetRow] = {}
    for row in rows:
        newest.setdefault((row.sheet.scheme_id, row.sheet.period, row.sheet.cut), row)
    slots = []
    for cut in cuts_of(rules, year, today):
        found = newest.get((cut.scheme_id, cut.period, cut.day))
        state = found.state if found else RUNNING if cut.day >= today else OPEN
        slots.append(Slot(cut, found, state))
    return slots


def sheet_below(session: Session, area_id: int, public_id: str) -> PointsSheet | None:
    """The sheet with this outside id, if it is one of the area or below."""
    return session.scalar(
        select(PointsSheet).where(
            PointsSheet.public_id == public_id, PointsSheet.area_id.in_(subtree(area_id))
        )
    )


@dataclass(frozen=True)
class Member:
    """A line as staff see it; ``waits`` tells of an open objection about this person, ``raised`` counts them all."""

    person_id: int
    public_id: str
    name: str
    total: str
    gain: int
    grade: str
    categories: Mapping[str, str]
    place: int
    waits: bool
    raised: int


def members_of(
    session: Session,
    sheet: PointsSheet,
    found: marks.Marks,
    *,
    query: str = "",
    limit: int | None = None,
    offset: int = 0,
) -> tuple[list[Member], int]:
    """Lines of a sheet, best total first, and how many there are; one statement."""
    line = PointsSheetLine
    statement = (
        select(line, Person.public_id, Person.name, func.count().over())
        .join(Person, Person.id == line.person_id)
        .where(line.sheet_id == sheet.id)
        .order_by(line.total.desc(), Person.sort_key, Person.id)
        .limit(limit)
        .offset(offset)
    )
    if query:
        statement = statement.where(name_condition(query))
    rows = session.execute(statement).all()
    lines = [
        Member(
            row[0].person_id, row[1], row[2], row[0].total_text, row[0].gain, row[0].grade or "",
            json.loads(row[0].categories), row[0].place, found.waits(row[0].person_id),
            len(found.people.get(row[0].person_id, ())),
        )
        for row in rows
    ]  # fmt: skip
    return lines, int(rows[0][3]) if rows else 0


def events_of(session: Session, sheet: PointsSheet) -> list[PointsSheetEvent]:
    """What became of a sheet, the last one last."""
    query = select(PointsSheetEvent).where(PointsSheetEvent.sheet_id == sheet.id)
    return list(session.scalars(query.order_by(PointsSheetEvent.id)))


def numbers_of(session: Session, sheet: PointsSheet) -> list[SheetRow]:
    """All numbers of the same cut, the newest first; one statement."""
    rows, _total = _rows(
        session,
        PointsSheet.area_id == sheet.area_id,
        PointsSheet.scheme_id == sheet.scheme_id,
        PointsSheet.period == sheet.period,
        PointsSheet.cut == sheet.cut,
        PointsSheet.branch == sheet.branch,
    )
    return rows


def later_facts(session: Session, sheet: PointsSheet) -> int:
    """How many entries and awards of the sheet's time were recorded or decided on after it was computed.

    It stays as it was printed until it is reopened, or computed anew. Two statements.
    """
    line = PointsSheetLine
    people = select(line.person_id).where(line.sheet_id == sheet.id)
    first, last = marks.span_of(session, sheet)
    since = sheet.computed_at
    decided = select(Decision.id).where(Decision.entry_id == Entry.id, Decision.at > since).exists()
    judged = (
        select(PointsAwardDecision.id)
        .where(PointsAwardDecision.award_id == PointsAward.id, PointsAwardDecision.at > since)
        .exists()
    )
    entries = select(func.count()).where(
        Entry.person_id.in_(people),
        Entry.local_date >= first,
        Entry.local_date <= last,
        or_(Entry.recorded_at > since, decided),
    )
    awards = select(func.count()).where(
        PointsAward.person_id.in_(people),
        PointsAward.on_date >= first,
        PointsAward.on_date <= last,
        or_(PointsAward.recorded_at > since, judged),
    )
    return (session.scalar(entries) or 0) + (session.scalar(awards) or 0)


def branches_of(session: Session, area_id: int) -> list[str]:
    """Names of the branches of an area and below."""
    query = select(PointsBranch.name).where(PointsBranch.area_id.in_(subtree(area_id))).distinct()
    return sorted(session.scalars(query))


@dataclass(frozen=True)
class OwnLine:
    """A member's own line on a sheet that is or was public."""

    row: SheetRow
    subject: str
    place: str
    total: str
    gain: int
    grade: str
    categories: Sequence[tuple[str, str]]
    may_object: bool
    raised: Sequence[Objection]


def own_lines(session: Session, person_id: int) -> list[OwnLine]:
    """The lines of one human being on public, confirmed and reopened sheets, the newest first; seven statements."""
    own = [row for several in groups(session, [person_id]).values() for row in several]
    line = PointsSheetLine
    mine = {found.sheet_id: found for found in session.scalars(select(line).where(line.person_id.in_(own)))}
    if not mine:
        return []
    rows, _total = _rows(
        session,
        PointsSheet.id.in_(mine),
        PointsSheet.state.not_in((COMPUTED, REPLACED)),
        PointsSheet.publicity_id.is_not(None),
    )
    public_ids = dict(
        session.execute(
            select(Person.id, Person.public_id).where(
                Person.id.in_({found.person_id for found in mine.values()})
            )
        ).all()
    )
    subjects = {
        marks.subject_id(row.sheet.public_id, public_ids[mine[row.sheet.id].person_id]): row.sheet.id
        for row in rows
    }
    raised: dict[int, list[Objection]] = {}
    query = select(Objection).where(Objection.subject_type == marks.LINE, Objection.subject_id.in_(subjects))
    for objection in session.scalars(query.order_by(Objection.id)):
        raised.setdefault(subjects[objection.subject_id], []).append(objection)
    today = current_site().today()
    names = {sheet_id: subject for subject, sheet_id in subjects.items()}
    published = publications_by_id(session, {row.sheet.publication_id for row in rows})
    return [
        _own_line(
            row,
            mine[row.sheet.id],
            published[row.sheet.publication_id].scheme.category_titles,
            names[row.sheet.id],
            raised.get(row.sheet.id, ()),
            today,
        )
        for row in rows
    ]


def _own_line(
    row: SheetRow,
    line: PointsSheetLine,
    titles: Mapping[str, str],
    subject: str,
    raised: Sequence[Objection],
    today: date,
) -> OwnLine:
    points: dict[str, Any] = json.loads(line.categories)
    running = row.state in (PUBLIC, OBJECTED, DUE) and row.objections_until is not None
    return OwnLine(
        row,
        subject,
        f"{row.area}{row.sheet.branch}",
        line.total_text,
        line.gain,
        line.grade or "",
        [(title or key, str(points.get(key, ""))) for key, title in titles.items()],
        running and today <= (row.objections_until or today) and not any(o.state == "open" for o in raised),
        raised,
    )
