"""REST of check-ins: requests of an area, asking in a member's place, answering, and the units members work for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Area,
    Problem,
    RestBlueprint,
    current_actor,
    current_area,
    missing,
    rest_fields,
    rest_person,
    subtree,
)

from .. import members
from . import queries, services
from .schemas import AnswerIn, AskIn, CheckinOut, CheckinsArgs, CheckinsPage, UnitsPage

blueprint = RestBlueprint("points_rest_checkins", __name__, description="Check-in of Party members")


@blueprint.read(
    "/areas/<code>/points/checkins", permission="points.view", query=CheckinsArgs, answer=CheckinsPage
)
def requests(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Requests that concern an area, the newest first"""
    filters = queries.Filters(args["q"], args["status"], args["kind"], unit=args["unit"])
    rows, total = queries.requests_page(
        session, current_area().id, filters, limit=args["size"], offset=rest_fields.offset(args)
    )
    return rest_fields.paged([_out(row) for row in rows], total, args)


def _out(line: queries.Line) -> dict[str, Any]:
    return {**vars(line), "id": line.public_id}


@blueprint.create("/areas/<code>/points/checkins", permission="points.members", body=AskIn, answer=CheckinOut)
def ask(session: Session, given: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Ask for a check-in, a transfer or leaving in a person's place; somebody else answers"""
    person = rest_person(session, given["person"])
    home = members.home_areas(session, [person.id])[person.id]
    area = session.get_one(Area, home)
    if given["area"]:
        found = session.scalar(select(Area).where(Area.code == given["area"]))
        if found is None:
            raise Problem("unknown_area", N_("This area does not exist."), field="area")
        area = found
    wanted = services.Ask(
        given["kind"], given["on"], given["branch"], given["home_unit"], given["post"], given["political_status"],
        given["note"],
    )  # fmt: skip
    made = services.ask(session, person, area, wanted, services.BY_STAFF, current_actor())
    return _out(queries.line_of(session, made, current_area().id))


@blueprint.create(
    "/areas/<code>/points/checkins/<request_id>/answer",
    permission="points.members",
    body=AnswerIn,
    answer=CheckinOut,
    status=200,
)
def answer(session: Session, given: dict[str, Any], code: str, request_id: str) -> Mapping[str, Any]:
    """Confirm a request, or return it with the reason"""
    found = queries.request_here(session, current_area().id, request_id)
    if found is None or found.area_id not in set(session.scalars(subtree(current_area().id))):
        missing()
    if given["outcome"] == services.RETURNED:
        services.send_back(session, found, given["reason"], current_actor())
    else:
        corrected = services.Corrected(given["branch"], given["home_unit"])
        services.confirm(session, found, current_actor(), corrected)
    return _out(queries.line_of(session, found, current_area().id))


@blueprint.read(
    "/areas/<code>/points/units", permission="points.view", query=rest_fields.SearchArgs, answer=UnitsPage
)
def units(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Units that members of an area work for, those with most members first"""
    rows, total = queries.units_page(
        session, current_area().id, args["q"], limit=args["size"], offset=rest_fields.offset(args)
    )
    return rest_fields.paged([vars(row) for row in rows], total, args)
