"""Objections of an area: which wait for an answer until when, and answering one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from pointsys.access import current_actor, current_area, require_again
from pointsys.core.objections import services
from pointsys.core.objections.models import Objection
from pointsys.rest.blueprint import RestBlueprint
from pointsys.rest.fields import offset, paged
from pointsys.rest.schemas import ObjectionAnswerIn, ObjectionArgs, ObjectionOut, ObjectionPage
from pointsys.rest.scope import missing

blueprint = RestBlueprint("rest_objections", __name__, description="Objections and their answers")


@blueprint.read(
    "/areas/<code>/objections", permission="objections.view", query=ObjectionArgs, answer=ObjectionPage
)
def index(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Objections of an area and below, the most urgent first"""
    rows, total = services.list_objections(
        session, current_area().id, state=args["state"], limit=args["size"], offset=offset(args)
    )
    return paged([_shown(row.objection) for row in rows], total, args)


@blueprint.create(
    "/areas/<code>/objections/<objection>/answer",
    permission="objections.answer",
    body=ObjectionAnswerIn,
    answer=ObjectionOut,
    status=200,
)
def answer(session: Session, given: dict[str, Any], code: str, objection: str) -> Mapping[str, Any]:
    """Answer an objection, by somebody who had no part in the matter

    With `void` an upheld one voids its entry in the same act, which also needs the permission `log.decide`.
    """
    area_id = current_area().id
    if given["void"]:
        require_again(session, "log.decide", area_id)
    found = services.objection_below(session, area_id, objection)
    if found is None:
        missing()
    services.answer(session, found, given["outcome"], given["text"], current_actor(), void=given["void"])
    return _shown(found)


def _shown(found: Objection) -> Mapping[str, Any]:
    names = (
        "subject_type",
        "subject_id",
        "title",
        "text",
        "state",
        "raised_at",
        "due_on",
        "outcome",
        "answer",
    )
    return {"id": found.public_id, **{name: getattr(found, name) for name in names}}
