"""The line of a sheet as something to object to: the member names their own line, staff write down what others say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import N_, Decision, Entry, Person, Publicity, Subject, SubjectKind, groups

from ..ledger.models import PointsAward, PointsAwardDecision
from . import marks
from .models import PUBLIC, PointsSheet, PointsSheetLine
from .wording import title_of

POSTED = "posted"


def find(session: Session, subject_id: str) -> Subject | None:
    """The subject of a line: who computed and posted it, and all who recorded or decided on what it counts, do not
    answer."""
    sheet_id, _dot, person_id = subject_id.partition(".")
    line, sheet = PointsSheetLine, PointsSheet
    row = session.execute(
        select(sheet, Person, Publicity)
        .join(line, line.sheet_id == sheet.id)
        .join(Person, Person.id == line.person_id)
        .outerjoin(Publicity, Publicity.id == sheet.publicity_id)
        .where(sheet.public_id == sheet_id, Person.public_id == person_id)
    ).one_or_none()
    if row is None:
        return None
    found: PointsSheet = row[0]
    notice: Publicity | None = row[2]
    took_part = [(found.computed_by_account, found.computed_by), *_part_takers(session, found, row[1].id)]
    if notice is not None:
        took_part.append((notice.posted_by_account, notice.posted_by))
    return Subject(
        title=title_of(found),
        area_id=found.area_id,
        person_id=row[1].id,
        accounts=frozenset(account for account, _label in took_part if account is not None),
        labels=frozenset(label for account, label in took_part if account is None),
        last_day=notice.objections_until if notice else None,
        over=found.state != PUBLIC or notice is None or notice.state != POSTED,
        page="points_sheets.page",
        arguments={"sheet": found.public_id, "q": row[1].name},
    )


def _part_takers(session: Session, sheet: PointsSheet, person_id: int) -> Sequence[tuple[int | None, str]]:
    """Accounts and labels of everybody who recorded or decided on what happened to the person in the sheet's time."""
    rows = groups(session, [person_id])
    own = [row for several in rows.values() for row in several]
    first, last = marks.span_of(session, sheet)
    entry = Entry.person_id.in_(own), Entry.local_date >= first, Entry.local_date <= last
    award = PointsAward.person_id.in_(own), PointsAward.on_date >= first, PointsAward.on_date <= last
    decided, judged = Decision, PointsAwardDecision
    queries: list[Any] = [
        select(Entry.recorded_by_account, Entry.recorded_by).where(*entry),
        select(decided.account_id, decided.actor).join(Entry, Entry.id == decided.entry_id).where(*entry),
        select(PointsAward.recorded_by_account, PointsAward.recorded_by).where(*award),
        select(judged.account_id, judged.actor)
        .join(PointsAward, PointsAward.id == judged.award_id)
        .where(*award),
    ]
    return [(row[0], row[1]) for query in queries for row in session.execute(query.distinct())]


SUBJECT = SubjectKind(marks.LINE, N_("Line of a points sheet"), find)
