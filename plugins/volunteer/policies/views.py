"""Pages: hours above the day's limit, deciding on them, and how one entry came to its minutes."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    Entry,
    ListColumn,
    Paged,
    Person,
    Problem,
    area_scope,
    canonical_ids,
    current_actor,
    current_area,
    export_asked,
    flash_done,
    flash_problem,
    list_args,
    missing,
    own_person,
    read_scope,
    require_again,
    send_list,
    show,
    signed_in,
    subtree,
    unit_of_work,
    who_acts,
)

from . import approvals, words
from .approvals import DECIDED, WAITS, Row
from .crediting import APPROVED, REJECTED
from .explain import explain

blueprint = Blueprint("volunteer_policies", __name__)

View = Any
STATES = {DECIDED: N_("Decided")}
DONE = {
    APPROVED: N_("Approved: %(n)s. The hours count from now on."),
    REJECTED: N_("Rejected: %(n)s. The volunteers read why."),
}
COLUMNS = (
    ListColumn(N_("Name"), lambda row: row.name),
    ListColumn(N_("Activity"), lambda row: row.title),
    ListColumn(N_("Area"), lambda row: row.area),
    ListColumn(N_("Date"), lambda row: row.local_date, "date"),
    ListColumn(N_("Minutes"), lambda row: row.worth, "count"),
    ListColumn(N_("Minutes of the day"), lambda row: row.day_worth, "count"),
    ListColumn(N_("Who decides"), lambda row: words.LEVEL_TITLES.get(row.level, "")),
)


@blueprint.get("/a/<code>/volunteer/approvals")
@area_scope("volunteer.approve")
def index(code: str) -> View:
    """Hours above the day's limit, the oldest first."""
    area = current_area()
    args = list_args("state", "level", sorts=approvals.SORTS, sort="date")
    state = DECIDED if args["state"] == DECIDED else WAITS
    level = args["level"] if args["level"] in words.LEVEL_TITLES else ""
    with read_scope() as session:

        def fetch(page: int, size: int) -> Paged[Row]:
            rows, total = approvals.rows_below(
                session, area.id, text=args.q, level=level, state=state, sort=args.sort, limit=size,
                offset=(page - 1) * size,
            )  # fmt: skip
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Hours above the day's limit"), COLUMNS, fetch)
        page = fetch(args.page, args.size)
        return show(
            "volunteer/policies_approvals.html",
            args=args,
            page=page,
            state=state,
            states=STATES,
            mine=_decidable(session, page),
            waiting=approvals.waiting_counts(session, area.id),
            words=words,
        )


def _decidable(session: Session, page: Paged[Row]) -> set[int]:
    """The entries of a page that the reader may decide on."""
    actor = current_actor()
    person = who_acts(session, actor).person
    allowed = approvals.may_decide(
        session, actor, {(row.area_id, row.level) for row in page.rows if row.level}
    )
    return {
        row.entry_id for row in page.rows if (row.area_id, row.level) in allowed and row.person_id != person
    }


@blueprint.post("/a/<code>/volunteer/approvals/approve")
@area_scope("volunteer.approve")
def approve(code: str) -> Response:
    """Let hours count."""
    return _act(code, APPROVED)


@blueprint.post("/a/<code>/volunteer/approvals/reject")
@area_scope("volunteer.approve")
def reject(code: str) -> Response:
    """Credit nothing, with a reason."""
    return _act(code, REJECTED)


def _act(code: str, outcome: str) -> Response:
    area, ids = current_area(), request.form.getlist("id")
    try:
        with unit_of_work() as session:
            require_again(session, approvals.PERMISSION, area.id)
            reason = request.form.get("reason", "")
            done = approvals.decide(session, area, ids, outcome, reason, current_actor())
    except Problem as problem:
        flash_problem(problem)
    else:
        flash_done(DONE[outcome], n=done)
    if request.form.get("back") == "entry" and len(ids) == 1:
        return redirect(url_for("volunteer_policies.entry", code=code, entry=ids[0]), 303)
    return redirect(url_for("volunteer_policies.index", code=code), 303)


@blueprint.get("/a/<code>/volunteer/entries/<entry>")
@area_scope("volunteer.view")
def entry(code: str, entry: str) -> View:
    """How one entry of the area, or of somebody who belongs to it, came to its minutes."""
    with read_scope() as session:
        inside = subtree(current_area().id)
        found = session.scalar(
            select(Entry).where(
                Entry.public_id == entry, Entry.area_id.in_(inside) | Entry.person_area_id.in_(inside)
            )
        )
        return _explained(session, found, own=False)


@blueprint.get("/me/volunteer/entries/<entry>")
@signed_in
def my_entry(entry: str) -> View:
    """How one's own entry came to its minutes."""
    with read_scope() as session:
        me = own_person(session)
        found = session.scalar(select(Entry).where(Entry.public_id == entry))
        if found is not None and me is not None:
            kept = canonical_ids(session, [found.person_id])[found.person_id]
            found = found if kept == me.id else None
        if me is None:
            missing()
        return _explained(session, found, own=True)


def _explained(session: Session, found: Entry | None, *, own: bool) -> View:
    told = explain(session, found) if found is not None else None
    if found is None or told is None:
        missing()
    person = session.get_one(Person, told.fact.person_id)
    may_decide = False
    level = told.worth.level or (told.decisions[-1].level if told.decisions else "")
    if not own and level:
        actor = current_actor()
        may_decide = bool(approvals.may_decide(session, actor, {(found.area_id, level)}))
        may_decide = may_decide and who_acts(session, actor).person != person.id
    return show(
        "volunteer/policies_entry.html",
        entry=found,
        told=told,
        person=person,
        own=own,
        level=level,
        may_decide=may_decide,
        words=words,
    )
