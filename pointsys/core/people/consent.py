"""What people were told and what they agreed to, by version; taking it back is one call, as giving it is.

A consent recorded on any row of a merged person is that person's, and so is its withdrawal.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from pointsys.core import audit
from pointsys.core.actors import Actor
from pointsys.core.people.groups import canonical_ids, chunks, groups
from pointsys.core.people.models import Person, PersonAlias, PersonConsent
from pointsys.core.people.records import hold_open
from pointsys.core.site import current_site
from pointsys.kit.identity import clean_text
from pointsys.kit.problems import N_, Problem

NOTICE = "notice"
RANKING = "ranking"
# Each stands for itself, and none is needed to take part (S-03).
SHARING = "sharing"
SENSITIVE = "sensitive"
# A guardian agrees that a child under 14 takes part.
GUARDIAN = "guardian"
KINDS = (NOTICE, RANKING, SHARING, SENSITIVE, GUARDIAN)
# Children under 14 never stand on a public list (Personal Information Protection Law, articles 28 and 31).
PUBLIC_FROM_AGE = 14


def _check_kind(kind: str) -> None:
    if kind not in KINDS:
        raise Problem("unknown_consent", N_("There is no consent of this kind."), field="kind")


def _short(value: str, field: str) -> str:
    value = clean_text(value)
    if not 0 < len(value) <= 20:
        raise Problem(
            "bad_consent",
            N_("Give the version and the way of consent, at most 20 characters each."),
            field=field,
        )
    return value


def _active(session: Session, rows: Collection[int]) -> list[PersonConsent]:
    found: list[PersonConsent] = []
    for part in chunks(rows):
        found += session.scalars(
            select(PersonConsent).where(
                PersonConsent.person_id.in_(part), PersonConsent.withdrawn_at.is_(None)
            )
        )
    return sorted(found, key=lambda consent: (consent.given_at, consent.id))


def give(
    session: Session,
    person: Person,
    kind: str,
    version: str,
    method: str,
    actor: Actor,
    *,
    by_whom: str = "",
    relation: str = "",
) -> PersonConsent:
    """Record that a person got the notice, or agreed, in ``version`` by ``method`` ("paper", "screen", …).

    ``by_whom`` is the guardian's name and ``relation`` what they are to the person, for a child. The same version
    given twice is recorded once. Raises Problem unknown_consent, bad_consent, guardian_needed or person_closed.
    """
    _check_kind(kind)
    hold_open(session, person)
    by_whom, relation = clean_text(by_whom), clean_text(relation)
    if (kind == GUARDIAN and not (by_whom and relation)) or len(by_whom) > 60 or len(relation) > 20:
        raise Problem(
            "guardian_needed",
            N_("Write the guardian's name, and what they are to the child: mother, father, grandmother."),
            field="by_whom",
        )
    version, method = _short(version, "version"), _short(method, "method")
    present = current(session, [person.id]).get(person.id, {}).get(kind)
    if present is not None and present.version == version:
        return present
    consent = PersonConsent(
        person_id=person.id,
        kind=kind,
        version=version,
        method=method,
        given_at=current_site().now(),
        withdrawn_at=None,
        recorded_by=actor.label,
        by_whom=by_whom,
        relation=relation,
    )
    session.add(consent)
    session.flush()
    # To have read the notice is no consent, and the person reads these words.
    event = "privacy.notice_read" if kind == NOTICE else "consent.given"
    audit.write(
        session, actor, event, "person", person.public_id,
        area_id=person.area_id, after={"kind": kind, "version": version, "method": method},
    )  # fmt: skip
    return consent


def withdraw(session: Session, person: Person, kind: str, actor: Actor) -> int:
    """Take back every consent of ``kind`` that the person still gives; returns how many there were."""
    _check_kind(kind)
    (rows,) = groups(session, [person.id]).values()
    consents = [consent for consent in _active(session, rows) if consent.kind == kind]
    for consent in consents:
        consent.withdrawn_at = current_site().now()
    if consents:
        session.flush()
        audit.write(
            session, actor, "consent.withdrawn", "person", person.public_id,
            area_id=person.area_id, after={"kind": kind}, count=len(consents),
        )  # fmt: skip
    return len(consents)


def current(session: Session, person_ids: Collection[int]) -> dict[int, dict[str, PersonConsent]]:
    """Person -> kind -> the latest consent of that kind that holds; people without any are left out."""
    kept_of = canonical_ids(session, person_ids)
    kept_of_row = {row: kept for kept, rows in groups(session, person_ids).items() for row in rows}
    by_kept: dict[int, dict[str, PersonConsent]] = {}
    for consent in _active(session, kept_of_row):
        by_kept.setdefault(kept_of_row[consent.person_id], {})[consent.kind] = consent
    return {person: by_kept[kept] for person, kept in kept_of.items() if kept in by_kept}


def ranking_opt_ins(session: Session, person_ids: Collection[int]) -> set[int]:
    """Those of ``person_ids`` who agreed to stand on a public ranking and are not known to be under 14."""
    agreed = {person for person, kinds in current(session, person_ids).items() if RANKING in kinds}
    return agreed - children(session, agreed)


def children(session: Session, person_ids: Collection[int]) -> set[int]:
    """Those of ``person_ids`` who are known to be under 14, by any row of theirs: they stand on no public list."""
    kept_of = canonical_ids(session, person_ids)
    kept_of_row = {row: kept for kept, rows in groups(session, person_ids).items() for row in rows}
    latest = last_birth(current_site().today())
    found: set[int] = set()
    for part in chunks(kept_of_row):
        young = session.scalars(select(Person.id).where(Person.id.in_(part), Person.birth_date > latest))
        found.update(kept_of_row[row] for row in young)
    return {person for person in person_ids if kept_of[person] in found}


def ranking_people() -> Select[int]:
    """The kept ids of all who agreed to stand on public rankings, as a sub-query for IN.

    The same people as ``ranking_opt_ins``, without those who left: a list that asks for it needs no statement more.
    """
    consent, alias = PersonConsent, PersonAlias
    kept = func.coalesce(alias.kept_id, consent.person_id)
    latest = last_birth(current_site().today())
    child = exists().where(Person.id == kept, Person.birth_date > latest)
    # What only a merged row knows of the birth date counts as well.
    merged = aliased(PersonAlias)
    merged_child = exists().where(
        merged.kept_id == kept, Person.id == merged.merged_id, Person.birth_date > latest
    )
    gone = exists().where(
        Person.id == kept,
        or_(Person.left_on.is_not(None), Person.died_on.is_not(None), Person.closed != ""),
    )
    return (
        select(kept)
        .select_from(consent)
        .outerjoin(alias, alias.merged_id == consent.person_id)
        .where(consent.kind == RANKING, consent.withdrawn_at.is_(None), ~child, ~merged_child, ~gone)
    )


def last_birth(today: date) -> date:
    """The latest birth date of those who are old enough on ``today``."""
    leap_day = (today.month, today.day) == (2, 29)
    return today.replace(year=today.year - PUBLIC_FROM_AGE, day=28 if leap_day else today.day)
