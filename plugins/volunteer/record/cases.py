"""Disputes over hours and complaints: raising them, what both sides show, and the corrected session afterwards.

Each is an objection of the core: it has a deadline in working days, and somebody who had no part in it answers. As long
as it is open, both sides can add to it; nothing that was shown is changed.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session, aliased

from pointsys.plugin import (
    CONFIRMED,
    N_,
    PENDING,
    VOIDED,
    Actor,
    Entry,
    Objection,
    Person,
    Problem,
    audit,
    clean_text,
    current_site,
    groups,
    raise_objection,
    subtree,
    take_objection,
)

from .evaluations import COMPLAINT
from .models import RECIPIENT, VOLUNTEER, VolunteerEvaluation, VolunteerEvidence
from .objecting import DISPUTE

OPEN = "open"
UPHELD = ("upheld", "partly")
MOST_WORDS = 1000
# The core's own objection to an entry concerns the same thing.
_ENTRY = "entry"


def dispute(session: Session, entry: Entry, text: str, actor: Actor) -> Objection:
    """Dispute the hours of a session of one's own.

    Raises Problem: not_yours, already_open, too_late, reason_needed, too_long_text.
    """
    if _open_on(session, (_ENTRY,), [entry.public_id]):
        raise Problem("already_open", N_("There is an objection to this already; it is answered first."))
    return raise_objection(session, DISPUTE, entry.public_id, text, actor)


def complain(
    session: Session, evaluation: VolunteerEvaluation, text: str, name: str, actor: Actor
) -> Objection:
    """Make an evaluation a complaint, which somebody who had no part in it answers.

    ``name`` is that of a recipient on whose behalf staff write. Raises Problem: already_open, reason_needed,
    too_long_text, name_needed.
    """
    if evaluation.side == RECIPIENT:
        return take_objection(session, COMPLAINT, evaluation.public_id, text, name, actor)
    return raise_objection(session, COMPLAINT, evaluation.public_id, text, actor)


def _open_on(session: Session, kinds: Collection[str], ids: Collection[str]) -> bool:
    query = select(Objection.id).where(
        Objection.subject_type.in_(kinds), Objection.subject_id.in_(ids), Objection.state == OPEN
    )
    return session.scalar(query.limit(1)) is not None


def add_evidence(
    session: Session, objection: Objection, words: str, actor: Actor, *, objector: bool
) -> VolunteerEvidence:
    """Add what one side says or shows; Problem already_answered, reason_needed, too_long_text."""
    words = clean_text(words)
    if not words:
        raise Problem("reason_needed", N_("Write what is wrong, or why, in a few words."), field="words")
    if len(words) > MOST_WORDS:
        raise Problem("too_long_text", N_("At most %(count)s characters."), field="words", count=MOST_WORDS)
    session.refresh(objection, with_for_update=True)
    if objection.state != OPEN:
        raise Problem("already_answered", N_("Somebody has answered this already, or it was taken back."))
    row = VolunteerEvidence(
        objection_id=objection.id,
        objector=objector,
        person_id=actor.person_id,
        words=words,
        at=current_site().now(),
        actor=actor.label,
        account_id=actor.account_id,
    )
    session.add(row)
    session.flush()
    audit.write(
        session, actor, "volunteer.evidence", "objection", objection.public_id, area_id=objection.area_id,
        after={"objector": objector, "words": words},
    )  # fmt: skip
    return row


# --- reading ---


@dataclass(frozen=True)
class Case:
    """A dispute or complaint with what both sides have shown; ``corrected`` is the entry that stands instead."""

    objection: Objection
    evidence: list[VolunteerEvidence]
    overdue: bool
    corrected: str

    @property
    def upheld(self) -> bool:
        """Whether it was found right, in whole or part."""
        return self.objection.outcome in UPHELD


def of_entry(session: Session, entry: Entry) -> list[Case]:
    """Disputes over a session and complaints about it, the newest first."""
    complaints = select(VolunteerEvaluation.public_id).where(VolunteerEvaluation.entry_id == entry.id)
    found = list(
        session.scalars(
            select(Objection)
            .where(
                ((Objection.subject_type == DISPUTE) & (Objection.subject_id == entry.public_id))
                | ((Objection.subject_type == COMPLAINT) & Objection.subject_id.in_(complaints))
            )
            .order_by(Objection.id.desc())
        )
    )
    shown: dict[int, list[VolunteerEvidence]] = {}
    row = VolunteerEvidence
    query = select(row).where(row.objection_id.in_([one.id for one in found])).order_by(row.id)
    for evidence in session.scalars(query):
        shown.setdefault(evidence.objection_id, []).append(evidence)
    today = current_site().today()
    corrected = corrected_by(session, entry) if any(one.outcome in UPHELD for one in found) else ""
    return [
        Case(one, shown.get(one.id, []), one.state == OPEN and one.due_on < today, corrected) for one in found
    ]


def corrected_by(session: Session, entry: Entry) -> str:
    """The outside id of the entry that replaces a voided one: of the same person and activity, recorded later."""
    if entry.status != VOIDED:
        return ""
    rows = [row for several in groups(session, [entry.person_id]).values() for row in several]
    query = (
        select(Entry.public_id)
        .where(
            Entry.activity_id == entry.activity_id,
            Entry.person_id.in_(rows),
            Entry.id > entry.id,
            Entry.status.in_((CONFIRMED, PENDING)),
        )
        .order_by(Entry.id.desc())
        .limit(1)
    )
    return session.scalar(query) or ""


@dataclass(frozen=True)
class CaseLine:
    """One line of an area's list of cases; ``entry`` is the session's outside id, ``person`` the volunteer."""

    objection: Objection
    entry: str
    person: str
    side: str
    overdue: bool


def listed(
    session: Session, area_id: int, *, kind: str = "", state: str = "", limit: int = 50, offset: int = 0
) -> tuple[list[CaseLine], int]:
    """Disputes and complaints of an area and below, the open ones first and the most urgent on top."""
    evaluation, today = VolunteerEvaluation, current_site().today()
    kinds = (kind,) if kind in (DISPUTE, COMPLAINT) else (DISPUTE, COMPLAINT)
    conditions: list[ColumnElement[bool]] = [
        Objection.area_id.in_(subtree(area_id)), Objection.subject_type.in_(kinds)
    ]  # fmt: skip
    if state == "overdue":
        conditions += [Objection.state == OPEN, Objection.due_on < today]
    elif state:
        conditions.append(Objection.state == state)
    is_open = case((Objection.state == OPEN, 0), else_=1)
    named = aliased(Entry)
    disputed = (
        select(named.id).where(named.public_id == Objection.subject_id).correlate(Objection).scalar_subquery()
    )
    found = session.execute(
        select(Objection, Entry.public_id, Person.name, evaluation.side, func.count().over())
        .outerjoin(
            evaluation,
            (Objection.subject_type == COMPLAINT) & (evaluation.public_id == Objection.subject_id),
        )
        .join(Entry, Entry.id == func.coalesce(evaluation.entry_id, disputed))
        .join(Person, Person.id == Entry.person_id)
        .where(*conditions)
        .order_by(is_open, case((Objection.state == OPEN, Objection.due_on)), Objection.id.desc())
        .limit(limit)
        .offset(offset)
    ).all()
    lines = [
        CaseLine(one, entry, name, side or VOLUNTEER, one.state == OPEN and one.due_on < today)
        for one, entry, name, side, _count in found
    ]
    return lines, int(found[0][4]) if found else 0
