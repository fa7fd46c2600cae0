"""Objections that concern a sheet: to its notice, to a line, and to entries and awards of its members in its time.

Whatever is open keeps the sheet from being confirmed, and marks the line of whom it concerns at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import Entry, Objection, PersonAlias, Publicity

from ..ledger.models import PointsAward
from ..schemes import period_span, publications_by_id
from .models import PointsSheet, PointsSheetLine

LINE = "points.sheet_line"
ENTRY = "entry"
AWARD = "points.award"
NOTICE = "publicity"
OPEN = "open"
_RIGHT = ("upheld", "partly")


@dataclass(frozen=True)
class Marks:
    """Objections to one sheet, the first raised first; ``people`` are those of each person by id."""

    raised: Sequence[Objection] = ()
    people: Mapping[int, Sequence[Objection]] = field(default_factory=dict)

    @property
    def open(self) -> int:
        """How many wait for an answer."""
        return sum(objection.state == OPEN for objection in self.raised)

    @property
    def upheld(self) -> int:
        """How many were right: the sheet has to be computed anew."""
        return sum(objection.outcome in _RIGHT for objection in self.raised)

    def waits(self, person_id: int) -> bool:
        """Whether an objection about this person is open."""
        return any(objection.state == OPEN for objection in self.people.get(person_id, ()))


def subject_id(sheet: str, person: str) -> str:
    """How the line of a person on a sheet is named as a subject, by both outside ids."""
    return f"{sheet}.{person}"


def span_of(session: Session, sheet: PointsSheet) -> tuple[date, date]:
    """First day of the sheet's period, and the day of its cut."""
    published = publications_by_id(session, [sheet.publication_id])[sheet.publication_id]
    return period_span(published.scheme.period_type, sheet.period)[0], sheet.cut


def of_sheet(session: Session, sheet: PointsSheet, person_id: int | None = None) -> Marks:
    """The objections to a sheet, or those that concern one person on it; two or three statements.

    An objection to an award of its time counts like one to an entry; rows that were merged are the same person.
    """
    notice = None
    if sheet.publicity_id is not None and person_id is None:
        notice = session.scalar(select(Publicity.public_id).where(Publicity.id == sheet.publicity_id))
    line = PointsSheetLine
    people = select(line.person_id).where(line.sheet_id == sheet.id)
    if person_id is not None:
        people = people.where(line.person_id == person_id)
    entries, awards = _matters_of(people, *span_of(session, sheet))
    concerned: ColumnElement[bool] = (
        and_(Objection.subject_type == NOTICE, Objection.subject_id == notice) if notice else false()
    )
    own_line = and_(
        Objection.subject_type == LINE,
        Objection.subject_id.startswith(f"{sheet.public_id}.", autoescape=True),
    )
    # What was answered before the sheet was computed is in it already.
    still = or_(Objection.state == OPEN, Objection.answered_at > sheet.computed_at)
    to_entry = and_(Objection.subject_type == ENTRY, still, Objection.subject_id.in_(entries))
    to_award = and_(Objection.subject_type == AWARD, still, Objection.subject_id.in_(awards))
    query = select(Objection).where(or_(concerned, own_line, to_entry, to_award)).order_by(Objection.id)
    raised = list(session.scalars(query))
    if person_id is not None:
        raised = [o for o in raised if o.subject_type != LINE or o.person_id == person_id]
    by_person: dict[int, list[Objection]] = {}
    for objection in raised:
        if objection.subject_type != NOTICE and objection.person_id is not None:
            by_person.setdefault(objection.person_id, []).append(objection)
    return Marks(raised, by_person)


def open_of_people(session: Session, people: Select[int], first: date, last: date) -> int:
    """How many objections are open to entries and awards of ``people`` (a query of person ids) in an inclusive span."""
    entries, awards = _matters_of(people, first, last)
    query = select(func.count()).where(
        Objection.state == OPEN,
        or_(
            and_(Objection.subject_type == ENTRY, Objection.subject_id.in_(entries)),
            and_(Objection.subject_type == AWARD, Objection.subject_id.in_(awards)),
        ),
    )
    return session.scalar(query) or 0


def _matters_of(people: Select[int], first: date, last: date) -> tuple[Select[str], Select[str]]:
    """Public ids of the entries and of the awards of ``people``, merged rows included, in an inclusive span."""
    merged = select(PersonAlias.merged_id).where(PersonAlias.kept_id.in_(people))
    entries = select(Entry.public_id).where(
        or_(Entry.person_id.in_(people), Entry.person_id.in_(merged)),
        Entry.local_date >= first,
        Entry.local_date <= last,
    )
    awards = select(PointsAward.public_id).where(
        or_(PointsAward.person_id.in_(people), PointsAward.person_id.in_(merged)),
        PointsAward.on_date >= first,
        PointsAward.on_date <= last,
    )
    return entries, awards
