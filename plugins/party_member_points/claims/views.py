"""The claims of an area for those who verify and confirm: the queue, one claim with its proof, and deciding."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    Area,
    ListArgs,
    ListColumn,
    Paged,
    Person,
    Problem,
    area_scope,
    canonical_ids,
    current_actor,
    current_area,
    current_site,
    deciders,
    export_asked,
    flash_done,
    flash_problem,
    list_args,
    may_here,
    missing,
    parse_date,
    read_scope,
    require_again,
    send_list,
    send_picture,
    show,
    unit_of_work,
    who_acts,
)

from .. import sheets
from . import counts, queries, services, words
from .expected import expected_of
from .models import CONFIRMED, REJECTED, RETURNED, SUBMITTED, VERIFIED, VOIDED
from .offers import offers_in
from .queries import WAITS, Filters, Row
from .rules import check_hand
from .settling import came_too_late, deadline_of
from .views_own import photo_of

blueprint = Blueprint("points_claims", __name__)

View = Any
# States by which staff look; a draft is its member's alone.
FILTERS = {
    WAITS: N_("Waiting for us"),
    **{state: title for state, title in words.STATE_TITLES.items() if state != "draft"},
}
DONE = {
    VERIFIED: N_("Claims verified: %(n)s. Somebody else confirms them."),
    CONFIRMED: N_("Claims confirmed: %(n)s. They count from now on."),
    RETURNED: N_("The claim is back with the member, who reads why."),
    REJECTED: N_("The claim is rejected; the member reads why."),
    VOIDED: N_("What was confirmed is voided; it stays visible and counts for nothing."),
}
COLUMNS = (
    ListColumn(N_("Name"), lambda row: row.name),
    ListColumn(N_("Party branch"), lambda row: row.branch, field="points.branch"),
    ListColumn(N_("Area"), lambda row: row.area),
    ListColumn(N_("Item"), lambda row: row.claim.item),
    ListColumn(N_("What is claimed"), lambda row: row.claim.title),
    ListColumn(N_("Day"), lambda row: row.claim.on_date, "date"),
    ListColumn(N_("Amount"), lambda row: row.claim.quantity, "hundredths"),
    ListColumn(N_("State"), lambda row: str(gettext(words.STATE_TITLES[row.state]))),
)


def _filters(args: ListArgs) -> Filters:
    return Filters(
        text=args.q,
        state=args["state"] if args["state"] in FILTERS else "",
        item=args["item"],
        branch=args["branch"],
        from_on=_day(args["from"]),
        to_on=_day(args["to"]),
    )


def _day(text: str) -> date | None:
    try:
        return parse_date(text) if text else None
    except Problem:
        return None


@blueprint.get("/a/<code>/points/claims")
@area_scope("points.verify")
def index(code: str) -> View:
    """Claims of the area, those that wait longest first."""
    area = current_area()
    args = list_args("state", "item", "branch", "from", "to", sorts=queries.SORTS, sort="waiting")
    filters = _filters(args)
    with read_scope() as session:

        def fetch(page: int, size: int) -> Paged[Row]:
            rows, total = queries.claims_below(
                session, area.id, filters, sort=args.sort, limit=size, offset=(page - 1) * size
            )
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Claims"), COLUMNS, fetch)
        page = fetch(args.page, args.size)
        open_rows = [row.claim for row in page.rows if row.state in (SUBMITTED, VERIFIED)]
        offers = offers_in(session, area.id)
        to_verify, to_confirm = counts.waiting_counts(session, area.id)
        return show(
            "points/claims/index.html",
            args=args,
            page=page,
            states=FILTERS,
            items=offers.by_item,
            item_titles=offers.scheme.item_titles if offers.scheme else {},
            expected=expected_of(session, open_rows),
            same_day=queries.same_day(session, open_rows),
            branches=sheets.branch_names(session, area.id),
            to_verify=to_verify,
            to_confirm=to_confirm,
            words=words,
        )


@blueprint.get("/a/<code>/points/claims/<claim>")
@area_scope("points.verify")
def page(code: str, claim: str) -> View:
    """One claim with its proof, its path, and what else the member did that day."""
    with read_scope() as session:
        row = queries.claim_below(session, current_area().id, claim)
        if row is None:
            missing()
        return show("points/claims/page.html", **_shown(session, row))


def _shown(session: Session, row: Row) -> dict[str, Any]:
    claim = row.claim
    waits = claim.state in (SUBMITTED, VERIFIED)
    offers = offers_in(session, claim.area_id, claim.on_date)
    kept = canonical_ids(session, [claim.person_id])[claim.person_id]
    next_one = CONFIRMED if claim.state == VERIFIED else VERIFIED
    had = {claim.created_by_account, claim.verified_by_account if claim.state == VERIFIED else None} - {None}
    deadline = deadline_of(session, claim.area_id, claim.on_date) if waits else None
    return {
        "row": row,
        "claim": claim,
        "offer": offers.by_item.get(claim.item),
        "item_title": (offers.scheme.item_titles.get(claim.item) if offers.scheme else None) or claim.item,
        "category": offers.by_item[claim.item].category if claim.item in offers.by_item else "",
        "rule": words.choice_of(offers.by_item[claim.item], offers.version).sentences
        if offers.version is not None and claim.item in offers.by_item
        else (),
        "expected": expected_of(session, [claim]).get(claim.public_id) if waits else None,
        "photos": services.photos_of(session, claim),
        "events": queries.path_of(session, claim),
        "same_day": queries.same_day(session, [claim])[claim.public_id],
        "late": services.late_by(claim, current_site().today()),
        "too_late": waits and came_too_late(claim, deadline),
        "deadline": deadline,
        "barred": _barred(session, row, kept, next_one if waits else VOIDED),
        "others": deciders(
            session,
            claim.area_id,
            but_accounts=[account for account in had if account is not None],
            but_people=[kept],
            permission="points.decide" if claim.state == VERIFIED else "points.verify",
        )
        if waits
        else [],
        "person": session.get_one(Person, kept),
        "area": session.get_one(Area, claim.area_id),
        "decides": may_here("points.decide"),
        "attrs": words.attributes(claim),
        "words": words,
    }


def _barred(session: Session, row: Row, kept: int, outcome: str) -> Problem | None:
    """Why the reader may not take the next step, None if they may."""
    actor = current_actor()
    if actor.unrestricted:
        return None
    try:
        check_hand(outcome, services.hands_of(row.claim, kept), who_acts(session, actor))
    except Problem as problem:
        return problem
    return None


@blueprint.get("/a/<code>/points/claims/<claim>/photos/<photo>")
@area_scope("points.verify")
def picture(code: str, claim: str, photo: str) -> Response:
    """A photo of a claim, for those who verify it."""
    with read_scope() as session:
        row = queries.claim_below(session, current_area().id, claim)
        if row is None:
            missing()
        return send_picture(photo_of(session, row.claim, photo))


@blueprint.post("/a/<code>/points/claims/verify")
@area_scope("points.verify")
def verify(code: str) -> Response:
    """Verify claims: what they say is true."""
    return _act(code, VERIFIED, "points.verify")


@blueprint.post("/a/<code>/points/claims/confirm")
@area_scope("points.decide")
def confirm(code: str) -> Response:
    """Confirm verified claims: they count."""
    return _act(code, CONFIRMED, "points.decide")


@blueprint.post("/a/<code>/points/claims/return")
@area_scope("points.verify")
def send_back(code: str) -> Response:
    """Give a claim back to its member to complete it."""
    return _act(code, RETURNED, "points.verify")


@blueprint.post("/a/<code>/points/claims/reject")
@area_scope("points.verify")
def reject(code: str) -> Response:
    """Reject a claim with a reason."""
    return _act(code, REJECTED, "points.verify")


@blueprint.post("/a/<code>/points/claims/void")
@area_scope("points.decide")
def void(code: str) -> Response:
    """Void what a confirmed claim became."""
    return _act(code, VOIDED, "points.decide")


def _act(code: str, outcome: str, permission: str) -> Response:
    area_id, ids = current_area().id, request.form.getlist("id")
    reason, late = request.form.get("reason", ""), request.form.get("accept_late") == "1"
    try:
        if not ids:
            raise Problem("nothing_picked", N_("Tick the claims first."))
        with unit_of_work() as session:
            require_again(session, permission, area_id)
            claims = queries.claims_named(session, area_id, ids)
            if claims is None:
                missing()
            changed = services.act(session, claims, outcome, reason, current_actor(), accept_late=late)
    except Problem as problem:
        flash_problem(problem)
    else:
        flash_done(DONE[outcome], n=changed)
    if request.form.get("back") == "page" and len(ids) == 1:
        return redirect(url_for("points_claims.page", code=code, claim=ids[0]), 303)
    return redirect(url_for("points_claims.index", code=code, state=WAITS), 303)
