"""What the pages of accounts share: which accounts lie in the page's area, their roles, and forms to choose a role.

Somebody who manages a part of the tree touches only accounts whose every role lies in that part: a link signs in with
all roles of its account.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, current_app, request
from flask_babel import gettext, lazy_gettext
from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import SelectField

from pointsys.core.accounts.models import Account, RoleGrant
from pointsys.core.accounts.unused import last_use
from pointsys.core.areas.models import Area, subtree
from pointsys.core.permissions import ROLE_TITLES
from pointsys.core.site import current_site
from pointsys.kit.problems import N_, Refused
from pointsys.web.access import current_actor, current_area
from pointsys.web.forms import Form, needed
from pointsys.web.scope import area_choices, missing

blueprint = Blueprint("accounts", __name__)

View = Response | tuple[str, int]


class RoleForm(Form):
    """A role somewhere."""

    role = SelectField(lazy_gettext("Role"), [needed()])
    area = SelectField(lazy_gettext("Area of the role"), [needed()])


def fill(form: RoleForm, session: Session) -> None:
    """Give the form its choices."""
    form.role.choices = [(role, gettext(title)) for role, title in ROLE_TITLES.items()]
    form.area.choices = [(choice.code, choice.label) for choice in area_choices(session)]


@dataclass(frozen=True)
class Line:
    """An account as the lists show it; ``rests`` is since when nobody used it."""

    account: Account
    roles: Sequence[tuple[RoleGrant, Area]]
    rests: datetime

    @property
    def days(self) -> int:
        """Whole days without use."""
        return (current_site().now() - self.rests).days


def managed() -> ColumnElement[bool]:
    """Accounts whose every open role lies in the page's area or below; those without a role only at the top."""
    area = current_area()
    if area.parent_id is None:
        return true()
    open_roles = select(RoleGrant.account_id).where(RoleGrant.ended_at.is_(None))
    inside = subtree(area.id)
    return Account.id.in_(open_roles.where(RoleGrant.area_id.in_(inside))) & Account.id.not_in(
        open_roles.where(RoleGrant.area_id.not_in(inside))
    )


def account_here(session: Session, public_id: str) -> Account:
    """The account with this outside id, if it may be managed here; 404 for any other."""
    account = session.scalar(select(Account).where(Account.public_id == public_id, managed()))
    if account is None:
        missing()
    return account


def lines(session: Session, accounts: Sequence[Account]) -> list[Line]:
    """Some accounts with their open roles; one statement."""
    roles: dict[int, list[tuple[RoleGrant, Area]]] = {account.id: [] for account in accounts}
    rows = session.execute(
        select(RoleGrant, Area)
        .join(Area, Area.id == RoleGrant.area_id)
        .where(RoleGrant.account_id.in_(roles), RoleGrant.ended_at.is_(None))
        .order_by(RoleGrant.id)
    )
    for grant, area in rows:
        roles[grant.account_id].append((grant, area))
    return [Line(account, roles[account.id], last_use(account)) for account in accounts]


def not_oneself(account: Account) -> None:
    """Raise Refused for the reader's own account."""
    if account.id == current_actor().account_id:
        raise Refused("own_account", N_("Somebody else has to do this to your own account."))


def base_url() -> str:
    """The site's address as it is typed, without a slash at its end."""
    return str(current_app.config["POINTSYS"].base_url.rstrip("/") or request.host_url.rstrip("/"))
