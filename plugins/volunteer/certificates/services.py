"""Issuing, taking out, replacing and revoking certificates, and asking for one.

A certificate is a document of the core with the next number of its series. Staff issue it for others; where the
settings allow it the holder takes it out themselves, which states what the system knows and nothing that anybody typed.
Its state is the document's: ``following`` makes it stale when what it states is corrected.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Area,
    Document,
    Person,
    Problem,
    Refused,
    audit,
    canonical_ids,
    chunks,
    clean_text,
    current_site,
    groups,
    issue_document,
    issuing_area,
    refuse_closed,
    revoke_document,
    table_of,
    who_acts,
)

from ..teams.models import VolunteerTeam
from .content import Draft, draft, snapshot
from .issuers import Issuer, area_issuer, team_issuer
from .models import (
    ASKED,
    ISSUED,
    REFUSED,
    TAKEN_BACK,
    VolunteerCertificate,
    VolunteerCertificateItem,
    VolunteerCertificateRequest,
)

KIND = "volunteer.certificate"
SERIES = "ZY"
TEMPLATE = "volunteer/certificate.typ"
MOST_WORDS = 200
MOST_HANDLER = 50
# What has to be the same for an earlier certificate to say it already.
_SAME = ("holder", "identified", "volunteer_no", "first", "issuer", "rows")


def issuer_for(session: Session, person: Person, team: VolunteerTeam | None) -> Issuer:
    """The team, or the community that a person belongs to; raises the Problems of ``issuers``."""
    if team is not None:
        return team_issuer(session, team)
    return area_issuer(session, session.get_one(Area, person.area_id))


def issue(
    session: Session,
    person: Person,
    issuer: Issuer,
    first: date,
    last: date,
    actor: Actor,
    *,
    handler: str = "",
    replaces: VolunteerCertificate | None = None,
    by_holder: bool = False,
) -> VolunteerCertificate:
    """Issue a certificate about ``person`` (a kept row) under the next number of the issuer's area.

    ``replaces`` is an earlier one of the same person, which is superseded. An open request of the person is answered by
    it. Raises Refused own_document, and the Problems of ``content.draft`` and of documents.
    """
    refuse_closed(person)
    handler = clean_text(handler)
    if len(handler) > MOST_HANDLER:
        raise Problem(
            "too_long", N_("At most %(most)s characters fit here."), field="handler", most=MOST_HANDLER
        )
    made = draft(session, issuer, person, first, last, handler=handler)
    older = None if replaces is None else session.get_one(Document, replaces.document_id)
    title, frozen = snapshot(made, "" if older is None else older.number)
    document = issue_document(
        session, issuer.area, kind=KIND, series=SERIES, title=title, template=TEMPLATE, snapshot=frozen, actor=actor,
        person=person, entries=[item.entry_id for item in made.items], replaces=older, by_holder=by_holder,
    )  # fmt: skip
    certificate = _stored(session, made, person, document, by_holder=by_holder)
    _answer_open(session, person, certificate, actor)
    return certificate


def _stored(
    session: Session, made: Draft, person: Person, document: Document, *, by_holder: bool
) -> VolunteerCertificate:
    certificate = VolunteerCertificate(
        document_id=document.id, person_id=person.id, area_id=made.issuer.area.id,
        team_id=None if made.issuer.team is None else made.issuer.team.id, first_on=made.first, last_on=made.last,
        minutes=made.minutes, credit_minutes=made.credit_minutes, entries=len(made.items), by_holder=by_holder,
    )  # fmt: skip
    session.add(certificate)
    session.flush()
    for part in chunks(made.items):
        session.execute(
            insert(table_of(VolunteerCertificateItem)),
            [
                {
                    "certificate_id": certificate.id, "entry_id": item.entry_id, "minutes": item.minutes,
                    "klass": item.klass,
                }
                for item in part
            ],
        )  # fmt: skip
    return certificate


def own_rows(session: Session, person_id: int) -> list[int]:
    """All row ids of a human being."""
    return [row for several in groups(session, [person_id]).values() for row in several]


def may_take_out(session: Session, person: Person) -> bool:
    """Whether the person's community lets its volunteers take out certificates themselves."""
    try:
        return area_issuer(session, session.get_one(Area, person.area_id)).by_holder
    except Problem:
        return False


def take_out(session: Session, person: Person, first: date, last: date, actor: Actor) -> VolunteerCertificate:
    """One's own certificate from one's community: the earlier one where it says the same and is valid, else a new one.

    One that is no longer right is replaced. Raises Problem ask_staff where volunteers have to ask, and what ``issue``
    raises.
    """
    issuer = area_issuer(session, session.get_one(Area, person.area_id))
    if not issuer.by_holder:
        raise Problem("ask_staff", N_("Certificates are issued by staff here: ask for one below."))
    # Two presses at once: the second one finds what the first has made.
    session.refresh(person, with_for_update=True)
    made = draft(session, issuer, person, first, last)
    outdated = None
    for certificate, document in _own_valid(session, person, issuer, first):
        if document.state == "issued" and _says(document, made.facts):
            return certificate
        if document.state == "stale":
            outdated = outdated or certificate
    return issue(session, person, issuer, first, last, actor, replaces=outdated, by_holder=True)


def _own_valid(
    session: Session, person: Person, issuer: Issuer, first: date
) -> list[tuple[VolunteerCertificate, Document]]:
    """What the holder took out from this issuer for a period that begins on the same day, the newest first."""
    query = (
        select(VolunteerCertificate, Document)
        .join(Document, Document.id == VolunteerCertificate.document_id)
        .where(
            VolunteerCertificate.person_id.in_(own_rows(session, person.id)),
            VolunteerCertificate.area_id == issuer.area.id,
            VolunteerCertificate.by_holder.is_(True),
            VolunteerCertificate.first_on == first,
            Document.state.in_(("issued", "stale")),
        )
        .order_by(VolunteerCertificate.id.desc())
        .limit(20)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def _says(document: Document, facts: Mapping[str, object]) -> bool:
    stored = json.loads(document.snapshot or "{}")
    return all(stored.get(key) == facts[key] for key in _SAME)


def check_replaceable(session: Session, certificate: VolunteerCertificate, person: Person) -> None:
    """Raise Problem other_holder unless a certificate is about ``person``."""
    if certificate.person_id not in own_rows(session, person.id):
        raise Problem("other_holder", N_("The certificate to be replaced is about somebody else."))


def revoke(
    session: Session, certificate: VolunteerCertificate, reason_class: str, reason: str, actor: Actor
) -> None:
    """End a certificate for good; number and QR code keep answering.

    Raises Refused own_document for one's own, Problem reason_needed or already_revoked.
    """
    who = who_acts(session, actor)
    if who.person is not None and certificate.person_id in own_rows(session, who.person):
        raise Refused("own_document", N_("Somebody else has to decide about a certificate of your own."))
    document = session.get_one(Document, certificate.document_id)
    revoke_document(session, document, reason_class, reason, actor)


def ask(
    session: Session, person: Person, first: date, last: date, words: str, actor: Actor
) -> VolunteerCertificateRequest:
    """Ask the staff of one's community for a certificate; raises Problem already_asked, bad_period or too_long."""
    refuse_closed(person)
    words = clean_text(words)
    if len(words) > MOST_WORDS:
        raise Problem("too_long", N_("At most %(most)s characters fit here."), field="words", most=MOST_WORDS)
    if first > last or last > current_site().today():
        raise Problem(
            "bad_period", N_("The period has to end after its beginning, and not after today."), field="last"
        )
    # Two presses at once: the second one finds what the first has asked.
    session.refresh(person, with_for_update=True)
    if open_request(session, person) is not None:
        raise Problem("already_asked", N_("You have asked already: staff will answer soon."))
    area = issuing_area(session, session.get_one(Area, person.area_id))
    request = VolunteerCertificateRequest(
        person_id=person.id, area_id=area.id, first_on=first, last_on=last, words=words,
        asked_at=current_site().now(),
    )  # fmt: skip
    session.add(request)
    session.flush()
    _audit(session, "volunteer.certificate_asked", request, actor)
    return request


def open_request(session: Session, person: Person) -> VolunteerCertificateRequest | None:
    """What a person asked for and nobody has answered yet."""
    query = select(VolunteerCertificateRequest).where(
        VolunteerCertificateRequest.person_id.in_(own_rows(session, person.id)),
        VolunteerCertificateRequest.state == ASKED,
    )
    return session.scalar(query.order_by(VolunteerCertificateRequest.id).limit(1))


def refuse(session: Session, request: VolunteerCertificateRequest, answer: str, actor: Actor) -> None:
    """Answer a request with no; raises Refused own_document, Problem reason_needed or already_answered."""
    who = who_acts(session, actor)
    if (
        who.person is not None
        and canonical_ids(session, [request.person_id])[request.person_id] == who.person
    ):
        raise Refused("own_document", N_("Somebody else has to decide about a certificate of your own."))
    answer = clean_text(answer)
    if not answer or len(answer) > MOST_WORDS:
        raise Problem("reason_needed", N_("Say in a few words why; the person reads it."), field="answer")
    _close(session, request, REFUSED, actor, answer=answer)
    _audit(session, "volunteer.certificate_refused", request, actor)


def take_back(session: Session, request: VolunteerCertificateRequest, actor: Actor) -> None:
    """Take one's own request back; raises Problem already_answered."""
    _close(session, request, TAKEN_BACK, actor)
    _audit(session, "volunteer.certificate_asked", request, actor)


def _answer_open(session: Session, person: Person, certificate: VolunteerCertificate, actor: Actor) -> None:
    request = open_request(session, person)
    if request is not None:
        request.certificate_id = certificate.id
        _close(session, request, ISSUED, actor)


def _close(
    session: Session, request: VolunteerCertificateRequest, state: str, actor: Actor, answer: str = ""
) -> None:
    with session.no_autoflush:
        found = session.scalar(
            select(VolunteerCertificateRequest.state)
            .where(VolunteerCertificateRequest.id == request.id)
            .with_for_update()
        )
    if found != ASKED:
        raise Problem("already_answered", N_("This request was answered already."))
    request.state, request.answer = state, answer
    request.answered_at, request.answered_by = current_site().now(), actor.label
    session.flush()


def _audit(session: Session, event: str, request: VolunteerCertificateRequest, actor: Actor) -> None:
    audit.write(
        session, actor, event, "volunteer_certificate_request", request.public_id, area_id=request.area_id,
        after={"state": request.state},
    )  # fmt: skip
