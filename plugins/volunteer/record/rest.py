"""REST of the record: stars and what is decided on them, commendations, evaluations, a person's five blocks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    Entry,
    Person,
    RestBlueprint,
    current_actor,
    current_area,
    missing,
    person_below,
    rest_fields,
    subtree,
)

from . import cases, commendations, deciding_stars, evaluations, stars
from .commendations import CommendationDraft
from .evaluations import Said
from .models import VolunteerAward
from .own_record import record_of
from .schemas import (
    CommendationIn,
    CommendationOut,
    CommendationsPage,
    EvaluationIn,
    EvaluationOut,
    EvaluationsArgs,
    EvaluationsPage,
    RecordOut,
    StarActIn,
    StarActOut,
    StarsArgs,
    StarsPage,
)

blueprint = RestBlueprint(
    "volunteer_rest_record", __name__, description="Record of volunteers: stars, commendations, evaluations"
)

_ROOT = "/areas/<code>/volunteer/record"
_MANAGE = "volunteer.record"


@blueprint.read(f"{_ROOT}/stars", permission="volunteer.view", query=StarsArgs, answer=StarsPage)
def star_list(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Star-rated volunteers of an area and below it"""
    filters = stars.Filters(args["q"], args["profile"], args["state"], args["level"])
    rows, total = stars.star_list(
        session,
        current_area().id,
        filters,
        sort=args["sort"],
        limit=args["size"],
        offset=rest_fields.offset(args),
    )
    items = [
        {
            "id": row.public_id, "person": row.person.public_id, "name": row.person.name, "profile": row.profile,
            "period": row.period, "level": row.level, "title": row.title, "state": row.state,
            "needed_minutes": row.needed, "minutes": row.minutes, "reached_on": row.reached_on,
            "awarded_on": row.awarded_on,
        }
        for row in rows
    ]  # fmt: skip
    return rest_fields.paged(items, total, args)


@blueprint.create(f"{_ROOT}/stars", permission=_MANAGE, body=StarActIn, answer=StarActOut, status=200)
def decide(session: Session, given: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Give, keep or take away stars, all of them or none"""
    area_id = current_area().id
    return {
        "done": deciding_stars.decide(
            session, area_id, given["stars"], given["act"], given["reason"], current_actor()
        )
    }


def _commendation(award: VolunteerAward, person: Person) -> dict[str, Any]:
    return {
        "id": award.public_id, "person": person.public_id, "name": person.name, "title": award.title,
        "level": award.level, "awarded_by": award.awarded_by, "awarded_on": award.awarded_on,
        "document_no": award.document_no,
    }  # fmt: skip


@blueprint.read(
    f"{_ROOT}/commendations", permission=_MANAGE, query=rest_fields.SearchArgs, answer=CommendationsPage
)
def commendation_list(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Commendations of people of an area and below it, the newest first"""
    rows, total = commendations.listed(
        session, current_area().id, q=args["q"], limit=args["size"], offset=rest_fields.offset(args)
    )
    return rest_fields.paged([_commendation(row.award, row.person) for row in rows], total, args)


@blueprint.create(f"{_ROOT}/commendations", permission=_MANAGE, body=CommendationIn, answer=CommendationOut)
def commend(session: Session, given: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Record a commendation"""
    person = person_below(session, current_area().id, given["person"])
    if person is None:
        missing()
    draft = CommendationDraft(**{name: given[name] for name in CommendationDraft.__dataclass_fields__})
    return _commendation(commendations.commend(session, person, draft, current_actor()), person)


def _evaluation(row: evaluations.EvaluationLine) -> dict[str, Any]:
    said = row.evaluation
    return {
        "id": said.public_id, "entry": row.entry, "person": row.person.public_id, "side": said.side,
        "score": said.score, "words": said.words, "on": row.local_date, "case": row.case,
    }  # fmt: skip


@blueprint.read(f"{_ROOT}/evaluations", permission=_MANAGE, query=EvaluationsArgs, answer=EvaluationsPage)
def evaluation_list(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Evaluations of sessions of an area and below it, the newest first"""
    rows, total = evaluations.listed(
        session, current_area().id, q=args["q"], side=args["side"], low=args["low"], limit=args["size"],
        offset=rest_fields.offset(args),
    )  # fmt: skip
    return rest_fields.paged([_evaluation(row) for row in rows], total, args)


@blueprint.create(f"{_ROOT}/evaluations", permission=_MANAGE, body=EvaluationIn, answer=EvaluationOut)
def evaluate(session: Session, given: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Write down what the organiser or a recipient says of a session, also as a complaint"""
    inside = subtree(current_area().id)
    entry = session.scalar(select(Entry).where(Entry.public_id == given["entry"], Entry.area_id.in_(inside)))
    if entry is None:
        missing()
    said = Said(given["side"], given["score"], given["words"], given["name"])
    row = evaluations.evaluate(session, entry, said, current_actor())
    if given["complaint"]:
        cases.complain(session, row, said.words, said.name, current_actor())
    session.flush()
    found = [line for line in evaluations.of_entry(session, entry.id) if line.evaluation.id == row.id]
    return _evaluation(found[0])


@blueprint.read(
    f"{_ROOT}/people/<person>", permission="volunteer.view", query=rest_fields.NoArgs, answer=RecordOut
)
def record(session: Session, args: dict[str, Any], code: str, person: str) -> Mapping[str, Any]:
    """The record of one volunteer in its five blocks"""
    who = person_below(session, current_area().id, person)
    if who is None:
        missing()
    found = record_of(session, who, entries=1)
    scores = evaluations.together(found.scores)
    return {
        "person": who.public_id, "name": who.name,
        "volunteer_no": (found.volunteer.volunteer_no or "") if found.volunteer else "",
        "teams": [team.name for team in found.teams],
        "minutes": found.service.total.minutes, "person_times": found.service.total.entries,
        "credit_minutes": found.service.credit, "honour_minutes": found.service.honour,
        "training_minutes": found.training_minutes, "trainings": [one.title for one in found.training],
        "commendations": [_commendation(one, who) for one in found.commendations],
        "stars": {star.profile: star.level for star in found.stars},
        "evaluations": scores.count, "score": scores.text,
    }  # fmt: skip
