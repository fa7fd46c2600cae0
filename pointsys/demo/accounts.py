"""Who may sign in to the demonstration: an account for each role, and staff who record and confirm."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.accounts import services
from pointsys.core.accounts.models import Account, RoleGrant
from pointsys.core.actors import SYSTEM, Actor, Grant
from pointsys.core.areas.models import Area
from pointsys.core.people.models import Person
from pointsys.core.permissions import (
    AUDIT_ADMIN,
    BRANCH_SECRETARY,
    COMMUNITY_WORKER,
    GRID_WORKER,
    MEMBER,
    PARTY_COMMITTEE,
    RESIDENT,
    SECURITY_ADMIN,
    SUBDISTRICT_OFFICE,
    SYSTEM_ADMIN,
    UNIT_LIAISON,
)
from pointsys.demo.people import IN_SERVICE, Inhabitant
from pointsys.demo.people import RESIDENT as OWN_MEMBER
from pointsys.kit.problems import Problem

ROUND_GRID = "柳荫巷网格"


@dataclass(frozen=True)
class Part:
    """An account of the story: its role in an area (a key of the story), and who holds it."""

    login: str
    role: str
    area: str
    person: Callable[[Inhabitant, date], bool] | None = None
    shown: bool = True
    # Whose account it is; an inhabitant's name is known from the roster.
    name: str = ""


PARTS = (
    Part("admin", SYSTEM_ADMIN, "street", name="何建平"),
    Part("security", SECURITY_ADMIN, "street", name="沈芳"),
    Part("audit", AUDIT_ADMIN, "street", name="郑国强"),
    Part("street-office", SUBDISTRICT_OFFICE, "street", name="方敏"),
    Part("street-office-2", SUBDISTRICT_OFFICE, "street", name="陆伟", shown=False),
    Part("worker-lin", COMMUNITY_WORKER, "old", name="林晓梅"),
    Part("worker-zhou", COMMUNITY_WORKER, "old", name="周志强"),
    Part("worker-new-1", COMMUNITY_WORKER, "new", name="秦悦", shown=False),
    Part("worker-new-2", COMMUNITY_WORKER, "new", name="马骏", shown=False),
    Part("worker-river-1", COMMUNITY_WORKER, "river", name="叶青", shown=False),
    Part("worker-river-2", COMMUNITY_WORKER, "river", name="唐海", shown=False),
    Part("grid-worker", GRID_WORKER, ROUND_GRID, lambda p, _t: p.grid == ROUND_GRID and not p.member),
    Part("secretary", BRANCH_SECRETARY, "old", lambda p, _t: p.community == "old" and p.member == OWN_MEMBER),
    Part("committee", PARTY_COMMITTEE, "old", name="梁文斌"),
    Part("liaison", UNIT_LIAISON, "street", name="顾佳"),
    Part("company", UNIT_LIAISON, "street", name="邵鹏"),
    Part("member", MEMBER, "old", lambda p, _t: p.community == "old" and p.member == IN_SERVICE),
    Part("leader", RESIDENT, "old", lambda p, _t: p.community == "old" and not p.member),
    Part("resident", RESIDENT, "old", lambda p, t: p.community == "old" and not p.member and p.age(t) >= 68),
    Part("volunteer", RESIDENT, "new", lambda p, t: p.community == "new" and not p.member and p.age(t) >= 18),
)
# Who records and who confirms, by place.
RECORDERS = {
    "old": "worker-lin",
    "new": "worker-new-1",
    "river": "worker-river-1",
    "street": "street-office",
    ROUND_GRID: "grid-worker",
}
# Where people scan in and out, so that the system itself knows when they came and left.
TIMED = frozenset({"new"})
CONFIRMERS = {
    "old": "worker-zhou",
    "new": "worker-new-2",
    "river": "worker-river-2",
    "street": "street-office-2",
}


def make_accounts(
    session: Session, areas: Mapping[str, Area], people: Sequence[Inhabitant], today: date
) -> dict[str, Actor]:
    """The accounts of the story with their roles, by login; those of inhabitants go to eager ones."""
    eager = sorted((p for p in people if p.id_number and p.phone), key=lambda p: -p.drive)
    actors: dict[str, Actor] = {}
    taken: set[int] = set()
    for part in PARTS:
        person = None
        if part.person is not None:
            fits = part.person
            person = next(
                (p.id for p in eager if p.id not in taken and p.age(today) >= 18 and fits(p, today)), None
            )
        if person is not None:
            taken.add(person)
        account = _account(session, part, person)
        area = areas[part.area]
        _give(session, account, part, area)
        actors[part.login] = Actor(
            account.login, account_id=account.id, person_id=person, grants=(Grant(part.role, area.id),)
        )
    return actors


def _give(session: Session, account: Account, part: Part, area: Area) -> None:
    """Give an account its role of the story; an administrator who set the site up keeps the post of their own alone."""
    try:
        services.grant_role(session, account, part.role, area, SYSTEM)
    except Problem as problem:
        if problem.code != "not_separated":
            raise


def _account(session: Session, part: Part, person_id: int | None) -> Account:
    """A new account; one that whoever set the site up has made under the same name takes the part instead."""
    known = session.scalar(select(Account).where(Account.login == part.login))
    if known is not None:
        return known
    # A password that nobody knows: the way in is the one-time link, which then leads on without a detour.
    return services.create_account(
        session,
        part.login,
        SYSTEM,
        person_id=person_id,
        password=f"{secrets.token_urlsafe(24)}-Aa1",
        name=part.name,
    )


def shown_accounts(session: Session) -> list[tuple[Part, Account]]:
    """The accounts that visitors may try, in the order of their table; ones that were disabled are left out."""
    accounts = {
        account.login: account
        for account in session.scalars(
            select(Account).where(
                Account.login.in_([part.login for part in PARTS]), Account.disabled_at.is_(None)
            )
        )
    }
    return [(part, accounts[part.login]) for part in PARTS if part.shown and part.login in accounts]


def holder(session: Session, part: Part, account: Account) -> str:
    """Whose account it is, in words: the area of its role and the holder's name."""
    area = session.scalar(
        select(Area.name)
        .join(RoleGrant, RoleGrant.area_id == Area.id)
        .where(RoleGrant.account_id == account.id, RoleGrant.role == part.role)
        .order_by(RoleGrant.id)
    )
    person = session.get(Person, account.person_id) if account.person_id is not None else None
    return " ".join(
        text for text in (area, account.name or (person.name if person is not None else "")) if text
    )
