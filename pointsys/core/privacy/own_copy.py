"""The copy of one's own data (S-07): everything that the site holds of a person, as JSON that a program can read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pointsys.core.accounts.models import Account
from pointsys.core.activity_log.models import Activity, ActivityKind, Decision, Entry, EntryText
from pointsys.core.areas.models import Area
from pointsys.core.crypto import CannotDecrypt
from pointsys.core.documents.models import Document
from pointsys.core.objections.models import Objection
from pointsys.core.people.groups import groups
from pointsys.core.people.models import Person, PersonArea, PersonConsent, PersonUnmasking
from pointsys.core.people.records import id_number_of, phone_of
from pointsys.core.privacy.requests import of_person
from pointsys.core.site import current_site
from pointsys.kit.masking import UNREADABLE

FORMAT = 1
# What one person does in a lifetime fits.
MOST = 20_000


def looks(session: Session, rows: Sequence[int]) -> int:
    """How often staff looked at a full phone or ID number of the person."""
    query = select(func.count()).where(PersonUnmasking.person_id.in_(rows))
    return session.scalar(query) or 0


def copy_of(session: Session, person: Person) -> dict[str, Any]:
    """All of a person's own data, of all their rows and all plugins; instants in UTC, days as local dates."""
    ((_kept, rows),) = groups(session, [person.id]).items()
    people = session.scalars(select(Person).where(Person.id.in_(rows)).order_by(Person.id)).all()
    return {
        "format": FORMAT,
        "made_at": current_site().now().isoformat(),
        "person": [_person(row) for row in people],
        "areas": _areas(session, rows),
        "accounts": _accounts(session, rows),
        "entries": _entries(session, rows),
        "consents": _consents(session, rows),
        "documents": _documents(session, rows),
        "objections": _objections(session, rows),
        "requests": [
            {
                "kind": request.kind, "text": request.text, "asked_at": request.asked_at.isoformat(),
                "due_on": request.due_on.isoformat(), "state": request.state, "answer": request.answer,
            }
            for request in of_person(session, person)
        ],
        "looked_at_in_full": looks(session, rows),
        "plugins": _plugins(session, person, rows),
    }  # fmt: skip


def _person(row: Person) -> dict[str, object]:
    return {
        "id": row.public_id, "name": row.name, "sex": row.sex,
        "birth_date": row.birth_date.isoformat() if row.birth_date else None,
        "phone": _opened(phone_of, row), "id_number": _opened(id_number_of, row), "note": row.note,
        "on_record_since": row.created_at.isoformat(),
        "left_on": row.left_on.isoformat() if row.left_on else None,
    }  # fmt: skip


def _opened(open_it: Callable[[Person], str | None], row: Person) -> str | None:
    """A sealed value; one that was damaged says so and keeps nobody from the rest."""
    try:
        return open_it(row)
    except CannotDecrypt:
        return UNREADABLE


def _areas(session: Session, rows: Sequence[int]) -> list[dict[str, object]]:
    query = select(Area.name, PersonArea.from_on, PersonArea.to_on).join(Area, Area.id == PersonArea.area_id)
    found = session.execute(query.where(PersonArea.person_id.in_(rows)).order_by(PersonArea.id))
    return [{"area": r[0], "from": r[1].isoformat() if r[1] else None, "to": r[2].isoformat() if r[2] else None}
            for r in found]  # fmt: skip


def _accounts(session: Session, rows: Sequence[int]) -> list[dict[str, object]]:
    query = select(Account).where(Account.person_id.in_(rows))
    return [
        {
            "login": account.login, "made_at": account.created_at.isoformat(),
            "last_seen_at": account.last_seen_at.isoformat() if account.last_seen_at else None,
        }
        for account in session.scalars(query)
    ]  # fmt: skip


def _entries(session: Session, rows: Sequence[int]) -> list[dict[str, object]]:
    query = (
        select(Entry, ActivityKind.title, Activity.organiser, Area.name, EntryText.evidence, EntryText.note)
        .join(ActivityKind, ActivityKind.id == Entry.kind_id)
        .join(Activity, Activity.id == Entry.activity_id)
        .join(Area, Area.id == Entry.area_id)
        .outerjoin(EntryText, EntryText.entry_id == Entry.id)
        .where(Entry.person_id.in_(rows))
        .order_by(Entry.local_date, Entry.id)
        .limit(MOST)
    )
    reasons = select(Decision.entry_id, Decision.outcome, Decision.reason, Decision.at)
    reasons = reasons.join(Entry, Entry.id == Decision.entry_id).where(Entry.person_id.in_(rows))
    decided: dict[int, list[dict[str, object]]] = {}
    for entry_id, outcome, reason, at in session.execute(reasons.order_by(Decision.id)):
        decided.setdefault(entry_id, []).append({"outcome": outcome, "reason": reason, "at": at.isoformat()})
    return [
        {
            "id": entry.public_id, "date": entry.local_date.isoformat(), "title": entry.title, "kind": kind,
            "organiser": organiser or area, "area": area, "role": entry.role,
            "starts_at": entry.starts_at.isoformat() if entry.starts_at else None,
            "ends_at": entry.ends_at.isoformat() if entry.ends_at else None,
            "quantity_hundredths": entry.quantity, "unit": entry.unit, "status": entry.status,
            "evidence": evidence or "", "note": note or "", "decisions": decided.get(entry.id, []),
        }
        for entry, kind, organiser, area, evidence, note in session.execute(query)
    ]  # fmt: skip


def _consents(session: Session, rows: Sequence[int]) -> list[dict[str, object]]:
    query = select(PersonConsent).where(PersonConsent.person_id.in_(rows)).order_by(PersonConsent.id)
    return [
        {
            "kind": row.kind, "version": row.version, "method": row.method, "given_at": row.given_at.isoformat(),
            "withdrawn_at": row.withdrawn_at.isoformat() if row.withdrawn_at else None,
            "guardian": row.by_whom, "relation": row.relation,
        }
        for row in session.scalars(query)
    ]  # fmt: skip


def _documents(session: Session, rows: Sequence[int]) -> list[dict[str, object]]:
    query = select(Document).where(Document.person_id.in_(rows)).order_by(Document.id)
    return [
        {
            "number": row.number, "title": row.title, "issued_at": row.issued_at.isoformat(), "state": row.state,
            "content": row.snapshot,
        }
        for row in session.scalars(query)
    ]  # fmt: skip


def _objections(session: Session, rows: Sequence[int]) -> list[dict[str, object]]:
    query = select(Objection).where(Objection.person_id.in_(rows)).order_by(Objection.id)
    return [
        {
            "about": row.title, "text": row.text, "raised_at": row.raised_at.isoformat(), "state": row.state,
            "outcome": row.outcome, "answer": row.answer,
        }
        for row in session.scalars(query)
    ]  # fmt: skip


def _plugins(session: Session, person: Person, rows: Sequence[int]) -> dict[str, object]:
    answers = current_site().host.call_each("export_person", session=session, person=person.id, rows=rows)
    return {
        answer.info.name: {"missing": True} if answer.error is not None else dict(answer.value or {})
        for answer in answers
    }
