"""REST of units for wishes: the list, adding and closing one, linking accounts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from pointsys.plugin import Area, RestBlueprint, current_actor, current_area, rest_fields

from . import linking, organisations
from .models import WishesLiaison, WishesOrganisation
from .organisations import OrganisationLine
from .schemas import (
    AccountIn,
    DispatchNothingIn,
    LinkOut,
    OrganisationIn,
    OrganisationOut,
    OrganisationsArgs,
    OrganisationsPage,
)

blueprint = RestBlueprint("wishes_rest_organisations", __name__, description="Units for wishes")

PERMISSION = "wishes.dispatch"
UNITS = "/areas/<code>/wishes/organisations"


@blueprint.read(UNITS, permission=PERMISSION, query=OrganisationsArgs, answer=OrganisationsPage)
def index(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Units of an area and below, with what they have at present"""
    state = "" if args["state"] == "all" else args["state"]
    rows = organisations.organisation_lines(session, current_area().id, args["q"], args["kind"], state)
    first = rest_fields.offset(args)
    return rest_fields.paged([_out(row) for row in rows[first : first + args["size"]]], len(rows), args)


def _out(row: OrganisationLine) -> dict[str, Any]:
    return {**vars(row), "id": row.public_id, "open": row.closed_at is None}


def _shown(session: Session, found: WishesOrganisation) -> dict[str, Any]:
    (line,) = organisations.organisation_lines(session, found.area_id, state="", only=found.id)
    return _out(line)


@blueprint.create(UNITS, permission=PERMISSION, body=OrganisationIn, answer=OrganisationOut, key_needed=False)
def add(session: Session, given: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Put a unit on the list"""
    area = session.get_one(Area, current_area().id)
    return _shown(session, organisations.add(session, area, given["name"], given["kind"], current_actor()))


@blueprint.create(
    f"{UNITS}/<organisation>/change", permission=PERMISSION, body=OrganisationIn, answer=OrganisationOut, status=200,
    key_needed=False,
)  # fmt: skip
def change(session: Session, given: dict[str, Any], code: str, organisation: str) -> Mapping[str, Any]:
    """Give a unit another name or kind

    Refused with `name_taken` (409), `name_needed`, `bad_kind` (422).
    """
    found = organisations.organisation_below(session, current_area().id, organisation, lock=True)
    organisations.change(session, found, given["name"], given["kind"], current_actor())
    return _shown(session, found)


@blueprint.create(
    f"{UNITS}/<organisation>/close", permission=PERMISSION, body=DispatchNothingIn, answer=OrganisationOut, status=200,
    key_needed=False,
)  # fmt: skip
def close(session: Session, given: dict[str, Any], code: str, organisation: str) -> Mapping[str, Any]:
    """Let a unit take no more wishes; refused while it has something open"""
    found = organisations.organisation_below(session, current_area().id, organisation, lock=True)
    organisations.close(session, found, current_actor())
    return _shown(session, found)


@blueprint.create(
    f"{UNITS}/<organisation>/accounts",
    permission=PERMISSION,
    body=AccountIn,
    answer=LinkOut,
    key_needed=False,
)
def link(session: Session, given: dict[str, Any], code: str, organisation: str) -> Mapping[str, Any]:
    """Let an account act for a unit from today on; somebody else links one's own"""
    found = organisations.organisation_below(session, current_area().id, organisation, lock=True)
    return _link(linking.link(session, found, given["account"], current_actor()))


def _link(row: WishesLiaison) -> dict[str, Any]:
    return {"id": row.public_id, "from_on": row.from_on, "to_on": row.to_on}


@blueprint.create(
    f"{UNITS}/<organisation>/accounts/<link>/end", permission=PERMISSION, body=DispatchNothingIn, answer=LinkOut,
    status=200, key_needed=False,
)  # fmt: skip
def end_link(
    session: Session, given: dict[str, Any], code: str, organisation: str, link: str
) -> Mapping[str, Any]:
    """End a link at once"""
    found = organisations.organisation_below(session, current_area().id, organisation, lock=True)
    return _link(linking.end_link(session, found, link, current_actor()))
