"""The page of one account: its roles, sign-ins and browsers, and everything that can be done to it, one POST each."""

from __future__ import annotations

from collections.abc import Callable

from flask import redirect, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.accounts import codes, notices, second_factor, services, sessions, throttle
from pointsys.core.accounts.browsers import browser_name
from pointsys.core.accounts.models import Account, RoleGrant
from pointsys.core.accounts.records import sign_ins_of
from pointsys.core.accounts.separation import clashing, excepted
from pointsys.core.accounts.unused import WARNED, unused_days
from pointsys.core.permissions import ROLE_TITLES
from pointsys.core.tokens.services import revoke_all
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem
from pointsys.web.access import area_scope, current_actor, current_area, require_again
from pointsys.web.accounts.frame import (
    RoleForm,
    View,
    account_here,
    base_url,
    blueprint,
    fill,
    lines,
    managed,
    not_oneself,
)
from pointsys.web.accounts.ways_in import sign_in_code, sign_in_link, valid_for
from pointsys.web.frame import flash_done, flash_problem, show
from pointsys.web.me_security import WAYS
from pointsys.web.scope import area_here, missing

SHOWN = 20


@blueprint.route("/a/<code>/accounts/<aid>", methods=["GET", "POST"])
@area_scope("accounts.manage")
def account(code: str, aid: str) -> View:
    """One account: its roles, giving a further one."""
    form = RoleForm()
    with read_scope() as session:
        fill(form, session)
    if request.method == "GET":
        form.area.data = code
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                area = area_here(session, form.area.data)
                require_again(session, "accounts.manage", area.id)
                found = account_here(session, aid)
                anew = services.grant_role(session, found, form.role.data, area, current_actor())
                address = sign_in_link(session, found) if anew else ""
                login, valid = found.login, valid_for(found)
        except Problem as problem:
            form.refuse(problem)
        else:
            if anew:
                return show("accounts/link.html", link=address, login=login, valid=valid, anew=True)
            flash_done(N_("The role is given."))
            return _back(code, aid)
    with read_scope() as session:
        return _page(session, account_here(session, aid), form)


def _page(session: Session, found: Account, form: RoleForm) -> View:
    (line,) = lines(session, [found])
    held = {grant.role for grant, _area in line.roles}
    barred: set[str] = set() if excepted(session) else clashing(held, set(ROLE_TITLES))
    form.role.choices = [(role, gettext(title)) for role, title in ROLE_TITLES.items() if role not in barred]
    days = unused_days(session)
    return show(
        "accounts/account.html", 422 if form.errors or form.problems else 200,
        line=line, form=form, own=found.id == current_actor().account_id, barred=sorted(barred),
        sign_ins=sign_ins_of(session, found.id, SHOWN), ways=WAYS, browser_name=browser_name,
        sessions=sessions.sessions_of(session, found.id, None),
        code_until=codes.code_until(session, found), failures=throttle.failed_lately(session, found.public_id),
        ends_in=days - line.days if line.days >= days - WARNED.days else None,
    )  # fmt: skip


def _back(code: str, aid: str) -> View:
    return redirect(url_for("accounts.account", code=code, aid=aid), 303)


@blueprint.post("/a/<code>/accounts/<aid>/end-role")
@area_scope("accounts.manage")
def end_role(code: str, aid: str) -> View:
    """Take a role back."""
    try:
        with unit_of_work() as session:
            found = account_here(session, aid)
            require_again(session, "accounts.manage", current_area().id)
            number = request.form.get("grant", "")
            known = number.isascii() and number.isdigit() and len(number) < 10
            grant = session.get(RoleGrant, int(number)) if known else None
            if grant is None or grant.account_id != found.id or grant.ended_at is not None:
                missing()
            services.end_role(session, grant, current_actor())
    except Problem as problem:
        flash_problem(problem)
        return _back(code, aid)
    flash_done(N_("The role is ended; it counts no more from the next click on."))
    with read_scope() as session:
        if not _still_here(session, aid):
            return redirect(url_for("accounts.index", code=code), 303)
    return _back(code, aid)


def _still_here(session: Session, aid: str) -> bool:
    return session.scalar(select(Account.id).where(Account.public_id == aid, managed())) is not None


@blueprint.post("/a/<code>/accounts/<aid>/link")
@area_scope("accounts.manage")
def link(code: str, aid: str) -> View:
    """Make a new one-time link, for somebody who forgot the password."""
    with unit_of_work() as session:
        found = _for_act(session, aid)
        address, login, valid = sign_in_link(session, found), found.login, valid_for(found)
    return show("accounts/link.html", link=address, login=login, valid=valid)


@blueprint.post("/a/<code>/accounts/<aid>/code")
@area_scope("accounts.manage")
def hand_code(code: str, aid: str) -> View:
    """Make a one-time code for the holder, who stands at the desk."""
    with unit_of_work() as session:
        found = _for_act(session, aid)
        digits, login = sign_in_code(session, found), found.login
    return show(
        "accounts/code.html", digits=digits, login=login, valid=codes.VALID,
        address=base_url() + url_for("auth.code", name=login),
    )  # fmt: skip


def _for_act(session: Session, aid: str) -> Account:
    """The account of an act that is not for one's own; raises Refused for that."""
    found = account_here(session, aid)
    require_again(session, "accounts.manage", current_area().id)
    not_oneself(found)
    return found


def _act(code: str, aid: str, act: Callable[[Session, Account], str]) -> View:
    """Do one thing to an account and say so on its page; ``act`` returns the sentence."""
    try:
        with unit_of_work() as session:
            done = act(session, _for_act(session, aid))
    except Problem as problem:
        if problem.code == "own_account":
            raise
        flash_problem(problem)
    else:
        flash_done(done)
    return _back(code, aid)


@blueprint.post("/a/<code>/accounts/<aid>/disable")
@area_scope("accounts.manage")
def disable(code: str, aid: str) -> View:
    """Lock the account out at once, or let it in again."""

    def act(session: Session, found: Account) -> str:
        if request.form.get("on") == "1":
            services.enable_account(session, found, current_actor())
            return N_("The account may sign in again.")
        services.disable_account(session, found, current_actor())
        return N_("The account is disabled and signed out everywhere, and its tokens are revoked.")

    return _act(code, aid, act)


@blueprint.post("/a/<code>/accounts/<aid>/sign-out")
@area_scope("accounts.manage")
def sign_out(code: str, aid: str) -> View:
    """End every session and token of the account; its holder may sign in again."""

    def act(session: Session, found: Account) -> str:
        ended = sessions.end_sessions(session, found.id)
        revoke_all(session, found.id, current_actor())
        audit.write(
            session, current_actor(), "account.sessions_ended", "account", found.public_id, count=ended
        )
        notices.tell_of_sign_out(session, found, current_actor())
        return N_("The account is signed out everywhere, and its tokens are revoked.")

    return _act(code, aid, act)


@blueprint.post("/a/<code>/accounts/<aid>/unlock")
@area_scope("accounts.manage")
def unlock(code: str, aid: str) -> View:
    """Forget the failed attempts of the account, so that its holder may try again at once."""

    def act(session: Session, found: Account) -> str:
        count = throttle.clear_failures(session, found.public_id)
        audit.write(session, current_actor(), "account.unlocked", "account", found.public_id, count=count)
        return N_("The failed attempts are forgotten: its holder may try again at once.")

    return _act(code, aid, act)


@blueprint.post("/a/<code>/accounts/<aid>/second-factor")
@area_scope("accounts.manage")
def take_second_factor(code: str, aid: str) -> View:
    """Take the second factor away from somebody who lost the phone and the recovery codes."""

    def act(session: Session, found: Account) -> str:
        second_factor.reset(session, found, current_actor())
        notices.tell_of_link(session, found, current_actor())
        return N_("The second factor is taken away. Its holder sets a new one up at the next sign-in.")

    return _act(code, aid, act)


@blueprint.post("/a/<code>/accounts/<aid>/name")
@area_scope("accounts.manage")
def rename(code: str, aid: str) -> View:
    """Say whose account it is."""
    name = " ".join(request.form.get("name", "").split())

    def act(session: Session, found: Account) -> str:
        services.name_account(session, found, name, current_actor())
        return N_("The name is kept: pages show it instead of the sign-in name.")

    return _act(code, aid, act)
