"""Pages of letters for staff: what was sent and acknowledged, writing them, printing them, and the units' liaisons."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Document,
    ListColumn,
    Paged,
    Person,
    Problem,
    area_scope,
    current_actor,
    current_area,
    current_site,
    documents_pdf,
    export_asked,
    flash_done,
    flash_problem,
    list_args,
    missing,
    read_scope,
    require_again,
    send_list,
    show,
    subtree,
    unit_of_work,
)

from ..annual.models import CONFIRMED, PointsAnnual
from . import annual_letter, reading
from .jobs import AT_ONCE, nothing_to_print, start_printing, start_sending
from .models import PointsLetter
from .reading import KINDS, STATES, LetterFilters, LetterLine
from .sending import history

blueprint = Blueprint("points_letters", __name__)

COLUMNS = (
    ListColumn(N_("Number"), lambda row: row.number),
    ListColumn(N_("Letter"), lambda row: row.title),
    ListColumn(N_("Name"), lambda row: row.name),
    ListColumn(N_("Unit"), lambda row: row.unit, field="points.home_unit"),
    ListColumn(N_("Area"), lambda row: row.area),
    ListColumn(N_("Period"), lambda row: row.period),
    ListColumn(N_("Sent on"), lambda row: current_site().local(row.sent_at).date(), "date"),
    ListColumn(N_("State"), lambda row: str(gettext(STATES[row.state]))),
)


@blueprint.get("/a/<code>/points/letters")
@area_scope("points.letters")
def index(code: str) -> Any:
    """Letters of the area and below with their state, and the results whose letters are not written yet."""
    args = list_args("unit", "state", "period", "kind")
    filters = _filters(args)
    area_id = current_area().id
    with read_scope() as session:

        def fetch(page: int, size: int) -> Paged[LetterLine]:
            rows, total = reading.letters_below(
                session, area_id, filters, limit=size, offset=(page - 1) * size
            )
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Letters to units"), COLUMNS, fetch)
        units, periods = reading.choices(session, area_id)
        return show(
            "points/letters.html",
            args=args,
            page=fetch(args.page, args.size),
            units=units,
            periods=periods,
            states=STATES,
            states_choices=[(key, gettext(text)) for key, text in STATES.items()],
            kinds_choices=[(key, gettext(text)) for key, text in KINDS.items()],
            at_once=AT_ONCE,
            filter_values={**{key: args[key] for key in args.filters if args[key]}, "q": args.q or None},
            counts=reading.counts_by_state(session, area_id),
        )


def _filters(args: Any) -> LetterFilters:
    return LetterFilters(args.q, args["unit"], args["state"], args["period"], args["kind"])


@blueprint.get("/a/<code>/points/letters/new")
@area_scope("points.letters")
def new(code: str) -> Any:
    """Choose a confirmed result; its members without a letter, unit by unit, and those who cannot get one."""
    args = list_args("result")
    with read_scope() as session:
        results = annual_letter.results(session, current_area().id)
        chosen = next((one for one in results if one.public_id == args["result"]), None)
        chosen = chosen or (results[0] if results else None)
        lines = annual_letter.due(session, chosen.id) if chosen else []
        units = [
            (unit, list(rows))
            for unit, rows in groupby((one for one in lines if one.unit_id), key=lambda one: one.unit)
        ]
        return show(
            "points/letters_new.html",
            results=results,
            chosen=chosen,
            units=units,
            due=sum(len(rows) for _unit, rows in units),
            homeless=[one for one in lines if not one.unit_id],
        )


@blueprint.post("/a/<code>/points/letters/new")
@area_scope("points.letters")
def send(code: str) -> Any:
    """Write the letters of the chosen lines; many of them in the background."""
    chosen = request.form.getlist("line")
    if not all(value.isascii() and value.isdigit() for value in chosen):
        missing()
    lines = [int(value) for value in chosen]
    area_id = current_area().id
    job, sent = "", 0
    try:
        if not lines:
            raise Problem("nothing_chosen", N_("Choose at least one member."))
        with unit_of_work() as session:
            require_again(session, "points.letters", area_id)
            annual = _result_here(session, request.form.get("result", ""))
            if not annual_letter.has_lines(session, annual, lines):
                missing()
            if len(lines) > AT_ONCE:
                job = start_sending(session, annual, lines, current_actor())
            else:
                sent = annual_letter.send_due(session, annual, lines, current_actor())
    except Problem as problem:
        flash_problem(problem)
        return redirect(url_for("points_letters.new", code=code, result=request.form.get("result")), 303)
    if job:
        return redirect(url_for("jobs.job", code=code, job=job), 303)
    flash_done(N_("%(count)s letters were sent. The units' liaisons see them when they sign in."), count=sent)
    return redirect(url_for("points_letters.index", code=code), 303)


def _result_here(session: Session, public_id: str) -> PointsAnnual:
    found = session.scalar(
        select(PointsAnnual).where(
            PointsAnnual.public_id == public_id,
            PointsAnnual.area_id.in_(subtree(current_area().id)),
            PointsAnnual.state == CONFIRMED,
        )
    )
    if found is None:
        missing()
    return found


@blueprint.get("/a/<code>/points/letters/pdf")
@area_scope("points.letters")
def pdf(code: str) -> Any:
    """One PDF of the valid letters that the filters leave; very many are printed in the background."""
    filters = _filters(list_args("unit", "state", "period", "kind"))
    area_id = current_area().id
    with read_scope() as session:
        rows, total = reading.letters_below(session, area_id, filters, limit=AT_ONCE, offset=0)
        documents = [] if total > AT_ONCE else reading.papers(session, [row.letter_id for row in rows])
        if not documents:
            flash_problem(nothing_to_print())
            return redirect(url_for("points_letters.index", code=code), 303)
        # Paper of different kinds has different templates.
        template = documents[0].template
        if any(document.template != template for document in documents):
            flash_problem(Problem("mixed_letters", N_("Choose one kind of letter, then print.")))
            return redirect(url_for("points_letters.index", code=code), 303)
        response = Response(documents_pdf(documents), mimetype="application/pdf")
    response.headers["Content-Disposition"] = 'inline; filename="letters.pdf"'
    return response


@blueprint.post("/a/<code>/points/letters/pdf")
@area_scope("points.letters")
def pdf_later(code: str) -> Any:
    """Let one PDF of very many letters be made."""
    filters = _filters(list_args("unit", "state", "period", "kind"))
    area_id = current_area().id
    with unit_of_work() as session:
        require_again(session, "points.letters", area_id)
        _rows, total = reading.letters_below(session, area_id, filters, limit=1, offset=0)
        job = start_printing(session, area_id, filters, total, current_actor())
    return redirect(url_for("jobs.job", code=code, job=job), 303)


@blueprint.get("/a/<code>/points/letters/<letter>")
@area_scope("points.letters")
def page(code: str, letter: str) -> Any:
    """One letter: to whom, its paper, and what became of it."""
    with read_scope() as session:
        found = _letter_here(session, letter)
        return show(
            "points/letter.html",
            letter=found,
            line=reading.line_of(session, found),
            person=session.get_one(Person, found.person_id),
            document=session.get_one(Document, found.document_id),
            events=history(session, found),
            states=STATES,
        )


def _letter_here(session: Session, public_id: str) -> PointsLetter:
    found = reading.letter_below(session, current_area().id, public_id)
    if found is None:
        missing()
    return found
