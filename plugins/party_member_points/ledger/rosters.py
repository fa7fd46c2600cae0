"""Reading sessions: who was expected and came, lists of sessions, and what one may be linked to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    CONFIRMED,
    PENDING,
    VOIDED,
    Activity,
    Area,
    Entry,
    Person,
    canonical_ids,
    chunks,
    subtree,
)

from ..models import PointsBranch, PointsMember
from .models import PointsSession, PointsSessionWord
from .reading import (
    ABSENT,
    ATTENDED,
    CHANGED,
    EXCUSED,
    OPEN,
    UNEXPECTED,
    Standing,
    Word,
    confirmed_part,
    standing,
)

SORTS = ("-day", "day")


@dataclass(frozen=True)
class Attendee:
    """One person of a session: what stands (``now``), what was confirmed, and whether the log names them."""

    person_id: int
    public_id: str
    name: str
    branch: str
    now: Standing
    confirmed: Standing
    in_log: bool
    reason: str

    @property
    def state(self) -> str:
        """attended, excused, absent or unexpected."""
        if self.now.attended or self.in_log:
            return ATTENDED
        if not self.now.expected:
            return UNEXPECTED
        return EXCUSED if self.now.excused else ABSENT


def words_of(session: Session, meeting: PointsSession) -> list[PointsSessionWord]:
    """All that was said of a session, in order."""
    word = PointsSessionWord
    return list(session.scalars(select(word).where(word.session_id == meeting.id).order_by(word.id)))


def standings(session: Session, meeting: PointsSession) -> dict[int, Standing]:
    """What stands of each person now, by kept id."""
    rows = words_of(session, meeting)
    by_person, _whole = _folded(session, rows)
    return {person: standing(words) for person, words in by_person.items()}


def _folded(
    session: Session, rows: Sequence[PointsSessionWord]
) -> tuple[dict[int, list[Word]], list[PointsSessionWord]]:
    """Words by kept id, those of the whole session among each; and the latter."""
    people = {row.person_id for row in rows if row.person_id is not None}
    kept = canonical_ids(session, people)
    found: dict[int, list[Word]] = {person: [] for person in kept.values()}
    for row in rows:
        told = Word(row.id, row.word, row.at)
        if row.person_id is not None:
            found[kept[row.person_id]].append(told)
        else:
            for words in found.values():
                words.append(told)
    return found, [row for row in rows if row.person_id is None]


def attendees(session: Session, meeting: PointsSession) -> list[Attendee]:
    """Everybody a session names, by branch and name; five statements."""
    rows = words_of(session, meeting)
    said, _whole = _folded(session, rows)
    reasons = {row.person_id: row.reason for row in rows if row.person_id is not None and row.word == EXCUSED}
    in_log = _in_log(session, meeting)
    found = []
    for part in chunks(sorted(said)):
        query = (
            select(Person.id, Person.public_id, Person.name, PointsBranch.name)
            .outerjoin(PointsMember, PointsMember.person_id == Person.id)
            .outerjoin(PointsBranch, PointsBranch.id == PointsMember.branch_id)
            .where(Person.id.in_(part))
        )
        for row in session.execute(query):
            words = said[row[0]]
            now, sure = standing(words), standing(confirmed_part(words))
            found.append(
                Attendee(*row[:3], row[3] or "", now, sure, row[0] in in_log, reasons.get(row[0], ""))
            )
    return sorted(found, key=lambda one: (one.branch, one.name, one.person_id))


def _in_log(session: Session, meeting: PointsSession) -> set[int]:
    """Who has a live entry in the session's activity, by kept id."""
    if meeting.activity_id is None:
        return set()
    people = set(
        session.scalars(
            select(Entry.person_id).where(
                Entry.activity_id == meeting.activity_id, Entry.status.in_((PENDING, CONFIRMED))
            )
        )
    )
    return set(canonical_ids(session, people).values()) if people else set()


@dataclass(frozen=True)
class SessionLine:
    """One session in the list; numbers of people who were expected and came, as last said."""

    public_id: str
    title: str
    on_date: date
    area: str
    branch: str
    item: str
    kind: str
    state: str
    expected: int
    attended: int


def sessions_page(
    session: Session,
    area_id: int,
    *,
    query: str = "",
    state: str = "",
    sort: str = "-day",
    limit: int,
    offset: int,
) -> tuple[list[SessionLine], int]:
    """Sessions of an area and below with their numbers; four statements, whatever their length."""
    meeting = PointsSession
    where: list[ColumnElement[bool]] = [meeting.area_id.in_(subtree(area_id))]
    if query:
        where.append(meeting.title.contains(query, autoescape=True))
    if state in (OPEN, CONFIRMED, CHANGED, VOIDED):
        where.append(meeting.state == state)
    total = session.scalar(select(func.count()).select_from(meeting).where(*where)) or 0
    order = (meeting.on_date, meeting.id) if sort == "day" else (meeting.on_date.desc(), meeting.id.desc())
    rows = session.execute(
        select(meeting, Area.name, PointsBranch.name)
        .join(Area, Area.id == meeting.area_id)
        .outerjoin(PointsBranch, PointsBranch.id == meeting.branch_id)
        .where(*where)
        .order_by(*order)
        .limit(limit)
        .offset(offset)
    ).all()
    numbers = _numbers(session, [row[0] for row in rows])
    return [
        SessionLine(
            m.public_id, m.title, m.on_date, area, branch or "", m.item, m.kind, m.state, *numbers.get(m.id, (0, 0))
        )
        for m, area, branch in rows
    ], total  # fmt: skip


def _numbers(session: Session, meetings: Sequence[PointsSession]) -> dict[int, tuple[int, int]]:
    """How many were expected and came, by session."""
    said: dict[int, dict[int, list[Word]]] = defaultdict(lambda: defaultdict(list))
    word = PointsSessionWord
    ids = [meeting.id for meeting in meetings]
    query = (
        select(word.id, word.session_id, word.person_id, word.word, word.at)
        .where(word.session_id.in_(ids), word.person_id.is_not(None))
        .order_by(word.id)
    )
    for row in session.execute(query):
        said[row.session_id][row.person_id].append(Word(row.id, row.word, row.at))
    linked = [meeting.activity_id for meeting in meetings if meeting.activity_id is not None]
    live = Entry.status.in_((PENDING, CONFIRMED))
    present: dict[int, set[int]] = defaultdict(set)
    if linked:
        query_log = select(Entry.activity_id, Entry.person_id).where(Entry.activity_id.in_(linked), live)
        for activity, person in session.execute(query_log):
            present[activity].add(person)
    found = {}
    for meeting in meetings:
        stands = {person: standing(words) for person, words in said[meeting.id].items()}
        came = {person for person, now in stands.items() if now.attended} | present[meeting.activity_id or 0]
        expected = {person for person, now in stands.items() if now.expected}
        found[meeting.id] = (len(expected), len(came & expected))
    return found


def session_here(session: Session, area_id: int, public_id: str) -> PointsSession | None:
    """The session with this outside id in an area or below."""
    meeting = PointsSession
    found: PointsSession | None = session.scalar(
        select(meeting).where(meeting.public_id == public_id, meeting.area_id.in_(subtree(area_id)))
    )
    return found


def activities_near(session: Session, area_id: int, day: date) -> list[tuple[int, str]]:
    """Activities of an area and below on a day, to choose from."""
    query = (
        select(Activity.id, Activity.title)
        .where(Activity.area_id.in_(subtree(area_id)), Activity.local_date == day)
        .order_by(Activity.id)
        .limit(50)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def people_here(session: Session, area_id: int, public_ids: Collection[str]) -> dict[str, int]:
    """Kept ids of people below an area, by outside id."""
    found: dict[str, int] = {}
    for part in chunks(sorted(set(public_ids))):
        rows = session.execute(
            select(Person.public_id, Person.id).where(
                Person.public_id.in_(part), Person.area_id.in_(subtree(area_id))
            )
        )
        found.update((row[0], row[1]) for row in rows)
    kept = canonical_ids(session, set(found.values()))
    return {public_id: kept[person] for public_id, person in found.items()}
