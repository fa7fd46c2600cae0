"""Notices: the staff's centre (list, page, confirm, withdraw, calls), and what the public reads and prints.

Everything shown of a notice comes from its frozen text, so that screen, paper and spreadsheet cannot differ.
"""

from __future__ import annotations

import io
from datetime import date
from typing import Any

from flask import Blueprint, abort, current_app, redirect, request, send_file, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.core.areas.models import Area
from pointsys.core.areas.services import renamed_code
from pointsys.core.objections import services as objections
from pointsys.core.objections.subjects import PUBLICITY
from pointsys.core.publicity import services
from pointsys.core.publicity.models import CONFIRMED, LIVE, POSTED, SUPERSEDED, WITHDRAWN, Publicity
from pointsys.core.publicity.queries import STATES, NoticeLine, content_of, decisions_of
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.core.work_calendar import site_calendar
from pointsys.kit.problems import N_, Problem
from pointsys.kit.publicity import days_left, short_hash
from pointsys.kit.spreadsheet import OutColumn, write_xlsx
from pointsys.web.access import (
    area_scope,
    current_actor,
    current_area,
    current_plugins,
    may,
    public,
    require_again,
)
from pointsys.web.downloads import XLSX
from pointsys.web.frame import flash_outcome, show
from pointsys.web.list_export import ListColumn, export_asked, send_list
from pointsys.web.lists import Paged, list_args
from pointsys.web.scope import missing

blueprint = Blueprint("publicity", __name__)

View = Response | tuple[str, int]

STATE_TITLES = {
    POSTED: N_("Posted"),
    CONFIRMED: N_("Confirmed"),
    WITHDRAWN: N_("Withdrawn"),
    SUPERSEDED: N_("Replaced"),
}
FILTER_TITLES = {**STATE_TITLES, "due": N_("Time is over, to be confirmed")}
WHY_TITLES = {
    services.MISTAKE: N_("a mistake in the list"),
    services.OBJECTION: N_("an objection"),
    services.OTHER: N_("another reason"),
    services.REPLACED: N_("replaced by a new notice"),
}


def working_days_left(first_day: date, last_day: date) -> int | None:
    """Working days that remain of a span, today included; None where the calendar does not reach."""
    site = current_site()
    try:
        return days_left(max(site.today(), first_day), last_day, site_calendar(site.home))
    except Problem:
        return None


COLUMNS = (
    ListColumn(N_("Title"), lambda row: row.title),
    ListColumn(N_("Area"), lambda row: row.area),
    ListColumn(N_("State"), lambda row: str(gettext(STATE_TITLES[row.state]))),
    ListColumn(N_("From"), lambda row: row.first_day, "date"),
    ListColumn(N_("To"), lambda row: row.last_day, "date"),
    ListColumn(N_("Open objections"), lambda row: row.open, "count"),
)


@blueprint.get("/a/<code>/publicity")
@area_scope("publicity.view")
def index(code: str) -> View:
    """Notices of the area and below, with their countdown and open objections."""
    args = list_args("state")
    state = args["state"] if args["state"] in STATES else ""
    with read_scope() as session:
        area_id = current_area().id

        def fetch(page: int, size: int) -> Paged[NoticeLine]:
            offset = (page - 1) * size
            rows, total = services.list_notices(session, area_id, state=state, limit=size, offset=offset)
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Notices"), COLUMNS, fetch)
        page = fetch(args.page, args.size)
        return show(
            "publicity/index.html",
            args=args,
            page=page,
            left={row.public_id: working_days_left(row.first_day, row.last_day) for row in page.rows},
            now=current_site().now(),
            today=current_site().today(),
            sources=_sources(),
            states=FILTER_TITLES,
        )


def _sources() -> list[Any]:
    """Pages of the plugins here that publish something."""
    plugins = current_site().host.plugins.values()
    return [
        item
        for info in plugins
        if info.name in current_plugins()
        for item in info.notices
        if item.endpoint in current_app.view_functions and may(item.permission)
    ]


def _notice_here(session: Session, public_id: str) -> Publicity:
    found = services.notice_below(session, current_area().id, public_id)
    if found is None:
        missing()
    return found


@blueprint.get("/a/<code>/publicity/<notice>")
@area_scope("publicity.view")
def page(code: str, notice: str) -> View:
    """One notice: as the public sees it, its clock, objections, and what may be decided."""
    site = current_site()
    with read_scope() as session:
        found = _notice_here(session, notice)
        area = session.get_one(Area, found.area_id)
        raised = objections.of_subject(session, PUBLICITY, found.public_id)
        return show(
            "publicity/page.html",
            notice=found,
            area=area,
            content=content_of(found),
            short=short_hash(found.sha256),
            left=working_days_left(found.first_day, found.last_day),
            over=site.now() >= found.closes_before,
            today=site.today(),
            raised=raised,
            waiting=sum(objection.state == "open" for objection in raised),
            decisions=decisions_of(session, found),
            states=STATE_TITLES,
            why_titles=WHY_TITLES,
            withdrawal_reasons=services.WITHDRAWAL_REASONS,
            live=found.state in LIVE,
            own=current_actor().account_id == found.posted_by_account,
            deciders=services.who_may_confirm(session, found) if found.state == POSTED else [],
        )


@blueprint.post("/a/<code>/publicity/<notice>/confirm")
@area_scope("publicity.publish")
def confirm(code: str, notice: str) -> View:
    """Confirm a notice whose time is over."""
    area_id = current_area().id
    with flash_outcome(N_("The notice is confirmed.")), unit_of_work() as session:
        require_again(session, "publicity.publish", area_id)
        services.confirm(session, _notice_here(session, notice), current_actor())
    return redirect(url_for("publicity.page", code=code, notice=notice), 303)


@blueprint.post("/a/<code>/publicity/<notice>/withdraw")
@area_scope("publicity.publish")
def withdraw(code: str, notice: str) -> View:
    """Take a notice down, with a reason."""
    area_id = current_area().id
    why, reason = request.form.get("why", ""), request.form.get("reason", "")
    with (
        flash_outcome(N_("The notice is withdrawn; its address says so from now on.")),
        unit_of_work() as session,
    ):
        require_again(session, "publicity.publish", area_id)
        services.withdraw(session, _notice_here(session, notice), why, reason, current_actor())
    return redirect(url_for("publicity.page", code=code, notice=notice), 303)


@blueprint.post("/a/<code>/publicity/<notice>/objections")
@area_scope("publicity.publish")
def take_objection(code: str, notice: str) -> View:
    """Write down an objection made on the telephone or at the counter."""
    area_id = current_area().id
    caller, text = request.form.get("caller", ""), request.form.get("text", "")
    with flash_outcome(N_("The objection is written down; its clock is running.")), unit_of_work() as session:
        require_again(session, "publicity.publish", area_id)
        found = _notice_here(session, notice)
        objections.take_objection(session, PUBLICITY, found.public_id, text, caller, current_actor())
    return redirect(url_for("publicity.page", code=code, notice=notice, _anchor="objections"), 303)


@blueprint.get("/a/<code>/publicity/<notice>/sheet.xlsx")
@area_scope("publicity.view")
def export(code: str, notice: str) -> Response:
    """The notice as a spreadsheet, from the same frozen text."""
    with read_scope() as session:
        content = content_of(_notice_here(session, notice))
    file = io.BytesIO()
    columns = [OutColumn(column["title"]) for column in content["columns"]]
    heading = f"{content['title']} {content['first_day']} – {content['last_day']}"
    write_xlsx(file, columns, content["rows"], heading=heading)
    file.seek(0)
    name = f"{content['posted_on']}-{content['title']}.xlsx"
    return send_file(file, mimetype=XLSX, as_attachment=True, download_name=name)


# --- the public ---


@blueprint.get("/public/<code>/publicity/<public_id>")
@public
def public_show(code: str, public_id: str) -> Response:
    """A notice as anybody may read it; one that is withdrawn says only that it is."""
    with read_scope() as session:
        return _public_page(session, "publicity/public.html", code, public_id)


@blueprint.get("/public/<code>/publicity/<public_id>/print")
@public
def public_print(code: str, public_id: str) -> Response:
    """The same on A4, with the place for the seal and a QR code of the online copy."""
    with read_scope() as session:
        return _public_page(session, "publicity/print.html", code, public_id)


def _public_page(session: Session, template: str, code: str, public_id: str) -> Response:
    # Its tables take as long to make as a page does: only a page with a picture waits for them.
    import segno

    found = services.find_public(session, public_id)
    # A sheet that was printed before the area's code changed leads here all the same.
    if found is None or (code != found[1].code and renamed_code(session, code) != found[1].code):
        abort(404)
    notice, area = found
    address = url_for("publicity.public_show", code=area.code, public_id=notice.public_id, _external=True)
    decisions = decisions_of(session, notice)
    context = {"notice": notice, "area": area, "decision": decisions[-1] if decisions else None}
    if notice.state not in LIVE:
        text, status = show("publicity/gone.html", 410, why_titles=WHY_TITLES, **context)
    else:
        today = current_site().today()
        text, status = show(
            template,
            content=content_of(notice),
            short=short_hash(notice.sha256),
            left=working_days_left(notice.first_day, notice.last_day),
            open=notice.state == POSTED and today <= notice.objections_until,
            objections=objections.tally_of(session, PUBLICITY, notice.public_id),
            address=address,
            qr=segno.make(address, error="m").svg_data_uri(scale=4, border=0),
            **context,
        )
    response = Response(text, status=status, mimetype="text/html")
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
