"""What staff send about companies, estates, sheets and receptions, and what a company says of an item."""

from __future__ import annotations

from datetime import date, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.accounts.models import Account
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.unit_of_work import unit_of_work
from pointsys.plugins.property_rating.reception import queries as reception_queries
from pointsys.plugins.property_rating.reception import services as receptions
from pointsys.plugins.property_rating.registry import companies, estates, importing
from pointsys.plugins.property_rating.registry.models import (
    PropertyCompany,
    PropertyCompanyAccount,
    PropertyEstate,
)
from tests.security.act import Act, Things
from tests.security.conftest import Populated

# Codes that are right, of nobody in the places.
_OTHER, _THIRD = "91440300708461136T", "91110000600037341L"


def _company(session: Session, populated: Populated, act: Act) -> PropertyCompany:
    wanted = populated.realm.things[act.place]["company"]
    return session.scalars(select(PropertyCompany).where(PropertyCompany.public_id == wanted)).one()


def bare_estate(populated: Populated, act: Act) -> Things:
    """An estate of the place without a contract."""
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        area = session.get_one(Area, populated.realm.areas[act.place])
        return {"estate": estates.add_estate(session, area, estates.EstateData("空苑"), SYSTEM).public_id}


def bare_company(populated: Populated, act: Act) -> Things:
    """A company of the place without a contract."""
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        area = session.get_one(Area, populated.realm.areas[act.place])
        data = companies.CompanyData(_THIRD, "无约物业")
        return {"company": companies.add_company(session, area, data, SYSTEM).public_id}


def liaison(populated: Populated, act: Act) -> Things:
    """The liaison's account, to link it."""
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        account = session.get_one(Account, populated.realm.accounts["liaison"])
        return {"liaison_account": account.public_id}


def linked(populated: Populated, act: Act) -> Things:
    """The liaison acts for the place's company."""
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        row = PropertyCompanyAccount(
            account_id=populated.realm.accounts["liaison"], company_id=_company(session, populated, act).id,
            from_on=date(2026, 1, 1), linked_at=populated.app.extensions["pointsys"].now(), linked_by="test",
        )  # fmt: skip
        session.add(row)
        session.flush()
        return {"account_link": row.public_id}


def applied(populated: Populated, act: Act) -> Things:
    """The place's sheet is applied."""
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        wanted = populated.realm.things[act.place]["registry_sheet"]
        found = importing.import_of(session, populated.realm.areas[act.place], wanted)
        assert found is not None
        importing.apply(session, found, SYSTEM)
    return {}


def quiet_day(populated: Populated, act: Act) -> Things:
    """A reception of the place's estate to which nobody brought anything."""
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        wanted = populated.realm.things[act.place]["estate"]
        estate = session.scalars(select(PropertyEstate).where(PropertyEstate.public_id == wanted)).one()
        day = receptions.ReceptionData(date(2026, 8, 1), time(9), time(11), "门卫室", "李静")
        return {"reception": receptions.publish(session, estate, day, SYSTEM).public_id}


def called_solved(populated: Populated, act: Act) -> Things:
    """Somebody else says that the place's item is solved."""
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        wanted = populated.realm.things[act.place]["reception_matter"]
        found = reception_queries.item_below(session, populated.realm.areas[act.place], wanted)
        assert found is not None
        receptions.handle(session, found[2], found[0], "solved", "", SYSTEM)
    return {}


_ESTATE = {"name": "新苑", "kind": "old"}
_COMPANY = {"uscc": _OTHER, "name": "新来物业"}
_DEAL = {"company": "{company}", "from_on": "2026-07-01"}
_MANAGER = {"name": "王国庆", "from_on": "2026-07-01"}
_REASON = {"reason": "居民不满意"}
_DAY = {
    "estate": "{estate}", "on_date": "2026-07-20", "starts": "09:00", "ends": "11:00", "place": "门卫室",
    "manager": "李静",
}  # fmt: skip
_ITEM = {"text": "电梯异响", "promised_on": "2026-07-20"}
_SOLVED = {"state": "solved", "note": "已修"}
_AGREES = {"result": "confirmed"}
ACTS = (
    Act("property_registry.new", "property.estate_added", {"area": "{code}", **_ESTATE}),
    Act("property_registry.change", "property.estate_changed", _ESTATE),
    Act("property_registry.close", "property.estate_closed", {"closed": "1"}, before=bare_estate),
    # A company of an area above is known below it.
    Act("property_registry.make_contract", "property.contract_made", _DEAL, before=bare_estate, own=("company",)),
    Act("property_registry.end_contract", "property.contract_ended", {"to_on": "2026-12-31"}),
    Act("property_registry.name_manager", "property.manager_named", _MANAGER),
    Act("property_registry.replace_manager", "property.manager_replaced", _REASON),
    Act("property_dwellings.add", "property.dwellings_added", {"building": "9栋", "numbers": "101"}),
    Act("property_dwellings.change", "property.dwellings_changed", {"id": ["{dwelling}"], "act": "unsold"}),
    Act("property_companies.new", "property.company_added", _COMPANY),
    Act("property_companies.change", "property.company_changed", {"name": "改名物业"}),
    Act("property_companies.close", "property.company_closed", {"closed": "1"}, before=bare_company),
    Act(
        "property_companies.link", "property.account_linked", {"account": "{liaison_account}"}, before=liaison,
        own=("account",),
    ),
    Act("property_companies.unlink", "property.account_unlinked", before=linked),
    Act("property_import.take", "property.import_taken", {"text": "小区\t楼栋\n新苑\t1栋"}),
    Act("property_import.apply", "property.import_applied"),
    Act("property_import.drop", "property.import_dropped"),
    Act("property_import.undo", "property.import_undone", before=applied),
    Act("property_reception.new", "property.reception_published", _DAY),
    Act("property_reception.call_off", "property.reception_called_off", _REASON, before=quiet_day),
    Act("property_reception.log", "property.item_logged", _ITEM),
    Act("property_reception.handle", "property.item_solved", _SOLVED),
    Act("property_reception.revisit", "property.item_confirmed", _AGREES, before=called_solved),
    Act("property_reception_own.handle", "property.item_solved", _SOLVED, role="liaison", before=linked),
    Act("property_rest_registry.add_estate", "property.estate_added", {"name": "新苑"}),
    Act(
        "property_rest_registry.make_contract", "property.contract_made", _DEAL, before=bare_estate,
        own=("company",),
    ),
    Act("property_rest_registry.end_contract", "property.contract_ended", {"to_on": "2026-12-31"}),
    Act("property_rest_registry.name_manager", "property.manager_named", _MANAGER),
    Act("property_rest_registry.replace_manager", "property.manager_replaced", _REASON),
    Act(
        "property_rest_registry.add_dwellings", "property.dwellings_added",
        {"building": "9栋", "numbers": ["101"]},
    ),
    Act("property_rest_registry.add_company", "property.company_added", _COMPANY),
    Act("property_rest_reception.publish", "property.reception_published", _DAY),
    Act("property_rest_reception.call_off", "property.reception_called_off", _REASON, before=quiet_day),
    Act("property_rest_reception.log", "property.item_logged", _ITEM),
    Act("property_rest_reception.handle", "property.item_solved", _SOLVED),
    Act("property_rest_reception.revisit", "property.item_confirmed", _AGREES, before=called_solved),
)  # fmt: skip
