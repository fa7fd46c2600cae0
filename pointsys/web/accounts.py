"""Accounts and their roles, for the system administrator: made with a one-time link, never with a password.

Somebody who manages a part of the tree touches only accounts whose every role lies in that part: a link signs in
with all roles of its account.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, current_app, redirect, request, url_for
from flask_babel import gettext, lazy_gettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import SelectField, StringField

from pointsys.core import audit
from pointsys.core.accounts import links as account_links
from pointsys.core.accounts import services
from pointsys.core.accounts.models import Account, RoleGrant
from pointsys.core.areas.models import Area, subtree
from pointsys.core.people.models import Person
from pointsys.core.permissions import ROLE_TITLES
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem, Refused
from pointsys.web.access import area_scope, current_actor, current_area, require_again
from pointsys.web.forms import Form, at_most, needed, optional
from pointsys.web.frame import flash_done, flash_problem, show
from pointsys.web.list_export import ListColumn, export_asked, local, send_list
from pointsys.web.lists import Paged, list_args
from pointsys.web.scope import area_choices, area_here, missing, person_here

blueprint = Blueprint("accounts", __name__)

View = Response | tuple[str, int]
LINK_VALID = timedelta(hours=24)
UNUSED_AFTER = timedelta(days=90)


class AccountForm(Form):
    """A new account."""

    login = StringField(lazy_gettext("Sign-in name"), [needed(), at_most(60)])
    role = SelectField(lazy_gettext("Role"), [needed()])
    area = SelectField(lazy_gettext("Area of the role"), [needed()])
    person = StringField(lazy_gettext("Number of the person"), [optional(), at_most(20)])


class RoleForm(Form):
    """A further role."""

    role = SelectField(lazy_gettext("Role"), [needed()])
    area = SelectField(lazy_gettext("Area of the role"), [needed()])


@dataclass(frozen=True)
class Line:
    """An account as the list shows it."""

    account: Account
    roles: Sequence[tuple[RoleGrant, Area]]
    unused: bool


def _posts(line: Line) -> str:
    return "; ".join(f"{gettext(ROLE_TITLES[grant.role])} ({area.name})" for grant, area in line.roles)


COLUMNS = (
    ListColumn(N_("Sign-in name"), lambda line: line.account.login),
    ListColumn(N_("Roles"), _posts),
    ListColumn(N_("Last seen"), lambda line: local(line.account.last_seen_at)),
    ListColumn(N_("Disabled at"), lambda line: local(line.account.disabled_at)),
)


@blueprint.get("/a/<code>/accounts")
@area_scope("accounts.manage")
def index(code: str) -> View:
    """Accounts with a role here or below; at the top also those without any."""
    args = list_args("role", "state", sorts=("login",), sort="login")
    with read_scope() as session:
        ids = managed_accounts(session)
        query = select(Account).where(Account.id.in_(ids))
        if args.q:
            query = query.where(Account.login.contains(args.q.casefold(), autoescape=True))
        if args["role"] in ROLE_TITLES:
            holders = select(RoleGrant.account_id).where(
                RoleGrant.role == args["role"], RoleGrant.ended_at.is_(None)
            )
            query = query.where(Account.id.in_(holders))
        if args["state"] in ("disabled", "active"):
            disabled = Account.disabled_at.is_not(None)
            query = query.where(disabled if args["state"] == "disabled" else ~disabled)
        total = session.scalar(select(func.count()).select_from(query.subquery())) or 0

        def fetch(page: int, size: int) -> Paged[Line]:
            rows = query.order_by(Account.login).limit(size).offset((page - 1) * size)
            return Paged(_lines(session, session.scalars(rows).all()), total, page, size)

        if export_asked():
            return send_list(N_("Accounts"), COLUMNS, fetch)
        page = fetch(args.page, args.size)
        return show("accounts/index.html", args=args, page=page, roles=ROLE_TITLES)


def managed_accounts(session: Session) -> set[int]:
    """Accounts whose every open role lies in the page's area or below; those without a role only at the top."""
    area = current_area()
    open_roles = select(RoleGrant.account_id).where(RoleGrant.ended_at.is_(None))
    inside = subtree(area.id)
    here = set(session.scalars(open_roles.where(RoleGrant.area_id.in_(inside))))
    elsewhere = set(session.scalars(open_roles.where(RoleGrant.area_id.not_in(inside))))
    if area.parent_id is None:
        here |= set(session.scalars(select(Account.id).where(Account.id.not_in(open_roles))))
    return here - elsewhere


def _lines(session: Session, accounts: Sequence[Account]) -> list[Line]:
    roles: dict[int, list[tuple[RoleGrant, Area]]] = {account.id: [] for account in accounts}
    rows = session.execute(
        select(RoleGrant, Area)
        .join(Area, Area.id == RoleGrant.area_id)
        .where(RoleGrant.account_id.in_(roles), RoleGrant.ended_at.is_(None))
        .order_by(RoleGrant.id)
    )
    for grant, area in rows:
        roles[grant.account_id].append((grant, area))
    return [Line(a, roles[a.id], _unused(a.last_seen_at or a.created_at)) for a in accounts]


def _unused(since: datetime) -> bool:
    return current_site().now() - since > UNUSED_AFTER


def _account_here(session: Session, public_id: str) -> Account:
    account = session.scalar(select(Account).where(Account.public_id == public_id))
    if account is None or account.id not in managed_accounts(session):
        missing()
    return account


def _not_oneself(account: Account) -> None:
    if account.id == current_actor().account_id:
        raise Refused("own_account", N_("Somebody else has to do this to your own account."))


def _fill(form: AccountForm | RoleForm) -> None:
    form.role.choices = [(role, gettext(title)) for role, title in ROLE_TITLES.items()]
    with read_scope() as session:
        form.area.choices = [(choice.code, choice.label) for choice in area_choices(session)]


@blueprint.route("/a/<code>/accounts/new", methods=["GET", "POST"])
@area_scope("accounts.manage")
def new(code: str) -> View:
    """Make an account with a role, and show the link with which its holder signs in for the first time."""
    form = AccountForm()
    _fill(form)
    if request.method == "GET":
        form.role.data, form.area.data = "community_worker", code
        form.person.data = request.args.get("person", "")[:20]
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                area = area_here(session, form.area.data)
                require_again(session, "accounts.manage", area.id)
                person_id = _person_of(session, form)
                account = services.create_account(
                    session, form.login.data or "", current_actor(), person_id=person_id
                )
                services.grant_role(session, account, form.role.data, area, current_actor())
                link = _link(session, account)
                login = account.login
        except Problem as problem:
            form.refuse(problem)
        else:
            return show("accounts/link.html", link=link, login=login, hours=24)
    return show("accounts/new.html", 422 if form.errors or form.problems else 200, form=form)


def _person_of(session: Session, form: AccountForm) -> int | None:
    if not form.person.data:
        return None
    person: Person = person_here(session, form.person.data.strip())
    return person.id


def _link(session: Session, account: Account) -> str:
    token = account_links.create_link(session, account_links.SIGN_IN, account_id=account.id, valid=LINK_VALID)
    audit.write(session, current_actor(), "account.link", "account", account.public_id)
    base = current_app.config["POINTSYS"].base_url.rstrip("/") or request.host_url.rstrip("/")
    return base + url_for("auth.one_time_link", token=token)


@blueprint.route("/a/<code>/accounts/<aid>", methods=["GET", "POST"])
@area_scope("accounts.manage")
def account(code: str, aid: str) -> View:
    """One account: its roles, giving a further one."""
    form = RoleForm()
    _fill(form)
    if request.method == "GET":
        form.area.data = code
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                area = area_here(session, form.area.data)
                require_again(session, "accounts.manage", area.id)
                services.grant_role(
                    session, _account_here(session, aid), form.role.data, area, current_actor()
                )
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("The role is given."))
            return redirect(url_for("accounts.account", code=code, aid=aid), 303)
    with read_scope() as session:
        found = _account_here(session, aid)
        (line,) = _lines(session, [found])
        own = found.id == current_actor().account_id
        status = 422 if form.errors or form.problems else 200
        return show("accounts/account.html", status, line=line, form=form, own=own)


@blueprint.post("/a/<code>/accounts/<aid>/end-role")
@area_scope("accounts.manage")
def end_role(code: str, aid: str) -> View:
    """Take a role back."""
    try:
        with unit_of_work() as session:
            found = _account_here(session, aid)
            require_again(session, "accounts.manage", current_area().id)
            number = request.form.get("grant", "")
            known = number.isascii() and number.isdigit() and len(number) < 10
            grant = session.get(RoleGrant, int(number)) if known else None
            if grant is None or grant.account_id != found.id or grant.ended_at is not None:
                missing()
            services.end_role(session, grant, current_actor())
            left = found.id in managed_accounts(session)
    except Problem as problem:
        flash_problem(problem)
        left = True
    else:
        flash_done(N_("The role is ended; it counts no more from the next click on."))
    target = url_for("accounts.account", code=code, aid=aid) if left else url_for("accounts.index", code=code)
    return redirect(target, 303)


@blueprint.post("/a/<code>/accounts/<aid>/link")
@area_scope("accounts.manage")
def link(code: str, aid: str) -> View:
    """Make a new one-time link, for somebody who forgot the password."""
    with unit_of_work() as session:
        found = _account_here(session, aid)
        require_again(session, "accounts.manage", current_area().id)
        _not_oneself(found)
        address, login = _link(session, found), found.login
    return show("accounts/link.html", link=address, login=login, hours=24)


@blueprint.post("/a/<code>/accounts/<aid>/disable")
@area_scope("accounts.manage")
def disable(code: str, aid: str) -> View:
    """Lock the account out at once, or let it in again."""
    with unit_of_work() as session:
        found = _account_here(session, aid)
        require_again(session, "accounts.manage", current_area().id)
        _not_oneself(found)
        if request.form.get("on") == "1":
            services.enable_account(session, found, current_actor())
        else:
            services.disable_account(session, found, current_actor())
        disabled = found.disabled_at is not None
    flash_done(
        N_("The account is disabled and signed out everywhere.")
        if disabled
        else N_("The account may sign in again.")
    )
    return redirect(url_for("accounts.account", code=code, aid=aid), 303)
