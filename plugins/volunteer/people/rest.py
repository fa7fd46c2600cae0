"""REST of volunteers: the list of an area, registering, standing, insurance and training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    Person,
    RestBlueprint,
    current_actor,
    current_area,
    missing,
    people_below,
    rest_fields,
    rest_person,
)

from . import papers, queries, services
from .numbers import volunteer_no
from .schemas import (
    StandingIn,
    VolunteerInsuranceIn,
    VolunteerOut,
    VolunteerPaperOut,
    VolunteersArgs,
    VolunteersIn,
    VolunteersPage,
    VolunteersRegistered,
    VolunteerTrainingIn,
)

blueprint = RestBlueprint("volunteer_rest_people", __name__, description="Volunteers")

PEOPLE = "volunteer.people"
_ONE = "/areas/<code>/volunteer/people/<person>"


@blueprint.read(
    "/areas/<code>/volunteer/people", permission=PEOPLE, query=VolunteersArgs, answer=VolunteersPage
)
def volunteers(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Volunteers and applicants of an area by name"""
    rows, total = queries.volunteers_page(
        session, current_area().id, queries.Filters(args["q"], args["state"]), limit=args["size"],
        offset=rest_fields.offset(args),
    )  # fmt: skip
    return rest_fields.paged([vars(row) for row in rows], total, args)


@blueprint.create(
    "/areas/<code>/volunteer/people",
    permission=PEOPLE,
    body=VolunteersIn,
    answer=VolunteersRegistered,
    status=200,
)
def register(session: Session, given: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Register people of the area as volunteers; says of each who was not registered why"""
    people = people_below(session, current_area().id, given["people"])
    if people is None:
        missing()
    done = services.register(session, people, current_actor())
    ids = {
        row.id: row.public_id
        for row in session.execute(
            select(Person.id, Person.public_id).where(Person.id.in_([one.id for one in people]))
        )
    }
    return {
        "registered": [ids[one] for one in done.people],
        "refused": [{"person": ids[one], "code": problem.code} for one, problem in done.refused],
    }


@blueprint.create(f"{_ONE}/standing", permission=PEOPLE, body=StandingIn, answer=VolunteerOut, status=200)
def standing(session: Session, given: dict[str, Any], code: str, person: str) -> Mapping[str, Any]:
    """Refuse an application, suspend, lift a suspension, or withdraw"""
    found, actor = rest_person(session, person), current_actor()
    if found.closed:
        # Lists leave closed records out, and nothing is decided on them any more.
        missing()
    if given["act"] == "refuse":
        services.refuse_application(session, found, given["reason"], actor)
    elif given["act"] == "suspend":
        services.suspend(session, found, given["reason"], actor)
    elif given["act"] == "resume":
        services.resume(session, found, actor)
    else:
        services.withdraw(session, found, given["reason"], actor)
    profile = services.profile_of(session, found.id)
    assert profile is not None
    rows, _total = queries.volunteers_page(
        session, found.area_id, queries.Filters(found.name, profile.state), limit=None
    )
    row = next((row for row in rows if row.person == found.public_id), None)
    if row is None:
        missing()
    return vars(row)


@blueprint.read(f"{_ONE}/number", permission=PEOPLE, answer=VolunteerPaperOut)
def number(session: Session, args: dict[str, Any], code: str, person: str) -> Mapping[str, Any]:
    """The volunteer number of a person, empty without one"""
    return {"id": volunteer_no(session, rest_person(session, person).id)}


@blueprint.create(f"{_ONE}/trainings", permission=PEOPLE, body=VolunteerTrainingIn, answer=VolunteerPaperOut)
def add_training(session: Session, given: dict[str, Any], code: str, person: str) -> Mapping[str, Any]:
    """Record a training that somebody passed"""
    data = papers.TrainingData(**given)
    return {"id": papers.add_training(session, rest_person(session, person), data, current_actor()).public_id}


@blueprint.create(
    f"{_ONE}/insurances", permission=PEOPLE, body=VolunteerInsuranceIn, answer=VolunteerPaperOut
)
def add_insurance(session: Session, given: dict[str, Any], code: str, person: str) -> Mapping[str, Any]:
    """Record an accident policy of somebody"""
    data = papers.PolicyData(**given)
    found = rest_person(session, person)
    return {"id": papers.add_insurance(session, found, None, data, current_actor()).public_id}
