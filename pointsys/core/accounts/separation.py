"""The three administrators are three people, and none of them reads personal data (GB/T 22239; S-17).

``check_grant`` refuses every role that would break this, whoever gives it. A unit with fewer people begins under an
exception, which its administrators read about on every page; the first time that the posts are parted ends it for
good. Two accounts of one human being on the roster count as one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from pointsys.core.accounts.models import Account, RoleGrant
from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.alerts import raise_alert
from pointsys.core.areas.models import Area
from pointsys.core.people.models import PersonAlias
from pointsys.core.permissions import ADMINISTRATORS, UNIT_LIAISON, role_table
from pointsys.core.settings import AreaSetting, set_setting
from pointsys.kit.problems import N_, Problem

SETTING = "accounts.separation"
EXCEPTED = "excepted"
KEPT = "kept"
# Whoever may do one of these has people's data before them.
READING = ("people.view", "log.view")


@dataclass(frozen=True)
class Holder:
    """Somebody who may sign in and holds posts of an administrator: those, and whether also a role that reads people.

    Accounts of one human being stand together: ``login`` and ``name`` are those of the first.
    """

    login: str
    name: str
    posts: tuple[str, ...]
    reads: bool = False

    @property
    def clashes(self) -> bool:
        """Whether this is more than one person may hold."""
        return len(self.posts) > 1 or self.reads


def reading_roles() -> frozenset[str]:
    """The roles that read people's data; no administrator may have one beside the post."""
    table = role_table()
    # A unit's liaison sees nobody but the unit's own people, and those by name.
    return frozenset({UNIT_LIAISON}).union(*(table.of(name) for name in READING)) - set(ADMINISTRATORS)


def clash(roles: Iterable[str]) -> bool:
    """Whether one person holding all of ``roles`` breaks the separation."""
    held = set(roles)
    posts = held & set(ADMINISTRATORS)
    return len(posts) > 1 or bool(posts and held & reading_roles())


def posts_of(actor: Actor) -> set[str]:
    """The administrators' posts that the actor holds anywhere."""
    return {grant.role for grant in actor.grants} & set(ADMINISTRATORS)


def holders(session: Session) -> list[Holder]:
    """Who holds the posts, by login; one statement."""
    posts = select(RoleGrant.account_id).where(
        RoleGrant.role.in_(ADMINISTRATORS), RoleGrant.ended_at.is_(None)
    )
    human = func.coalesce(PersonAlias.kept_id, Account.person_id, -Account.id)
    rows = session.execute(
        select(human, Account.login, Account.name, RoleGrant.role)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .outerjoin(PersonAlias, PersonAlias.merged_id == Account.person_id)
        .where(Account.id.in_(posts), Account.disabled_at.is_(None), RoleGrant.ended_at.is_(None))
        .order_by(Account.login)
    )
    found: dict[int, tuple[str, str, set[str]]] = {}
    for key, login, name, role in rows:
        found.setdefault(key, (login, name, set()))[2].add(role)
    reading = reading_roles()
    return [
        Holder(login, name, tuple(post for post in ADMINISTRATORS if post in roles), bool(roles & reading))
        for login, name, roles in found.values()
    ]


def is_separated(session: Session) -> bool:
    """Whether nobody who may sign in holds two of the posts, or one beside a role that reads people."""
    return not any(holder.clashes for holder in holders(session))


def check_grant(session: Session, account: Account, role: str) -> None:
    """Refuse ``role`` for ``account`` where its holder would then clash; raises Problem not_separated.

    The accounts of the human being stay locked until the end of the transaction, so that of two posts given at once
    one is refused.
    """
    held = _roles_of_human(session, account)
    if not clash(held | {role}) or excepted(session):
        return
    if role in ADMINISTRATORS and held & set(ADMINISTRATORS) - {role}:
        raise Problem(
            "not_separated",
            N_(
                "%(login)s holds another of the posts system, security and audit. "
                "They go to three people: choose somebody else, or end the other post first."
            ),
            field="role",
            login=account.login,
        )
    raise Problem(
        "not_separated",
        N_(
            "An administrator never reads people's data: %(login)s cannot hold a post of an administrator "
            "and a role that works with people. Choose somebody else, or end the other role first."
        ),
        field="role",
        login=account.login,
    )


def check_enable(session: Session, account: Account) -> None:
    """Refuse to let an account in again whose roles clash, once the exception is over; raises Problem not_separated."""
    if clash(_roles_of_human(session, account)) and not excepted(session):
        raise Problem(
            "not_separated",
            N_("%(login)s holds more posts than one person may. End all but one of them first."),
            login=account.login,
        )


def _roles_of_human(session: Session, account: Account) -> set[str]:
    """The open roles of the account and of other accounts of the same human being that may sign in; locks them."""
    theirs: ColumnElement[bool] = Account.id == account.id
    if account.person_id is not None:
        kept = session.scalar(select(PersonAlias.kept_id).where(PersonAlias.merged_id == account.person_id))
        rows = [kept or account.person_id]
        rows += session.scalars(select(PersonAlias.merged_id).where(PersonAlias.kept_id == rows[0]))
        theirs = or_(theirs, Account.person_id.in_(rows))
    locked = session.execute(
        select(Account.id, Account.disabled_at).where(theirs).order_by(Account.id).with_for_update()
    )
    ids = [row.id for row in locked if row.id == account.id or row.disabled_at is None]
    return set(
        session.scalars(
            select(RoleGrant.role).where(RoleGrant.account_id.in_(ids), RoleGrant.ended_at.is_(None))
        )
    )


def excepted(session: Session) -> bool:
    """Whether the site still stands under the exception for units with fewer people."""
    return _stored(session) == f'"{EXCEPTED}"'


def _stored(session: Session) -> str | None:
    """The setting of the root area alone: no area below may say otherwise."""
    query = select(AreaSetting.value).join(Area, Area.id == AreaSetting.area_id)
    of_root = query.where(Area.parent_id.is_(None), AreaSetting.key == SETTING)
    return session.scalar(of_root.order_by(Area.id).limit(1))


def allow_exception(session: Session, root: Area, actor: Actor) -> None:
    """Begin a site whose posts are not parted yet; raises Problem separation_kept where they once were."""
    if _stored(session) == f'"{KEPT}"':
        raise Problem("separation_kept", N_("The three posts were in different hands already and stay so."))
    set_setting(session, root, SETTING, EXCEPTED, actor)


def end_exception_if_parted(session: Session) -> bool:
    """End the exception for good as soon as each post has its own holder; returns whether it ended now."""
    if not excepted(session):
        return False
    found = holders(session)
    vacant = set(ADMINISTRATORS) - {post for holder in found for post in holder.posts}
    if vacant or any(holder.clashes for holder in found):
        return False
    root = session.scalar(select(Area).where(Area.parent_id.is_(None)).order_by(Area.id).limit(1))
    if root is not None:
        set_setting(session, root, SETTING, KEPT, SYSTEM)
        raise_alert(session, "separation.changed", root.code, state=KEPT)
    return True


def clashing(roles: Collection[str], offered: Collection[str]) -> set[str]:
    """Those of the ``offered`` roles that a holder of ``roles`` cannot be given, for forms to say so beforehand."""
    return {role for role in offered if clash({*roles, role})}
