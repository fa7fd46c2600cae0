"""What several pages read: a member with a score that is up to date, why it is what it is, the sheet asked for."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import Person, chunks, current_site, drain, mark_query, unit_of_work

from . import own, schemes, why
from .checkins.posts import POSTS
from .ledger.own import ledger_between
from .pages import STATUS_TITLES
from .schemes import NAME, AskedSheet


def fresh_member(session: Session, person_id: int) -> own.MemberView | None:
    """A member whose scores time has not passed by: one that is old is computed anew before it is shown."""
    member = own.member_view(session, person_id)
    if member is None or member.waits or not any(score.old for score in member.scores):
        return member
    refresh([member.person_id])
    return own.member_view(session, person_id)


def refresh(people: Collection[int]) -> None:
    """Mark people and compute their scores at once."""
    with unit_of_work(drain=False) as session:
        for part in chunks(sorted(people)):
            mark_query(session, NAME, select(Person.id).where(Person.id.in_(part)))
    drain(people=people)


def explained(session: Session, person_id: int, member: own.MemberView | None, period: str) -> dict[str, Any]:
    """What a page of one member shows: the member, and the score of a period with its reasons; both may be None."""
    score = (member.score(period) or member.score("")) if member else None
    shown = None
    if member is not None and score is not None:
        span = why.span_of(score)
        entries = own.entries_between(session, person_id, *span)
        entries = sorted([*entries, *ledger_between(session, person_id, *span)], key=_newest_first)
        shown = why.explain(member, score, entries)
    return {"member": member, "why": shown, "status_titles": STATUS_TITLES, "posts": POSTS}


def _newest_first(entry: own.OwnEntry) -> int:
    return -entry.local_date.toordinal()


def asked_for(session: Session, area_id: int, period: str) -> AskedSheet:
    """The sheet of an area that the address asks for."""
    return schemes.asked_sheet(schemes.rules_of(session, area_id), period, current_site().today())
