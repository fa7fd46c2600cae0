"""What everybody reads: estates with stars, one estate, one company, estates side by side, a scheme."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import Blueprint, abort, request
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    ListArgs,
    OutColumn,
    OutSheet,
    Problem,
    current_area,
    current_site,
    list_args,
    public,
    public_here,
    read_scope,
    send_bytes,
    show,
    subtree,
    write_workbook,
)

from ..registry.models import PropertyEstate
from ..registry.queries import company_known, estate_below
from ..rounds.models import PropertyEntrant
from ..rounds.withdrawing import lately_withdrawn
from ..schemes import words
from ..schemes.credit import day as credit_day
from ..schemes.numbers import bare, plain
from ..schemes.versions import credit_scheme, scheme_of, version_known
from ..schemes.views import as_file
from ..standing import files
from ..standing import reading as standing
from ..standing import words as standing_words
from . import reading

blueprint = Blueprint("property_results_public", __name__, template_folder="../templates")

View = Any
# So many estates fit side by side.
MOST = 6
HEADS = (
    N_("Estate"),
    N_("Property company"),
    N_("Stars"),
    N_("Score"),
    N_("Place in order"),
    N_("Remark"),
    N_("Round"),
    N_("Period"),
    N_("Red or black"),
)


def _asked(session: Session) -> tuple[ListArgs, list[reading.EstateLine]]:
    """What the address asks for, and the estates that fit."""
    args = list_args("stars", "colour", sorts=reading.SORTS, sort="-stars")
    filters = reading.Filters(args.q, args["stars"], args["colour"], args.sort)
    return args, reading.estates(session, current_area().id, current_site().today(), filters)


@blueprint.get("/public/<code>/property/")
@public
def index(code: str) -> View:
    """Estates of the area with the stars of their last final rating."""
    with read_scope() as session:
        public_here(session)
        args, rows = _asked(session)
        start = (args.page - 1) * args.size
        return show(
            "property/results_public.html",
            area=current_area(),
            args=args,
            rows=rows[start : start + args.size],
            total=len(rows),
            given_up=lately_withdrawn(session, current_area().id),
            words=words,
            most=MOST,
        )


@blueprint.get("/public/<code>/property/estates.xlsx")
@public
def table(code: str) -> Response:
    """The estates that the page shows as a file; it names nobody but estates and companies."""
    with read_scope() as session:
        public_here(session)
        _args, rows = _asked(session)
        columns = [OutColumn(gettext(title)) for title in HEADS]
        cells = [
            [
                row.name,
                row.company,
                "" if row.stars is None else row.stars,
                bare(row.result.score) if row.result else "",
                row.result.place if row.result else "",
                gettext(row.result.remark) if row.result and row.result.remark else "",
                row.result.round_title if row.result else "",
                row.result.period if row.result else "",
                gettext(words.COLOURS[row.colour]) if row.colour in words.COLOURS else "",
            ]
            for row in rows
        ]
        name = current_area().code
    data = BytesIO()
    write_workbook(data, [OutSheet(gettext("Estates"), columns, cells)])
    return send_bytes(data.getvalue(), f"estates-{name}.xlsx")


@blueprint.get("/public/<code>/property/estates/<estate>")
@public
def estate(code: str, estate: str) -> View:
    """One estate: stars, parts with weights, history, lists."""
    today = current_site().today()
    with read_scope() as session:
        public_here(session)
        found = estate_below(session, current_area().id, estate)
        if found is None:
            abort(404)
        lines = reading.estates_by_id(session, [estate], current_area().id, today)
        history = reading.results(session, PropertyEntrant.estate_id == found.id, superseded=True)
        return show(
            "property/results_estate.html",
            area=current_area(),
            estate=found,
            line=lines[0] if lines else None,
            history=history,
            listings=standing.listings(session, estate_ids=[found.id], ended=True),
            words=words,
            standing_words=standing_words,
        )


@blueprint.get("/public/<code>/property/companies/<company>")
@public
def company(code: str, company: str) -> View:
    """One company: its estates here, history, lists, and its credit file as of a day."""
    today = current_site().today()
    try:
        on = credit_day(request.args.get("on", "").strip(), "on")
    except Problem:
        on = today
    with read_scope() as session:
        public_here(session)
        area_id = current_area().id
        found = company_known(session, area_id, company)
        if found is None:
            abort(404)
        version = credit_scheme(session, area_id)
        scheme = scheme_of(version) if version is not None else None
        inside = PropertyEstate.area_id.in_(subtree(area_id)) & (PropertyEntrant.company_id == found.id)
        return show(
            "property/results_company.html",
            area=current_area(),
            company=found,
            on=on,
            rows=reading.estates_of(session, found.id, area_id, today),
            history=reading.results(session, inside, superseded=True),
            version=version,
            file=files.file_of(session, scheme, found.id, on) if scheme is not None else None,
            listings=standing.listings(session, below=area_id, company_id=found.id, ended=True),
            words=words,
            standing_words=standing_words,
            plain=plain,
        )


@blueprint.get("/public/<code>/property/compare")
@public
def compare(code: str) -> View:
    """Estates side by side, drawn and as a table."""
    chosen = list(dict.fromkeys(request.args.getlist("estate")))[:MOST]
    today = current_site().today()
    with read_scope() as session:
        public_here(session)
        rows = reading.estates_by_id(session, chosen, current_area().id, today)
        parts: dict[str, str] = {}
        for row in rows:
            parts.update({part.id: part.title for part in (row.result.parts if row.result else ())})
        return show(
            "property/results_compare.html",
            area=current_area(),
            rows=rows,
            parts=parts,
            choices=[] if rows else reading.estates(session, current_area().id, today),
            words=words,
            most=MOST,
        )


@blueprint.get("/public/<code>/property/schemes/<scheme_version>")
@public
def scheme(code: str, scheme_version: str) -> View:
    """A published scheme in words."""
    with read_scope() as session:
        public_here(session)
        row = version_known(session, current_area().id, scheme_version)
        if row is None:
            abort(404)
        return show(
            "property/results_scheme.html", area=current_area(), row=row, scheme=scheme_of(row), words=words
        )


@blueprint.get("/public/<code>/property/schemes/<scheme_version>/scheme.toml")
@public
def scheme_file(code: str, scheme_version: str) -> Response:
    """A published scheme as a file, to compute with."""
    with read_scope() as session:
        public_here(session)
        row = version_known(session, current_area().id, scheme_version)
        if row is None:
            abort(404)
        return as_file(row)
