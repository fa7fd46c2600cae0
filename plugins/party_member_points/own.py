"""Reading one member: who they are to the plugin, their stored scores, and their own entries in words.

Scores are read as they are stored; one whose mark waits, or which time has made old, says so instead of passing for
the truth.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from pointsys.plugin import (
    Activity,
    ActivityKind,
    Area,
    AreaClosure,
    Decision,
    Entry,
    EntryText,
    Person,
    PersonAlias,
    at_home,
    current_site,
    readable_reason,
    table_of,
    waiting,
)

from .models import PointsBranch, PointsHomeUnit, PointsMember, PointsResult
from .schemes import NAME
from .stored import ENGINE

MOST_ENTRIES = 1_000


@dataclass(frozen=True)
class StoredScore:
    """One stored score; ``detail`` is the scorer's result with its explanation. ``old`` when time has passed it by."""

    scheme: str
    period: str
    status: str
    total: str
    grade: str | None
    detail: Mapping[str, Any]
    old: bool


@dataclass(frozen=True)
class MemberView:
    """A member with everything stored about them; ``scores`` the newest period first."""

    person_id: int
    political_status: str
    checkin_on: date
    checkin_assumed: bool
    left_on: date | None
    branch: str
    home_unit: str
    roster_differs: bool
    waits: bool
    scores: Sequence[StoredScore]
    post: str = ""

    def score(self, period: str) -> StoredScore | None:
        """The score of a period; "" for the newest one."""
        return next((score for score in self.scores if period in ("", score.period)), None)


@dataclass(frozen=True)
class OwnEntry:
    """One entry of a person in words, by its public id."""

    public_id: str
    title: str
    kind: str
    organiser: str
    local_date: date
    starts_at: datetime | None
    ends_at: datetime | None
    status: str
    # Who recorded and decided, and on what evidence; of an entry made elsewhere these stay there and are "".
    at_home: bool
    recorded_by: str
    recorded_at: datetime
    evidence: str
    decided_by: str
    decided_at: datetime | None
    reason: str
    # Of the ledger: "award", "adverse" for a deduction or veto, "session"; "" for an entry of the log.
    ledger: str = ""


def kept(person_id: int) -> ColumnElement[int]:
    """The kept id of a person as an expression, so that asking for it costs no statement of its own."""
    alias = select(PersonAlias.kept_id).where(PersonAlias.merged_id == person_id).scalar_subquery()
    return func.coalesce(alias, literal(person_id))


def is_old() -> ColumnElement[bool]:
    """Whether time, or a newer engine, has passed a stored score by."""
    return or_(
        and_(PointsResult.valid_until.is_not(None), PointsResult.valid_until <= current_site().today()),
        PointsResult.engine != ENGINE,
    )


def member_view(session: Session, person_id: int) -> MemberView | None:
    """A member and all their scores, in one statement; None for somebody who is not a member."""
    member, result = PointsMember, PointsResult
    waits = waiting(NAME, table_of(PointsMember).c.person_id)
    rows: Sequence[Sequence[Any]] = session.execute(
        select(
            member.person_id, member.political_status, member.checkin_on, member.checkin_assumed, member.left_on,
            PointsBranch.name, PointsHomeUnit.name, member.roster_differs, waits,
            result.scheme, result.period, result.status, result.total_text, result.grade, result.detail, is_old(),
            member.post,
        )
        .outerjoin(PointsBranch, PointsBranch.id == member.branch_id)
        .outerjoin(PointsHomeUnit, PointsHomeUnit.id == member.home_unit_id)
        .outerjoin(result, result.person_id == member.person_id)
        .where(member.person_id == kept(person_id))
        .order_by(result.period.desc(), result.publication_id.desc())
    ).all()  # fmt: skip
    if not rows:
        return None
    scores = [_score([*r[9:14], json.loads(r[14]), bool(r[15])]) for r in rows if r[9]]
    first: Sequence[Any] = rows[0]
    values = [*first[:5], first[5] or "", first[6] or "", first[7], bool(first[8]), scores, first[16]]
    return MemberView(*values)


def _score(values: Sequence[Any]) -> StoredScore:
    return StoredScore(*values)


def entries_between(
    session: Session, person_id: int, first: date | None, last: date | None
) -> list[OwnEntry]:
    """A person's entries of any status in a range of local dates, the newest first."""
    group = select(PersonAlias.merged_id).where(PersonAlias.kept_id == kept(person_id))
    each = aliased(Decision)
    last_decision = select(func.max(each.id)).where(each.entry_id == Entry.id).scalar_subquery()
    query = (
        select(
            Entry.public_id, Entry.title, ActivityKind.title, Activity.organiser, Area.name, Entry.local_date,
            Entry.starts_at, Entry.ends_at, Entry.status, at_home(), Entry.recorded_by, Entry.recorded_at,
            EntryText.evidence, Decision.actor, Decision.at, readable_reason(),
        )
        .outerjoin(EntryText, EntryText.entry_id == Entry.id)
        .outerjoin(Decision, Decision.id == last_decision)
        .join(Activity, Activity.id == Entry.activity_id)
        .join(ActivityKind, ActivityKind.id == Entry.kind_id)
        .join(Area, Area.id == Entry.area_id)
        .where(or_(Entry.person_id == kept(person_id), Entry.person_id.in_(group)))
        .order_by(Entry.local_date.desc(), Entry.id.desc())
        .limit(MOST_ENTRIES)
    )  # fmt: skip
    if first is not None:
        query = query.where(Entry.local_date >= first)
    if last is not None:
        query = query.where(Entry.local_date <= last)
    return [_own_entry(r) for r in session.execute(query)]


def _own_entry(row: Sequence[Any]) -> OwnEntry:
    home = bool(row[9])
    who = row[10] if home else ""
    evidence, decided_by = (row[12] or "", row[13] or "") if home else ("", "")
    values = [
        *row[:3],
        row[3] or row[4],
        *row[5:9],
        home,
        who,
        row[11],
        evidence,
        decided_by,
        row[14],
        row[15] or "",
    ]
    return OwnEntry(*values)


def distribution(session: Session, person_id: int, scheme: str, period: str) -> dict[int, int]:
    """Total in hundredths -> people, in the community (with its grids) that the person belongs to."""
    home = (
        select(case((Area.level == "grid", Area.parent_id), else_=Area.id))
        .join(Person, Person.area_id == Area.id)
        .where(Person.id == kept(person_id))
        .scalar_subquery()
    )
    inside = select(AreaClosure.descendant_id).where(AreaClosure.ancestor_id == home)
    rows = session.execute(
        select(PointsResult.total, func.count())
        .join(Person, Person.id == PointsResult.person_id)
        .where(
            Person.area_id.in_(inside),
            PointsResult.scheme == scheme,
            PointsResult.period == period,
            PointsResult.total.is_not(None),
        )
        .group_by(PointsResult.total)
    )
    return {int(total or 0): int(people) for total, people in rows}
