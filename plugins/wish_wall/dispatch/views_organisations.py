"""Staff's pages of organisations: the list, one organisation with its accounts and the people who take part."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, request, url_for
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Area,
    ListColumn,
    Paged,
    Problem,
    area_scope,
    current_actor,
    current_area,
    export_asked,
    flash_done,
    flash_outcome,
    flash_problem,
    list_args,
    read_scope,
    require_again,
    send_list,
    show,
    unit_of_work,
)

from . import linking, members, organisations, queries
from .models import WishesOrganisation
from .organisations import KINDS, OrganisationLine

blueprint = Blueprint("wishes_organisations", __name__)

PERMISSION = "wishes.dispatch"
COLUMNS = (
    ListColumn(N_("Unit"), lambda row: row.name),
    ListColumn(N_("Kind"), lambda row: _kind_words(row)),
    ListColumn(N_("Area"), lambda row: row.area),
    ListColumn(N_("Accounts"), lambda row: row.liaisons, "count"),
    ListColumn(N_("Claims under way"), lambda row: row.claims, "count"),
    ListColumn(N_("Answers to come"), lambda row: row.waiting, "count"),
    ListColumn(N_("Overdue"), lambda row: row.overdue, "count"),
)


def _kind_words(row: OrganisationLine) -> str:
    from flask_babel import gettext

    return str(gettext(KINDS[row.kind]))


@blueprint.get("/a/<code>/wishes/organisations")
@area_scope(PERMISSION)
def index(code: str) -> Any:
    """Organisations of the area and below, and a form for a new one."""
    args = list_args("kind", "state")
    area_id = current_area().id
    state = {"": "open", "closed": "closed", "all": ""}.get(args["state"], "open")
    with read_scope() as session:
        rows = organisations.organisation_lines(session, area_id, args.q, args["kind"], state)

        def fetch(page: int, size: int) -> Paged[OrganisationLine]:
            return Paged.cut(rows, page, size)

        if export_asked():
            return send_list(N_("Units for wishes"), COLUMNS, fetch)
        return show(
            "wishes/organisations.html",
            args=args,
            page=fetch(args.page, args.size),
            kinds=KINDS,
            above=organisations.organisations_above(session, area_id),
        )


@blueprint.post("/a/<code>/wishes/organisations")
@area_scope(PERMISSION)
def add(code: str) -> Any:
    """Add an organisation."""
    area_id = current_area().id
    try:
        with unit_of_work() as session:
            require_again(session, PERMISSION, area_id)
            area = session.get_one(Area, area_id)
            name, kind = request.form.get("name", ""), request.form.get("kind", "")
            made = organisations.add(session, area, name, kind, current_actor()).public_id
    except Problem as problem:
        flash_problem(problem)
        return redirect(url_for("wishes_organisations.index", code=code), 303)
    flash_done(N_("The unit is on the list. Link an account to it, so that it sees its wishes."))
    return redirect(url_for("wishes_organisations.page", code=code, organisation=made), 303)


@blueprint.get("/a/<code>/wishes/organisations/<organisation>")
@area_scope(PERMISSION)
def page(code: str, organisation: str) -> Any:
    """One organisation."""
    with read_scope() as session:
        found = organisations.organisation_below(session, current_area().id, organisation)
        (line,) = organisations.organisation_lines(session, found.area_id, state="", only=found.id)
        return show(
            "wishes/organisation.html",
            line=line,
            kinds=KINDS,
            links=linking.LINKS.lines(session, organisation_id=found.id),
            accounts=linking.LINKS.choices(session, found.area_id),
            members=members.memberships_of(session, found.id),
            times=queries.times_of_members(session, [found.id]),
            claims=queries.claims_of(session, [found.id], 20),
        )


def _act(
    code: str, organisation: str, act: Callable[[Session, WishesOrganisation], object], done: str
) -> Any:
    """Do something with an organisation, and show its page again."""
    area_id = current_area().id
    with flash_outcome(done), unit_of_work() as session:
        require_again(session, PERMISSION, area_id)
        act(session, organisations.organisation_below(session, area_id, organisation, lock=True))
    return redirect(url_for("wishes_organisations.page", code=code, organisation=organisation), 303)


@blueprint.post("/a/<code>/wishes/organisations/<organisation>/change")
@area_scope(PERMISSION)
def change(code: str, organisation: str) -> Any:
    """Give it another name or kind."""
    name, kind = request.form.get("name", ""), request.form.get("kind", "")
    return _act(
        code,
        organisation,
        lambda session, found: organisations.change(session, found, name, kind, current_actor()),
        N_("Changed."),
    )


@blueprint.post("/a/<code>/wishes/organisations/<organisation>/close")
@area_scope(PERMISSION)
def close(code: str, organisation: str) -> Any:
    """Let it take no more wishes."""
    return _act(
        code,
        organisation,
        lambda session, found: organisations.close(session, found, current_actor()),
        N_("The unit takes no more wishes. What it did stays on record."),
    )


@blueprint.post("/a/<code>/wishes/organisations/<organisation>/accounts")
@area_scope(PERMISSION)
def link(code: str, organisation: str) -> Any:
    """Link an account to it."""
    account = request.form.get("account", "")
    return _act(
        code,
        organisation,
        lambda session, found: linking.link(session, found, account, current_actor()),
        N_("The account acts for this unit from now on."),
    )


@blueprint.post("/a/<code>/wishes/organisations/<organisation>/accounts/<link>/end")
@area_scope(PERMISSION)
def end_link(code: str, organisation: str, link: str) -> Any:
    """End a link at once."""
    return _act(
        code,
        organisation,
        lambda session, found: linking.end_link(session, found, link, current_actor()),
        N_("The link is ended: this account acts for the unit no more."),
    )


@blueprint.post("/a/<code>/wishes/organisations/<organisation>/members")
@area_scope(PERMISSION)
def add_members(code: str, organisation: str) -> Any:
    """Add people who take part."""
    names = request.form.get("names", "")
    return _act(
        code,
        organisation,
        lambda session, found: members.add_members(session, found, names, current_actor()),
        N_("They take part from now on: whoever claims a wish for the unit can pick them."),
    )


@blueprint.post("/a/<code>/wishes/organisations/<organisation>/members/<member>/end")
@area_scope(PERMISSION)
def end_member(code: str, organisation: str, member: str) -> Any:
    """Let somebody take part no longer."""
    return _act(
        code,
        organisation,
        lambda session, found: members.end_member(session, found, member, current_actor()),
        N_("They take part no longer. What they did stays on record."),
    )
