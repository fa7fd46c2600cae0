"""Somebody died (S-09): the record stays, relatives may ask about it, and nothing greets, ranks or reminds the dead."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.accounts.models import Account
from pointsys.core.accounts.sessions import end_sessions
from pointsys.core.actors import Actor
from pointsys.core.people.groups import groups
from pointsys.core.people.models import Person
from pointsys.core.people.records import hold_open
from pointsys.core.site import current_site
from pointsys.core.tokens.services import revoke_all
from pointsys.kit.problems import N_, Problem


def record_death(session: Session, person: Person, on: date, actor: Actor) -> None:
    """Record the day; the person has left with it, and the account is shut.

    Raises Problem person_closed, or bad_day for a day before the birth or in the future.
    """
    hold_open(session, person)
    if on > current_site().today() or (person.birth_date is not None and on < person.birth_date):
        raise Problem(
            "bad_day", N_("Give the day of death: not in the future, not before the birth."), field="on"
        )
    before = {"died_on": person.died_on, "left_on": person.left_on}
    ((_kept, rows),) = groups(session, [person.id]).items()
    for row in session.scalars(select(Person).where(Person.id.in_(rows))):
        row.died_on, row.left_on = on, row.left_on or on
    for account in session.scalars(select(Account).where(Account.person_id.in_(rows))):
        account.disabled_at = account.disabled_at or current_site().now()
        end_sessions(session, account.id)
        revoke_all(session, account.id, actor)
    session.flush()
    audit.write(
        session, actor, "person.died", "person", person.public_id, area_id=person.area_id, before=before,
        after={"died_on": on, "left_on": person.left_on},
    )  # fmt: skip
