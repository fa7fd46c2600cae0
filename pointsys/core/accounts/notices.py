"""What the holder of an account is told at the next sign-in: that somebody acted on it, or on an administrator.

A notice names a kind of ``KINDS`` and keeps its values as JSON; the pages put it into words. A banner leads to those
not seen yet; seen ones stay on the page until they are forgotten, because whoever used a link that was not meant for
them may also have looked at the notice about it.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, Text, delete, exists, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from pointsys.core import audit
from pointsys.core.accounts.models import Account, RoleGrant
from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.alerts import raise_alert
from pointsys.core.areas.models import Area, ancestors
from pointsys.core.database import Base, table_of
from pointsys.core.permissions import ADMINISTRATORS, EVERY_STAFF, SECURITY_ADMIN, SUBDISTRICT_OFFICE
from pointsys.core.site import current_site
from pointsys.kit.problems import N_

ROLE_GRANTED = "role_granted"
LINK_MADE = "link_made"
SESSIONS_ENDED = "sessions_ended"
STARTED_ANEW = "started_anew"
ADMIN_GRANTED = "admin_granted"
OFFICE_GRANTED = "office_granted"
ADMIN_LINK = "admin_link"
UNUSED_SOON = "unused_soon"
UNUSED_SPARED = "unused_spared"
KINDS = {
    ROLE_GRANTED: N_("%(who)s gave you the role “%(role)s” in %(area)s."),
    LINK_MADE: N_(
        "%(who)s made a one-time way into your account. "
        "If you did not ask for it, tell the audit administrator at once."
    ),
    STARTED_ANEW: N_(
        "With the role came work with others' data. The password, second factor, sign-ins and tokens that your account "
        "had as a member are void: staff had handed out the way in."
    ),
    SESSIONS_ENDED: N_("%(who)s signed your account out everywhere."),
    ADMIN_GRANTED: N_("%(who)s gave %(login)s the role “%(role)s” in %(area)s."),
    OFFICE_GRANTED: N_(
        "%(who)s gave %(login)s the role “%(role)s” in %(area)s, which reads everybody's data there. "
        "Ask whose account it is if you do not know of it."
    ),
    ADMIN_LINK: N_("%(who)s made a one-time way into the account of the administrator %(login)s."),
    UNUSED_SOON: N_("%(n)s accounts that nobody uses will be disabled on %(day)s."),
    UNUSED_SPARED: N_(
        "%(login)s has not been used for %(days)s days, and is the last one who may sign in with that post. "
        "It was not disabled: look after it."
    ),
}
KEPT = timedelta(days=180)
# Whoever sets a site up has nobody to tell yet.
_QUIET = (SYSTEM.label, "first run")


class AccountNotice(Base):
    """One notice to one account; ``detail`` is JSON of the values of its words, ``made_by`` the label of who acted."""

    __tablename__ = "account_notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    kind: Mapped[str] = mapped_column(String(30))
    detail: Mapped[str] = mapped_column(Text, default="{}")
    made_by: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime]
    seen_at: Mapped[datetime | None]

    @property
    def values(self) -> dict[str, object]:
        """The values of its words."""
        found: dict[str, object] = json.loads(self.detail)
        return found


# Whether notices wait for the account of the statement that this stands in.
has_unseen = exists().where(AccountNotice.account_id == Account.id, AccountNotice.seen_at.is_(None))


def tell(session: Session, account_ids: list[int], kind: str, actor: Actor, **detail: object) -> None:
    """Leave a notice for each of some accounts; the one who acts is told nothing."""
    now = current_site().now()
    told = [
        {
            "account_id": account_id, "kind": kind, "detail": json.dumps(detail, ensure_ascii=False),
            "made_by": actor.label, "at": now, "seen_at": None,
        }
        for account_id in account_ids
        if account_id != actor.account_id
    ]  # fmt: skip
    if told:
        session.execute(insert(table_of(AccountNotice)), told)


def tell_of_grant(session: Session, account: Account, role: str, area: Area, actor: Actor) -> None:
    """Tell the holder of a further role, and the other administrators where it concerns one of them or reaches far."""
    if actor.label in _QUIET:
        return
    detail = {"role": role, "area": area.name}
    if account.last_seen_at is not None:
        tell(session, [account.id], ROLE_GRANTED, actor, **detail)
    if role in ADMINISTRATORS or _posts_at(session, account.id):
        others = administrators_over(session, {area.id}) - {account.id}
        tell(session, sorted(others), ADMIN_GRANTED, actor, login=account.login, **detail)
        raise_alert(session, "admin.granted", account.login, by=actor.label, role=role, area=area.code)
    elif reaches_far(role, area):
        others = administrators_over(session, {area.id}) - {account.id}
        tell(session, sorted(others), OFFICE_GRANTED, actor, login=account.login, **detail)
        raise_alert(session, "office.granted", account.login, by=actor.label, role=role, area=area.code)


def reaches_far(role: str, area: Area) -> bool:
    """Whether a role lets its holder read the people of more than one community, or is the office's own."""
    return role == SUBDISTRICT_OFFICE or (role in EVERY_STAFF and area.level not in ("community", "grid"))


def tell_of_link(session: Session, account: Account, actor: Actor) -> None:
    """Tell the holder that somebody else made a way into the account, and the other administrators about one of them.

    A first link is told to nobody but administrators: its holder waits for it.
    """
    if actor.label in _QUIET or actor.account_id == account.id:
        return
    if account.last_seen_at is not None:
        tell(session, [account.id], LINK_MADE, actor)
    places = _posts_at(session, account.id)
    if places:
        others = administrators_over(session, places) - {account.id}
        tell(session, sorted(others), ADMIN_LINK, actor, login=account.login)
        raise_alert(session, "admin.link", account.login, by=actor.label)


def tell_of_sign_out(session: Session, account: Account, actor: Actor) -> None:
    """Tell the holder that somebody else ended every sign-in."""
    if account.last_seen_at is not None:
        tell(session, [account.id], SESSIONS_ENDED, actor)


def _posts_at(session: Session, account_id: int) -> set[int]:
    """The areas where the account holds a post of an administrator."""
    query = select(RoleGrant.area_id).where(
        RoleGrant.account_id == account_id, RoleGrant.role.in_(ADMINISTRATORS), RoleGrant.ended_at.is_(None)
    )
    return set(session.scalars(query))


def administrators_over(session: Session, area_ids: set[int], *roles: str) -> set[int]:
    """Accounts that may sign in and hold a post (one of ``roles`` if given) over any of the areas."""
    found: set[int] = set()
    for area_id in area_ids:
        query = (
            select(RoleGrant.account_id)
            .join(Account, Account.id == RoleGrant.account_id)
            .where(
                RoleGrant.role.in_(roles or ADMINISTRATORS), RoleGrant.ended_at.is_(None),
                RoleGrant.area_id.in_(ancestors(area_id)), Account.disabled_at.is_(None),
            )
        )  # fmt: skip
        found |= set(session.scalars(query))
    return found


def security_administrators(session: Session) -> list[int]:
    """Accounts of everybody who gives accounts anywhere and may sign in."""
    query = (
        select(RoleGrant.account_id)
        .join(Account, Account.id == RoleGrant.account_id)
        .where(RoleGrant.role == SECURITY_ADMIN, RoleGrant.ended_at.is_(None), Account.disabled_at.is_(None))
    )
    return sorted(set(session.scalars(query)))


def latest(session: Session, account_id: int, limit: int = 50) -> list[AccountNotice]:
    """The newest notices of an account."""
    query = select(AccountNotice).where(AccountNotice.account_id == account_id)
    return list(session.scalars(query.order_by(AccountNotice.id.desc()).limit(limit)))


def mark_seen(session: Session, actor: Actor, up_to: int) -> None:
    """Note that ``actor`` has read their notices up to the one with the id ``up_to``."""
    mine = update(AccountNotice).where(
        AccountNotice.account_id == actor.account_id,
        AccountNotice.seen_at.is_(None),
        AccountNotice.id <= up_to,
    )
    session.execute(mine.values(seen_at=current_site().now()))
    audit.write(session, actor, "notices.read", "account", actor.account or "-")


def forget_old(session: Session, now: datetime) -> None:
    """Drop what was seen long ago."""
    session.execute(delete(AccountNotice).where(AccountNotice.seen_at < now - KEPT))
