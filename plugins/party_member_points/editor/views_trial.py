"""Dry runs: ordering one, and whom a draft would touch and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from flask_babel import gettext

from pointsys.plugin import (
    N_,
    ListColumn,
    Paged,
    Problem,
    area_scope,
    current_actor,
    export_asked,
    flash_problem,
    list_args,
    may,
    may_here,
    read_scope,
    send_list,
    show,
    unit_of_work,
)

from ..pages import as_number
from . import services, trial
from .views import draft_here

blueprint = Blueprint("points_editor_trial", __name__)


@blueprint.post("/a/<code>/points/drafts/<draft>/trial")
@area_scope("points.scheme")
def order(code: str, draft: str) -> Any:
    """Order a dry run; the draft's page shows how far it is."""
    try:
        with unit_of_work(drain=False) as session:
            found = draft_here(session, draft)
            if not may(session, current_actor(), "points.scheme", found.area_id):
                abort(403)
            trial.order(
                session,
                found,
                request.form.get("period", ""),
                request.form.get("whole", "") == "1",
                current_actor(),
            )
    except Problem as problem:
        flash_problem(problem)
    return redirect(url_for("points_editor.draft", code=code, draft=draft, _anchor="trial"), 303)


@blueprint.get("/a/<code>/points/drafts/<draft>/trial")
@area_scope("points.scheme")
def result(code: str, draft: str) -> Any:
    """Whom the latest dry run touches: totals and grades both ways, with the reasons."""
    args = list_args("only", sorts=trial.SORTS, sort="step")
    with read_scope() as session:
        found = draft_here(session, draft)
        tried = services.latest_trial(session, found)
        if tried is None or tried.computed_at is None:
            return show(
                "points/draft_trial.html", args=args, draft=found, trial=None, page=Paged([], 0, 1, 50)
            )

        def fetch(page: int, size: int) -> Paged[trial.Shown]:
            rows, total = trial.lines_of(
                session,
                tried,
                q=args.q,
                only=args["only"],
                sort=args.sort,
                limit=size,
                offset=(page - 1) * size,
            )
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Dry run"), _columns(), fetch)
        return show(
            "points/draft_trial.html",
            args=args,
            draft=found,
            trial=tried,
            fresh=tried.sha256 == found.sha256,
            outcome=trial.outcome_of(tried),
            page=fetch(args.page, args.size),
            named=may_here("points.view"),
        )


def _columns() -> list[ListColumn]:
    return [
        ListColumn(N_("Name"), lambda row: row.name),
        ListColumn(N_("Total now"), lambda row: as_number(row.line.total_before), "hundredths"),
        ListColumn(N_("Total by the draft"), lambda row: as_number(row.line.total_after), "hundredths"),
        ListColumn(N_("Difference"), lambda row: row.line.moved, "hundredths"),
        ListColumn(N_("Grade now"), lambda row: row.line.grade_before),
        ListColumn(N_("Grade by the draft"), lambda row: row.line.grade_after),
        ListColumn(N_("Why"), lambda row: "；".join(in_words(reason) for reason in row.why)),
    ]


def in_words(reason: Mapping[str, Any]) -> str:
    """One reason of a dry run as a sentence."""
    title, old, new = reason["title"], reason["before"] or "0", reason["after"] or "0"
    if reason["kind"] == "gate":
        text = (
            N_("the condition “%(title)s” is not met")
            if reason["after"]
            else N_("the condition “%(title)s” falls away")
        )
        return str(gettext(text, title=title))
    category, item = N_("category %(title)s: %(old)s → %(new)s"), N_("%(title)s: %(old)s → %(new)s")
    text = category if reason["kind"] == "category" else item
    said = str(gettext(text, title=title, old=old, new=new))
    if reason.get("cap"):
        said += str(gettext(" (at most %(cap)s)", cap=reason["cap"]))
    return said


blueprint.add_app_template_filter(in_words, "points_trial_reason")
