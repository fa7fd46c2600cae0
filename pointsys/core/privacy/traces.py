"""What else names an erased person: papers, free texts, photos, staged files, kept answers, files to be fetched.

Texts that hang on the person's rows are emptied whatever they say. Elsewhere a text is emptied when the person's
phone, ID number or login stands in it: a name alone may be somebody else's.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from pointsys.core.activity_log.models import Decision, Entry, EntryText
from pointsys.core.actors import Actor
from pointsys.core.areas.models import AreaClosure
from pointsys.core.attachments import services as attachments
from pointsys.core.attachments.models import Attachment
from pointsys.core.batches import OPEN, Batch, BatchRow
from pointsys.core.crypto import CannotDecrypt
from pointsys.core.database import Base, table_of
from pointsys.core.documents.models import REVOKED, Document, DocumentEvent
from pointsys.core.documents.services import ERASED_CLASS
from pointsys.core.exports.models import ExportFile
from pointsys.core.idempotency import IdempotencyKey
from pointsys.core.imports import staging
from pointsys.core.jobs import results
from pointsys.core.jobs.models import Job
from pointsys.core.objections.models import OPEN as OPEN_OBJECTION
from pointsys.core.objections.models import WITHDRAWN, Objection
from pointsys.core.people.models import Person, PersonConsent, PersonUnmasking
from pointsys.core.privacy import models as privacy
from pointsys.core.privacy.held import NUMBERS, SEARCHED
from pointsys.core.privacy.register import columns_with
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import after_commit
from pointsys.kit.masking import mask_name

# Columns that hold an object rather than words.
_JSON = ("args", "arguments", "detail", "options", "result")


@dataclass
class Files:
    """Files whose rows are gone; they are removed once that is committed."""

    pictures: list[str] = field(default_factory=list)
    results: list[str] = field(default_factory=list)

    def remove(self) -> None:
        """Take the files away."""
        attachments.discard(self.pictures)
        for name in self.results:
            results.remove(name)


def clear(
    session: Session, ids: Sequence[int], names: Collection[str], words: Collection[str], actor: Actor
) -> Files:
    """Take a person (all row ids) out of what the core keeps besides their rows; ``words`` name nobody else."""
    entries = list(session.scalars(select(Entry.id).where(Entry.person_id.in_(ids))))
    areas = set(session.scalars(select(Person.area_id).where(Person.id.in_(ids))))
    public_ids = list(session.scalars(select(Person.public_id).where(Person.id.in_(ids))))
    _entry_texts(session, entries)
    _papers(session, ids, actor)
    _asked_and_agreed(session, ids)
    _texts_with(session, words, NUMBERS)
    _texts_with(session, [*words, *names], SEARCHED)
    mask_elsewhere(session, ids, names)
    _kept_answers(session, [*names, *words, *public_ids])
    _staged_rows(session, names, words, actor)
    return Files(_photos(session, public_ids, actor), files_to_fetch(session, areas))


def remove_later(session: Session, names: Sequence[str]) -> None:
    """Take results of jobs away once this is committed."""
    after_commit(session, Files(results=list(names)).remove)


def _entry_texts(session: Session, entries: Sequence[int]) -> None:
    for start in range(0, len(entries), 5_000):
        part = entries[start : start + 5_000]
        session.execute(delete(EntryText).where(EntryText.entry_id.in_(part)))
        session.execute(
            update(Decision).where(Decision.entry_id.in_(part), Decision.reason != "").values(reason="")
        )


def _papers(session: Session, ids: Sequence[int], actor: Actor) -> None:
    """Documents lose their content; number and state stay, so that a paper shown around is told to be void."""
    papers = session.scalars(
        select(Document).where(Document.person_id.in_(ids), Document.snapshot != "")
    ).all()
    for paper in papers:
        paper.snapshot = ""
        paper.state = REVOKED
    papers_ids = [paper.id for paper in papers]
    session.execute(
        update(DocumentEvent).where(DocumentEvent.document_id.in_(papers_ids), DocumentEvent.reason != "")
        .values(reason="")
    )  # fmt: skip
    if papers:
        session.execute(
            insert(table_of(DocumentEvent)),
            [
                {
                    "document_id": paper_id, "state": REVOKED, "reason_class": ERASED_CLASS, "reason": "",
                    "actor": actor.label, "at": current_site().now(),
                }
                for paper_id in papers_ids
            ],
        )  # fmt: skip
    session.flush()


def _asked_and_agreed(session: Session, ids: Sequence[int]) -> None:
    now = current_site().now()
    asked = Objection.person_id.in_(ids)
    session.execute(
        update(Objection)
        .where(asked, Objection.state == OPEN_OBJECTION)
        .values(state=WITHDRAWN, answered_at=now)
    )
    session.execute(update(Objection).where(asked).values(title="", text="", answer=""))
    requests = privacy.PrivacyRequest
    of_person = requests.person_id.in_(ids)
    session.execute(
        update(requests)
        .where(of_person, requests.state == privacy.OPEN)
        .values(state=privacy.DONE, answered_at=now)
    )
    session.execute(update(requests).where(of_person).values(text="", answer=""))
    consents = PersonConsent.person_id.in_(ids)
    session.execute(
        update(PersonConsent).where(consents, PersonConsent.withdrawn_at.is_(None)).values(withdrawn_at=now)
    )
    session.execute(update(PersonConsent).where(consents).values(by_whom="", relation=""))
    session.execute(
        update(PersonUnmasking)
        .where(PersonUnmasking.person_id.in_(ids), PersonUnmasking.reason != "")
        .values(reason="")
    )


def _texts_with(session: Session, words: Collection[str], erasure: str) -> None:
    wanted = _spelled(word for word in words if len(word) >= 4 or not word.isascii())
    for name, column in columns_with(erasure) if wanted else ():
        table = Base.metadata.tables[name]
        stands = or_(*(table.c[column].contains(word, autoescape=True) for word in wanted))
        empty = "{}" if column in _JSON else ""
        session.execute(update(table).where(stands).values({column: empty}))


def mask_elsewhere(session: Session, ids: Sequence[int], names: Iterable[str]) -> None:
    """Mask the names where others typed them: what was exported and what for, objections made on the telephone.

    The words around stay, because a name alone may be somebody else's. Freeing does not undo it.
    """
    files = table_of(ExportFile).c
    said = table_of(Objection).c
    theirs = or_(said.person_id.is_(None), said.person_id.in_(ids))
    for name in names:
        for column in (files.arguments, files.reason, said.title, said.text, said.answer):
            query = update(column.table).where(column.contains(name, autoescape=True))
            if column.table is said.text.table:
                query = query.where(theirs)
            session.execute(query.values({column.name: func.replace(column, name, mask_name(name))}))


def _kept_answers(session: Session, words: Collection[str]) -> None:
    """Answers kept for repeated requests: whoever repeats one now is told the key is new, which entries refuse."""
    answers = IdempotencyKey.answer
    session.execute(
        delete(IdempotencyKey).where(
            or_(*(answers.contains(word, autoescape=True) for word in _spelled(words)))
        )
    )


def _spelled(words: Iterable[str]) -> list[str]:
    """Words as they stand in a text, and as JSON writes them."""
    return sorted({text for word in words if word for text in (word, json.dumps(word)[1:-1])})


def _staged_rows(session: Session, names: Collection[str], words: Collection[str], actor: Actor) -> None:
    """An import that nobody applied yet and that holds the person is given up: applying it would bring them back."""
    keyring = current_site().keyring
    rows = session.execute(
        select(BatchRow.batch_id, Batch.public_id, BatchRow.number, BatchRow.payload)
        .join(Batch, Batch.id == BatchRow.batch_id)
        .where(Batch.state.in_(OPEN))
        .execution_options(yield_per=1_000)
    )
    found: set[int] = set()
    wanted = [*words, *(f'"{name}"' for name in names)]
    for batch_id, public_id, number, payload in rows:
        if batch_id in found:
            continue
        try:
            text = keyring.decrypt(staging.COLUMN, f"{public_id}:{number}", payload)
        except CannotDecrypt:
            continue
        if any(word in text for word in wanted):
            found.add(batch_id)
    for batch in session.scalars(select(Batch).where(Batch.id.in_(found))):
        staging.discard(session, batch, actor)
        batch.options = "{}"


def _photos(session: Session, public_ids: Sequence[str], actor: Actor) -> list[str]:
    """Photos that stand under the person's own id; those of activities show several people: staff look."""
    pictures = session.scalars(select(Attachment).where(Attachment.subject_id.in_(public_ids))).all()
    return attachments.remove(session, pictures, actor)


def files_to_fetch(session: Session, areas: Collection[int]) -> list[str]:
    """Results of jobs of the person's areas and those above: lists that were made before are made anew."""
    above = select(AreaClosure.ancestor_id).where(AreaClosure.descendant_id.in_(areas))
    held = (Job.file != "") & or_(Job.area_id.is_(None), Job.area_id.in_(above))
    rows = session.execute(select(Job.id, Job.file).where(held)).all()
    session.execute(
        update(Job).where(Job.id.in_([row.id for row in rows])).values(file="", file_name="")
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    return [row.file for row in rows]
