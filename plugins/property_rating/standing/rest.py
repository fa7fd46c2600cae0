"""REST of standing: credit files as of a day, items, lists, measures, and taking reception days over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from pointsys.plugin import (
    Area,
    RestBlueprint,
    current_actor,
    current_area,
    current_site,
    missing,
    rest_fields,
)

from ..registry.here import company_of
from ..schemes.versions import credit_scheme, scheme_of
from . import feeding, files, items, measures, reading, schemas
from .models import PropertyMeasure
from .views import estate_of

blueprint = RestBlueprint("property_rest_standing", __name__, description="Credit files, lists and measures")

VIEW, KEEP = "property.view", "property.standing"
PROPERTY = "/areas/<code>/property"
CREDIT = f"{PROPERTY}/credit"
MEASURES = f"{PROPERTY}/measures"


@blueprint.read(CREDIT, permission=VIEW, query=schemas.CreditArgs, answer=schemas.CreditPage)
def index(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Companies with score and grade as of a day"""
    version = credit_scheme(session, current_area().id)
    scheme = scheme_of(version) if version is not None else None
    on = args["on"] or current_site().today()
    rows = reading.companies_page(session, current_area().id, scheme, on, args["q"], args["sort"])
    first = rest_fields.offset(args)
    shown = [
        {
            "id": row.public_id, "name": row.name, "uscc": row.uscc,
            "standing": row.standing.as_json() if row.standing else None,
        }
        for row in rows[first : first + args["size"]]
    ]  # fmt: skip
    return rest_fields.paged(shown, len(rows), args)


@blueprint.read(f"{CREDIT}/<company>", permission=VIEW, query=schemas.OnArgs, answer=schemas.FileOut)
def company(session: Session, args: dict[str, Any], code: str, company: str) -> Mapping[str, Any]:
    """One company's credit file as of a day"""
    found, on = company_of(session, company), args["on"] or current_site().today()
    version = credit_scheme(session, current_area().id)
    told = files.file_of(session, scheme_of(version), found.id, on) if version is not None else None
    return {
        "id": found.public_id, "name": found.name, "uscc": found.uscc, "on": on,
        "base": told.base if told else "",
        "standing": told.standing.as_json() if told and told.standing else None,
        "items": [_item(line) for line in told.lines] if told else [],
    }  # fmt: skip


def _item(line: files.Line) -> dict[str, Any]:
    row = line.row
    return {
        "id": row.public_id, "source": row.source, "title": row.title, "points": row.points,
        "serious": row.serious, "document_no": row.document_no, "estate": line.estate, "from_on": row.from_on,
        "to_on": line.end, "counts": line.live, "voided_at": row.voided_at,
    }  # fmt: skip


@blueprint.create(
    f"{CREDIT}/<company>/items",
    permission=KEEP,
    body=schemas.CreditItemIn,
    answer=schemas.CreditItemOut,
    key_needed=False,
)
def add(session: Session, given: dict[str, Any], code: str, company: str) -> Mapping[str, Any]:
    """Enter an item in a credit file"""
    found, estate = company_of(session, company), estate_of(session, given.pop("estate") or "")
    area = session.get_one(Area, current_area().id)
    row = items.add(session, area, found, estate, items.Entry(**given), current_actor())
    on = current_site().today()
    return _item(files.Line(row, estate.name if estate else "", row.to_on, row.from_on <= on))


@blueprint.create(
    f"{CREDIT}/<company>/items/<credit_item>/void",
    permission=KEEP, body=schemas.CreditReasonIn, answer=schemas.CreditItemOut, status=200, key_needed=False,
)  # fmt: skip
def void(
    session: Session, given: dict[str, Any], code: str, company: str, credit_item: str
) -> Mapping[str, Any]:
    """Let an item count no longer"""
    row = items.item_below(session, current_area().id, company_of(session, company).id, credit_item)
    if row is None:
        missing()
    items.void(session, row, given["reason"], current_actor())
    names = files.estate_names(session, [row.estate_id] if row.estate_id is not None else [])
    return _item(files.Line(row, names.get(row.estate_id or 0, ""), row.to_on, False))


@blueprint.create(
    f"{PROPERTY}/credit-receptions", permission=KEEP, body=schemas.PeriodIn, answer=schemas.CountOut,
    status=200, key_needed=False,
)  # fmt: skip
def take_over(session: Session, given: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Enter what the reception days of a quarter came to; once for each company and estate"""
    area = session.get_one(Area, current_area().id)
    return {"new": feeding.take_over(session, area, given["period"], current_actor())}


@blueprint.read(f"{PROPERTY}/lists", permission=VIEW, query=schemas.ListingsArgs, answer=schemas.ListingsPage)
def lists(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Estates of an area on the red and black list"""
    rows = reading.listings(
        session, below=current_area().id, colour=args["colour"], ended=args["ended"], query=args["q"]
    )
    first = rest_fields.offset(args)
    shown = [
        {
            "id": line.row.public_id, "colour": line.row.colour, "estate": line.estate, "company": line.company,
            "round": line.round_public_id, "period": line.period, "in_a_row": line.row.in_a_row,
            "listed_on": line.row.listed_on, "rectify_by": line.row.rectify_by,
            "rectified_on": line.row.rectified_on, "ended_on": line.row.ended_on,
        }
        for line in rows[first : first + args["size"]]
    ]  # fmt: skip
    return rest_fields.paged(shown, len(rows), args)


@blueprint.read(MEASURES, permission=VIEW, query=schemas.MeasuresArgs, answer=schemas.MeasuresPage)
def measures_index(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Measures of an area, what waits first"""
    rows = reading.measures(
        session, current_site().today(), below=current_area().id, state=args["state"], query=args["q"]
    )
    first = rest_fields.offset(args)
    shown = [_measure(line.row, line.company, line.estate) for line in rows[first : first + args["size"]]]
    return rest_fields.paged(shown, len(rows), args)


def _measure(row: PropertyMeasure, company: str, estate: str) -> dict[str, Any]:
    return {
        "id": row.public_id, "kind": row.kind, "what": row.what, "company": company, "estate": estate,
        "due_on": row.due_on, "state": row.state, "report": row.report, "finding": row.finding,
        "reported_on": row.reported_on, "checked_on": row.checked_on,
    }  # fmt: skip


@blueprint.create(
    f"{CREDIT}/<company>/measures",
    permission=KEEP, body=schemas.MeasureIn, answer=schemas.MeasureOut, key_needed=False,
)  # fmt: skip
def ask(session: Session, given: dict[str, Any], code: str, company: str) -> Mapping[str, Any]:
    """Ask a company for something by a day"""
    found, estate = company_of(session, company), estate_of(session, given["estate"] or "")
    area = session.get_one(Area, current_area().id)
    row = measures.ask(
        session, area, found, estate, given["kind"], given["what"], given["due_on"], current_actor()
    )
    return _measure(row, found.name, estate.name if estate else "")


def _act(session: Session, measure: str, act: Callable[[PropertyMeasure], None]) -> Mapping[str, Any]:
    row = measures.measure_below(session, current_area().id, measure)
    if row is None:
        missing()
    act(row)
    (line,) = [one for one in reading.measures(session, current_site().today(), company_ids=[row.company_id])
               if one.row is row]  # fmt: skip
    return _measure(row, line.company, line.estate)


@blueprint.create(
    f"{MEASURES}/<measure>/report",
    permission=KEEP, body=schemas.ReportIn, answer=schemas.MeasureOut, status=200, key_needed=False,
)  # fmt: skip
def report(session: Session, given: dict[str, Any], code: str, measure: str) -> Mapping[str, Any]:
    """Say that a measure is done"""
    return _act(session, measure, lambda row: measures.report(session, row, given["report"], current_actor()))


@blueprint.create(
    f"{MEASURES}/<measure>/check",
    permission=KEEP, body=schemas.CheckIn, answer=schemas.MeasureOut, status=200, key_needed=False,
)  # fmt: skip
def check(session: Session, given: dict[str, Any], code: str, measure: str) -> Mapping[str, Any]:
    """Say whether a measure is done, as somebody else than who reported it"""
    return _act(
        session, measure,
        lambda row: measures.check(session, row, given["done"], given["finding"], current_actor()),
    )  # fmt: skip


@blueprint.create(
    f"{MEASURES}/<measure>/cancel",
    permission=KEEP, body=schemas.CreditReasonIn, answer=schemas.MeasureOut, status=200, key_needed=False,
)  # fmt: skip
def cancel(session: Session, given: dict[str, Any], code: str, measure: str) -> Mapping[str, Any]:
    """Ask for a measure no more"""
    return _act(session, measure, lambda row: measures.cancel(session, row, given["reason"], current_actor()))
