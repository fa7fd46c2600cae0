"""Issuing, checking, replacing and revoking documents.

``issue`` freezes a snapshot under the next number of its series; nothing of it changes afterwards. What happens later
(an entry voided, a mistake found, a corrected edition) is an event that changes the ``state`` and nothing else.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.models import Area
from pointsys.core.database import table_of, upsert
from pointsys.core.documents.models import (
    ISSUED,
    REVOKED,
    STALE,
    SUPERSEDED,
    Document,
    DocumentEvent,
    DocumentItem,
    DocumentSeries,
)
from pointsys.core.hook_guard import core_service
from pointsys.core.people.groups import canonical_ids, chunks
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.kit.documents import canonical, check_code, digest, format_number
from pointsys.kit.identity import clean_text
from pointsys.kit.problems import N_, Problem, Refused

# Why a document was revoked, as anybody who checks it may read; the text beside it stays inside.
REASON_CLASSES = {
    "wrong_content": N_("what it states was wrong"),
    "wrong_person": N_("it was issued to the wrong person"),
    "duplicate": N_("it was issued twice"),
    "other": N_("another reason"),
}
# Not for choosing: what erasing a person does.
ERASED_CLASS = "erased"
PUBLIC_REASONS = {**REASON_CLASSES, ERASED_CLASS: N_("the data of its holder was erased")}
MAX_REASON = 500


def issue(
    session: Session,
    area: Area,
    *,
    kind: str,
    series: str,
    title: str,
    template: str,
    snapshot: Mapping[str, object],
    actor: Actor,
    person: Person | None = None,
    entries: Collection[int] = (),
    replaces: Document | None = None,
    by_holder: bool = False,
) -> Document:
    """Issue a document of ``area`` over a frozen ``snapshot`` (JSON data without floats) and return it.

    ``series`` is two to six capital letters, ``template`` a Typst file below a ``templates`` folder, ``entries`` the
    entries of the log that it states. ``by_holder``: the holder takes it out, and nothing in it was chosen or typed by
    anybody, so that no second person is needed. Raises Refused own_document, Problem already_replaced or
    document_revoked.
    """
    if not by_holder:
        _check_not_own(session, person, actor)
    now = current_site().now()
    year = current_site().local(now).year
    number = format_number(series, area.code, year, _next(session, f"{series}-{area.code}-{year}"))
    token, text = secrets.token_hex(16), canonical(snapshot)
    sha256 = digest(text)
    if replaces is not None:
        _check_replaceable(session, replaces)
    document = Document(
        kind=kind, number=number, token=token, check_code=check_code(number, token, sha256), area_id=area.id,
        person_id=None if person is None else person.id, title=title, template=template, snapshot=text, sha256=sha256,
        replaces_id=None if replaces is None else replaces.id, issued_at=now, issued_by=actor.label,
        issued_by_account=actor.account_id, state=ISSUED,
    )  # fmt: skip
    session.add(document)
    session.flush()
    _add_event(session, [document.id], ISSUED, "", "", actor)
    for part in chunks(sorted(set(entries))):
        session.execute(
            insert(table_of(DocumentItem)),
            [{"document_id": document.id, "entry_id": entry_id} for entry_id in part],
        )
    if replaces is not None:
        replaces.state = SUPERSEDED
        _add_event(session, [replaces.id], SUPERSEDED, "", number, actor)
    audit.write(
        session, actor, "document.issued", "document", document.public_id, area_id=area.id,
        after={"number": number, "sha256": sha256},
    )  # fmt: skip
    return document


def _check_not_own(session: Session, person: Person | None, actor: Actor) -> None:
    if person is None or actor.person_id is None:
        return
    kept = canonical_ids(session, {person.id, actor.person_id})
    if kept[person.id] == kept[actor.person_id]:
        raise Refused("own_document", N_("Somebody else has to issue a document about yourself."))


def _next(session: Session, key: str) -> int:
    """The next running number; the row is locked until the transaction ends, so that none is given twice."""
    statement = upsert(session, DocumentSeries).values(key=key, last=1)
    statement = statement.on_conflict_do_update(
        index_elements=["key"], set_={"last": DocumentSeries.last + 1}
    ).returning(DocumentSeries.last)
    return int(session.execute(statement).scalar_one())


def _check_replaceable(session: Session, document: Document) -> None:
    session.refresh(document, with_for_update=True)
    if document.state == REVOKED:
        raise Problem(
            "document_revoked", N_("This document was revoked: issue a new one instead of replacing it.")
        )
    if document.state == SUPERSEDED:
        raise Problem("already_replaced", N_("This document was replaced already: open the newer one."))


def revoke(session: Session, document: Document, reason_class: str, reason: str, actor: Actor) -> None:
    """End a document for good; its number keeps answering. Raises Problem reason_needed or already_revoked."""
    if reason_class not in REASON_CLASSES:
        raise Problem("reason_needed", N_("Choose why the document is revoked."), field="reason_class")
    reason = clean_text(reason)
    if not reason or len(reason) > MAX_REASON:
        raise Problem(
            "reason_needed", N_("Say in a few words why; it is kept with the document."), field="reason"
        )
    session.refresh(document, with_for_update=True)
    if document.state == REVOKED:
        raise Problem("already_revoked", N_("This document was revoked already."))
    before = document.state
    document.state = REVOKED
    _add_event(session, [document.id], REVOKED, reason_class, reason, actor)
    audit.write(
        session, actor, "document.revoked", "document", document.public_id, area_id=document.area_id,
        before={"state": before}, after={"state": REVOKED, "class": reason_class, "reason": reason},
    )  # fmt: skip


def entries_voided(session: Session, entry_ids: Collection[int], actor: Actor) -> int:
    """Mark the valid documents that state one of these entries as stale; returns how many."""
    found: set[int] = set()
    for part in chunks(sorted(set(entry_ids))):
        query = (
            select(Document.id)
            .join(DocumentItem, DocumentItem.document_id == Document.id)
            .where(DocumentItem.entry_id.in_(part), Document.state == ISSUED)
        )
        found.update(session.scalars(query))
    return mark_stale(session, found, actor)


def mark_stale(session: Session, document_ids: Collection[int], actor: Actor = SYSTEM) -> int:
    """Mark those of the documents that are valid as stale: what they state was corrected; returns how many.

    Hooks that derive may ask for it: it takes nothing away, and a document that is no longer right must not look it.
    """
    marked = []
    for part in chunks(sorted(set(document_ids))):
        query = select(Document).where(Document.id.in_(part), Document.state == ISSUED)
        for document in session.scalars(query):
            document.state = STALE
            marked.append(document.id)
    if marked:
        with core_service():
            session.flush()
            _add_event(session, marked, STALE, "", "", actor)
    return len(marked)


def _add_event(
    session: Session, ids: Sequence[int], state: str, reason_class: str, reason: str, actor: Actor
) -> None:
    session.execute(
        insert(table_of(DocumentEvent)),
        [
            {
                "document_id": document_id, "state": state, "reason_class": reason_class, "reason": reason,
                "actor": actor.label, "at": current_site().now(),
            }
            for document_id in ids
        ],
    )  # fmt: skip


def history(session: Session, document: Document) -> list[DocumentEvent]:
    """What happened to a document, the first event first."""
    query = select(DocumentEvent).where(DocumentEvent.document_id == document.id).order_by(DocumentEvent.id)
    return list(session.scalars(query))


def by_token(session: Session, token: str) -> Document | None:
    """The document whose QR code holds this token."""
    return session.scalar(select(Document).where(Document.token == token))


def by_number(session: Session, number: str, code: str) -> Document | None:
    """The document with this number, if the check code is its own."""
    document = session.scalar(select(Document).where(Document.number == number))
    if document is None or not secrets.compare_digest(document.check_code, code):
        return None
    return document


def replaced_by(session: Session, document: Document) -> Document | None:
    """The newer edition of a superseded document."""
    return session.scalar(select(Document).where(Document.replaces_id == document.id))


def is_emptied(document: Document) -> bool:
    """Whether the holder was erased: number and state are all that is left."""
    return document.snapshot == "" and document.state == REVOKED


def is_intact(document: Document) -> bool:
    """Whether the stored text is still the one that was issued, or was taken out because its holder was erased."""
    if is_emptied(document):
        return True
    sha256 = digest(document.snapshot)
    return sha256 == document.sha256 and document.check_code == check_code(
        document.number, document.token, sha256
    )
