"""The editor: form and text of one draft side by side, checked while somebody types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Problem,
    area_scope,
    current_actor,
    current_area,
    current_site,
    flash_done,
    flash_problem,
    may,
    read_scope,
    show,
    unit_of_work,
)

from ..schemes import LARGEST
from . import checking, form, services, words
from .models import OPEN, PointsSchemeDraft
from .toml_text import rewrite
from .views import default_first_day, draft_here

blueprint = Blueprint("points_editor_edit", __name__)

SAVE = "save"
# What writes the form into the text; "text" only reads it.
FORM = "form"
NEXT = "next"
ADD = {f"add-{kind}": kind for kind in form.NEW}


@blueprint.get("/a/<code>/points/drafts/<draft>/edit")
@area_scope("points.scheme")
def edit(code: str, draft: str) -> Any:
    """The text with its form and what the linter says; what cannot be written any more is shown on the draft's page."""
    with read_scope() as session:
        found = draft_here(session, draft)
        if found.state not in OPEN:
            return redirect(url_for("points_editor.draft", code=code, draft=draft), 303)
        return _page(session, found, found.text, found.revision)


def _page(session: Session, found: PointsSchemeDraft, text: str, revision: int, status: int = 200) -> Any:
    return show(
        "points/draft_edit.html",
        status,
        draft=found,
        text=text,
        revision=revision,
        **_values(session, found, text),
    )


def _values(session: Session, found: PointsSchemeDraft, text: str) -> dict[str, Any]:
    checked = checking.check(text)
    return {
        "checked": checked,
        "form": form.read(checked.data),
        "frozen": services.is_frozen(session, found, checked.data),
        "words": words,
        "only_in": form.ONLY_IN,
        "paths": {"scheme": form.SCHEME, "version": form.VERSION, **form.ROWS},
        "choices": form.CHOICES,
        "next_from": default_first_day(current_site().today()),
    }


@blueprint.post("/a/<code>/points/drafts/<draft>/edit")
@area_scope("points.scheme")
def save(code: str, draft: str) -> Any:
    """Save the text; or, where there is no script, show it with the form written into it."""
    act, revision = request.form.get("act", SAVE), _revision()
    if act != SAVE:
        with read_scope() as session:
            found = draft_here(session, draft)
            return _page(session, found, written(_text(), act, request.form), revision)
    try:
        with unit_of_work(drain=False) as session:
            found = draft_here(session, draft)
            if not may(session, current_actor(), "points.scheme", found.area_id):
                return redirect(url_for("points_editor.draft", code=code, draft=draft), 303)
            services.save(session, found, _text(), revision, current_actor())
    except Problem as problem:
        flash_problem(problem)
        with read_scope() as session:
            return _page(session, draft_here(session, draft), _text(), revision, 422)
    flash_done(N_("The draft is saved."))
    target = "points_editor.draft" if request.form.get("then") else "points_editor_edit.edit"
    return redirect(url_for(target, code=code, draft=draft), 303)


def _text() -> str:
    return request.form.get("text", "").replace("\r\n", "\n")[: LARGEST + 1]


def _revision() -> int:
    raw = request.form.get("revision", "")
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 9 else 0


def written(text: str, act: str, values: Mapping[str, str]) -> str:
    """The text after an act of the form; as it was where it cannot be read."""
    data = checking.check(text).data
    if not isinstance(data, dict) or (act not in (FORM, NEXT) and act not in ADD):
        return text
    made = form.apply(data, values)
    if act in ADD:
        made = form.add(made, ADD[act])
    elif act == NEXT:
        first = values.get("next-from") or default_first_day(current_site().today())
        made = form.next_version(made, first.strip()[:10])
    return text if made == data else rewrite(text, data, made)


@blueprint.post("/a/<code>/points/drafts/<draft>/look")
@area_scope("points.scheme")
def look(code: str, draft: str) -> Response:
    """What the linter says of what is typed, the form of it, and the text with the form in it; nothing is kept."""
    act = request.form.get("act", "text")
    text = written(_text(), act, request.form)
    current_area()
    with read_scope() as session:
        values = _values(session, draft_here(session, draft), text)
        return jsonify(
            text=text,
            findings=render_template("points/_findings.html", **values),
            form=render_template("points/_form.html", **values),
            sound=values["checked"].sound,
        )
