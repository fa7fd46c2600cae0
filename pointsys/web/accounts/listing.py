"""The tree of areas at the left, the accounts of the chosen one at the right; and a new account with its first link."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask import request
from flask_babel import gettext, lazy_gettext
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session
from wtforms import StringField

from pointsys.core.accounts import services
from pointsys.core.accounts.models import Account, RoleGrant
from pointsys.core.accounts.unused import unused_days, unused_since
from pointsys.core.areas.models import Area, AreaClosure
from pointsys.core.permissions import ADMINISTRATORS, EVERY_STAFF, MEMBER, RESIDENT, ROLE_TITLES
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem
from pointsys.web.access import (
    area_scope,
    current_actor,
    current_area,
    current_path,
    may,
    require_again,
)
from pointsys.web.accounts.frame import Line, RoleForm, View, blueprint, fill, lines, managed
from pointsys.web.accounts.ways_in import FIRST_LINK_VALID, sign_in_link
from pointsys.web.forms import at_most, needed, optional
from pointsys.web.frame import show
from pointsys.web.list_export import ListColumn, export_asked, local, send_list
from pointsys.web.lists import ListArgs, Paged, list_args
from pointsys.web.scope import area_here, person_here

# More branches than this are worse than the page of areas.
MOST_BRANCHES = 200
WORKING, ADMINISTERING, LIVING = "staff", "administrators", "members"
GROUPS = {
    WORKING: (N_("Staff"), EVERY_STAFF),
    ADMINISTERING: (N_("Administrators"), ADMINISTRATORS),
    LIVING: (N_("Members and residents"), (MEMBER, RESIDENT)),
}
STATES = {
    "active": N_("may sign in"),
    "disabled": N_("disabled"),
    "unused": N_("unused for a long time"),
    "never": N_("never signed in"),
}


@dataclass(frozen=True)
class Branch:
    """A line of the tree; ``people`` is how many accounts work there or below, None for areas above."""

    area: Area
    depth: int
    here: bool
    people: int | None = None


def _posts(line: Line) -> str:
    return "; ".join(f"{gettext(ROLE_TITLES[grant.role])} ({area.name})" for grant, area in line.roles)


COLUMNS = (
    ListColumn(N_("Sign-in name"), lambda line: line.account.login),
    ListColumn(N_("Name"), lambda line: line.account.name),
    ListColumn(N_("Roles"), _posts),
    ListColumn(N_("Last seen"), lambda line: local(line.account.last_seen_at)),
    ListColumn(N_("Disabled at"), lambda line: local(line.account.disabled_at)),
)


@blueprint.get("/a/<code>/accounts")
@area_scope("accounts.manage")
def index(code: str) -> View:
    """Accounts with a role here or below; at the top also those without any."""
    args = list_args("group", "role", "state", "where", sorts=("login",), sort="login")
    with read_scope() as session:
        query = select(Account).where(managed(), *_conditions(session, args))
        total = session.scalar(select(func.count()).select_from(query.subquery())) or 0

        def fetch(page: int, size: int) -> Paged[Line]:
            rows = query.order_by(Account.login).limit(size).offset((page - 1) * size)
            return Paged(lines(session, session.scalars(rows).all()), total, page, size)

        if export_asked():
            return send_list(N_("Accounts"), COLUMNS, fetch)
        return show(
            "accounts/index.html", args=args, page=fetch(args.page, args.size), roles=ROLE_TITLES,
            states=STATES, groups={key: title for key, (title, _roles) in GROUPS.items()},
            tree=tree(session), days=unused_days(session),
        )  # fmt: skip


def _conditions(session: Session, args: ListArgs) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if args.q:
        found.append(
            Account.login.contains(args.q.casefold(), autoescape=True)
            | Account.name.contains(args.q, autoescape=True)
        )
    holders = select(RoleGrant.account_id).where(RoleGrant.ended_at.is_(None))
    if args["role"] in ROLE_TITLES:
        found.append(Account.id.in_(holders.where(RoleGrant.role == args["role"])))
    if args["group"] in GROUPS:
        found.append(Account.id.in_(holders.where(RoleGrant.role.in_(GROUPS[args["group"]][1]))))
    if args["where"] == "here":
        found.append(Account.id.in_(holders.where(RoleGrant.area_id == current_area().id)))
    if args["state"] in ("disabled", "active"):
        disabled = Account.disabled_at.is_not(None)
        found.append(disabled if args["state"] == "disabled" else ~disabled)
    if args["state"] == "never":
        found.append(Account.last_seen_at.is_(None))
    if args["state"] == "unused":
        found.append(unused_since(current_site().now() - timedelta(days=unused_days(session))))
    return found


def tree(session: Session) -> list[Branch]:
    """The way down to the page's area, and what lies right below it, or beside it where nothing does."""
    path = [area for area in current_path() if may("accounts.manage", area)]
    here = path[-1]
    below = _branches(session, here)
    top = path if below or len(path) < 2 else path[:-1]
    found = [Branch(area, depth, area.id == here.id) for depth, area in enumerate(top)]
    rows = below or (_branches(session, path[-2]) if len(path) > 1 else [])
    return found + [Branch(area, len(top), area.id == here.id, people) for area, people in rows]


def _branches(session: Session, parent: Area) -> list[tuple[Area, int]]:
    working = (
        select(AreaClosure.ancestor_id, func.count(RoleGrant.account_id.distinct()).label("people"))
        .join(RoleGrant, RoleGrant.area_id == AreaClosure.descendant_id)
        .where(RoleGrant.ended_at.is_(None), RoleGrant.role.in_((*EVERY_STAFF, *ADMINISTRATORS)))
        .group_by(AreaClosure.ancestor_id)
        .subquery()
    )
    rows = session.execute(
        select(Area, func.coalesce(working.c.people, 0))
        .outerjoin(working, working.c.ancestor_id == Area.id)
        .where(Area.parent_id == parent.id, Area.closed_on.is_(None))
        .order_by(Area.code)
        .limit(MOST_BRANCHES)
    )
    return [(area, people) for area, people in rows]


class AccountForm(RoleForm):
    """A new account with its first role."""

    login = StringField(lazy_gettext("Sign-in name"), [needed(), at_most(60)])
    name = StringField(lazy_gettext("Name"), [optional(), at_most(30)])
    person = StringField(lazy_gettext("Number of the person"), [optional(), at_most(20)])


@blueprint.route("/a/<code>/accounts/new", methods=["GET", "POST"])
@area_scope("accounts.manage")
def new(code: str) -> View:
    """Make an account with a role, and show the link with which its holder signs in for the first time."""
    form = AccountForm()
    with read_scope() as session:
        fill(form, session)
    if request.method == "GET":
        form.role.data, form.area.data = "community_worker", code
        form.person.data = request.args.get("person", "")[:20]
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                area = area_here(session, form.area.data)
                require_again(session, "accounts.manage", area.id)
                account = services.create_account(
                    session, form.login.data or "", current_actor(),
                    person_id=_person_of(session, form), name=" ".join((form.name.data or "").split()),
                )  # fmt: skip
                services.grant_role(session, account, form.role.data, area, current_actor())
                link = sign_in_link(session, account)
                login = account.login
        except Problem as problem:
            form.refuse(problem)
        else:
            return show("accounts/link.html", link=link, login=login, valid=FIRST_LINK_VALID)
    return show("accounts/new.html", 422 if form.errors or form.problems else 200, form=form)


def _person_of(session: Session, form: AccountForm) -> int | None:
    if not form.person.data:
        return None
    person = person_here(session, form.person.data.strip())
    return person.id
