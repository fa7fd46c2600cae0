"""Reading lists: which there are, and the rows of one, each with what was recorded of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Integer, ScalarSelect, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    VOIDED,
    Activity,
    ActivityKind,
    Area,
    Entry,
    Person,
    current_site,
    subtree,
)

from .marks import COMPLETE, INSIDE, NO_START, PRESENT, Window, source_of, state_of
from .models import AttendanceMark, AttendanceSheet

# Plans older than this that have no list are no longer offered.
PLANS = 30


@dataclass(frozen=True)
class Pair:
    """A mark with the cached outcome of its entry, "" for none; an entry without an end waits to be settled."""

    mark: AttendanceMark
    entry: str
    entry_public_id: str
    open_end: bool

    @property
    def recorded(self) -> bool:
        """Whether it stands in the log."""
        return self.entry not in ("", VOIDED)

    @property
    def state(self) -> str:
        """What the stamps say."""
        return state_of(self.mark.in_at, self.mark.out_at, self.mark.present)

    @property
    def doubtful(self) -> bool:
        """Whether somebody who was there still has to say that it is true."""
        return self.mark.verify and not self.recorded

    @property
    def source(self) -> str:
        """What it is recorded as."""
        return source_of(self.mark.method, self.mark.out_method, late=self.mark.late)


@dataclass(frozen=True)
class Row:
    """One person's line: all their pairs, the first row number first."""

    person: Person
    area: str
    pairs: Sequence[Pair]

    @property
    def row_no(self) -> int:
        """The number on paper."""
        return self.pairs[0].mark.row_no

    @property
    def last(self) -> Pair:
        """The pair that is tapped on."""
        return self.pairs[-1]

    @property
    def settle(self) -> bool:
        """Whether a sign-out is missing in what was recorded."""
        return any(pair.recorded and pair.open_end for pair in self.pairs)


@dataclass(frozen=True)
class Counts:
    """A list in numbers: people on it, who came, who is inside, and pairs that are not recorded yet."""

    people: int
    came: int
    inside: int
    unrecorded: int
    no_start: int
    settle: int
    doubtful: int


@dataclass(frozen=True)
class Sheet:
    """A list with its activity, kind and rows."""

    sheet: AttendanceSheet
    activity: Activity
    kind: str
    area: Area
    rows: Sequence[Row] = field(default_factory=tuple)

    @property
    def window(self) -> Window:
        """The planned time."""
        return window_of(self.activity)

    @property
    def counts(self) -> Counts:
        """The numbers above the list."""
        pairs = [pair for row in self.rows for pair in row.pairs]
        came = (PRESENT, INSIDE, COMPLETE, NO_START)
        return Counts(
            len(self.rows),
            sum(any(pair.state in came for pair in row.pairs) for row in self.rows),
            sum(pair.state == INSIDE and not pair.recorded for pair in pairs),
            sum(
                pair.state in (PRESENT, INSIDE, COMPLETE) and not pair.recorded and not pair.doubtful
                for pair in pairs
            ),
            sum(pair.state == NO_START for pair in pairs),
            sum(row.settle for row in self.rows),
            sum(pair.doubtful for pair in pairs),
        )

    def row(self, row_no: int) -> Row | None:
        """The line that has a pair under this number."""
        return next((r for r in self.rows if any(p.mark.row_no == row_no for p in r.pairs)), None)


def window_of(activity: Activity) -> Window:
    """The planned time of an activity."""
    return Window(activity.local_date, activity.starts_at, activity.ends_at)


def find_sheet(
    session: Session,
    area_id: int,
    public_id: str,
    *,
    lock: bool = False,
    only: Collection[int] | None = None,
) -> Sheet | None:
    """The list with this outside id below an area, with all its rows; two statements."""
    inside = AttendanceSheet.area_id.in_(subtree(area_id))
    return sheet_where(session, AttendanceSheet.public_id == public_id, inside, lock=lock, only=only)


def sheet_where(
    session: Session,
    *conditions: ColumnElement[bool],
    lock: bool = False,
    only: Collection[int] | None = None,
) -> Sheet | None:
    """The one list that fits, wherever it is; ``only`` narrows its rows to those of some person ids.

    With ``lock`` whoever else writes to this list waits until the transaction ends: acts on a list come one by one.
    """
    if lock:
        # The rows are read after the lock is held, so that they are as the one before left them.
        session.execute(select(AttendanceSheet.id).where(*conditions).with_for_update())
    found = session.execute(
        select(AttendanceSheet, Activity, ActivityKind.title, Area)
        .join(Activity, Activity.id == AttendanceSheet.activity_id)
        .join(ActivityKind, ActivityKind.id == Activity.kind_id)
        .join(Area, Area.id == AttendanceSheet.area_id)
        .where(*conditions)
    ).one_or_none()
    if found is None:
        return None
    sheet, activity, kind, area = found
    return Sheet(sheet, activity, kind, area, rows_of(session, sheet.id, only))


def rows_of(session: Session, sheet_id: int, only: Collection[int] | None = None) -> list[Row]:
    """The lines of a list by row number, or those of some people alone."""
    query = (
        select(
            AttendanceMark, Person, Area.name, Entry.status, Entry.public_id, Entry.ends_at, Entry.starts_at
        )
        .join(Person, Person.id == AttendanceMark.person_id)
        .join(Area, Area.id == Person.area_id)
        .outerjoin(Entry, Entry.id == AttendanceMark.entry_id)
        .where(AttendanceMark.sheet_id == sheet_id)
        .order_by(AttendanceMark.row_no, AttendanceMark.pair)
    )
    if only is not None:
        query = query.where(AttendanceMark.person_id.in_(only))
    rows: dict[int, tuple[Person, str, list[Pair]]] = {}
    for mark, person, area, status, entry, ends_at, starts_at in session.execute(query):
        open_end = starts_at is not None and ends_at is None
        pair = Pair(mark, status or "", entry or "", open_end)
        rows.setdefault(person.id, (person, area, []))[2].append(pair)
    return [
        Row(person, area, sorted(pairs, key=lambda pair: pair.mark.pair))
        for person, area, pairs in rows.values()
    ]


@dataclass(frozen=True)
class Listed:
    """A line of the page of all lists; ``sheet`` is "" for a planned activity without a list."""

    sheet: str
    closed: bool
    activity: Activity
    kind: str
    people: int
    came: int
    settle: int


_MARKED = or_(AttendanceMark.in_at.is_not(None), AttendanceMark.out_at.is_not(None), AttendanceMark.present)


def list_sheets(session: Session, area_id: int, *, limit: int, offset: int = 0) -> tuple[list[Listed], int]:
    """The lists of an area and below, the newest activity first, and how many there are; two statements."""
    inside = AttendanceSheet.area_id.in_(subtree(area_id))
    total = session.scalar(select(func.count()).select_from(AttendanceSheet).where(inside)) or 0
    open_end = and_(Entry.status != VOIDED, Entry.starts_at.is_not(None), Entry.ends_at.is_(None))
    query = (
        select(
            AttendanceSheet.public_id,
            AttendanceSheet.closed_at.is_not(None),
            Activity,
            ActivityKind.title,
            func.count(func.distinct(AttendanceMark.person_id)),
            func.count(func.distinct(case((_MARKED, AttendanceMark.person_id)))),
            func.coalesce(func.sum(case((open_end, 1), else_=0), type_=Integer), 0),
        )
        .join(Activity, Activity.id == AttendanceSheet.activity_id)
        .join(ActivityKind, ActivityKind.id == Activity.kind_id)
        .outerjoin(AttendanceMark, AttendanceMark.sheet_id == AttendanceSheet.id)
        .outerjoin(Entry, Entry.id == AttendanceMark.entry_id)
        .where(inside)
        .group_by(AttendanceSheet.id, Activity.id, ActivityKind.id)
        .order_by(Activity.local_date.desc(), Activity.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [Listed(*row) for row in session.execute(query)], total


def planned_without_list(session: Session, area_id: int) -> list[Listed]:
    """Activities of today and later, with a planned time, that have no list yet; the nearest first."""
    listed = exists().where(AttendanceSheet.activity_id == Activity.id)
    query = (
        select(Activity, ActivityKind.title)
        .join(ActivityKind, ActivityKind.id == Activity.kind_id)
        .where(
            Activity.area_id.in_(subtree(area_id)),
            Activity.local_date >= current_site().today(),
            ~listed,
        )
        .order_by(Activity.local_date, Activity.id)
        .limit(PLANS)
    )
    return [Listed("", False, activity, kind, 0, 0, 0) for activity, kind in session.execute(query)]


def counting_open(area_id: int) -> ScalarSelect[int]:
    """How many lists of past or present days are not recorded, as a part of a statement."""
    return (
        select(func.count())
        .select_from(AttendanceSheet)
        .join(Activity, Activity.id == AttendanceSheet.activity_id)
        .where(
            AttendanceSheet.area_id.in_(subtree(area_id)),
            AttendanceSheet.closed_at.is_(None),
            Activity.local_date <= current_site().today(),
        )
        .scalar_subquery()
    )
