"""Estates with their buildings and dwellings: adding, correcting, closing. Nothing is deleted: rounds and proofs of
ownership speak of them."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import insert, or_, select, update
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Area,
    Conflict,
    Problem,
    audit,
    chunks,
    clean_text,
    current_site,
    new_public_id,
    normalise_text,
)

from .models import ESTATE_KINDS, PropertyBuilding, PropertyContract, PropertyDwelling, PropertyEstate

LONGEST_ESTATE, LONGEST_PLACE, LONGEST_BUILDING, LONGEST_NUMBER = 60, 200, 40, 20
MOST_HOUSEHOLDS = 100_000
MOST_AT_ONCE = 2_000

KINDS = {
    "commercial": N_("commercial housing"),
    "village": N_("village-converted estate"),
    "old": N_("old estate"),
    "public": N_("public or resettlement housing"),
    "other": N_("other"),
}
SOLD, UNSOLD, CLOSE, REOPEN = "sold", "unsold", "close", "reopen"


@dataclass(frozen=True)
class EstateData:
    """What is said of an estate; raw values as typed."""

    name: str
    kind: str = "commercial"
    place: str = ""
    households: int | None = None


def checked(data: EstateData) -> EstateData:
    """The values as they are kept; raises Problem bad_name, bad_kind, bad_place or bad_households."""
    name, place = clean_text(data.name), clean_text(data.place)
    if not 1 <= len(name) <= LONGEST_ESTATE:
        raise Problem(
            "bad_name", N_("Give the estate a name of at most %(most)s characters."), field="name",
            most=LONGEST_ESTATE,
        )  # fmt: skip
    if data.kind not in ESTATE_KINDS:
        raise Problem("bad_kind", N_("Choose one of the kinds offered."), field="kind")
    if len(place) > LONGEST_PLACE:
        raise Problem("bad_place", N_("At most %(most)s characters."), field="place", most=LONGEST_PLACE)
    if data.households is not None and not 0 <= data.households <= MOST_HOUSEHOLDS:
        raise Problem("bad_households", N_("Give the number of households."), field="households")
    return EstateData(name, data.kind, place, data.households)


def _refuse_twice(session: Session, area_id: int, name: str, but: int = 0) -> None:
    same = select(PropertyEstate.id).where(
        PropertyEstate.area_id == area_id, PropertyEstate.name == name, PropertyEstate.id != but
    )
    if session.scalar(same) is not None:
        raise Problem("estate_exists", N_("There is an estate of this name here already."), field="name")


def add_estate(session: Session, area: Area, data: EstateData, actor: Actor) -> PropertyEstate:
    """Add an estate to an area; raises the Problems of ``checked``, and estate_exists."""
    kept = checked(data)
    session.refresh(area, with_for_update=True)
    _refuse_twice(session, area.id, kept.name)
    made = PropertyEstate(
        area_id=area.id, name=kept.name, kind=kept.kind, place=kept.place, households=kept.households,
        created_at=current_site().now(), created_by=actor.label,
    )  # fmt: skip
    session.add(made)
    session.flush()
    audit.write(
        session, actor, "property.estate_added", "property_estate", made.public_id, area_id=area.id,
        after=vars(kept),
    )  # fmt: skip
    return made


def data_of(estate: PropertyEstate) -> EstateData:
    """What is said of an estate now."""
    return EstateData(estate.name, estate.kind, estate.place, estate.households)


def change_estate(session: Session, estate: PropertyEstate, data: EstateData, actor: Actor) -> None:
    """Correct what is said of an estate; raises the Problems of ``checked``, and estate_exists."""
    kept = checked(data)
    _refuse_twice(session, estate.area_id, kept.name, but=estate.id)
    before = vars(data_of(estate))
    for key, value in vars(kept).items():
        setattr(estate, key, value)
    audit.write(
        session, actor, "property.estate_changed", "property_estate", estate.public_id,
        area_id=estate.area_id, before=before, after=vars(kept),
    )  # fmt: skip


def close_estate(session: Session, estate: PropertyEstate, closed: bool, actor: Actor) -> None:
    """Take an estate out of what is rated from now on, or back in; raises Conflict contract_runs."""
    today = current_site().today()
    if closed:
        running = select(PropertyContract.id).where(
            PropertyContract.estate_id == estate.id,
            or_(PropertyContract.to_on.is_(None), PropertyContract.to_on >= today),
        )
        if session.scalar(running.limit(1)) is not None:
            raise Conflict("contract_runs", N_("A contract still runs here: end it first."))
    estate.closed_on = today if closed else None
    audit.write(
        session, actor, "property.estate_closed" if closed else "property.estate_reopened",
        "property_estate", estate.public_id, area_id=estate.area_id,
    )  # fmt: skip


def need_open(estate: PropertyEstate) -> None:
    """Raises Conflict estate_closed for an estate that is closed."""
    if estate.closed_on is not None:
        raise Conflict("estate_closed", N_("This estate is closed: open it again first."))


def parse_numbers(text: str) -> list[str]:
    """Numbers of dwellings out of a text, each once: "101~104" counts, lines and commas part.

    Raises Problem bad_number or too_many_numbers.
    """
    found: dict[str, None] = {}
    for piece in re.split(r"[\s,，、;；]+", normalise_text(text[:40_000])):
        if not piece:
            continue
        for number in _counted(piece):
            if len(number) > LONGEST_NUMBER:
                raise Problem(
                    "bad_number", N_("“%(number)s” is too long for the number of a dwelling."),
                    field="numbers", number=number[:30],
                )  # fmt: skip
            found[number] = None
            if len(found) > MOST_AT_ONCE:
                raise Problem(
                    "too_many_numbers", N_("At most %(most)s dwellings at a time; bring more in as a sheet."),
                    field="numbers", most=MOST_AT_ONCE,
                )  # fmt: skip
    return list(found)


def _counted(piece: str) -> list[str]:
    """ "101~104" counts from the first to the last number; "2-1802" is one dwelling of unit 2."""
    match = re.fullmatch(r"((?:\d{1,2}-)?)(\d{1,6})[~～至](?:\1)?(\d{1,6})", piece)
    if match is None:
        return [piece]
    unit, first, last = match.group(1), int(match.group(2)), int(match.group(3))
    if not first <= last <= first + MOST_AT_ONCE:
        raise Problem("bad_number", N_("“%(number)s” does not count up."), field="numbers", number=piece[:30])
    return [f"{unit}{number:0{len(match.group(2))}d}" for number in range(first, last + 1)]


def building_of(session: Session, estate: PropertyEstate, name: str) -> PropertyBuilding:
    """The building of this name, made where there is none; raises Problem bad_building."""
    kept = normalise_text(name)
    if not 1 <= len(kept) <= LONGEST_BUILDING:
        raise Problem("bad_building", N_("Name the building, as “3栋”."), field="building")
    found = session.scalar(
        select(PropertyBuilding).where(PropertyBuilding.estate_id == estate.id, PropertyBuilding.name == kept)
    )
    if found is None:
        found = PropertyBuilding(estate_id=estate.id, name=kept)
        session.add(found)
        session.flush()
    return found


def add_dwellings(
    session: Session, estate: PropertyEstate, building: str, numbers: str, unsold: bool, actor: Actor
) -> int:
    """Add the dwellings of a building that are not listed yet; how many they were.

    Raises the Problems of ``parse_numbers`` and ``building_of``, Problem no_numbers, Conflict estate_closed.
    """
    wanted = parse_numbers(numbers)
    if not wanted:
        raise Problem("no_numbers", N_("Write the numbers of the dwellings."), field="numbers")
    # Whoever adds to the same estate at once waits here.
    session.refresh(estate, with_for_update=True)
    need_open(estate)
    kept = building_of(session, estate, building)
    known = set(
        session.scalars(select(PropertyDwelling.number).where(PropertyDwelling.building_id == kept.id))
    )
    rows = [
        {
            "public_id": new_public_id(), "estate_id": estate.id, "building_id": kept.id, "number": number,
            "unsold": unsold,
        }
        for number in wanted
        if number not in known
    ]  # fmt: skip
    if rows:
        session.execute(insert(PropertyDwelling), rows)
        audit.write(
            session, actor, "property.dwellings_added", "property_estate", estate.public_id,
            area_id=estate.area_id, after={"building": kept.name, "unsold": unsold}, count=len(rows),
        )  # fmt: skip
    return len(rows)


def set_dwellings(
    session: Session, estate: PropertyEstate, dwellings: Collection[str], act: str, actor: Actor
) -> int:
    """Say of some dwellings of an estate (outside ids) that they are sold, unsold, gone, or there again.

    How many there were; raises Problem bad_act, and unknown_dwelling where one of them is not of the estate.
    """
    values: dict[str, dict[str, object]] = {
        SOLD: {"unsold": False},
        UNSOLD: {"unsold": True},
        CLOSE: {"closed_on": current_site().today()},
        REOPEN: {"closed_on": None},
    }
    if act not in values:
        raise Problem("bad_act", N_("Choose one of the acts offered."))
    found: list[int] = []
    for part in chunks(set(dwellings)):
        query = select(PropertyDwelling.id).where(
            PropertyDwelling.estate_id == estate.id, PropertyDwelling.public_id.in_(part)
        )
        found += session.scalars(query)
    if len(found) != len(set(dwellings)):
        raise Problem(
            "unknown_dwelling", N_("One of these dwellings is not of this estate: open its list again.")
        )
    for some in chunks(found):
        session.execute(update(PropertyDwelling).where(PropertyDwelling.id.in_(some)).values(**values[act]))
    changed = len(found)
    if changed:
        audit.write(
            session, actor, "property.dwellings_changed", "property_estate", estate.public_id,
            area_id=estate.area_id, after={"act": act}, count=changed,
        )  # fmt: skip
    return changed
