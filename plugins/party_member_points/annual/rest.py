"""REST of results: computing, proposing, deciding, publishing, confirming and reopening, as on the pages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from pointsys.plugin import Area, RestBlueprint, current_actor, current_area, missing, rest_fields

from . import deciding, publishing, queries, services
from .deciding import Step
from .models import PointsAnnual
from .schemas import (
    ActIn,
    AnnualComputeIn,
    AnnualDecideIn,
    AnnualPublishIn,
    LinesArgs,
    LinesPage,
    ResultOut,
    ResultsPage,
)

blueprint = RestBlueprint("points_rest_annual", __name__, description="Grades of a period")

_ROOT = "/areas/<code>/points/annual"


@blueprint.read(_ROOT, permission="points.view", query=rest_fields.PageArgs, answer=ResultsPage)
def results(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Results of an area and below it, the newest first"""
    rows, total = queries.results(
        session, current_area().id, limit=args["size"], offset=rest_fields.offset(args)
    )
    return rest_fields.paged([_out(row) for row in rows], total, args)


def _out(line: queries.ResultLine) -> dict[str, Any]:
    return {**vars(line), "id": line.public_id}


def _found(session: Session, result_id: str) -> PointsAnnual:
    found = queries.find(session, current_area().id, result_id)
    if found is None:
        missing()
    return found


def _answer(session: Session, result: PointsAnnual) -> dict[str, Any]:
    session.flush()
    return _out(queries.line_of(session, result))


@blueprint.read(f"{_ROOT}/<result_id>", permission="points.view", query=LinesArgs, answer=LinesPage)
def lines(session: Session, args: dict[str, Any], code: str, result_id: str) -> Mapping[str, Any]:
    """One result with its members, best total first"""
    found = _found(session, result_id)
    filters = queries.Filters(args["q"], args["branch"], "", args["group"])
    rows, total = queries.members(
        session, found, filters, limit=args["size"], offset=rest_fields.offset(args)
    )
    items = [
        {
            **{name: getattr(row, name) for name in _SAME},
            "id": row.public_id,
            "total": row.total_text,
            "gates": [gate["title"] for gate in row.gates],
            "choices": row.open,
        }
        for row in rows
    ]
    return rest_fields.paged(
        items, total, args, state=found.state, period=found.period, quota_limit=found.quota_limit,
        grades=json.loads(found.grades),
    )  # fmt: skip


_SAME = (
    "name", "branch", "categories", "minutes", "activities", "scored", "proposed", "tie", "vetoed", "grade", "reason",
)  # fmt: skip


@blueprint.create(_ROOT, permission="points.award", body=AnnualComputeIn, answer=ResultOut)
def compute(session: Session, given: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Compute the grades of a period, anew where they were only computed so far"""
    area = session.get_one(Area, current_area().id)
    quota = services.quota_of(session, area.id) if given["quota"] is None else given["quota"]
    return _answer(session, services.compute(session, area, given["period"], quota, current_actor()))


@blueprint.create(
    f"{_ROOT}/<result_id>/propose",
    permission="points.award",
    body=rest_fields.NoArgs,
    answer=ResultOut,
    status=200,
)
def propose(session: Session, given: dict[str, Any], code: str, result_id: str) -> Mapping[str, Any]:
    """Put a computed result before the committee"""
    return _answer(session, services.propose(session, _found(session, result_id), current_actor()))


@blueprint.create(
    f"{_ROOT}/<result_id>/decisions",
    permission="points.decide",
    body=AnnualDecideIn,
    answer=ResultOut,
    status=200,
)
def decide(session: Session, given: dict[str, Any], code: str, result_id: str) -> Mapping[str, Any]:
    """Decide on the grades of members, one step from the proposed ones at most"""
    found = _found(session, result_id)
    deciding.decide(session, found, [Step(**step) for step in given["steps"]], current_actor())
    if given["rest"]:
        deciding.decide_rest(session, found, current_actor())
    return _answer(session, found)


@blueprint.create(
    f"{_ROOT}/<result_id>/publish",
    permission="publicity.publish",
    body=AnnualPublishIn,
    answer=ResultOut,
    status=200,
)
def publish(session: Session, given: dict[str, Any], code: str, result_id: str) -> Mapping[str, Any]:
    """Publish a decided result for objections"""
    found = _found(session, result_id)
    area = session.get_one(Area, found.area_id)
    days = given["days"] or publishing.days_of(session, area, found)
    publishing.publish(session, area, found, days, current_actor())
    return _answer(session, found)


@blueprint.create(
    f"{_ROOT}/<result_id>/acts", permission="points.decide", body=ActIn, answer=ResultOut, status=200
)
def act(session: Session, given: dict[str, Any], code: str, result_id: str) -> Mapping[str, Any]:
    """End the deciding, take back, withdraw, confirm or reopen a result"""
    found, actor = _found(session, result_id), current_actor()
    reason, reference = given["reason"], given["reference"]
    if given["act"] == "close":
        deciding.close(session, found, reference, actor)
    elif given["act"] == "back":
        deciding.take_back(session, found, reason, actor)
    elif given["act"] == "withdraw":
        publishing.take_down(session, found, given["why"], reason, actor)
    elif given["act"] == "confirm":
        publishing.confirm(session, found, actor)
    else:
        publishing.reopen(session, found, reason, reference, actor)
    return _answer(session, found)
