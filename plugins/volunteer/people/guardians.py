"""Guardians of minors and their consent: who is one, from when to when they agree, and taking it back.

A guardian is a person on record. Staff see a paper that shows the relation; the consent itself is on paper or given on
the guardian's own phone. Withdrawing counts from that instant on: what was done before stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import N_, Actor, Person, Problem, audit, canonical_ids, clean_text, current_site

from ..teams.membership import is_own
from ..teams.queries import rows_of
from .eligibility import age_on
from .gates import ages_in
from .models import VolunteerConsent, VolunteerGuardian

RELATIONS = {
    "father": N_("Father"),
    "mother": N_("Mother"),
    "grandparent": N_("Grandparent"),
    "other": N_("Other guardian"),
}
PAPER, PHONE = "paper", "phone"
METHODS = {PAPER: N_("on paper"), PHONE: N_("by phone")}


def add_guardian(
    session: Session,
    ward: Person,
    guardian: Person,
    relation: str,
    seen: str,
    actor: Actor,
) -> VolunteerGuardian:
    """Record that somebody is a minor's guardian; ``seen`` names the paper that shows it.

    Raises Problem bad_relation, paper_needed, same_person, person_closed, birth_date_needed, not_a_minor,
    guardian_is_minor, own_matter or guardian_known.
    """
    today = current_site().today()
    ages = ages_in(session, [ward.area_id], today)[ward.area_id]
    seen = clean_text(seen)
    if relation not in RELATIONS:
        raise Problem("bad_relation", N_("Choose one of the relations offered."), field="relation")
    if not seen or len(seen) > 100:
        raise Problem(
            "paper_needed",
            N_("Name the paper that you have seen, such as the household register."),
            field="seen",
        )
    kept = canonical_ids(session, [ward.id, guardian.id])
    if kept[ward.id] == kept[guardian.id]:
        raise Problem("same_person", N_("Nobody is their own guardian."), field="guardian")
    if ward.closed or guardian.closed:
        raise Problem("person_closed", N_("This person's record is closed."))
    if ward.birth_date is None:
        raise Problem("birth_date_needed", N_("The birth date is needed here: ask staff to add it."))
    if age_on(ward.birth_date, today) >= ages.adult:
        raise Problem("not_a_minor", N_("%(name)s is of age and needs no guardian."), name=ward.name)
    if guardian.birth_date is not None and age_on(guardian.birth_date, today) < ages.adult:
        raise Problem("guardian_is_minor", N_("A guardian has to be of age."), field="guardian")
    if is_own(session, guardian.id, actor):
        raise Problem("own_matter", N_("Somebody else has to record that you are a guardian."))
    session.refresh(ward, with_for_update=True)
    if _open_link(session, ward.id, guardian.id) is not None:
        raise Problem("guardian_known", N_("This guardian is on record already."), field="guardian")
    row = VolunteerGuardian(
        person_id=kept[ward.id], guardian_id=kept[guardian.id], relation=relation, seen=seen,
        recorded_at=current_site().now(), recorded_by=actor.label,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.write(
        session, actor, "volunteer.guardian_added", "person", ward.public_id, area_id=ward.area_id,
        after={"guardian": guardian.public_id, "relation": relation},
    )  # fmt: skip
    return row


def _open_link(session: Session, ward_id: int, guardian_id: int) -> VolunteerGuardian | None:
    return session.scalar(
        select(VolunteerGuardian)
        .where(
            VolunteerGuardian.person_id.in_(rows_of(session, ward_id)),
            VolunteerGuardian.guardian_id.in_(rows_of(session, guardian_id)),
            VolunteerGuardian.ended_at.is_(None),
        )
        .limit(1)
    )


def end_guardian(session: Session, row: VolunteerGuardian, actor: Actor) -> None:
    """Somebody is the guardian no more; consent ends with it. Raises Problem guardian_ended or own_matter."""
    session.refresh(row, with_for_update=True)
    if row.ended_at is not None:
        raise Problem("guardian_ended", N_("This was ended already."))
    row.ended_at, row.ended_by = current_site().now(), actor.label
    session.flush()
    _audit(session, row, "volunteer.guardian_ended", actor)


def _audit(session: Session, row: VolunteerGuardian, event: str, actor: Actor, **after: str) -> None:
    ward = session.get_one(Person, canonical_ids(session, [row.person_id])[row.person_id])
    audit.write(
        session, actor, event, "person", ward.public_id, area_id=ward.area_id,
        after={"guardian": row.public_id, **after},
    )  # fmt: skip


def give_consent(
    session: Session,
    row: VolunteerGuardian,
    from_on: date,
    to_on: date | None,
    method: str,
    evidence: str,
    actor: Actor,
) -> VolunteerConsent:
    """Agree to a minor's service from day to day; staff name the paper, on the phone it begins today at the earliest.

    Raises Problem guardian_ended, bad_method, paper_needed, bad_period, day_in_past or own_matter.
    """
    session.refresh(row, with_for_update=True)
    evidence = clean_text(evidence)
    if row.ended_at is not None:
        raise Problem("guardian_ended", N_("This was ended already."))
    if method not in METHODS:
        raise Problem("bad_method", N_("Choose how the consent was given."), field="method")
    if to_on is not None and to_on < from_on:
        raise Problem("bad_period", N_("The last day cannot be before the first."), field="to_on")
    own = is_own(session, row.guardian_id, actor)
    if method == PAPER:
        if own:
            raise Problem("own_matter", N_("Give your own consent on your own page."))
        if not evidence or len(evidence) > 100:
            raise Problem("paper_needed", N_("Name the signed paper and where it is kept."), field="evidence")
    elif from_on < current_site().today():
        raise Problem("day_in_past", N_("Consent counts from today on at the earliest."), field="from_on")
    elif not own:
        raise Problem("not_the_guardian", N_("Only the guardian can agree by phone."))
    consent = VolunteerConsent(
        guardian_row_id=row.id, from_on=from_on, to_on=to_on, method=method, evidence=evidence,
        given_at=current_site().now(), recorded_by=actor.label,
    )  # fmt: skip
    session.add(consent)
    session.flush()
    until = to_on.isoformat() if to_on is not None else ""
    _audit(
        session, row, "volunteer.consent_given", actor, method=method, since=from_on.isoformat(), until=until
    )
    return consent


def withdraw_consent(
    session: Session, row: VolunteerGuardian, consent: VolunteerConsent, actor: Actor
) -> None:
    """Take a consent back from now on; raises Problem consent_ended."""
    session.refresh(consent, with_for_update=True)
    if consent.withdrawn_at is not None:
        raise Problem("consent_ended", N_("This consent was withdrawn already."))
    consent.withdrawn_at, consent.withdrawn_by = current_site().now(), actor.label
    session.flush()
    _audit(session, row, "volunteer.consent_withdrawn", actor)


@dataclass(frozen=True)
class Link:
    """A guardian of a ward with the consents, newest first; ``person`` is the other one of the two."""

    row: VolunteerGuardian
    person: Person
    consents: tuple[VolunteerConsent, ...]

    def holds_on(self, day: date) -> bool:
        """Whether a consent of this guardian holds on a day."""
        return self.row.ended_at is None and any(
            one.withdrawn_at is None and one.from_on <= day and (one.to_on is None or one.to_on >= day)
            for one in self.consents
        )


def guardians_of(session: Session, ward_id: int) -> list[Link]:
    """The guardians of a person, also earlier ones; four statements."""
    rows = session.scalars(
        select(VolunteerGuardian)
        .where(VolunteerGuardian.person_id.in_(rows_of(session, ward_id)))
        .order_by(VolunteerGuardian.ended_at.is_not(None), VolunteerGuardian.id)
    ).all()
    return _links(session, rows, "guardian_id")


def wards_of(session: Session, person_ids: Collection[int], day: date) -> list[Person]:
    """The minors whose guardian one of these rows of a person is, as they are on a day; four statements."""
    rows = session.scalars(
        select(VolunteerGuardian.person_id).where(
            VolunteerGuardian.guardian_id.in_(person_ids), VolunteerGuardian.ended_at.is_(None)
        )
    ).all()
    if not rows:
        return []
    kept = set(canonical_ids(session, rows).values())
    people = session.scalars(
        select(Person).where(Person.id.in_(kept), Person.closed == "").order_by(Person.id)
    )
    found = list(people)
    ages = ages_in(session, {person.area_id for person in found}, day)
    return [
        person
        for person in found
        if person.birth_date is not None and age_on(person.birth_date, day) < ages[person.area_id].adult
    ]


def ward_links(session: Session, guardian_id: int) -> list[Link]:
    """The people whose guardian somebody is now; four statements."""
    rows = session.scalars(
        select(VolunteerGuardian)
        .where(
            VolunteerGuardian.guardian_id.in_(rows_of(session, guardian_id)),
            VolunteerGuardian.ended_at.is_(None),
        )
        .order_by(VolunteerGuardian.id)
    ).all()
    return _links(session, rows, "person_id")


def _links(session: Session, found: Sequence[VolunteerGuardian], column: str) -> list[Link]:
    if not found:
        return []
    kept = canonical_ids(session, {getattr(row, column) for row in found})
    people = {
        person.id: person
        for person in session.scalars(select(Person).where(Person.id.in_(set(kept.values()))))
    }
    consents = session.scalars(
        select(VolunteerConsent)
        .where(VolunteerConsent.guardian_row_id.in_([row.id for row in found]))
        .order_by(VolunteerConsent.id.desc())
    ).all()
    return [
        Link(
            row,
            people[kept[getattr(row, column)]],
            tuple(one for one in consents if one.guardian_row_id == row.id),
        )
        for row in found
    ]
