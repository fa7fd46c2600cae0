"""What a sheet of the registry would add to what is there: compared row by row, without a statement for each.

A sheet only adds: what is there already is passed over, and a row that says something else of it is named as a fault.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import N_, Actor, Area, Problem, chunks, subtree

from .contracts import overlap
from .models import (
    PropertyBuilding,
    PropertyCompany,
    PropertyContract,
    PropertyDwelling,
    PropertyEstate,
    PropertyManager,
)
from .queries import known_in
from .sheet_owners import CLOSED, Owners, known_owners
from .sheets import Row

COMPANIES, ESTATES, BUILDINGS, DWELLINGS, CONTRACTS, MANAGERS, OWNERS = (
    "companies", "estates", "buildings", "dwellings", "contracts", "managers", "owners",
)  # fmt: skip
TITLES = {
    COMPANIES: N_("companies"),
    ESTATES: N_("Estates"),
    BUILDINGS: N_("buildings"),
    DWELLINGS: N_("Dwellings"),
    CONTRACTS: N_("contracts"),
    MANAGERS: N_("managers"),
    OWNERS: N_("owners"),
}
UNKNOWN_AREA = N_("“%(name)s” is no community here.")
WHICH_AREA = N_("Name the community of this estate: “%(name)s” is a sub-district or higher.")
NAME_DIFFERS = N_("This code belongs to “%(name)s”: compare name and code.")
NO_NAME = N_("This company is not known yet: give its name too.")
UNSOLD_DIFFERS = N_(
    "This dwelling is here already and says otherwise whether it is sold: change it on its page."
)
COMPANY_CLOSED = N_("This company is closed: open it again first.")
ESTATE_CLOSED = N_("This estate is closed: open it again first.")
OVERLAPS = N_("This contract shares days with another one of the estate.")
ESTATE_DIFFERS = N_(
    "This estate is here already with another kind, address or number of households: it stays so."
)
MANAGER_DIFFERS = N_("Another manager is named for this estate: change it on its page.")


# An area and the name of an estate in it; a first and a last day, None for no end.
Estate = tuple[int, str]
Span = tuple[date, date | None]


@dataclass
class Plan:
    """What a sheet would add, each with the values of its row, and the faults by row number.

    ``remarks`` are about rows that are taken all the same: an owner who is not noted, details that stay as they are.
    """

    companies: dict[str, dict[str, Any]] = field(default_factory=dict)
    estates: dict[Estate, dict[str, Any]] = field(default_factory=dict)
    buildings: dict[tuple[int, str, str], None] = field(default_factory=dict)
    dwellings: dict[tuple[int, str, str, str], bool] = field(default_factory=dict)
    contracts: dict[tuple[int, str, str, Span], str] = field(default_factory=dict)
    managers: dict[Estate, dict[str, Any]] = field(default_factory=dict)
    # Area, estate, building, number and the row of the person, in the order of the sheet.
    owners: dict[tuple[int, str, str, str, int], None] = field(default_factory=dict)
    faults: list[tuple[Row, Problem]] = field(default_factory=list)
    remarks: list[tuple[Row, Problem]] = field(default_factory=list)
    # The contracts above by estate: what another one must not share days with.
    spans: dict[Estate, list[tuple[str, Span]]] = field(default_factory=dict)
    present: int = 0

    @property
    def counts(self) -> dict[str, int]:
        """How many things of each table would be added."""
        return {key: len(getattr(self, key)) for key in TITLES}

    @property
    def unsold(self) -> int:
        """How many of the dwellings are unsold."""
        return sum(self.dwellings.values())

    @property
    def adds(self) -> bool:
        """Whether anything would be added."""
        return any(self.counts.values())


@dataclass
class _Known:
    """What the tables hold of the estates and companies that a sheet may name."""

    areas: dict[str, int]
    here: Area
    companies: dict[str, PropertyCompany]
    estates: dict[Estate, PropertyEstate]
    buildings: dict[tuple[int, str], int]
    # By building and number, with id, unsold and closed_on.
    dwellings: dict[tuple[int, str], Any]
    contracts: dict[int, list[tuple[str, Span]]]
    managers: dict[int, list[str]]
    owners: Owners = field(default_factory=Owners)


def _known(session: Session, area: Area, rows: Sequence[Row], actor: Actor | None) -> _Known:
    areas: dict[str, int] = {}
    below = select(Area.id, Area.code, Area.name, Area.level).where(
        Area.id.in_(subtree(area.id)), Area.level.in_(("community", "grid")), Area.closed_on.is_(None)
    )
    for area_id, code, name, level in session.execute(below.order_by(Area.level.desc())):
        areas[code] = area_id
        if level == "community":
            areas[name] = area_id
            areas[name.removesuffix("社区")] = area_id
    companies = {row.uscc: row for row in session.scalars(select(PropertyCompany).where(known_in(area.id)))}
    names = {row.estate for row in rows}
    estates = {
        (row.area_id, row.name): row
        for row in session.scalars(select(PropertyEstate).where(PropertyEstate.area_id.in_(subtree(area.id))))
        if row.name in names
    }
    known = _Known(areas, area, companies, estates, {}, {}, {}, {})
    for part in chunks(row.id for row in estates.values()):
        _load_estates(session, known, part)
    names = {name for row in rows for name in row.owners}
    homes = [home.id for home in known.dwellings.values()] if names else ()
    known.owners = known_owners(session, area.id, names, homes, actor)
    return known


def _load_estates(session: Session, known: _Known, ids: Sequence[int]) -> None:
    codes = {row.id: row.uscc for row in known.companies.values()}
    building = select(PropertyBuilding.estate_id, PropertyBuilding.name, PropertyBuilding.id)
    for estate_id, name, building_id in session.execute(building.where(PropertyBuilding.estate_id.in_(ids))):
        known.buildings[estate_id, name] = building_id
    dwelling = select(
        PropertyDwelling.id, PropertyDwelling.building_id, PropertyDwelling.number, PropertyDwelling.unsold,
        PropertyDwelling.closed_on,
    )  # fmt: skip
    for home in session.execute(dwelling.where(PropertyDwelling.estate_id.in_(ids))):
        known.dwellings[home.building_id, home.number] = home
    contract = select(
        PropertyContract.estate_id, PropertyContract.company_id, PropertyContract.from_on,
        PropertyContract.to_on,
    )  # fmt: skip
    for estate_id, company, first, last in session.execute(
        contract.where(PropertyContract.estate_id.in_(ids))
    ):
        known.contracts.setdefault(estate_id, []).append((codes.get(company, ""), (first, last)))
    manager = select(PropertyManager.estate_id, PropertyManager.name)
    for estate_id, name in session.execute(
        manager.where(PropertyManager.estate_id.in_(ids), PropertyManager.to_on.is_(None))
    ):
        known.managers.setdefault(estate_id, []).append(name)


def plan_of(session: Session, area: Area, rows: Sequence[Row], actor: Actor | None = None) -> Plan:
    """What the rows would add to an area as things stand; some eight statements however many rows there are.

    ``actor`` is who applies them: they note no dwelling as their own.
    """
    known, plan = _known(session, area, rows, actor), Plan()
    for row in rows:
        before = sum(plan.counts.values())
        try:
            if row.fault is not None:
                raise Problem("row", row.fault[0], **row.fault[1])
            _plan_row(known, plan, row)
        except Problem as problem:
            plan.faults.append((row, problem))
        else:
            plan.present += sum(plan.counts.values()) == before
    return plan


def _plan_row(known: _Known, plan: Plan, row: Row) -> None:
    area_id = _area(known, row)
    key = (area_id, row.estate)
    estate = known.estates.get(key)
    if estate is not None and estate.closed_on is not None:
        raise Problem("estate_closed", ESTATE_CLOSED)
    estate_id = estate.id if estate is not None else 0
    # Everything that may be refused comes before the first thing that is added.
    contract = _contract(known, plan, row, key, estate_id) if row.uscc else None
    manager = bool(row.manager) and _manager(known, plan, row, key, estate_id)
    fresh = _dwelling(known, plan, row, key, estate_id) if row.dwelling else False
    if estate is None:
        plan.estates.setdefault(
            key, {"kind": row.kind or "commercial", "place": row.place, "households": row.households}
        )
    if row.uscc and row.uscc not in known.companies:
        plan.companies.setdefault(row.uscc, {"name": row.company})
    if contract is not None:
        plan.contracts[*key, row.uscc, contract] = row.document_no
        plan.spans.setdefault(key, []).append((row.uscc, contract))
    if manager:
        plan.managers[key] = {
            "name": row.manager,
            "uscc": row.uscc,
            "from_on": date.fromisoformat(row.from_on),
        }
    if row.building and (estate_id, row.building) not in known.buildings:
        plan.buildings[*key, row.building] = None
    if fresh:
        plan.dwellings[*key, row.building, row.dwelling] = row.unsold is True
    if estate is not None:
        _remark_details(plan, row, estate)
    for name in row.owners:
        _plan_owner(known, plan, row, key, name)


def _remark_details(plan: Plan, row: Row, estate: PropertyEstate) -> None:
    """Say that a sheet does not change an estate that is here."""
    said = (row.kind, row.place, row.households)
    stays = (estate.kind, estate.place, estate.households)
    if any(new not in ("", None) and new != old for new, old in zip(said, stays, strict=True)):
        plan.remarks.append((row, Problem("estate_differs", ESTATE_DIFFERS)))


def _plan_owner(known: _Known, plan: Plan, row: Row, key: Estate, name: str) -> None:
    estate = known.estates.get(key)
    building = known.buildings.get((estate.id, row.building), 0) if estate is not None else 0
    home = known.dwellings.get((building, row.dwelling))
    try:
        if home is not None and home.closed_on is not None:
            raise Problem("dwelling_closed", CLOSED, name=name)
        person = known.owners.person(name)
    except Problem as problem:
        plan.remarks.append((row, problem))
        return
    if home is None or person not in known.owners.noted.get(home.id, ()):
        plan.owners[*key, row.building, row.dwelling, person] = None


def _area(known: _Known, row: Row) -> int:
    if row.area:
        found = known.areas.get(row.area)
        if found is None:
            raise Problem("unknown_area", UNKNOWN_AREA, name=row.area)
        return found
    if known.here.level not in ("community", "grid"):
        raise Problem("which_area", WHICH_AREA, name=known.here.name)
    return known.here.id


def _contract(known: _Known, plan: Plan, row: Row, key: Estate, estate_id: int) -> Span | None:
    """The days of the contract that a row adds, None where it is there already."""
    company = known.companies.get(row.uscc)
    name = company.name if company is not None else plan.companies.get(row.uscc, {}).get("name", "")
    if not name and not row.company:
        raise Problem("no_name", NO_NAME)
    if name and row.company and name != row.company:
        raise Problem("name_differs", NAME_DIFFERS, name=name)
    if company is not None and company.closed_on is not None:
        raise Problem("company_closed", COMPANY_CLOSED)
    days = date.fromisoformat(row.from_on), date.fromisoformat(row.to_on) if row.to_on else None
    others = [*known.contracts.get(estate_id, ()), *plan.spans.get(key, ())]
    if (row.uscc, days) in others:
        return None
    if any(overlap(days, other) for _uscc, other in others):
        raise Problem("contract_overlaps", OVERLAPS)
    return days


def _manager(known: _Known, plan: Plan, row: Row, key: Estate, estate_id: int) -> bool:
    """Whether the manager is new; raises where another one is named."""
    named = plan.managers.get(key)
    there = [*known.managers.get(estate_id, ()), *([named["name"]] if named else ())]
    if there and row.manager not in there:
        raise Problem("manager_differs", MANAGER_DIFFERS)
    return not there


def _dwelling(known: _Known, plan: Plan, row: Row, key: Estate, estate_id: int) -> bool:
    """Whether the dwelling is new; raises where it stands otherwise."""
    building = known.buildings.get((estate_id, row.building), 0)
    home = known.dwellings.get((building, row.dwelling))
    there = plan.dwellings.get((*key, row.building, row.dwelling)) if home is None else home.unsold
    if there is not None and (row.unsold not in (None, there) or (there and row.owners)):
        raise Problem("unsold_differs", UNSOLD_DIFFERS)
    return there is None
