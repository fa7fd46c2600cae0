"""What the REST operations of companies, estates and dwellings take and give."""

from __future__ import annotations

from marshmallow import fields

from pointsys.plugin import RestSchema, rest_fields

from .estates import LONGEST_BUILDING, LONGEST_ESTATE, LONGEST_PLACE, MOST_HOUSEHOLDS
from .lists import COMPANY_STATES, DWELLING_STATES, ESTATE_STATES
from .models import ESTATE_KINDS


class EstateOut(RestSchema):
    """An estate with who manages it today."""

    id = fields.String(required=True, attribute="public_id")
    name = fields.String(required=True)
    area = fields.String(required=True, metadata={"description": "name of the community"})
    kind = fields.String(required=True)
    place = fields.String(required=True)
    households = fields.Integer(required=True, allow_none=True, metadata={"description": "as reported"})
    dwellings = fields.Integer(required=True, metadata={"description": "that have a say"})
    unsold = fields.Integer(required=True)
    company = fields.String(required=True, allow_none=True, attribute="company_public_id")
    company_name = fields.String(required=True, allow_none=True, attribute="company")
    contract_to = rest_fields.Day(required=True, allow_none=True)
    manager = fields.String(required=True, allow_none=True)
    closed_on = rest_fields.Day(required=True, allow_none=True)


class EstatesArgs(rest_fields.SearchArgs):
    """Which estates."""

    kind = rest_fields.one_of(("", *ESTATE_KINDS), load_default="")
    company = rest_fields.text(40, load_default="", metadata={"description": "id of a company"})
    state = rest_fields.one_of(("", *ESTATE_STATES), load_default="")


EstatesPage = rest_fields.page_of(EstateOut)


class EstateIn(RestSchema):
    """A new estate of a community."""

    area = rest_fields.text(
        20, load_default="", metadata={"description": "code of the community; the address's area if empty"}
    )
    name = rest_fields.text(LONGEST_ESTATE, least=1, required=True)
    kind = rest_fields.one_of(ESTATE_KINDS, load_default="commercial")
    place = rest_fields.text(LONGEST_PLACE, load_default="")
    households = rest_fields.number(0, MOST_HOUSEHOLDS, load_default=None, allow_none=True)


class ContractOut(RestSchema):
    """A contract of a company with an estate; both days inside."""

    id = fields.String(required=True, attribute="public_id")
    estate = fields.String(required=True, attribute="estate_public_id")
    estate_name = fields.String(required=True, attribute="estate")
    company = fields.String(required=True, attribute="company_public_id")
    company_name = fields.String(required=True, attribute="company")
    from_on = rest_fields.Day(required=True)
    to_on = rest_fields.Day(required=True, allow_none=True)
    document_no = fields.String(required=True)
    runs = fields.Boolean(required=True, metadata={"description": "today"})


class ManagerOut(RestSchema):
    """Who manages or managed an estate for its company."""

    id = fields.String(required=True, attribute="public_id")
    name = fields.String(required=True)
    from_on = rest_fields.Day(required=True)
    to_on = rest_fields.Day(required=True, allow_none=True)
    ended_reason = fields.String(required=True)


class EstateDetail(EstateOut):
    """An estate with its contracts and managers, the latest first."""

    contracts = fields.List(fields.Nested(ContractOut), required=True)
    managers = fields.List(fields.Nested(ManagerOut), required=True)


class ContractIn(RestSchema):
    """A new contract of an estate; no two share a day."""

    company = rest_fields.public_id(required=True)
    from_on = rest_fields.Day(required=True)
    to_on = rest_fields.Day(load_default=None, allow_none=True)
    document_no = rest_fields.text(60, load_default="")


class ContractEndIn(RestSchema):
    """The last day of a contract that ends earlier."""

    to_on = rest_fields.Day(required=True)


class ManagerIn(RestSchema):
    """Who manages an estate from a day on."""

    name = rest_fields.text(40, least=1, required=True)
    from_on = rest_fields.Day(required=True)


class ManagerEndIn(RestSchema):
    """Why somebody is replaced."""

    reason = rest_fields.text(200, load_default="")


class DwellingOut(RestSchema):
    """A dwelling; unsold and closed ones have no say."""

    id = fields.String(required=True, attribute="public_id")
    building = fields.String(required=True)
    number = fields.String(required=True)
    unsold = fields.Boolean(required=True)
    closed_on = rest_fields.Day(required=True, allow_none=True)


class DwellingsArgs(rest_fields.SearchArgs):
    """Which dwellings."""

    building = rest_fields.text(LONGEST_BUILDING, load_default="")
    state = rest_fields.one_of(("", *DWELLING_STATES), load_default="")


DwellingsPage = rest_fields.page_of(DwellingOut)


class DwellingsIn(RestSchema):
    """Dwellings of one building."""

    building = rest_fields.text(LONGEST_BUILDING, least=1, required=True)
    numbers = fields.List(rest_fields.text(20, least=1), required=True, validate=rest_fields.count(1, 2_000))
    unsold = rest_fields.flag(load_default=False)


class DwellingsAdded(RestSchema):
    """How many dwellings were added; those listed before were passed over."""

    added = fields.Integer(required=True)


class CompanyOut(RestSchema):
    """A property company."""

    id = fields.String(required=True, attribute="public_id")
    uscc = fields.String(required=True)
    name = fields.String(required=True)
    phone = fields.String(required=True)
    closed_on = rest_fields.Day(required=True, allow_none=True)


class CompanyLineOut(CompanyOut):
    """A property company with how many estates of the address's area it manages today."""

    estates = fields.Integer(required=True)


class CompanyDetail(CompanyOut):
    """A property company with its contracts in the address's area, the latest first."""

    contracts = fields.List(fields.Nested(ContractOut), required=True)


class CompaniesArgs(rest_fields.SearchArgs):
    """Which companies."""

    state = rest_fields.one_of(("", *COMPANY_STATES), load_default="")


CompaniesPage = rest_fields.page_of(CompanyLineOut)


class CompanyIn(RestSchema):
    """A new company, kept at the sub-district."""

    uscc = rest_fields.text(30, least=1, required=True)
    name = rest_fields.text(100, least=1, required=True)
    phone = rest_fields.text(40, load_default="")
