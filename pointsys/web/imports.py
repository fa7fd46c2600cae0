"""Importing sheets in the browser: bring a file, look at what it would do, then do it or not.

Nothing but the batch changes before the last step. ``imports_roster`` is the short way for a chat's list of names.
"""

from __future__ import annotations

import io

from flask import Blueprint, redirect, request, send_file, url_for
from flask_babel import gettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.core import permissions
from pointsys.core.activity_log.kinds import kinds_for
from pointsys.core.actors import Actor
from pointsys.core.batches import (
    APPLYING,
    LOG,
    MAPPING,
    STAGED,
    STAGING,
    Batch,
)
from pointsys.core.exports.services import Wanted, digest, new_number, register
from pointsys.core.imports import runner, staging, wizard
from pointsys.core.imports.columns import HINTS, columns_for, template_columns
from pointsys.core.imports.files import error_file
from pointsys.core.imports.jobs import APPLY, CHECK
from pointsys.core.imports.steps import Choices, file_digest
from pointsys.core.imports.undo import undo_batch
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem
from pointsys.kit.spreadsheet import (
    Workbook,
    read_in_subprocess,
    read_text,
    write_template,
)
from pointsys.language import say
from pointsys.web import background
from pointsys.web.access import area_scope, current_actor, current_area, deny, may, require_again
from pointsys.web.downloads import XLSX
from pointsys.web.frame import flash_done, flash_problem, show
from pointsys.web.import_pages import (
    NEEDS,
    STATES,
    TITLES,
    progress_values,
    show_columns,
    show_preview,
    show_result,
)
from pointsys.web.list_export import ListColumn, export_asked, local, send_list, watermark
from pointsys.web.lists import Paged, list_args
from pointsys.web.scope import missing

blueprint = Blueprint("imports", __name__)

View = Response | tuple[str, int]

NO_FILE = N_("Choose a file, or paste the cells.")
EMPTY_FILE = N_("The file “%(name)s” is empty. Open it, look whether it is the right one, and save it again.")
FILE_AND_TEXT = N_("Bring either a file or pasted cells, not both.")


def allowed_kinds() -> list[str]:
    """The kinds of import that the reader may do here."""
    return [kind for kind, permission in NEEDS.items() if may(permission)]


def _need(kind: str) -> None:
    if kind not in NEEDS or not may(NEEDS[kind]):
        deny(403)


def _batch(session: Session, public_id: str) -> Batch:
    batch = staging.find_batch(session, current_area().id, public_id)
    if batch is None:
        missing()
    _need(batch.kind)
    return batch


COLUMNS = (
    ListColumn(N_("File"), lambda batch: batch.file_name),
    ListColumn(N_("Kind"), lambda batch: str(gettext(TITLES[batch.kind]))),
    ListColumn(N_("State"), lambda batch: str(gettext(STATES[batch.state][0]))),
    ListColumn(N_("Rows"), lambda batch: batch.total, "count"),
    ListColumn(N_("By"), lambda batch: batch.created_by),
    ListColumn(N_("At"), lambda batch: local(batch.created_at)),
)


@blueprint.get("/a/<code>/imports/")
@area_scope("people.import")
def start(code: str) -> View:
    """The form for a new import, and the imports of this area."""
    return _start()


def _start(problem: Problem | None = None) -> View:
    args = list_args(size=20)
    kinds = allowed_kinds()
    with read_scope() as session:
        mine = (Batch.area_id == current_area().id, Batch.kind.in_(kinds))
        total = session.scalar(select(func.count()).select_from(Batch).where(*mine)) or 0

        def fetch(page: int, size: int) -> Paged[Batch]:
            query = select(Batch).where(*mine).order_by(Batch.id.desc())
            found = list(session.scalars(query.offset((page - 1) * size).limit(size)))
            return Paged(found, total, page, size)

        if export_asked():
            return send_list(N_("Imports"), COLUMNS, fetch)
        page = fetch(args.page, args.size)
        return show(
            "imports/start.html",
            422 if problem else 200,
            args=args,
            page=page,
            outcomes={batch.id: staging.outcome_of(batch) for batch in page.rows},
            problem=None if problem is None else say(problem),
            allowed=kinds,
            chosen=request.form.get("kind") or request.args.get("kind") or kinds[0],
            activity_kinds=list(kinds_for(session, current_area().id)),
            titles=TITLES,
            states=STATES,
        )


@blueprint.post("/a/<code>/imports/")
@area_scope("people.import")
def upload(code: str) -> View:
    """Take a file or pasted cells in, and make the preview."""
    kind = request.form.get("kind", "")
    _need(kind)
    area_id, actor = current_area().id, current_actor()
    try:
        name, data, text = _what_came()
        # Two sheets of one workbook are two imports.
        digest = file_digest((data or text.encode()) + request.form.get("sheet", "").strip().encode())
        with read_scope() as session:
            known = staging.same_upload(session, area_id, kind, digest, actor)
            if known is not None:
                return redirect(url_for("imports.batch", code=code, batch=known.public_id), 303)
        workbook = _read(name, data, text)
        choices = Choices(request.form.get("default_kind", ""), request.form.get("accept_late"))
        batch_id, public_id = wizard.stage_sheet(kind, workbook, name, digest, area_id, actor, choices)
    except Problem as problem:
        return _start(problem)
    return _check(code, batch_id, public_id, len(workbook.rows), actor)


def _what_came() -> tuple[str, bytes, str]:
    """Name and bytes of a file, or the text of pasted cells."""
    file, text = request.files.get("file"), request.form.get("text", "")
    data = file.read() if file is not None else b""
    if data and text.strip():
        raise Problem("file_and_text", FILE_AND_TEXT)
    if data:
        return (file.filename if file is not None else "") or "sheet", data, ""
    if not text.strip():
        if file is not None and file.filename:
            raise Problem("empty_file", EMPTY_FILE, name=file.filename)
        raise Problem("no_file", NO_FILE)
    return gettext("Pasted cells"), b"", text


def _read(name: str, data: bytes, text: str) -> Workbook:
    if not data:
        return read_text(text)
    return read_in_subprocess(data, name, sheet=request.form.get("sheet", "").strip() or None)


def _check(code: str, batch_id: int, public_id: str, rows: int, actor: Actor) -> View:
    with read_scope() as session:
        ready = session.get_one(Batch, batch_id).state == STAGING
    if ready:
        try:
            _make_preview(batch_id, rows, actor)
        except Problem as problem:
            flash_problem(problem)
    return redirect(url_for("imports.batch", code=code, batch=public_id), 303)


def _make_preview(batch_id: int, rows: int, actor: Actor) -> None:
    if background.is_large(rows):
        background.order(CHECK, batch_id, current_area().id, actor, rows)
    else:
        wizard.check_batch(batch_id, actor)


@blueprint.get("/a/<code>/imports/<batch>")
@area_scope("people.import")
def batch(code: str, batch: str) -> View:
    """One import, whatever its state: columns to name, progress, preview, or what became of it."""
    with read_scope() as session:
        found = _batch(session, batch)
        job = background.job_of(session, found.id, found.area_id)
        busy = found.state in (STAGING, APPLYING) or job is not None
        if found.state == MAPPING or (found.state == STAGED and "columns" in request.args):
            return show_columns(session, found)
        if busy:
            return show("imports/progress.html", **progress_values(found, job))
        if found.state == STAGED:
            return show_preview(session, found)
        return show_result(session, found)


@blueprint.get("/a/<code>/imports/<batch>/progress")
@area_scope("people.import")
def progress(code: str, batch: str) -> View:
    """How far an import is; once it has got on, the page is loaded anew."""
    with read_scope() as session:
        found = _batch(session, batch)
        job = background.job_of(session, found.id, found.area_id)
        if found.state not in (STAGING, APPLYING) and job is None:
            answer = Response(status=204)
            answer.headers["HX-Refresh"] = "true"
            return answer
        return show("imports/_progress.html", **progress_values(found, job))


@blueprint.post("/a/<code>/imports/<batch>/columns")
@area_scope("people.import")
def columns(code: str, batch: str) -> View:
    """Take over what the user says about the columns, and make the preview anew."""
    actor = current_actor()
    chosen = {
        int(name.removeprefix("column-")): key
        for name, key in request.form.items()
        if name.startswith("column-") and name.removeprefix("column-").isdecimal() and len(name) < 12
    }
    choices = Choices(request.form.get("default_kind", ""), request.form.get("accept_late"))
    raw = request.form.get("header", "")
    header = int(raw) if raw.removeprefix("-").isdecimal() and len(raw) < 6 else 0
    try:
        with unit_of_work(drain=False) as session:
            found = _batch(session, batch)
            require_again(session, NEEDS[found.kind], found.area_id)
            wizard.remap(session, found, header, chosen, choices, actor)
            batch_id, rows = found.id, found.total
    except Problem as problem:
        flash_problem(problem)
        return redirect(url_for("imports.batch", code=code, batch=batch, columns=1, header=header), 303)
    return _check(code, batch_id, batch, rows, actor)


@blueprint.post("/a/<code>/imports/<batch>/apply")
@area_scope("people.import")
def apply(code: str, batch: str) -> View:
    """Make the preview real; also goes on with an import that was interrupted."""
    actor, area_id = current_actor(), current_area().id
    skip = "skip_errors" in request.form
    with read_scope() as session:
        found = _batch(session, batch)
        batch_id, rows, permission = found.id, found.total, NEEDS[found.kind]
    try:
        if background.is_large(rows):
            background.order(APPLY, batch_id, area_id, actor, rows, skip=skip, permission=permission)
        else:
            _apply_now(batch_id, rows, actor, skip, permission, area_id)
    except Problem as problem:
        flash_problem(problem)
        if problem.code == "stale_preview":
            _check_again(batch_id, rows, actor)
    return redirect(url_for("imports.batch", code=code, batch=batch), 303)


def _apply_now(batch_id: int, rows: int, actor: Actor, skip: bool, permission: str, area_id: int) -> None:
    def permit(session: Session) -> None:
        if not permissions.may(session, actor, permission, area_id):
            raise Problem("not_allowed", N_("You may not import here any more."))

    runner.apply_batch(batch_id, actor, skip_errors=skip, permit=permit)
    runner.derive(rows=rows)


def _check_again(batch_id: int, rows: int, actor: Actor) -> None:
    with unit_of_work(drain=False) as session:
        staging.take(session, session.get_one(Batch, batch_id), STAGED, into=STAGING)
    _make_preview(batch_id, rows, actor)


@blueprint.post("/a/<code>/imports/<batch>/discard")
@area_scope("people.import")
def discard(code: str, batch: str) -> View:
    """Give an import up before it changed anything."""
    with unit_of_work(drain=False) as session:
        found = _batch(session, batch)
        require_again(session, NEEDS[found.kind], found.area_id)
        staging.discard(session, found, current_actor())
    flash_done(N_("The import is discarded. Nothing was changed."))
    return redirect(url_for("imports.start", code=code), 303)


@blueprint.post("/a/<code>/imports/<batch>/undo")
@area_scope("people.import")
def undo(code: str, batch: str) -> View:
    """Take an import back as a unit."""
    try:
        with unit_of_work(drain=False) as session:
            found = _batch(session, batch)
            rows, permission = found.total, "log.decide" if found.kind == LOG else "people.edit"
            require_again(session, permission, found.area_id)
            undone = undo_batch(session, found, current_actor(), request.form.get("reason", ""))
        runner.derive(rows=rows)
    except Problem as problem:
        flash_problem(problem)
    else:
        flash_done(
            N_(
                "Undone: %(entries)s entries voided, %(people)s people taken off the roster, %(in_use)s kept."
            ),
            entries=undone.entries,
            people=undone.people,
            in_use=undone.in_use,
        )
    return redirect(url_for("imports.batch", code=code, batch=batch), 303)


@blueprint.get("/a/<code>/imports/<batch>/errors.xlsx")
@area_scope("people.import")
def errors(code: str, batch: str) -> View:
    """The user's own rows with what is wrong in one more column; registered, for the numbers in it are whole."""
    area_id, actor, number = current_area().id, current_actor(), new_number()
    with read_scope() as session:
        found = _batch(session, batch)
        data, rows = error_file(
            session, found, gettext("What is wrong"), only_errors="all" not in request.args,
            footer=watermark(number),
        )  # fmt: skip
        name = found.file_name.rpartition(".")[0] or found.file_name
    wanted = Wanted("imports.errors", N_("Rows of an import at fault"), area_id, {}, "xlsx", rows)
    with unit_of_work(drain=False) as session:
        register(session, number, wanted, digest(data.getvalue()), actor, identifiers=True)
    return _download(data, gettext("%(name)s - rows at fault", name=name) + ".xlsx")


@blueprint.get("/a/<code>/imports/templates/<kind>.xlsx")
@area_scope("people.import")
def template(code: str, kind: str) -> View:
    """An empty sheet to fill in."""
    if kind not in NEEDS:
        missing()
    hints = {key: str(gettext(text)) for key, text in HINTS.items()}
    with read_scope() as session:
        columns = columns_for(session, current_area().id, kind)
    data = io.BytesIO()
    write_template(
        data,
        template_columns(columns, hints),
        sheet=gettext(TITLES[kind]),
        examples_sheet=gettext("Examples"),
        choices_sheet=gettext("Choices"),
    )
    return _download(data, gettext(TITLES[kind]) + ".xlsx")


def _download(data: io.BytesIO, name: str) -> Response:
    data.seek(0)
    answer: Response = send_file(data, XLSX, as_attachment=True, download_name=name)
    return answer
