"""Pages of commendations: an area's list, recording one, voiding one."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    ListColumn,
    Paged,
    Person,
    Problem,
    area_scope,
    current_actor,
    current_area,
    export_asked,
    flash_done,
    flash_outcome,
    list_args,
    missing,
    person_below,
    read_scope,
    require_again,
    search_people,
    send_list,
    show,
    unit_of_work,
)

from . import commendations
from .commendations import LEVELS, CommendationLine
from .forms import CommendationForm

blueprint = Blueprint("volunteer_record_awards", __name__)

View = Response | tuple[str, int]
MANAGE = "volunteer.record"
FOUND = 20
COLUMNS = (
    ListColumn(N_("Name"), lambda row: row.person.name),
    ListColumn(N_("Commendation"), lambda row: row.award.title),
    ListColumn(N_("Level"), lambda row: str(gettext(LEVELS.get(row.award.level, row.award.level)))),
    ListColumn(N_("Given by"), lambda row: row.award.awarded_by),
    ListColumn(N_("Day"), lambda row: row.award.awarded_on, "date"),
    ListColumn(N_("Number of the document"), lambda row: row.award.document_no),
)


@blueprint.get("/a/<code>/volunteer/record/awards")
@area_scope(MANAGE)
def index(code: str) -> View:
    """What volunteers of the area received."""
    args = list_args("level")
    with read_scope() as session:
        area_id = current_area().id

        def fetch(page: int, size: int) -> Paged[CommendationLine]:
            rows, total = commendations.listed(
                session, area_id, q=args.q, level=args["level"], limit=size, offset=(page - 1) * size
            )
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Commendations"), COLUMNS, fetch)
        return show(
            "volunteer/record/awards.html", args=args, page=fetch(args.page, args.size), levels=LEVELS
        )


@blueprint.route("/a/<code>/volunteer/record/awards/new", methods=("GET", "POST"))
@area_scope(MANAGE)
def new(code: str) -> View:
    """Choose the volunteer, then write what was received."""
    form, area_id = CommendationForm(), current_area().id
    pid = request.args.get("person", "")
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                require_again(session, MANAGE, area_id)
                person = _person(session, area_id, pid)
                if person is None:
                    missing()
                commendations.commend(session, person, form.draft(), current_actor())
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("The commendation is on record."))
            return redirect(url_for("volunteer_record_awards.index", code=code), 303)
    query = request.args.get("q", "")[:100]
    with read_scope() as session:
        person = _person(session, area_id, pid) if pid else None
        if pid and person is None:
            missing()
        found = search_people(session, area_id, query, size=FOUND).rows if query and not person else []
        return show(
            "volunteer/record/award_new.html",
            422 if form.errors or form.problems else 200,
            person=person,
            q=query,
            found=found,
            form=form,
        )


def _person(session: Session, area_id: int, pid: str) -> Person | None:
    return person_below(session, area_id, pid)


@blueprint.post("/a/<code>/volunteer/record/awards/<award>/void")
@area_scope(MANAGE)
def void(code: str, award: str) -> View:
    """Take a wrong one off the record."""
    area_id = current_area().id
    with flash_outcome(N_("The commendation is off the record.")), unit_of_work() as session:
        require_again(session, MANAGE, area_id)
        found = commendations.find(session, area_id, award)
        if found is None:
            missing()
        commendations.void(session, found, request.form.get("reason", ""), current_actor())
    return redirect(url_for("volunteer_record_awards.index", code=code), 303)
