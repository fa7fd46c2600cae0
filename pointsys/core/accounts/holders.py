"""Who holds a role over an area: accounts to choose from where something is entrusted to one of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.accounts.models import Account, RoleGrant
from pointsys.core.areas.models import ancestors
from pointsys.core.people.groups import canonical_ids, groups
from pointsys.core.permissions import role_table


@dataclass(frozen=True)
class Holder:
    """An account by its ids and its login; pages show whose it is."""

    account_id: int
    public_id: str
    login: str


def holders(session: Session, role: str, area_id: int) -> list[Holder]:
    """Accounts that can sign in and hold ``role`` over ``area_id``, by login. One statement."""
    query = (
        select(Account.id, Account.public_id, Account.login)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .where(
            RoleGrant.role == role,
            RoleGrant.ended_at.is_(None),
            RoleGrant.area_id.in_(ancestors(area_id)),
            Account.disabled_at.is_(None),
        )
        .order_by(Account.login)
        .distinct()
    )
    return [Holder(*row) for row in session.execute(query)]


def people_who_may(session: Session, permission: str, area_id: int, people: Collection[int]) -> set[int]:
    """Which of ``people`` (ids as given) have an account, under any of their rows, with ``permission`` in an area.

    Three statements.
    """
    rows = {row: kept for kept, several in groups(session, people).items() for row in several}
    query = (
        select(Account.person_id)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .where(
            Account.person_id.in_(list(rows)),
            Account.disabled_at.is_(None),
            RoleGrant.role.in_(role_table().of(permission)),
            RoleGrant.ended_at.is_(None),
            RoleGrant.area_id.in_(ancestors(area_id)),
        )
    )
    found = {rows[person] for person in session.scalars(query) if person is not None}
    return {given for given, kept in canonical_ids(session, people).items() if kept in found}


def logins_of(session: Session, accounts: Collection[int]) -> dict[int, str]:
    """Logins of accounts by id; those that are gone are absent."""
    query = select(Account.id, Account.login).where(Account.id.in_(set(accounts)))
    return {row[0]: row[1] for row in session.execute(query)}
