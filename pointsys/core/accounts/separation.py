"""Whether the three administrators are three people: nobody is stopped from holding two posts, but it is told."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pointsys.core.accounts.models import Account, RoleGrant
from pointsys.core.actors import Actor
from pointsys.core.permissions import ADMINISTRATORS


@dataclass(frozen=True)
class Holder:
    """An account that may sign in, and the posts of an administrator that it holds anywhere."""

    login: str
    name: str
    posts: tuple[str, ...]


def posts_of(actor: Actor) -> set[str]:
    """The administrators' posts that the actor holds anywhere."""
    return {grant.role for grant in actor.grants} & set(ADMINISTRATORS)


def is_separated(session: Session) -> bool:
    """Whether no account that may sign in holds two of the three posts; one statement."""
    open_posts = (
        select(RoleGrant.account_id)
        .join(Account, Account.id == RoleGrant.account_id)
        .where(
            RoleGrant.role.in_(ADMINISTRATORS), RoleGrant.ended_at.is_(None), Account.disabled_at.is_(None)
        )
        .group_by(RoleGrant.account_id)
        .having(func.count(RoleGrant.role.distinct()) > 1)
    )
    return session.scalar(open_posts.limit(1)) is None


def holders(session: Session) -> list[Holder]:
    """Who holds the posts, by login."""
    rows = session.execute(
        select(Account.login, Account.name, RoleGrant.role)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .where(
            RoleGrant.role.in_(ADMINISTRATORS), RoleGrant.ended_at.is_(None), Account.disabled_at.is_(None)
        )
        .order_by(Account.login)
    )
    found: dict[tuple[str, str], set[str]] = {}
    for login, name, role in rows:
        found.setdefault((login, name), set()).add(role)
    return [
        Holder(login, name, tuple(post for post in ADMINISTRATORS if post in posts))
        for (login, name), posts in found.items()
    ]
