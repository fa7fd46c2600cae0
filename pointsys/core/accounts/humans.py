"""Which accounts belong to one human being: a second account of the same person is no second person."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from pointsys.core.accounts.models import Account
from pointsys.core.actors import Actor
from pointsys.core.people.groups import canonical_ids, groups
from pointsys.core.people.models import PersonAlias


def own_accounts(session: Session, actor: Actor) -> frozenset[int]:
    """All accounts of the human being who acts, merged rows included; their own alone where no person is known."""
    own = frozenset() if actor.account_id is None else frozenset({actor.account_id})
    if actor.person_id is None:
        return own
    kept = canonical_ids(session, [actor.person_id])[actor.person_id]
    merged = select(PersonAlias.merged_id).where(PersonAlias.kept_id == kept)
    query = select(Account.id).where(or_(Account.person_id == kept, Account.person_id.in_(merged)))
    return own | frozenset(session.scalars(query))


def accounts_of(session: Session, people: Collection[int]) -> frozenset[int]:
    """All accounts of some rows of people."""
    return frozenset(session.scalars(select(Account.id).where(Account.person_id.in_(list(people)))))


def person_rows(session: Session, accounts: Collection[int], people: Collection[int] = ()) -> list[int]:
    """Every row of the human beings behind ``accounts``, and of ``people``, merged ones included."""
    known = set(people)
    if accounts:
        query = select(Account.person_id).where(
            Account.id.in_(list(accounts)), Account.person_id.is_not(None)
        )
        known.update(person_id for person_id in session.scalars(query) if person_id is not None)
    if not known:
        return []
    return [row for several in groups(session, known).values() for row in several]
