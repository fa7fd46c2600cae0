"""REST of liaisons of units: who stands for which, linking an account, ending a link."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from pointsys.plugin import (
    Area,
    RestBlueprint,
    current_actor,
    current_area,
    missing,
    rest_fields,
)

from ..quarters.schemas import NothingIn
from . import liaisons
from .liaisons import LinkLine
from .schemas_liaisons import LiaisonChoicesOut, LiaisonIn, LiaisonOut, LiaisonsArgs, LiaisonsPage

blueprint = RestBlueprint("points_rest_liaisons", __name__, description="Liaisons of units")

PERMISSION = "points.letters"
LINKS = "/areas/<code>/points/liaisons"


@blueprint.read(LINKS, permission=PERMISSION, query=LiaisonsArgs, answer=LiaisonsPage)
def index(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Links that count in an area, those that last first"""
    rows = liaisons.links_below(session, current_area().id, args["q"], args["state"])
    first = rest_fields.offset(args)
    return rest_fields.paged([_out(row) for row in rows[first : first + args["size"]]], len(rows), args)


def _out(row: LinkLine) -> dict[str, Any]:
    return {**vars(row), "id": row.public_id}


def _shown(session: Session, public_id: str) -> dict[str, Any]:
    rows = liaisons.links_below(session, current_area().id)
    return _out(next(row for row in rows if row.public_id == public_id))


@blueprint.read("/areas/<code>/points/liaison-choices", permission=PERMISSION, answer=LiaisonChoicesOut)
def choices(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Units and accounts that a new link may name"""
    area_id = current_area().id
    return {
        "units": liaisons.units_here(session, area_id),
        "accounts": liaisons.LINKS.choices(session, area_id),
    }


@blueprint.create(LINKS, permission=PERMISSION, body=LiaisonIn, answer=LiaisonOut)
def link(session: Session, given: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Let an account read the letters to a unit; somebody else links one's own"""
    area = session.get_one(Area, current_area().id)
    made = liaisons.link(session, area, given["unit"], given["account"], current_actor())
    return _shown(session, made.public_id)


@blueprint.create(f"{LINKS}/<link>/end", permission=PERMISSION, body=NothingIn, answer=LiaisonOut, status=200)
def end(session: Session, given: dict[str, Any], code: str, link: str) -> Mapping[str, Any]:
    """End a link at once"""
    if liaisons.end(session, current_area().id, link, current_actor()) is None:
        missing()
    return _shown(session, link)
