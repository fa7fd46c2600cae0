"""The account of a person who is erased: nobody signs in with it again, and its login names nobody."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.accounts.models import Account, LoginFailure, RoleGrant
from pointsys.core.actors import Actor
from pointsys.core.database import ERASED, Base
from pointsys.core.permissions import ADMINISTRATORS, EVERY_STAFF
from pointsys.core.privacy.held import ACCOUNT, LABEL
from pointsys.core.privacy.register import columns_with
from pointsys.core.site import current_site
from pointsys.core.tokens.models import ApiToken
from pointsys.kit.problems import N_, Problem


def refuse_staff(session: Session, accounts: Collection[Account]) -> None:
    """Raise Problem still_staff while an account of the person holds a role by which it acts for others."""
    held = select(RoleGrant.id).where(
        RoleGrant.account_id.in_([account.id for account in accounts]),
        RoleGrant.ended_at.is_(None),
        RoleGrant.role.in_((*ADMINISTRATORS, *EVERY_STAFF)),
    )
    if session.scalar(held.limit(1)) is not None:
        raise Problem(
            "still_staff",
            N_("This person's account has a role of the staff. Let the security administrator end it first."),
        )


def label_of(account: Account) -> str:
    """What stands in place of the login."""
    return f"{ERASED}{account.public_id}"


def close_accounts(
    session: Session, accounts: Sequence[Account], words: Collection[str], actor: Actor
) -> None:
    """Take away how the accounts are signed in to, and put ``label_of`` wherever their logins stood."""
    now = current_site().now()
    for account in accounts:
        _drop_rows(session, account.id)
        login, label = account.login, label_of(account)
        session.execute(
            update(RoleGrant)
            .where(RoleGrant.account_id == account.id, RoleGrant.ended_at.is_(None))
            .values(ended_at=now)
        )
        session.execute(
            update(ApiToken)
            .where(ApiToken.account_id == account.id)
            .values(name="", hint="", revoked_at=now, token_hash=ApiToken.public_id)
        )
        _relabel(session, login, label)
        audit.forget(session, actor, label=label, account=account.public_id, logins=[login])
        account.login, account.name, account.person_id = label, "", None
        account.password_hash, account.letters = None, None
        account.disabled_at = account.disabled_at or now
        account.totp = None
    subjects = [LoginFailure.subject.contains(word, autoescape=True) for word in words if word]
    if subjects:
        session.execute(delete(LoginFailure).where(or_(*subjects)))
    session.flush()


def _drop_rows(session: Session, account_id: int) -> None:
    for name in sorted({table for table, _column in columns_with(ACCOUNT)}):
        table = Base.metadata.tables[name]
        session.execute(delete(table).where(table.c.account_id == account_id))


def _relabel(session: Session, login: str, label: str) -> None:
    for name, column in columns_with(LABEL):
        table = Base.metadata.tables[name]
        # What a token of the login did stands as login/token.
        theirs = or_(table.c[column] == login, table.c[column].startswith(f"{login}/", autoescape=True))
        session.execute(update(table).where(theirs).values({column: label}))
