"""REST of the rules in force, and of hours above the day's limit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from pointsys.plugin import RestBlueprint, current_actor, current_area, current_site, rest_fields

from . import approvals, inforce
from .schemas import (
    ApprovalDone,
    ApprovalIn,
    ApprovalsArgs,
    ApprovalsPage,
    HoursPolicyArgs,
    HoursPolicyOut,
)

blueprint = RestBlueprint(
    "volunteer_rest_policies", __name__, description="Rules of volunteer hours, and hours above the limit"
)


@blueprint.read(
    "/areas/<code>/volunteer/policy",
    permission="volunteer.view",
    query=HoursPolicyArgs,
    answer=HoursPolicyOut,
)
def policy(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """The rules by which service in an area is credited on a day"""
    found = inforce.policy_at(session, current_area().id, args["on"] or current_site().today())
    return {"version": found.version, "rules": found.values()}


@blueprint.read(
    "/areas/<code>/volunteer/approvals",
    permission=approvals.PERMISSION,
    query=ApprovalsArgs,
    answer=ApprovalsPage,
)
def waiting(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Services above the day's limit in an area and below it"""
    rows, total = approvals.rows_below(
        session, current_area().id, text=args["q"], level=args["level"], state=args["state"], sort=args["sort"],
        limit=args["size"], offset=rest_fields.offset(args),
    )  # fmt: skip
    items = [
        {
            "entry": row.public_id, "person": row.person_public_id, "name": row.name, "title": row.title,
            "date": row.local_date, "minutes": row.worth, "day_minutes": row.day_worth, "state": row.state,
            "level": row.level,
        }
        for row in rows
    ]  # fmt: skip
    return rest_fields.paged(items, total, args)


@blueprint.create(
    "/areas/<code>/volunteer/approvals",
    permission=approvals.PERMISSION,
    body=ApprovalIn,
    answer=ApprovalDone,
    status=200,
)
def decide(session: Session, given: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Approve or reject services above the day's limit"""
    done = approvals.decide(
        session, current_area(), given["entries"], given["outcome"], given["reason"], current_actor()
    )
    return {"decided": done}
