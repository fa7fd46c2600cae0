"""REST of companies, estates, contracts, managers and dwellings, for staff."""

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
    subtree,
)

from . import companies, contracts, estates, lists, managers, queries
from .here import company_of, estate_of
from .models import PropertyCompany, PropertyEstate
from .schemas import (
    CompaniesArgs,
    CompaniesPage,
    CompanyDetail,
    CompanyIn,
    ContractEndIn,
    ContractIn,
    ContractOut,
    DwellingsAdded,
    DwellingsArgs,
    DwellingsIn,
    DwellingsPage,
    EstateDetail,
    EstateIn,
    EstatesArgs,
    EstatesPage,
    ManagerEndIn,
    ManagerIn,
    ManagerOut,
)

blueprint = RestBlueprint("property_rest_registry", __name__, description="Property companies and estates")

VIEW, KEEP = "property.view", "property.registry"
_ESTATES = "/areas/<code>/property/estates"
_ONE = f"{_ESTATES}/<estate>"
_COMPANIES = "/areas/<code>/property/companies"


def _estate_shown(session: Session, found: PropertyEstate) -> Mapping[str, Any]:
    return {
        **vars(lists.estate_line(session, found)),
        "contracts": lists.contracts_of_estate(session, found.id),
        "managers": lists.managers_of_estate(session, found.id),
    }


@blueprint.read(_ESTATES, permission=VIEW, query=EstatesArgs, answer=EstatesPage)
def estate_list(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Estates of an area and below with who manages them today"""
    filters = lists.EstateFilters(args["q"], args["kind"], args["company"], args["state"])
    rows, total = lists.estates_page(
        session, current_area().id, filters, limit=args["size"], offset=rest_fields.offset(args)
    )
    return rest_fields.paged(rows, total, args)


@blueprint.create(_ESTATES, permission=KEEP, body=EstateIn, answer=EstateDetail, key_needed=False)
def add_estate(session: Session, given: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Add an estate to a community"""
    area = session.scalar(
        select(Area).where(
            Area.code == (given.pop("area") or current_area().code),
            Area.level == "community",
            Area.id.in_(subtree(current_area().id)),
        )
    )
    if area is None:
        raise Problem("unknown_area", N_("Choose a community."), field="area")
    made = estates.add_estate(session, area, estates.EstateData(**given), current_actor())
    return _estate_shown(session, made)


@blueprint.read(_ONE, permission=VIEW, answer=EstateDetail)
def estate(session: Session, args: dict[str, Any], code: str, estate: str) -> Mapping[str, Any]:
    """One estate with its contracts and managers"""
    return _estate_shown(session, estate_of(session, estate))


@blueprint.create(f"{_ONE}/contracts", permission=KEEP, body=ContractIn, answer=ContractOut, key_needed=False)
def make_contract(session: Session, given: dict[str, Any], code: str, estate: str) -> Any:
    """Note that a company manages an estate; 409 contract_overlaps where two would share a day"""
    found = estate_of(session, estate)
    company = queries.company_known(session, current_area().id, given["company"])
    if company is None:
        raise Problem("unknown_company", N_("Choose a company; add it first where it is missing."))
    data = contracts.ContractData(given["from_on"], given["to_on"], given["document_no"])
    made = contracts.make_contract(session, found, company, data, current_actor())
    return _contract_shown(session, found, made.public_id)


def _contract_shown(session: Session, found: PropertyEstate, public_id: str) -> lists.ContractLine:
    rows = lists.contracts_of_estate(session, found.id)
    return next(row for row in rows if row.public_id == public_id)


@blueprint.create(
    f"{_ONE}/contracts/<contract>/end",
    permission=KEEP, body=ContractEndIn, answer=ContractOut, status=200, key_needed=False,
)  # fmt: skip
def end_contract(session: Session, given: dict[str, Any], code: str, estate: str, contract: str) -> Any:
    """Let a contract end earlier"""
    found = estate_of(session, estate)
    row = contracts.contract_of(session, found, contract)
    if row is None:
        missing()
    contracts.end_contract(session, found, row, given["to_on"], current_actor())
    session.flush()
    return _contract_shown(session, found, contract)


@blueprint.create(f"{_ONE}/managers", permission=KEEP, body=ManagerIn, answer=ManagerOut, key_needed=False)
def name_manager(session: Session, given: dict[str, Any], code: str, estate: str) -> Any:
    """Name who manages an estate for its company from a day on"""
    found = estate_of(session, estate)
    return managers.name_manager(session, found, given["name"], given["from_on"], current_actor())


@blueprint.create(
    f"{_ONE}/managers/<manager>/replace",
    permission=KEEP, body=ManagerEndIn, answer=ManagerOut, status=200, key_needed=False,
)  # fmt: skip
def replace_manager(session: Session, given: dict[str, Any], code: str, estate: str, manager: str) -> Any:
    """End somebody's time as manager today, with the reason"""
    row = managers.manager_of(session, estate_of(session, estate), manager)
    if row is None:
        missing()
    managers.replace(session, row, given["reason"], current_actor())
    return row


@blueprint.read(f"{_ONE}/dwellings", permission=VIEW, query=DwellingsArgs, answer=DwellingsPage)
def dwelling_list(session: Session, args: dict[str, Any], code: str, estate: str) -> Mapping[str, Any]:
    """Dwellings of an estate by building and number"""
    filters = lists.DwellingFilters(args["q"], args["building"], args["state"])
    rows, total = lists.dwellings_page(
        session,
        estate_of(session, estate).id,
        filters,
        limit=args["size"],
        offset=rest_fields.offset(args),
    )
    return rest_fields.paged(rows, total, args)


@blueprint.create(
    f"{_ONE}/dwellings", permission=KEEP, body=DwellingsIn, answer=DwellingsAdded, key_needed=False
)
def add_dwellings(session: Session, given: dict[str, Any], code: str, estate: str) -> Mapping[str, Any]:
    """Add dwellings of a building; those listed before are passed over"""
    numbers = "\n".join(given["numbers"])
    added = estates.add_dwellings(
        session, estate_of(session, estate), given["building"], numbers, given["unsold"], current_actor()
    )
    return {"added": added}


@blueprint.read(_COMPANIES, permission=VIEW, query=CompaniesArgs, answer=CompaniesPage)
def company_list(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Companies known in an area, by name"""
    filters = lists.CompanyFilters(args["q"], args["state"])
    rows, total = lists.companies_page(
        session, current_area().id, filters, limit=args["size"], offset=rest_fields.offset(args)
    )
    return rest_fields.paged(rows, total, args)


def _company_shown(session: Session, found: PropertyCompany) -> Mapping[str, Any]:
    return {
        "public_id": found.public_id, "uscc": found.uscc, "name": found.name, "phone": found.phone,
        "closed_on": found.closed_on,
        "contracts": lists.contracts_of_company(session, found.id, current_area().id),
    }  # fmt: skip


@blueprint.create(_COMPANIES, permission=KEEP, body=CompanyIn, answer=CompanyDetail, key_needed=False)
def add_company(session: Session, given: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Add a company; its code is checked to the last character"""
    area = session.get_one(Area, current_area().id)
    made = companies.add_company(session, area, companies.CompanyData(**given), current_actor())
    return _company_shown(session, made)


@blueprint.read(f"{_COMPANIES}/<company>", permission=VIEW, answer=CompanyDetail)
def company(session: Session, args: dict[str, Any], code: str, company: str) -> Mapping[str, Any]:
    """One company with its contracts in the area"""
    return _company_shown(session, company_of(session, company))
