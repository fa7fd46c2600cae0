"""Commendations (表彰): recording what somebody received, voiding what is wrong, and reading an area's list."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Person,
    Problem,
    audit,
    clean_text,
    current_site,
    name_condition,
    subtree,
)

from .deciding_stars import not_own
from .models import RECORDED, VOIDED, VolunteerAward

LEVELS = {
    "national": N_("National"),
    "province": N_("Province or city"),
    "district": N_("District or county"),
    "street": N_("Sub-district"),
    "community": N_("Community"),
    "organisation": N_("Organisation"),
}
MOST_WORDS = 500


@dataclass(frozen=True)
class CommendationDraft:
    """What somebody received, as typed."""

    title: str
    level: str
    awarded_by: str
    awarded_on: date | None
    document_no: str = ""
    note: str = ""


def commend(session: Session, person: Person, draft: CommendationDraft, actor: Actor) -> VolunteerAward:
    """Record a commendation; Problem title_needed, too_long_text, unknown_choice, date_needed, day_in_future,
    own_record, already_recorded."""
    today = current_site().today()
    if draft.level not in LEVELS:
        raise Problem("unknown_choice", N_("Choose one of the values offered."), field="level")
    if draft.awarded_on is None:
        raise Problem("date_needed", N_("Give the day."), field="awarded_on")
    if draft.awarded_on > today:
        raise Problem("day_in_future", N_("This day has not come yet."), field="awarded_on")
    not_own(session, [person.id], actor)
    award = VolunteerAward(
        person_id=person.id,
        area_id=person.area_id,
        title=_words(draft.title, "title", 100, needed=True),
        level=draft.level,
        awarded_by=_words(draft.awarded_by, "awarded_by", 100, needed=True),
        awarded_on=draft.awarded_on,
        document_no=_words(draft.document_no, "document_no", 60),
        note=_words(draft.note, "note", MOST_WORDS),
        recorded_at=current_site().now(),
        recorded_by=actor.label,
        recorded_by_account=actor.account_id,
    )
    _not_twice(session, award)
    session.add(award)
    session.flush()
    audit.write(
        session, actor, "volunteer.commended", "volunteer_award", award.public_id, area_id=award.area_id,
        after={"title": award.title, "on": award.awarded_on},
    )  # fmt: skip
    return award


def _not_twice(session: Session, award: VolunteerAward) -> None:
    row = VolunteerAward
    same = select(row.id).where(
        row.person_id == award.person_id,
        row.title == award.title,
        row.awarded_on == award.awarded_on,
        row.state == RECORDED,
    )
    if session.scalar(same) is not None:
        raise Problem("already_recorded", N_("This is recorded for this person already."), field="title")


def void(session: Session, award: VolunteerAward, reason: str, actor: Actor) -> None:
    """Take a wrong commendation off the record; Problem reason_needed, too_long_text, wrong_state, own_record."""
    not_own(session, [award.person_id], actor)
    session.refresh(award, with_for_update=True)
    if award.state != RECORDED:
        raise Problem("wrong_state", N_("Somebody has decided on one of them meanwhile. Look at them again."))
    reason = clean_text(reason)
    if not reason:
        raise Problem("reason_needed", N_("Write what is wrong, or why, in a few words."), field="reason")
    award.state, award.void_reason = VOIDED, _words(reason, "reason", MOST_WORDS)
    session.flush()
    audit.write(
        session, actor, "volunteer.commendation_voided", "volunteer_award", award.public_id, area_id=award.area_id,
        before={"state": RECORDED}, after={"state": VOIDED, "reason": award.void_reason},
    )  # fmt: skip


def _words(text: str, field: str, most: int, *, needed: bool = False) -> str:
    text = clean_text(text)
    if needed and not text:
        raise Problem("title_needed", N_("Write what it is called, and who gave it."), field=field)
    if len(text) > most:
        raise Problem("too_long_text", N_("At most %(count)s characters."), field=field, count=most)
    return text


@dataclass(frozen=True)
class CommendationLine:
    """One line of an area's list."""

    award: VolunteerAward
    person: Person


def listed(
    session: Session, area_id: int, *, q: str = "", level: str = "", limit: int = 50, offset: int = 0
) -> tuple[list[CommendationLine], int]:
    """Commendations of people of an area and below, the newest first; and how many there are."""
    row = VolunteerAward
    conditions: list[ColumnElement[bool]] = [row.area_id.in_(subtree(area_id)), row.state == RECORDED]
    if q:
        conditions.append(name_condition(q))
    if level:
        conditions.append(row.level == level)
    found = session.execute(
        select(row, Person, func.count().over())
        .join(Person, Person.id == row.person_id)
        .where(*conditions)
        .order_by(row.awarded_on.desc(), row.id.desc())
        .limit(limit)
        .offset(offset)
    ).all()
    return [CommendationLine(one, person) for one, person, _count in found], int(found[0][2]) if found else 0


def find(session: Session, area_id: int, public_id: str) -> VolunteerAward | None:
    """The commendation with this outside id, if it stands in an area or below."""
    row = VolunteerAward
    return session.scalar(select(row).where(row.public_id == public_id, row.area_id.in_(subtree(area_id))))


def of_person(session: Session, rows: Collection[int]) -> list[VolunteerAward]:
    """What somebody (all row ids) has received, the newest first."""
    row = VolunteerAward
    query = select(row).where(row.person_id.in_(rows), row.state == RECORDED)
    return list(session.scalars(query.order_by(row.awarded_on.desc(), row.id.desc())))
