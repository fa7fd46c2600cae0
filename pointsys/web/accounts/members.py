"""Accounts for people on the roster: everybody of an area who has none, or those picked in the list of people.

First a preview says who gets one and why others do not; many are made in the background. Nobody has a way in before a
slip is made for them.
"""

from __future__ import annotations

from flask import redirect, request, url_for
from flask_babel import gettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pointsys.core.accounts import bulk
from pointsys.core.areas.models import Area, subtree
from pointsys.core.jobs import enqueue
from pointsys.core.people.models import Person
from pointsys.core.permissions import ROLE_TITLES
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem
from pointsys.web.access import area_scope, current_actor, current_area, require_again
from pointsys.web.accounts.frame import View, blueprint
from pointsys.web.frame import flash_done, flash_problem, show
from pointsys.web.scope import area_choices, area_here, area_names, missing

# As many as the list of people lets one pick.
MOST_PICKED = 500
SHOWN = 50


@blueprint.get("/a/<code>/people/accounts")
@area_scope("accounts.members")
def members(code: str) -> View:
    """Who of an area would get an account: how many, and the first of them."""
    with read_scope() as session:
        area = area_here(session, request.args.get("area") or code)
        query = bulk.ready_people(area.id)
        total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
        people = session.scalars(query.order_by(Person.sort_key, Person.id).limit(SHOWN)).all()
        return _preview(session, area, bulk.judge(session, people), total, picked=[])


@blueprint.post("/a/<code>/people/accounts")
@area_scope("accounts.members")
def preview_picked(code: str) -> View:
    """The same for people who were picked in the list."""
    try:
        with read_scope() as session:
            found = bulk.judge(session, _picked(session))
            ready = [one.person.public_id for one in found if one.state == bulk.READY]
            return _preview(session, current_area(), found, len(ready), picked=ready)
    except Problem as problem:
        flash_problem(problem)
        return redirect(url_for("people.index", code=code), 303)


def _preview(
    session: Session, area: Area, found: list[bulk.Candidate], total: int, picked: list[str]
) -> View:
    return show(
        "accounts/members.html",
        area=area, candidates=found, total=total, picked=picked, states=bulk.STATES, ready=bulk.READY,
        roles=[(role, gettext(ROLE_TITLES[role])) for role in bulk.ROLES],
        choices=area_choices(session), background=not picked and total > bulk.AT_ONCE,
        places=area_names(session, {one.person.area_id for one in found}),
    )  # fmt: skip


def _picked(session: Session) -> list[Person]:
    """The people whose boxes are ticked, all of them below the page's area."""
    wanted = set(request.form.getlist("id"))
    if not 0 < len(wanted) <= MOST_PICKED:
        raise Problem(
            "bad_selection", N_("Select between 1 and %(most)s people."), field="id", most=MOST_PICKED
        )
    query = select(Person).where(Person.public_id.in_(wanted), Person.area_id.in_(subtree(current_area().id)))
    found = list(session.scalars(query.order_by(Person.sort_key, Person.id)))
    if len(found) != len(wanted):
        missing()
    return found


@blueprint.post("/a/<code>/people/accounts/make")
@area_scope("accounts.members")
def make_members(code: str) -> View:
    """Make the accounts that the preview showed: those picked, or all of an area, in the background when many."""
    role, job = request.form.get("role", ""), None
    made = 0
    try:
        with unit_of_work(drain=False) as session:
            require_again(session, "accounts.members", current_area().id)
            if request.form.getlist("id"):
                people = _picked(session)
            else:
                area = area_here(session, request.form.get("area", ""))
                query = bulk.ready_people(area.id)
                total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
                people = []
                if total > bulk.AT_ONCE:
                    job = enqueue(
                        session, bulk.KIND, area.id, {"role": _role(role)}, current_actor(), total
                    ).public_id
                else:
                    people = list(session.scalars(query.order_by(Person.sort_key, Person.id)))
            for at in range(0, len(people), bulk.AT_ONCE):
                made += bulk.make_accounts(session, people[at : at + bulk.AT_ONCE], role, current_actor())
    except Problem as problem:
        flash_problem(problem)
        return redirect(url_for("accounts.members", code=code), 303)
    if job is not None:
        return redirect(url_for("jobs.job", code=code, job=job), 303)
    flash_done(N_("%(n)s accounts are made. Print the slips for their first sign-in now."), n=made)
    return redirect(url_for("accounts.slips", code=code), 303)


def _role(role: str) -> str:
    if role not in bulk.ROLES:
        raise Problem("unknown_choice", N_("Choose one of the values offered."), field="role")
    return role
