"""Sending a numbered document to a unit, and the unit's acknowledgement; any kind of letter goes this way.

The paper is a document of the core (number, check code, QR). A letter that corrects an earlier one is a new document
that replaces it by number; the earlier letter stays, as replaced. Four eyes: nobody sends a letter about themselves,
and whoever sent one does not acknowledge it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Area,
    Document,
    Person,
    Problem,
    audit,
    canonical_ids,
    clean_text,
    current_site,
    issue_document,
    who_acts,
)

from .models import ACKNOWLEDGED, REPLACED, SENT, PointsLetter, PointsLetterEvent

MOST_WORDS = 300
_REVOKED = "revoked"


@dataclass(frozen=True)
class Sending:
    """What goes to which unit; ``snapshot`` has its words in ``texts``, ``kind`` and ``ref`` tell letters apart.

    ``series`` is that of the numbers, ``template`` a Typst file, ``replaces`` the letter that this one corrects.
    """

    kind: str
    ref: str
    area: Area
    unit_id: int
    person: Person
    period: str
    series: str
    title: str
    template: str
    snapshot: Mapping[str, object]
    replaces: PointsLetter | None = None


def send(session: Session, what: Sending, actor: Actor) -> PointsLetter:
    """Issue the document and put it before the unit's liaisons.

    Raises Problem letter_sent where this result was written about to this person's unit already, and what issuing a
    document raises (own_document).
    """
    if _sent_already(session, what):
        raise Problem("letter_sent", N_("This letter was sent already: open it in the list of letters."))
    old = what.replaces
    paper = None if old is None else session.get_one(Document, old.document_id)
    # A revoked paper is not replaced: its number keeps saying that it ended.
    document = issue_document(
        session, what.area, kind=f"points.{what.kind}", series=what.series, title=what.title,
        template=what.template, snapshot=what.snapshot, actor=actor, person=what.person,
        replaces=None if paper is None or paper.state == _REVOKED else paper,
    )  # fmt: skip
    letter = PointsLetter(
        kind=what.kind, ref=what.ref, area_id=what.area.id, unit_id=what.unit_id, person_id=what.person.id,
        document_id=document.id, period=what.period, sent_at=document.issued_at, sent_by=actor.label,
        sent_by_account=actor.account_id, state=SENT,
    )  # fmt: skip
    session.add(letter)
    session.flush()
    _note(session, letter, SENT, "", actor)
    if old is not None:
        old.state = REPLACED
        _note(session, old, REPLACED, document.number, actor)
    audit.write(
        session, actor, "points.letter_sent", "points_letter", letter.public_id, area_id=what.area.id,
        after={"number": document.number, "unit": what.unit_id, "replaces": old.public_id if old else None},
    )  # fmt: skip
    return letter


def _sent_already(session: Session, what: Sending) -> bool:
    query = select(PointsLetter.id).where(
        PointsLetter.kind == what.kind,
        PointsLetter.ref == what.ref,
        PointsLetter.person_id == what.person.id,
    )
    return session.scalar(query) is not None


def acknowledge(session: Session, letter: PointsLetter, note: str, actor: Actor) -> None:
    """Say that the unit has the letter; ``note`` may answer it in a few words.

    Raises Problem letter_acknowledged, letter_replaced, letter_revoked, own_matter, another_person_needed or
    note_too_long. Whether the actor stands for the unit is asked before.
    """
    note = clean_text(note)
    if len(note) > MOST_WORDS:
        raise Problem(
            "note_too_long", N_("Write %(most)s characters at most."), field="note", most=MOST_WORDS
        )
    session.refresh(letter, with_for_update=True)
    _check_open(session, letter)
    _check_other(session, letter, actor)
    letter.state = ACKNOWLEDGED
    _note(session, letter, ACKNOWLEDGED, note, actor)
    audit.write(
        session, actor, "points.letter_acknowledged", "points_letter", letter.public_id,
        area_id=letter.area_id, before={"state": SENT}, after={"state": ACKNOWLEDGED, "note": bool(note)},
    )  # fmt: skip


def _check_open(session: Session, letter: PointsLetter) -> None:
    if letter.state == ACKNOWLEDGED:
        raise Problem("letter_acknowledged", N_("This letter was acknowledged already."))
    if letter.state == REPLACED:
        raise Problem(
            "letter_replaced", N_("A corrected letter replaced this one: acknowledge the newer one.")
        )
    if session.get_one(Document, letter.document_id).state == _REVOKED:
        raise Problem("letter_revoked", N_("This letter was revoked: there is nothing to acknowledge."))


def _check_other(session: Session, letter: PointsLetter, actor: Actor) -> None:
    if actor.unrestricted:
        return
    who = who_acts(session, actor)
    if who.person == canonical_ids(session, [letter.person_id])[letter.person_id]:
        raise Problem(
            "own_matter",
            N_("This letter is about yourself: another liaison of your unit has to acknowledge it."),
        )
    if who.did(letter.sent_by_account, letter.sent_by):
        raise Problem(
            "another_person_needed", N_("You sent this letter: somebody of the unit has to acknowledge it.")
        )


def _note(session: Session, letter: PointsLetter, state: str, note: str, actor: Actor) -> None:
    session.add(
        PointsLetterEvent(
            letter_id=letter.id, state=state, note=note, actor=actor.label, account_id=actor.account_id,
            at=current_site().now(),
        )
    )  # fmt: skip
    session.flush()


def history(session: Session, letter: PointsLetter) -> list[PointsLetterEvent]:
    """What happened to a letter, the first event first."""
    query = (
        select(PointsLetterEvent)
        .where(PointsLetterEvent.letter_id == letter.id)
        .order_by(PointsLetterEvent.id)
    )
    return list(session.scalars(query))
