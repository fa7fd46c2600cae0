"""Tokens for programs: staff make and revoke their own; who manages accounts sees all of them and may revoke any.

Whoever makes one proves anew who they are. A token is shown once, right after it was made. What it may is chosen from
what its owner may, and never grows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, abort, current_app, redirect, request, url_for
from flask_babel import lazy_gettext
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import BooleanField, DateField, SelectMultipleField, StringField

from pointsys.access import token_permissions
from pointsys.core.accounts.models import Account
from pointsys.core.areas.models import Area
from pointsys.core.permissions import permission_titles
from pointsys.core.site import current_site
from pointsys.core.tokens.models import ApiToken
from pointsys.core.tokens.services import (
    LONGEST,
    MAX_NAME,
    NewToken,
    Wanted,
    areas_of,
    create_token,
    grantable,
    is_live,
    revoke_token,
    tokens_of,
)
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem
from pointsys.web.access import area_scope, current_actor, current_area, require_again, signed_in
from pointsys.web.accounts.frame import managed
from pointsys.web.forms import Form, at_most, chosen_day, needed
from pointsys.web.frame import flash_done, show
from pointsys.web.fresh import ask_again
from pointsys.web.scope import missing

blueprint = Blueprint("tokens", __name__)

View = Response | tuple[str, int]
USUAL_TIME = timedelta(days=90)
MAX_AREAS = 100


class TokenForm(Form):
    """What the token is called, what it may, where and until when."""

    name = StringField(lazy_gettext("Name of the token"), [needed(), at_most(MAX_NAME)])
    permissions = SelectMultipleField(lazy_gettext("What it may"), [needed()])
    areas = SelectMultipleField(lazy_gettext("Where"), [needed()])
    read_only = BooleanField(lazy_gettext("It only reads"))
    expires_on = DateField(lazy_gettext("Last day"), [needed()])


@dataclass(frozen=True)
class Line:
    """A token as lists show it."""

    token: ApiToken
    login: str
    permissions: Sequence[str]
    areas: Sequence[str]
    live: bool


def offered() -> list[str]:
    """The permissions that the reader could give to a token; nothing for those who are not staff."""
    return grantable(current_actor(), token_permissions(current_app))


def _lines(session: Session, tokens: Sequence[ApiToken], logins: dict[int, str]) -> list[Line]:
    areas = areas_of(session, [token.id for token in tokens])
    titles = permission_titles()
    lines = [
        Line(
            token,
            logins.get(token.account_id, ""),
            [titles.get(name, name) for name in token.permissions.split()],
            [area.name for area in areas[token.id]],
            is_live(token),
        )
        for token in tokens
    ]
    return sorted(lines, key=lambda line: not line.live)


@blueprint.get("/me/tokens")
@signed_in
def mine() -> View:
    """One's own tokens."""
    own = current_actor().account_id
    with read_scope() as session:
        lines = _lines(session, tokens_of(session, [own] if own else []), {})
        if not offered() and not lines:
            abort(404)
        return show("tokens/mine.html", lines=lines, may_make=bool(offered()))


@blueprint.route("/me/tokens/new", methods=["GET", "POST"])
@signed_in
def new() -> View:
    """Make a token and show it, once."""
    names = offered()
    if not names:
        abort(404)
    if again := ask_again():
        return again
    form = TokenForm()
    titles = permission_titles()
    form.permissions.choices = [(name, titles[name]) for name in names]
    with read_scope() as session:
        choices = {area.code: area for area in _areas(session)}
    form.areas.choices = [(code, area.name) for code, area in choices.items()]
    today = current_site().today()
    if request.method == "GET":
        form.read_only.data, form.expires_on.data = True, today + USUAL_TIME
        tops = {grant.area_id for grant in current_actor().grants}
        own = [code for code, area in choices.items() if area.id in tops]
        form.permissions.data, form.areas.data = [], own if len(own) == 1 else []
    if form.validate_on_submit():
        try:
            made = _make(form, [choices[code].id for code in form.areas.data or ()])
        except Problem as problem:
            form.refuse(problem)
        else:
            return show("tokens/made.html", secret=made.secret, name=form.name.data)
    status = 422 if form.errors or form.problems else 200
    return show("tokens/new.html", status, form=form, today=today, last=today + LONGEST)


def _areas(session: Session) -> list[Area]:
    """Where one holds a role, and what lies right below."""
    tops = {grant.area_id for grant in current_actor().grants}
    near = Area.id.in_(tops) | Area.parent_id.in_(tops)
    query = select(Area).where(near, Area.closed_on.is_(None)).order_by(Area.code).limit(MAX_AREAS)
    return list(session.scalars(query))


def _make(form: TokenForm, area_ids: list[int]) -> NewToken:
    with unit_of_work(drain=False) as session:
        account = session.get_one(Account, current_actor().account_id)
        wanted = Wanted(
            form.name.data or "",
            form.permissions.data or (),
            area_ids,
            chosen_day(form.expires_on),
            bool(form.read_only.data),
        )
        return create_token(session, account, wanted, current_actor())


@blueprint.post("/me/tokens/<tid>/revoke")
@signed_in
def revoke(tid: str) -> View:
    """End one of one's own tokens."""
    with unit_of_work(drain=False) as session:
        token = session.scalar(select(ApiToken).where(ApiToken.public_id == tid))
        if token is None or token.account_id != current_actor().account_id:
            missing()
        revoke_token(session, token, current_actor())
        name = token.name
    flash_done(N_("The token “%(name)s” is revoked; it opens nothing any more."), name=name)
    return redirect(url_for("tokens.mine"), 303)


def _owners(session: Session) -> set[int]:
    """The accounts with tokens that are managed here."""
    owners = select(ApiToken.account_id).join(Account, Account.id == ApiToken.account_id)
    return set(session.scalars(owners.where(managed())))


@blueprint.get("/a/<code>/tokens")
@area_scope("accounts.manage")
def index(code: str) -> View:
    """The tokens of all accounts that are managed here."""
    with read_scope() as session:
        ids = _owners(session)
        tokens = tokens_of(session, ids)
        rows = session.execute(
            select(Account.id, Account.login).where(Account.id.in_({token.account_id for token in tokens}))
        )
        return show("tokens/index.html", lines=_lines(session, tokens, {row.id: row.login for row in rows}))


@blueprint.post("/a/<code>/tokens/<tid>/revoke")
@area_scope("accounts.manage")
def end(code: str, tid: str) -> View:
    """End somebody's token."""
    with unit_of_work(drain=False) as session:
        require_again(session, "accounts.manage", current_area().id)
        token = session.scalar(select(ApiToken).where(ApiToken.public_id == tid))
        if token is None or token.account_id not in _owners(session):
            missing()
        revoke_token(session, token, current_actor())
        name = token.name
    flash_done(N_("The token “%(name)s” is revoked; it opens nothing any more."), name=name)
    return redirect(url_for("tokens.index", code=code), 303)
