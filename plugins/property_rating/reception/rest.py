"""REST of reception days and their items, for staff."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Problem,
    RestBlueprint,
    current_actor,
    current_area,
    current_site,
    missing,
    rest_fields,
    rest_person,
)

from ..registry.models import PropertyEstate
from ..registry.queries import estate_below
from . import queries, rates, services
from .models import PropertyReception
from .schemas import (
    HandleIn,
    ItemsArgs,
    ItemsPage,
    RatesArgs,
    RatesPage,
    ReceptionIn,
    ReceptionItemIn,
    ReceptionItemOut,
    ReceptionOut,
    ReceptionReasonIn,
    ReceptionsArgs,
    ReceptionsPage,
    RevisitIn,
)

blueprint = RestBlueprint("property_rest_reception", __name__, description="Reception days of managers")

VIEW, KEEP = "property.view", "property.reception"
_DAYS = "/areas/<code>/property/receptions"
_ONE = f"{_DAYS}/<reception>"
_ITEMS = "/areas/<code>/property/reception-items"


def _day(session: Session, public_id: str) -> tuple[PropertyReception, PropertyEstate]:
    return queries.reception_below(session, current_area().id, public_id, lock=True) or missing()


def _shown(session: Session, estate: PropertyEstate, public_id: str) -> queries.DayLine:
    rows, _total = queries.days_page(session, estate.area_id, queries.DayFilters(public_id=public_id))
    return rows[0]


@blueprint.read(_DAYS, permission=VIEW, query=ReceptionsArgs, answer=ReceptionsPage)
def days(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Reception days of an area and below, those to come first"""
    filters = queries.DayFilters(args["q"], args["state"], args["first"], args["last"])
    rows, total = queries.days_page(
        session, current_area().id, filters, limit=args["size"], offset=rest_fields.offset(args)
    )
    return rest_fields.paged(rows, total, args)


@blueprint.create(_DAYS, permission=KEEP, body=ReceptionIn, answer=ReceptionOut, key_needed=False)
def publish(session: Session, given: dict[str, Any], code: str) -> Any:
    """Publish a reception day of an estate"""
    estate = estate_below(session, current_area().id, given["estate"])
    if estate is None:
        raise Problem("unknown_estate", N_("Choose an estate."), field="estate")
    data = services.ReceptionData(
        given["on_date"], time.fromisoformat(given["starts"]), time.fromisoformat(given["ends"]),
        given["place"], given["manager"],
    )  # fmt: skip
    made = services.publish(session, estate, data, current_actor())
    return _shown(session, estate, made.public_id)


@blueprint.create(
    f"{_ONE}/call-off",
    permission=KEEP,
    body=ReceptionReasonIn,
    answer=ReceptionOut,
    status=200,
    key_needed=False,
)
def call_off(session: Session, given: dict[str, Any], code: str, reception: str) -> Any:
    """Call a day off, with the reason"""
    found, estate = _day(session, reception)
    services.call_off(session, estate, found, given["reason"], current_actor())
    session.flush()
    return _shown(session, estate, reception)


@blueprint.read(_ITEMS, permission=VIEW, query=ItemsArgs, answer=ItemsPage)
def items(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Items of receptions, the earliest promise first"""
    filters = queries.ItemFilters(args["q"], args["state"], args["reception"], args["estate"])
    rows, total = queries.items_page(
        session, current_area().id, filters, limit=args["size"], offset=rest_fields.offset(args)
    )
    return rest_fields.paged(rows, total, args)


def _item_shown(session: Session, reception: str, public_id: str) -> queries.ItemLine:
    session.flush()
    rows, _total = queries.items_page(
        session, current_area().id, queries.ItemFilters(reception=reception), limit=None
    )
    return next(row for row in rows if row.public_id == public_id)


@blueprint.create(
    f"{_ONE}/items", permission=KEEP, body=ReceptionItemIn, answer=ReceptionItemOut, key_needed=False
)
def log(session: Session, given: dict[str, Any], code: str, reception: str) -> Any:
    """Note what somebody brought, and the day that was promised"""
    found, estate = _day(session, reception)
    person = rest_person(session, given["person"]) if given["person"] else None
    made = services.log_item(
        session, estate, found, given["text"], given["promised_on"], person, current_actor()
    )
    return _item_shown(session, reception, made.public_id)


def _item(session: Session, public_id: str) -> queries.Found:
    return queries.item_below(session, current_area().id, public_id, lock=True) or missing()


@blueprint.create(
    f"{_ITEMS}/<matter>/handle",
    permission=KEEP,
    body=HandleIn,
    answer=ReceptionItemOut,
    status=200,
    key_needed=False,
)
def handle(session: Session, given: dict[str, Any], code: str, matter: str) -> Any:
    """Say that an item is solved, or that it cannot be"""
    item, day, estate = _item(session, matter)
    services.handle(session, estate, item, given["state"], given["note"], current_actor())
    return _item_shown(session, day.public_id, matter)


@blueprint.create(
    f"{_ITEMS}/<matter>/revisit",
    permission=KEEP, body=RevisitIn, answer=ReceptionItemOut, status=200, key_needed=False,
)  # fmt: skip
def revisit(session: Session, given: dict[str, Any], code: str, matter: str) -> Any:
    """Note what the resident said when asked again; 403 self_verify for whoever called it solved"""
    item, day, estate = _item(session, matter)
    confirmed = services.result_given(given["result"])
    services.revisit(session, estate, item, confirmed, given["note"], current_actor())
    return _item_shown(session, day.public_id, matter)


@blueprint.read("/areas/<code>/property/reception-rates", permission=VIEW, query=RatesArgs, answer=RatesPage)
def solved(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """How much was solved by estate and company, the lowest rate first"""
    today = current_site().today()
    last = args["last"] or today
    first = args["first"] or last - timedelta(days=365)
    rows = rates.rates_below(session, current_area().id, first, last, today)
    start = rest_fields.offset(args)
    return rest_fields.paged(rows[start : start + args["size"]], len(rows), args)
