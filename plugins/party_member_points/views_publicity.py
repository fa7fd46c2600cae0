"""Publishing a sheet: preview as the public will see it, then the act of publishing."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Area,
    Notice,
    Problem,
    area_scope,
    current_actor,
    current_area,
    flash_done,
    flash_problem,
    list_args,
    live_notice,
    may,
    publish_notice,
    read_scope,
    show,
    unit_of_work,
)

from . import sheets, sheets_publicity
from .reading import asked_for, refresh
from .views import AT_ONCE

blueprint = Blueprint("points_publicity", __name__, template_folder="templates")


@blueprint.get("/a/<code>/points/publish")
@area_scope("publicity.publish")
def preview(code: str) -> Any:
    """The sheet of a period as the public will see it; period, branch and days are chosen here."""
    area = current_area()
    args = list_args("period", "branch", "days")
    with read_scope() as session:
        asked = asked_for(session, area.id, args["period"])
        usual = sheets_publicity.days_of(session, area, asked)
        days = int(args["days"]) if args["days"].isascii() and args["days"].isdigit() else usual
        notice, refused = None, None
        try:
            lines = _fresh_lines(session, area, args["period"], args["branch"])
            notice = sheets_publicity.notice_of(session, area, asked, args["branch"], days, lines)
        except Problem as problem:
            refused = problem
        return show(
            "points/publish.html",
            args=args,
            asked=asked,
            notice=notice,
            refused=asked.refused or refused,
            days=days,
            branches=sheets.branch_names(session, area.id),
            earlier=_earlier(session, area, notice),
        )


def _fresh_lines(session: Session, area: Area, period: str, branch: str) -> list[sheets.Line]:
    """The lines of a sheet; those that time has passed by are computed anew first."""
    lines = sheets_publicity.lines_of(session, area, asked_for(session, area.id, period), branch)
    old = [line.person_id for line in lines if line.old and not line.waits]
    if 0 < len(old) <= AT_ONCE:
        refresh(old)
        lines = sheets_publicity.lines_of(session, area, asked_for(session, area.id, period), branch)
    return lines


def _earlier(session: Session, area: Area, notice: Notice | None) -> Any:
    if notice is None:
        return None
    return live_notice(session, area.id, notice.kind, notice.subject_ref, notice.period)


@blueprint.post("/a/<code>/points/publish")
@area_scope("publicity.publish")
def publish(code: str) -> Any:
    """Publish what was previewed; nothing is published when the sheet has changed since."""
    area_id = current_area().id
    period, branch = request.form.get("period", ""), request.form.get("branch", "")[:200]
    raw_days = request.form.get("days", "")
    days = int(raw_days) if raw_days.isascii() and raw_days.isdigit() and len(raw_days) < 4 else 0
    try:
        with unit_of_work() as session:
            if not may(session, current_actor(), "publicity.publish", area_id):
                abort(403)
            area = session.get_one(Area, area_id)
            asked = asked_for(session, area_id, period)
            if asked.refused is not None:
                raise asked.refused
            lines = sheets_publicity.lines_of(session, area, asked, branch)
            notice = sheets_publicity.notice_of(session, area, asked, branch, days, lines)
            posted = publish_notice(
                session, area, notice, current_actor(),
                shown=request.form.get("shown", ""), replacing=request.form.get("replacing", ""),
            ).public_id  # fmt: skip
    except Problem as problem:
        flash_problem(problem)
        return redirect(
            url_for("points_publicity.preview", code=code, period=period, branch=branch, days=raw_days), 303
        )
    flash_done(N_("The notice is published. Print it, and hang it up."))
    return redirect(url_for("publicity.page", code=code, notice=posted), 303)
