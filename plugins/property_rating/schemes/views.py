"""Pages of rating schemes: published versions, one version in words, and checking and publishing a text."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    Area,
    ListColumn,
    Paged,
    Problem,
    area_scope,
    current_actor,
    current_area,
    export_asked,
    flash_done,
    list_args,
    missing,
    read_scope,
    require_again,
    send_list,
    show,
    unit_of_work,
)

from . import versions, words
from .models import PropertySchemeVersion
from .reading import LARGEST

blueprint = Blueprint("property_schemes", __name__, template_folder="../templates")

View = Any
VIEW, KEEP = "property.view", "property.scheme"
COLUMNS = (
    ListColumn(N_("Rating scheme"), lambda row: row.title),
    ListColumn(N_("Kind"), lambda row: row.kind),
    ListColumn(N_("Id"), lambda row: row.scheme_id),
    ListColumn(N_("Version"), lambda row: row.no, "count"),
    ListColumn(N_("Published"), lambda row: row.published_at.date(), "date"),
    ListColumn("SHA-256", lambda row: row.sha256),
)


@blueprint.get("/a/<code>/property/schemes")
@area_scope(VIEW)
def index(code: str) -> View:
    """Published versions, those in force first."""
    args = list_args("kind", "state")
    area_id = current_area().id
    with read_scope() as session:
        force = {row.id for row in versions.in_force(session, area_id)}
        rows = [
            row
            for row in versions.versions_known(session, area_id)
            if args.q.lower() in f"{row.title} {row.scheme_id}".lower()
            and args["kind"] in ("", row.kind)
            and (args["state"] != "all") <= (row.id in force)
        ]

        def fetch(page: int, size: int) -> Paged[PropertySchemeVersion]:
            return Paged.cut(rows, page, size)

        if export_asked():
            return send_list(N_("Rating schemes"), COLUMNS, fetch)
        return show(
            "property/schemes.html",
            args=args,
            page=fetch(args.page, args.size),
            force=force,
            presets=words.presets(),
            words=words,
        )


@blueprint.get("/a/<code>/property/schemes/<scheme_version>")
@area_scope(VIEW)
def version(code: str, scheme_version: str) -> View:
    """One version in words, with its text."""
    with read_scope() as session:
        row = _row(session, scheme_version)
        return show(
            "property/scheme.html",
            row=row,
            scheme=versions.scheme_of(row),
            newest=row.id in {one.id for one in versions.in_force(session, row.area_id)},
            words=words,
        )


@blueprint.get("/a/<code>/property/schemes/<scheme_version>/scheme.toml")
@area_scope(VIEW)
def download(code: str, scheme_version: str) -> Response:
    """The text as a file for ``pointsys property``."""
    with read_scope() as session:
        row = _row(session, scheme_version)
        return as_file(row)


def as_file(row: PropertySchemeVersion) -> Response:
    """A version's text as a file."""
    answer = Response(row.text, mimetype="application/toml")
    answer.headers["Content-Disposition"] = f"attachment; filename={row.scheme_id}-{row.no}.toml"
    return answer


def _row(session: Session, public_id: str) -> PropertySchemeVersion:
    return versions.version_known(session, current_area().id, public_id) or missing()


@blueprint.get("/a/<code>/property/schemes/new")
@area_scope(KEEP)
def new(code: str) -> View:
    """A text to start from: a shipped scheme, or a published version."""
    preset = words.presets().get(request.args.get("preset", ""))
    text = preset[1] if preset else ""
    if request.args.get("from"):
        with read_scope() as session:
            text = _row(session, request.args["from"]).text
    return _form(text)


@blueprint.post("/a/<code>/property/schemes/new")
@area_scope(KEEP)
def publish(code: str) -> View:
    """Check a text, and publish it where that was asked for."""
    text = _given()
    if not text.strip():
        nothing = N_("Paste the text of a scheme, choose a file, or start from one of those above.")
        return _form(text, Problem("no_scheme", nothing, field="text"))
    if request.form.get("act") != "publish":
        return _form(text, checked=True)
    try:
        with unit_of_work() as session:
            area = session.get_one(Area, current_area().id)
            require_again(session, KEEP, area.id)
            public_id = versions.publish(session, area, text, current_actor()).public_id
    except Problem as problem:
        return _form(text, problem, checked=True)
    flash_done(
        N_("The scheme is published. Rounds that are opened from now on can use it; open ones keep theirs.")
    )
    return redirect(url_for("property_schemes.version", code=code, scheme_version=public_id), 303)


def _given() -> str:
    """The text of the form, or of the file that was chosen."""
    upload = request.files.get("file")
    if upload is not None and upload.filename:
        return upload.stream.read(4 * LARGEST).decode("utf-8-sig", errors="replace").replace("\r\n", "\n")
    return request.form.get("text", "").replace("\r\n", "\n")


def _form(text: str, problem: Problem | None = None, *, checked: bool = False) -> View:
    scheme, remarks = None, None
    if checked:
        try:
            scheme, found = versions.check(text)
            remarks = [(one, gettext(one.message, **one.params)) for one in found]
        except Problem as unreadable:
            problem = unreadable
    return show(
        "property/scheme_form.html",
        422 if problem else 200,
        text=text,
        problem=problem,
        scheme=scheme,
        remarks=remarks,
        presets=words.presets(),
        words=words,
    )
