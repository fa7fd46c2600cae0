"""Making accounts, granting roles and disabling; every function works in the caller's transaction."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.accounts import fresh_start, notices, separation
from pointsys.core.accounts.links import retire_links
from pointsys.core.accounts.models import Account, RoleGrant
from pointsys.core.accounts.passwords import check_password, hash_password
from pointsys.core.accounts.sessions import end_sessions
from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.permissions import MEMBER, RESIDENT, ROLE_TITLES
from pointsys.core.site import current_site
from pointsys.core.tokens.services import revoke_all
from pointsys.kit.identity import normalise_text
from pointsys.kit.problems import N_, Problem


def normalise_login(raw: str) -> str:
    """The form in which logins are compared: NFKC, no invisible characters, lower case; raises Problem."""
    login = normalise_text(raw).casefold().replace(" ", "")
    if not 2 <= len(login) <= 60:
        raise Problem("bad_login", N_("Choose a sign-in name of 2 to 60 characters."), field="login")
    return login


def create_account(
    session: Session,
    login: str,
    actor: Actor,
    *,
    person_id: int | None = None,
    password: str | None = None,
    name: str = "",
) -> Account:
    """A new account without any role; raises Problem for a taken or bad name."""
    login = normalise_login(login)
    if session.scalar(select(Account.id).where(Account.login == login)) is not None:
        raise Problem("login_taken", N_("This sign-in name is taken."), field="login")
    if person_id is not None and session.scalar(select(Account.id).where(Account.person_id == person_id)):
        raise Problem("person_has_account", N_("This person has an account already."), field="person")
    if password is not None:
        check_password(password, login)
    account = Account(
        login=login,
        name=name,
        person_id=person_id,
        password_hash=hash_password(password) if password is not None else None,
        password_at=current_site().now() if password is not None else None,
        created_at=current_site().now(),
    )
    session.add(account)
    session.flush()
    audit.write(session, actor, "account.created", "account", account.public_id, after={"login": login})
    return account


def grant_role(session: Session, account: Account, role: str, area: Area, actor: Actor) -> bool:
    """Give a role on ``area`` and below; giving it twice changes nothing. Nobody grants to themselves.

    Returns whether the account of a member started anew (``fresh_start``): its holder needs a new link then.
    Raises Problem unknown_role, own_roles, or not_separated where the three administrators would not be three people.
    """
    if role not in ROLE_TITLES:
        raise Problem("unknown_role", N_("There is no role named %(role)s."), field="role", role=role)
    if actor.account_id == account.id:
        raise Problem("own_roles", N_("Somebody else has to change your own roles."), field="role")
    open_grant = select(RoleGrant.id).where(
        RoleGrant.account_id == account.id,
        RoleGrant.role == role,
        RoleGrant.area_id == area.id,
        RoleGrant.ended_at.is_(None),
    )
    if session.scalar(open_grant) is not None:
        return False
    separation.check_grant(session, account, role)
    anew = fresh_start.needs_fresh_start(session, account, role)
    if anew:
        fresh_start.start_anew(session, account, actor)
    elif role not in (MEMBER, RESIDENT):
        # Staff hand codes to members: one that somebody kept must not open what the account may from now on.
        retire_links(session, account.id)
    now = current_site().now()
    session.add(
        RoleGrant(account_id=account.id, role=role, area_id=area.id, granted_by=actor.label, granted_at=now)
    )
    session.flush()
    audit.write(
        session, actor, "role.granted", "account", account.public_id, area_id=area.id, after={"role": role}
    )
    notices.tell_of_grant(session, account, role, area, actor)
    if anew:
        notices.tell(session, [account.id], notices.STARTED_ANEW, actor)
    separation.end_exception_if_parted(session)
    return anew


def end_role(session: Session, grant: RoleGrant, actor: Actor) -> None:
    """Take a role back; its holder's next request is without it."""
    if actor.account_id == grant.account_id:
        raise Problem("own_roles", N_("Somebody else has to change your own roles."), field="role")
    grant.ended_at = current_site().now()
    account = session.get_one(Account, grant.account_id)
    audit.write(
        session,
        actor,
        "role.ended",
        "account",
        account.public_id,
        area_id=grant.area_id,
        before={"role": grant.role},
    )
    session.flush()
    separation.end_exception_if_parted(session)


def disable_account(session: Session, account: Account, actor: Actor) -> None:
    """Lock an account out at once, programs with its tokens too; what it did stays."""
    account.disabled_at = current_site().now()
    end_sessions(session, account.id)
    retire_links(session, account.id)
    revoke_all(session, account.id, actor)
    audit.write(
        session, actor, "account.disabled", "account", account.public_id,
        before={"enabled": True}, after={"enabled": False},
    )  # fmt: skip
    session.flush()
    separation.end_exception_if_parted(session)


def enable_account(session: Session, account: Account, actor: Actor) -> None:
    """Let a disabled account in again; raises Problem not_separated where its roles clash."""
    separation.check_enable(session, account)
    account.disabled_at = None
    account.enabled_at = current_site().now()
    audit.write(
        session, actor, "account.enabled", "account", account.public_id,
        before={"enabled": False}, after={"enabled": True},
    )  # fmt: skip


def name_account(session: Session, account: Account, name: str, actor: Actor) -> None:
    """Say whose account it is ("" for nobody's); raises Problem too_long."""
    if len(name) > 30:
        raise Problem("too_long", N_("At most %(max)d characters."), field="name", max=30)
    before, account.name = account.name, name
    audit.write(
        session, actor, "account.named", "account", account.public_id,
        before={"name": before}, after={"name": name},
    )  # fmt: skip


def has_accounts(session: Session) -> bool:
    """Whether anybody can sign in yet."""
    return bool(session.scalar(select(func.count()).select_from(Account)))
