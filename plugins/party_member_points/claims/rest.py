"""REST of claims: one's own, and for those who verify and confirm the list, one claim and deciding."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Person,
    Problem,
    RestBlueprint,
    clean_lines,
    clean_text,
    current_actor,
    current_area,
    kinds_for,
    missing,
    own_person,
    require_again,
    rest_fields,
)

from ..members import memberships
from . import queries, services
from .expected import Expected, expected_of
from .models import CONFIRMED, SUBMITTED, VERIFIED, VOIDED
from .queries import Filters, Row
from .rules import Content
from .schemas import (
    ClaimDecisionIn,
    ClaimDetail,
    ClaimIn,
    ClaimsArgs,
    ClaimsDecided,
    ClaimsPage,
    OwnClaims,
)
from .words import hundredths_text

blueprint = RestBlueprint("points_rest_claims", __name__, description="Claims of Party members")

# Whoever may look at the ranking of their community as a member claims there; the pages ask for no more.
OWN = "points.ranking"


@blueprint.read("/areas/<code>/points/own-claims", permission=OWN, answer=OwnClaims)
def own(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """One's own claims, the newest first"""
    person = own_person(session)
    rows = queries.own_rows(session, person.id) if person is not None else []
    return {"items": _shown(session, rows)}


@blueprint.create("/areas/<code>/points/own-claims", permission=OWN, body=ClaimIn, answer=ClaimDetail)
def claim(session: Session, given: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Claim something for oneself and hand it in"""
    person, actor = own_person(session), current_actor()
    if person is None or person.id not in memberships(session, [person.id]):
        raise Problem("not_a_member", N_("You are not recorded as a Party member here."))
    made = services.draft(session, person, _content(session, person, given), actor)
    services.submit(session, made, actor)
    return _detail(session, queries.own_rows(session, person.id, made.id)[0])


def _content(session: Session, person: Person, given: Mapping[str, Any]) -> Content:
    kinds = {kind.code: kind.id for kind in kinds_for(session, person.area_id).values()}
    return Content(
        item=given["item"],
        on_date=given["date"],
        title=clean_text(given["title"]),
        words=clean_lines(given["words"]),
        kind_id=kinds.get(given["kind"]),
        starts_at=given["starts_at"],
        quantity=given["quantity"],
        points=given["points"],
        attrs={name: clean_text(value) for name, value in given["attrs"].items()},
        late_reason=clean_text(given["late_reason"]),
    )


@blueprint.read(
    "/areas/<code>/points/claims", permission="points.verify", query=ClaimsArgs, answer=ClaimsPage
)
def index(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Claims of an area and below, those that wait longest first"""
    filters = Filters(args["q"], args["state"], args["item"], args["branch"], args["from_on"], args["to_on"])
    rows, total = queries.claims_below(
        session,
        current_area().id,
        filters,
        sort="waiting",
        limit=args["size"],
        offset=rest_fields.offset(args),
    )
    return rest_fields.paged(_shown(session, rows), total, args)


@blueprint.read("/areas/<code>/points/claims/<claim_id>", permission="points.verify", answer=ClaimDetail)
def one(session: Session, args: dict[str, Any], code: str, claim_id: str) -> Mapping[str, Any]:
    """One claim with all that became of it"""
    row = queries.claim_below(session, current_area().id, claim_id)
    if row is None:
        missing()
    return _detail(session, row)


@blueprint.create(
    "/areas/<code>/points/claims/decisions",
    permission="points.verify",
    body=ClaimDecisionIn,
    answer=ClaimsDecided,
    status=200,
    key_needed=False,
)
def decisions(session: Session, given: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Verify, confirm, return, reject or void claims, all of them or none

    Confirming and voiding also need the permission `points.decide`.
    """
    area_id = current_area().id
    if given["outcome"] in (CONFIRMED, VOIDED):
        require_again(session, "points.decide", area_id)
    found = queries.claims_named(session, area_id, given["claims"])
    if found is None:
        missing()
    changed = services.act(
        session, found, given["outcome"], given["reason"], current_actor(), accept_late=given["accept_late"]
    )
    return {"changed": changed}


def _shown(session: Session, rows: Sequence[Row]) -> list[dict[str, Any]]:
    waiting = [row.claim for row in rows if row.state in (SUBMITTED, VERIFIED)]
    expected = expected_of(session, waiting)
    return [_out(row, expected.get(row.public_id)) for row in rows]


def _detail(session: Session, row: Row) -> dict[str, Any]:
    path = [
        {"outcome": event.outcome, "reason": event.reason, "by": event.actor, "at": event.at}
        for event in queries.path_of(session, row.claim)
    ]
    return {**_shown(session, [row])[0], "path": path}


def _out(row: Row, expected: Expected | None) -> dict[str, Any]:
    claim = row.claim
    return {
        "id": claim.public_id,
        "person": row.person,
        "name": row.name,
        "branch": row.branch,
        "item": claim.item,
        "kind": row.kind,
        "date": claim.on_date,
        "starts_at": claim.starts_at,
        "quantity": None if claim.quantity is None else hundredths_text(claim.quantity),
        "points": None if claim.points is None else hundredths_text(claim.points),
        "attrs": json.loads(claim.attrs or "{}"),
        "title": claim.title,
        "words": claim.words,
        "late_reason": claim.late_reason,
        "photos": row.photos,
        "state": row.state,
        "submitted_at": claim.submitted_at,
        "expected": expected.points if expected else "",
        "ignored": expected.reason if expected else "",
    }
