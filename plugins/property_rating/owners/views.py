"""Pages of staff: who was checked to own which dwelling, noting an owner, and what ends or moves the vote."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    ListColumn,
    Paged,
    Person,
    Problem,
    area_scope,
    current_actor,
    current_area,
    export_asked,
    find_participants,
    flash_done,
    flash_outcome,
    list_args,
    missing,
    parse_date,
    read_scope,
    require_again,
    send_list,
    show,
    unit_of_work,
)

from . import queries, services
from .models import PropertyOwnerProof
from .queries import OwnerFilters, OwnerLine
from .words import METHODS

blueprint = Blueprint("property_owners", __name__, template_folder="../templates")

View = Any
OWNERS = "property.owners"
COLUMNS = (
    ListColumn(N_("Estate"), lambda row: row.estate),
    ListColumn(N_("Dwelling"), lambda row: row.home),
    ListColumn(N_("Owner"), lambda row: row.name),
    ListColumn(N_("Votes for the dwelling"), lambda row: "✓" if row.votes else ""),
    ListColumn(N_("Checked on"), lambda row: row.checked_on, "date"),
    ListColumn(N_("Until"), lambda row: row.ended_on, "date"),
)


@blueprint.get("/a/<code>/property/owners")
@area_scope(OWNERS)
def index(code: str) -> View:
    """Owners by estate and door."""
    args = list_args("estate", "state")
    area_id = current_area().id
    filters = OwnerFilters(args.q, args["estate"], args["state"])
    with read_scope() as session:

        def fetch(page: int, size: int) -> Paged[OwnerLine]:
            rows, total = queries.owners_page(session, area_id, filters, limit=size, offset=(page - 1) * size)
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Owners of dwellings"), COLUMNS, fetch)
        return show(
            "property/owners.html", args=args, page=fetch(args.page, args.size), methods=METHODS,
            estates=[(one.public_id, one.name) for one in queries.estates_in_reach(session, area_id)],
        )  # fmt: skip


@blueprint.route("/a/<code>/property/owners/new", methods=["GET", "POST"])
@area_scope(OWNERS)
def new(code: str) -> View:
    """Note an owner."""
    typed = {
        name: request.values.get(name, "").strip()
        for name in ("estate", "door", "name", "person", "method", "on")
    }
    if request.method == "GET":
        return _form(typed, 200, None, ())
    people: tuple[Person, ...] = ()
    try:
        with unit_of_work(drain=False) as session:
            require_again(session, OWNERS, current_area().id)
            dwelling = queries.dwelling_at(session, current_area().id, typed["estate"], typed["door"])
            people = _named(session, typed["name"])
            person = _chosen(people, typed["person"])
            on = parse_date(typed["on"]) if typed["on"] else None
            proof = services.prove(session, dwelling, person, typed["method"], current_actor(), on=on)
            votes = proof.votes
    except Problem as problem:
        return _form(typed, 422, problem, people)
    flash_done(
        N_("%(name)s is noted and votes for the dwelling.") if votes
        else N_("%(name)s is noted; another owner votes for the dwelling."),
        name=typed["name"],
    )  # fmt: skip
    return redirect(url_for(".new", code=code, estate=typed["estate"]), 303)


def _named(session: Session, name: str) -> tuple[Person, ...]:
    named = find_participants(session, current_area().id, name) if name else []
    if len(named) != 1 or not named[0].people:
        raise Problem(
            "unknown_person",
            N_("Nobody of this name is on the roster here. Correct the name, or add the person first."),
            field="name",
        )
    return named[0].people


def _chosen(people: tuple[Person, ...], public_id: str) -> Person:
    if len(people) == 1:
        return people[0]
    found = next((person for person in people if person.public_id == public_id), None)
    if found is None:
        raise Problem(
            "several_people", N_("Several people have this name: choose the right one."), field="person"
        )
    return found


def _form(typed: dict[str, str], status: int, problem: Problem | None, people: tuple[Person, ...]) -> View:
    with read_scope() as session:
        return show(
            "property/owner_new.html", status, typed=typed, problem=problem, methods=METHODS,
            people=people if len(people) > 1 else (), estates=queries.estates_in_reach(session, current_area().id),
        )  # fmt: skip


@blueprint.post("/a/<code>/property/owners/<proof>/end")
@area_scope(OWNERS)
def end(code: str, proof: str) -> View:
    """Note that somebody owns the dwelling no longer."""
    _act(proof, services.end, N_("Taken off. A ballot that was cast stays counted."))
    return redirect(_list(code), 303)


@blueprint.post("/a/<code>/property/owners/<proof>/vote")
@area_scope(OWNERS)
def vote(code: str, proof: str) -> View:
    """Let this owner vote instead of the one who did."""
    _act(proof, services.name_voter, N_("From now on this owner votes for the dwelling."))
    return redirect(_list(code), 303)


def _list(code: str) -> str:
    """The list as it was filtered when the button was pressed."""
    kept: dict[str, Any] = {
        name: request.args.get(name, "")[:100] or None for name in ("q", "estate", "state", "page")
    }
    return url_for(".index", code=code, **kept)


def _act(public_id: str, act: Any, done: str) -> None:
    area_id = current_area().id
    with flash_outcome(done), unit_of_work(drain=False) as session:
        require_again(session, OWNERS, area_id)
        found: PropertyOwnerProof | None = queries.proof_in_reach(session, area_id, public_id)
        if found is None:
            missing()
        act(session, found, current_actor())
