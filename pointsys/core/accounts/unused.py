"""Accounts that nobody uses (S-16): listed, announced to who gives accounts, and disabled after ninety days.

An account is used by a sign-in and by a program with one of its tokens. The last one that may sign in with a post of an
administrator is spared and told of instead: a site that nobody can look after is worse off.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from pointsys.core.accounts import notices
from pointsys.core.accounts.models import Account, RoleGrant
from pointsys.core.accounts.services import disable_account
from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.models import Area, subtree
from pointsys.core.jobs.kinds import Periodic
from pointsys.core.permissions import ADMINISTRATORS, SECURITY_ADMIN
from pointsys.core.settings import get_setting, set_setting
from pointsys.core.site import current_site
from pointsys.core.startup import root_area
from pointsys.core.tokens.models import ApiToken
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem

SETTING = "accounts.unused_days"
DAYS = 90
DAYS_RANGE = range(30, 366)
WARNED = timedelta(days=14)
# So many in one transaction hold no other writer up for long.
AT_ONCE = 200


def unused_days(session: Session) -> int:
    """After how many days without use the site disables an account."""
    root = root_area(session)
    value = get_setting(session, root.id, SETTING, DAYS) if root is not None else DAYS
    return value if isinstance(value, int) and value in DAYS_RANGE else DAYS


def set_unused_days(session: Session, root: Area, days: int, actor: Actor) -> None:
    """Choose another number of days for the whole site; raises Problem bad_days."""
    if days not in DAYS_RANGE:
        raise Problem(
            "bad_days",
            N_("Give a number of days from %(least)s to %(most)s."),
            field="days",
            least=DAYS_RANGE[0],
            most=DAYS_RANGE[-1],
        )
    set_setting(session, root, SETTING, days, actor)


def last_use(account: Account) -> datetime:
    """When the account was last used by a sign-in, or made or let in again after that."""
    known = (account.created_at, account.last_seen_at, account.enabled_at)
    return max(at for at in known if at is not None)


def unused_since(instant: datetime) -> ColumnElement[bool]:
    """The accounts that may sign in and were not used from ``instant`` on, for a query."""
    by_program = exists().where(ApiToken.account_id == Account.id, ApiToken.last_used_at >= instant)
    return (
        Account.disabled_at.is_(None)
        & (func.coalesce(Account.last_seen_at, Account.created_at) < instant)
        & (func.coalesce(Account.enabled_at, Account.created_at) < instant)
        & ~by_program
    )


def disable_unused(now: datetime) -> int:
    """Disable what was not used for too long, tell of what is spared, announce what is next; returns how many ended."""
    with read_scope() as session:
        days = unused_days(session)
        limit = now - timedelta(days=days)
        ids = list(session.scalars(select(Account.id).where(unused_since(limit)).order_by(Account.id)))
        spared = _last_of_a_post(session, ids)
    ended = 0
    for at in range(0, len(ids), AT_ONCE):
        with unit_of_work(drain=False) as session:
            # Read again: somebody may have signed in meanwhile.
            still = select(Account).where(Account.id.in_(ids[at : at + AT_ONCE]), unused_since(limit))
            for account in session.scalars(still):
                if account.id not in spared:
                    disable_account(session, account, SYSTEM)
                    ended += 1
    with unit_of_work(drain=False) as session:
        for login in sorted(spared.values()):
            # Once in each round of days, not every night.
            told = notices.security_administrators(session)
            if not _told_lately(session, told, login, now):
                notices.tell(session, told, notices.UNUSED_SPARED, SYSTEM, login=login, days=days)
        _announce(session, now, days)
        notices.forget_old(session, now)
    return ended


def _last_of_a_post(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """Account id -> login of the one to be spared for each post whose every holder is among ``ids``."""
    rows = session.execute(
        select(Account, RoleGrant.role)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .where(
            RoleGrant.role.in_(ADMINISTRATORS), RoleGrant.ended_at.is_(None), Account.disabled_at.is_(None)
        )
    ).all()
    unused, spared = set(ids), {}
    for post in ADMINISTRATORS:
        held = {account.id: account for account, role in rows if role == post}
        if held and set(held) <= unused:
            last = max(held.values(), key=lambda account: (last_use(account), account.id))
            spared[last.id] = last.login
    return spared


def _told_lately(session: Session, account_ids: Sequence[int], login: str, now: datetime) -> bool:
    told = notices.AccountNotice
    query = select(told.detail).where(
        told.account_id.in_(list(account_ids)), told.kind == notices.UNUSED_SPARED, told.at > now - WARNED
    )
    return any(f'"{login}"' in detail for detail in session.scalars(query))


def _announce(session: Session, now: datetime, days: int) -> None:
    """Tell who gives accounts how many of theirs end in fourteen days; each account is announced on one day only."""
    site = current_site()
    ends_on = site.local(now + WARNED).date()
    first = now + WARNED - timedelta(days=days)
    for account_id in notices.security_administrators(session):
        areas = select(RoleGrant.area_id).where(
            RoleGrant.account_id == account_id, RoleGrant.role == SECURITY_ADMIN, RoleGrant.ended_at.is_(None)
        )
        theirs = [RoleGrant.area_id.in_(subtree(area_id)) for area_id in session.scalars(areas)]
        managed = exists().where(
            RoleGrant.account_id == Account.id, RoleGrant.ended_at.is_(None), or_(*theirs)
        )
        count = session.scalar(
            select(func.count())
            .select_from(Account)
            .where(unused_since(first), ~unused_since(first - timedelta(days=1)), managed)
        )
        if count:
            notices.tell(session, [account_id], notices.UNUSED_SOON, SYSTEM, n=count, day=ends_on.isoformat())


JOBS = (Periodic("accounts.unused", N_("Accounts nobody uses"), disable_unused, at="03:30"),)
