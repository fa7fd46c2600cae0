"""Children under 14 (S-06): whose guardian has agreed, and that nothing is recorded of the others.

A child's name may be on the roster, so that the guardian can be asked; what the child takes part in is recorded once
a guardian has agreed. Personal Information Protection Law, articles 28 and 31.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.people.consent import GUARDIAN, current, last_birth
from pointsys.core.people.groups import Memberships, chunks
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.kit.masking import mask_name
from pointsys.kit.problems import N_, Problem

NO_GUARDIAN = N_(
    "%(name)s is under 14, and no guardian has agreed yet. Record the guardian's consent on the person's page first."
)


def is_child(born: date | None) -> bool:
    """Whether somebody born then is known to be under 14 today."""
    return born is not None and born > last_birth(current_site().today())


def without_guardian(session: Session, born: dict[int, date]) -> set[int]:
    """Of people (id -> birth date) the children whose guardian has not agreed; no statement where there are none."""
    young = {person_id for person_id, day in born.items() if is_child(day)}
    if not young:
        return set()
    agreed = {person for person, kinds in current(session, young).items() if GUARDIAN in kinds}
    return young - agreed


def unagreed(session: Session, people: Collection[int]) -> set[int]:
    """Those of ``people`` who are children whose guardian has not agreed; one statement where there are none."""
    latest = last_birth(current_site().today())
    born: dict[int, date] = {}
    for part in chunks(people):
        rows = session.execute(
            select(Person.id, Person.birth_date).where(Person.id.in_(part), Person.birth_date > latest)
        )
        born.update((row[0], row[1]) for row in rows if row[1] is not None)
    return without_guardian(session, born)


def check_takers(session: Session, people: Memberships) -> None:
    """Refuse to record anything of the erased and frozen, and of children whose guardian has not agreed.

    Raises Problem person_closed or no_guardian_consent.
    """
    if people.closed:
        raise Problem(
            "person_closed",
            N_("This person's data is erased or frozen: nothing can be recorded any more."),
            field="person",
        )
    missing = without_guardian(session, people.born)
    if missing:
        raise Problem("no_guardian_consent", NO_GUARDIAN, field="person", name=_masked(session, missing))


def _masked(session: Session, people: Collection[int]) -> str:
    for part in chunks(sorted(people)):
        names = session.scalars(select(Person.name).where(Person.id.in_(part)).order_by(Person.id).limit(3))
        return "、".join(mask_name(name) for name in names)
    return ""
