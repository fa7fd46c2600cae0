"""What volunteers can object to with the core's clock: hours of a session of their own, and complaints of either side.

Whoever recorded or confirmed the session, whoever is complained about and whoever complains do not answer.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    VOIDED,
    ActivityKind,
    Decision,
    Entry,
    Subject,
    SubjectKind,
    accounts_of_people,
    groups,
)

from ..models import VolunteerCredit
from ..teams.queries import leaders_of
from .evaluations import COMPLAINT
from .models import VOLUNTEER, VolunteerEvaluation

DISPUTE = "volunteer.entry"
PAGE = "volunteer_record_sessions.page"


def _hands(session: Session, entry: Entry) -> tuple[frozenset[int], frozenset[str]]:
    """Accounts that recorded or decided on an entry, and labels of those without one."""
    decided = session.execute(
        select(Decision.account_id, Decision.actor).where(Decision.entry_id == entry.id)
    ).all()
    actors = [(entry.recorded_by_account, entry.recorded_by), *((row[0], row[1]) for row in decided)]
    return (
        frozenset(account for account, _label in actors if account is not None),
        frozenset(label for account, label in actors if account is None),
    )


def _leaders(session: Session, entry: Entry) -> set[int]:
    """Who leads the team for which a session counts."""
    credit = session.get(VolunteerCredit, entry.id)
    return leaders_of(session, [credit.team_id]) if credit and credit.team_id is not None else set()


def find_dispute(session: Session, public_id: str) -> Subject | None:
    """A session of service as something whose hours are disputed."""
    entry = session.scalar(
        select(Entry)
        .join(ActivityKind, ActivityKind.id == Entry.kind_id)
        .where(Entry.public_id == public_id, ActivityKind.service.is_(True))
    )
    if entry is None:
        return None
    accounts, labels = _hands(session, entry)
    return Subject(
        title=f"{entry.title} {entry.local_date.isoformat()}"[:250],
        area_id=entry.area_id,
        person_id=entry.person_id,
        accounts=accounts,
        labels=labels,
        over=entry.status == VOIDED,
        page=PAGE,
        arguments={"entry": public_id},
    )


def find_complaint(session: Session, public_id: str) -> Subject | None:
    """An evaluation with which somebody complains."""
    evaluation = session.scalar(select(VolunteerEvaluation).where(VolunteerEvaluation.public_id == public_id))
    entry = session.get(Entry, evaluation.entry_id) if evaluation else None
    if evaluation is None or entry is None:
        return None
    accounts, labels = _hands(session, entry)
    if evaluation.recorded_by_account is not None:
        accounts |= {evaluation.recorded_by_account}
    else:
        labels |= {evaluation.recorded_by}
    concerned = {entry.person_id} if evaluation.side != VOLUNTEER else _leaders(session, entry)
    rows = groups(session, concerned)
    accounts |= accounts_of_people(session, [row for several in rows.values() for row in several])
    return Subject(
        title=f"{entry.title} {entry.local_date.isoformat()}"[:250],
        area_id=evaluation.area_id,
        person_id=evaluation.rater_person_id,
        accounts=accounts,
        labels=labels,
        page=PAGE,
        arguments={"entry": entry.public_id},
    )


SUBJECTS = (
    SubjectKind(DISPUTE, N_("Hours of a session"), find_dispute),
    SubjectKind(COMPLAINT, N_("Complaint"), find_complaint),
)
