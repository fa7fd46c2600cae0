"""One member's part of the ledger in the shape of entries of the log, for the pages that explain a score."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from flask_babel import gettext
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from pointsys.plugin import CONFIRMED, PENDING, REJECTED, VOIDED, Area, PersonAlias

from ..own import MOST_ENTRIES, OwnEntry, kept
from .models import PointsAward, PointsAwardDecision, PointsSession, PointsSessionWord
from .reading import ANSWERED, EARN, WITHDRAWN, Word, confirmed_part, standing
from .rules import KIND_TITLES

# As the log names them; what is taken back is not accepted, whatever else waits is pending.
_SHOWN = {CONFIRMED: CONFIRMED, VOIDED: VOIDED, REJECTED: REJECTED, WITHDRAWN: REJECTED}


def ledger_between(session: Session, person_id: int, first: date | None, last: date | None) -> list[OwnEntry]:
    """Awards, deductions, vetoes and attended sessions of a person in a range of days; two statements."""
    return [*_awards(session, person_id, first, last), *_sessions(session, person_id, first, last)]


def _awards(session: Session, person_id: int, first: date | None, last: date | None) -> list[OwnEntry]:
    award, decision = PointsAward, PointsAwardDecision
    group = select(PersonAlias.merged_id).where(PersonAlias.kept_id == kept(person_id))
    each = aliased(decision)
    last_step = (
        select(func.max(each.id)).where(each.award_id == award.id, each.outcome != ANSWERED).scalar_subquery()
    )
    query = (
        select(award, Area.name, decision)
        .join(Area, Area.id == award.area_id)
        .outerjoin(decision, decision.id == last_step)
        .where(or_(award.person_id == kept(person_id), award.person_id.in_(group)))
        .order_by(award.on_date.desc(), award.id.desc())
        .limit(MOST_ENTRIES)
    )
    if first is not None:
        query = query.where(award.on_date >= first)
    if last is not None:
        query = query.where(award.on_date <= last)
    return [_of_award(row, area, step) for row, area, step in session.execute(query)]


def _of_award(award: PointsAward, area: str, step: PointsAwardDecision | None) -> OwnEntry:
    return OwnEntry(
        public_id=award.public_id,
        title=award.title or award.reason,
        kind=gettext(KIND_TITLES[award.kind]),
        organiser=area,
        local_date=award.on_date,
        starts_at=None,
        ends_at=None,
        status=_SHOWN.get(award.status, PENDING),
        at_home=True,
        recorded_by=award.recorded_by,
        recorded_at=award.recorded_at,
        evidence=award.evidence,
        decided_by=step.actor if step else "",
        decided_at=step.at if step else None,
        reason=(step.reason if step else "") or award.reason,
        ledger="award" if award.kind == EARN else "adverse",
    )


def _sessions(session: Session, person_id: int, first: date | None, last: date | None) -> list[OwnEntry]:
    word, meeting = PointsSessionWord, PointsSession
    group = select(PersonAlias.merged_id).where(PersonAlias.kept_id == kept(person_id))
    own = or_(word.person_id == kept(person_id), word.person_id.in_(group))
    concerned = select(word.session_id).where(own)
    query = (
        select(meeting, Area.name, word)
        .join(meeting, meeting.id == word.session_id)
        .join(Area, Area.id == meeting.area_id)
        .where(or_(own, word.person_id.is_(None)), word.session_id.in_(concerned))
        .order_by(word.id)
    )
    if first is not None:
        query = query.where(meeting.on_date >= first)
    if last is not None:
        query = query.where(meeting.on_date <= last)
    said: dict[int, list[PointsSessionWord]] = defaultdict(list)
    meetings: dict[int, tuple[PointsSession, str]] = {}
    for row, area, words in session.execute(query):
        said[row.id].append(words)
        meetings[row.id] = (row, area)
    shown = (_of_session(*meetings[i], words) for i, words in said.items())
    return [entry for entry in shown if entry is not None]


def _of_session(meeting: PointsSession, area: str, words: Sequence[PointsSessionWord]) -> OwnEntry | None:
    told = [Word(row.id, row.word, row.at) for row in words]
    if any(row.word == VOIDED for row in words):
        return None
    sure, latest = standing(confirmed_part(told)), standing(told)
    if not (sure.attended or latest.attended):
        return None
    by = next((row for row in words if row.person_id is not None), words[0])
    confirmed = next((row for row in reversed(words) if row.word == CONFIRMED), None)
    return OwnEntry(
        public_id=f"at-{meeting.public_id}",
        title=meeting.title,
        kind=gettext("Session"),
        organiser=area,
        local_date=meeting.on_date,
        starts_at=None,
        ends_at=None,
        status=CONFIRMED if sure.attended else PENDING,
        at_home=True,
        recorded_by=by.actor,
        recorded_at=by.at,
        evidence="",
        decided_by=confirmed.actor if confirmed else "",
        decided_at=confirmed.at if confirmed else None,
        reason="",
        ledger="session",
    )
