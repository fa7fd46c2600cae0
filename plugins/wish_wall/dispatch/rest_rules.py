"""REST of the rules by kind, which say where wishes go, of sending by them, and of the people of units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from pointsys.plugin import Area, RestBlueprint, current_actor, current_area

from . import members, organisations, routes
from .models import WishesOrganisation
from .schemas import (
    DispatchNothingIn,
    DispatchSent,
    DispatchWishesIn,
    RulesOut,
    UnitMembersIn,
    UnitMembersOut,
    WishRuleIn,
)

blueprint = RestBlueprint("wishes_rest_rules", __name__, description="Rules by which wishes go to units")

PERMISSION = "wishes.dispatch"
RULES = "/areas/<code>/wishes/dispatch-rules"
MEMBERS = "/areas/<code>/wishes/organisations/<organisation>/members"


def _rules(session: Session) -> Mapping[str, Any]:
    found = routes.routes_in(session, current_area().id)
    return {
        "items": [
            {
                "category": one.category,
                "organisation": one.organisation.public_id,
                "unit": one.organisation.name,
                "days": one.days,
                "inherited": one.inherited,
            }
            for one in sorted(found.values(), key=lambda one: one.category)
        ]
    }


@blueprint.read(RULES, permission=PERMISSION, answer=RulesOut)
def index(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Where wishes of each kind go from an area, by its own rules and those of areas above"""
    return _rules(session)


@blueprint.create(
    RULES, permission=PERMISSION, body=WishRuleIn, answer=RulesOut, status=200, key_needed=False
)  # fmt: skip
def set_rule(session: Session, given: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Say where wishes of a kind go; an empty unit takes the area's own rule away

    Refused with `category_unknown`, `unknown_organisation`, `bad_days` (422).
    """
    area = session.get_one(Area, current_area().id)
    routes.set_route(
        session, area, given["category"], given["organisation"], given["days"], current_actor()
    )  # fmt: skip
    return _rules(session)


@blueprint.create(
    "/areas/<code>/wishes/dispatches/by-rules",
    permission=PERMISSION,
    body=DispatchWishesIn,
    answer=DispatchSent,
    status=200,
    key_needed=False,
)
def send_by_rules(session: Session, given: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Send wishes, each by the rule of its kind; those without a rule, or gone on meanwhile, are counted

    Refused with `calendar_year_missing`, `too_many_wishes` (422).
    """
    area = session.get_one(Area, current_area().id)
    return vars(routes.send_by_routes(session, area, given["wishes"], current_actor()))


def _members(session: Session, found: WishesOrganisation) -> Mapping[str, Any]:
    rows = members.memberships_of(session, found.id)
    return {
        "items": [
            {"id": row.public_id, "person": person.public_id, "name": person.name} for row, person in rows
        ]
    }


@blueprint.read(MEMBERS, permission=PERMISSION, answer=UnitMembersOut)
def who(session: Session, args: dict[str, Any], code: str, organisation: str) -> Mapping[str, Any]:
    """Who takes part in what a unit brings"""
    return _members(session, organisations.organisation_below(session, current_area().id, organisation))


@blueprint.create(
    MEMBERS, permission=PERMISSION, body=UnitMembersIn, answer=UnitMembersOut, status=200, key_needed=False
)  # fmt: skip
def add(session: Session, given: dict[str, Any], code: str, organisation: str) -> Mapping[str, Any]:
    """Let people of a unit's area take part, by their names

    Refused with `names_needed`, `name_unknown`, `name_ambiguous`, `too_many_names` (422).
    """
    found = organisations.organisation_below(session, current_area().id, organisation, lock=True)
    members.add_members(session, found, given["names"], current_actor())
    return _members(session, found)


@blueprint.create(
    f"{MEMBERS}/<member>/end", permission=PERMISSION, body=DispatchNothingIn, answer=UnitMembersOut, status=200,
    key_needed=False,
)  # fmt: skip
def end(
    session: Session, given: dict[str, Any], code: str, organisation: str, member: str
) -> Mapping[str, Any]:
    """Let somebody take part no longer"""
    found = organisations.organisation_below(session, current_area().id, organisation, lock=True)
    members.end_member(session, found, member, current_actor())
    return _members(session, found)
