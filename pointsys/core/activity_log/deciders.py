"""Who may decide on entries of an area: what the recorder is told while an entry waits."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.accounts.models import Account, RoleGrant
from pointsys.core.areas.models import Area, AreaClosure
from pointsys.core.people.groups import groups
from pointsys.core.permissions import role_table


@dataclass(frozen=True)
class Decider:
    """Somebody who may decide, by sign-in name, with the role and the area that allow it."""

    login: str
    role: str
    area_name: str


def deciders(
    session: Session,
    area_id: int,
    *,
    but_accounts: Collection[int] = (),
    but_people: Collection[int] = (),
    permission: str = "log.decide",
    limit: int = 5,
) -> list[Decider]:
    """Accounts with ``permission`` in ``area_id``, the nearest area first, without those accounts and people."""
    rows = [row for several in groups(session, but_people).values() for row in several] if but_people else []
    query = (
        select(Account.login, Account.person_id, Account.id, RoleGrant.role, Area.name)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .join(AreaClosure, AreaClosure.ancestor_id == RoleGrant.area_id)
        .join(Area, Area.id == RoleGrant.area_id)
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
    for login, person_id, account_id, role, area_name in session.execute(query):
        if person_id not in rows or person_id is None:
            found.setdefault(account_id, Decider(login, role, area_name))
    return list(found.values())[:limit]
