"""People of an area: a list that can be searched, one person, adding one, correcting one."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from pointsys.access import current_actor, current_area, require_again
from pointsys.core.people.models import Person
from pointsys.core.people.records import masked
from pointsys.core.people.search import PeopleFilters, search_people
from pointsys.core.people.services import CLEARABLE, PersonData, create_person, update_person
from pointsys.rest.blueprint import RestBlueprint
from pointsys.rest.fields import paged
from pointsys.rest.schemas import PeopleArgs, PersonChange, PersonNew, PersonOut, PersonPage
from pointsys.rest.scope import area_below, codes_of, person_here

blueprint = RestBlueprint("rest_people", __name__, description="People; phones and ID numbers are masked")

LEFT = {"no": False, "yes": True, "any": None}


@blueprint.read("/areas/<code>/people", permission="people.view", query=PeopleArgs, answer=PersonPage)
def index(session: Session, args: dict[str, Any], code: str) -> dict[str, Any]:
    """People of an area and below

    `q` is a part of a name, the beginning of its pinyin, or a whole phone or ID number.
    """
    filters = PeopleFilters(area_code=args["area"] or None, sex=args["sex"] or None, left=LEFT[args["left"]])
    found = search_people(
        session, current_area().id, args["q"], page=args["page"], size=args["size"], filters=filters, sort=args["sort"]
    )  # fmt: skip
    codes = codes_of(session, (person.area_id for person in found.rows))
    return paged([_shown(person, codes[person.area_id]) for person in found.rows], found.total, args)


@blueprint.create("/areas/<code>/people", permission="people.edit", body=PersonNew, answer=PersonOut)
def add(session: Session, body: dict[str, Any], code: str) -> dict[str, Any]:
    """Add a person"""
    area = area_below(session, body.pop("area") or current_area().code)
    from_on = body.pop("from_on")
    person = create_person(session, PersonData(area_id=area.id, **body), current_actor(), from_on=from_on)
    return _shown(person, area.code)


@blueprint.read("/areas/<code>/people/<person>", permission="people.view", answer=PersonOut)
def one(session: Session, args: dict[str, Any], code: str, person: str) -> dict[str, Any]:
    """One person"""
    return _alone(session, person_here(session, person))


def _to_change(session: Session, code: str, person: str) -> dict[str, Any]:
    return _alone(session, person_here(session, person, lock=True))


@blueprint.change(
    "/areas/<code>/people/<person>",
    permission="people.edit",
    body=PersonChange,
    answer=PersonOut,
    load=_to_change,
)
def correct(session: Session, found: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """Correct a person's data"""
    person = person_here(session, found["id"])
    require_again(session, "people.edit", person.area_id)
    emptied = {name for name, value in body.items() if value in (None, "") and name in CLEARABLE}
    given = {name: value for name, value in body.items() if name not in emptied}
    changes = PersonData(**{"name": person.name, **given}, area_id=person.area_id)
    update_person(session, person, changes, current_actor(), clear=emptied)
    return _alone(session, person)


def _alone(session: Session, person: Person) -> dict[str, Any]:
    return _shown(person, codes_of(session, [person.area_id])[person.area_id])


def _shown(person: Person, area_code: str) -> dict[str, Any]:
    known = masked(person)
    return {
        "id": known.public_id,
        "name": known.name,
        "area": area_code,
        "sex": known.sex,
        "phone": known.phone,
        "left_on": person.left_on,
        "birth_date": known.birth_date,
        "id_number": known.id_number,
        "note": person.note,
    }
