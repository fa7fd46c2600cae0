"""Who may decide on entries of an area: what the recorder is told while an entry waits."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pointsys.core.accounts.humans import person_rows
from pointsys.core.accounts.models import Account, RoleGrant
from pointsys.core.areas.models import Area, AreaClosure
from pointsys.core.people.models import Person
from pointsys.core.permissions import role_table


@dataclass(frozen=True)
class Decider:
    """Somebody who may decide, with the role and the area that allow it; ``name`` is "" where nobody gave one."""

    login: str
    role: str
    area_name: str
    name: str = ""

    @property
    def shown(self) -> str:
        """What colleagues call them."""
        return self.name or self.login


def deciders(
    session: Session,
    area_id: int,
    *,
    but_accounts: Collection[int] = (),
    but_people: Collection[int] = (),
    permission: str = "log.decide",
    limit: int = 5,
) -> list[Decider]:
    """Accounts with ``permission`` in ``area_id``, the nearest area first, without those people and accounts.

    A second account of the same human being is left out as well. About four statements.
    """
    rows = person_rows(session, but_accounts, but_people)
    called = func.coalesce(func.nullif(Account.name, ""), Person.name, "")
    query = (
        select(Account.login, Account.person_id, Account.id, RoleGrant.role, Area.name, called)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .join(AreaClosure, AreaClosure.ancestor_id == RoleGrant.area_id)
        .join(Area, Area.id == RoleGrant.area_id)
        .outerjoin(Person, Person.id == Account.person_id)
        .where(
            AreaClosure.descendant_id == area_id,
            RoleGrant.role.in_(role_table().of(permission)),
            RoleGrant.ended_at.is_(None),
            Account.disabled_at.is_(None),
            Account.id.not_in(list(but_accounts)),
        )
        .order_by(AreaClosure.depth, Account.login)
        .limit(limit + len(rows))
    )
    found: dict[int, Decider] = {}
    for login, person_id, account_id, role, area_name, name in session.execute(query):
        if person_id not in rows or person_id is None:
            found.setdefault(account_id, Decider(login, role, area_name, name))
    return list(found.values())[:limit]
