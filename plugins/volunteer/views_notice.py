"""Publishing hours: preview as the public will see them, then the act of publishing."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    Area,
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

from .notice import KIND, days_of, notice_of
from .views import period_choices, report_period

blueprint = Blueprint("volunteer_notice", __name__, template_folder="templates")

View = Response | tuple[str, int]


@blueprint.get("/a/<code>/volunteer/publish")
@area_scope("publicity.publish")
def preview(code: str) -> View:
    """The hours of a month as the public will see them; month and days are chosen here."""
    area = current_area()
    args = list_args("period", "days")
    period, refused = report_period(args["period"])
    with read_scope() as session:
        notice = None
        days = _whole(args["days"]) or days_of(session, area.id)
        try:
            notice = notice_of(session, area, period, days)
        except Problem as problem:
            refused = problem
        return show(
            "volunteer/publish.html",
            args=args,
            period=period,
            periods=period_choices(period),
            notice=notice,
            refused=refused,
            days=days,
            earlier=live_notice(session, area.id, KIND, "", period),
        )


@blueprint.post("/a/<code>/volunteer/publish")
@area_scope("publicity.publish")
def publish(code: str) -> View:
    """Publish what was previewed; nothing is published when the hours have changed since."""
    area_id = current_area().id
    asked, raw_days = request.form.get("period", ""), request.form.get("days", "")
    try:
        period, refused = report_period(asked)
        if refused is not None:
            raise refused
        with unit_of_work() as session:
            if not may(session, current_actor(), "publicity.publish", area_id):
                abort(403)
            area = session.get_one(Area, area_id)
            notice = notice_of(session, area, period, _whole(raw_days))
            posted = publish_notice(
                session, area, notice, current_actor(),
                shown=request.form.get("shown", ""), replacing=request.form.get("replacing", ""),
            ).public_id  # fmt: skip
    except Problem as problem:
        flash_problem(problem)
        return redirect(url_for("volunteer_notice.preview", code=code, period=asked, days=raw_days), 303)
    flash_done(N_("The notice is published. Print it, and hang it up."))
    return redirect(url_for("publicity.page", code=code, notice=posted), 303)


def _whole(text: str) -> int:
    """A number of days; 0, which no notice has, for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
