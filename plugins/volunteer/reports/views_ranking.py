"""The ranking of teams, and the button that takes oneself off the rankings of people or puts one back."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    ListColumn,
    Paged,
    Problem,
    area_scope,
    current_actor,
    current_area,
    current_site,
    export_asked,
    flash_done,
    list_args,
    may_here,
    missing,
    read_scope,
    send_list,
    show,
    signed_in,
    unit_of_work,
    waiting_in,
)

from ..pages import waiting_note
from ..queries import NAME
from . import unranked
from .choices import CLASSES
from .periods import parse_report_period
from .team_ranks import FEWEST, TeamLine, team_ranking
from .views import offered_periods

blueprint = Blueprint("volunteer_ranking", __name__, template_folder="../templates")

View = Response | tuple[str, int]
COLUMNS = (
    ListColumn(N_("Rank"), lambda row: row.rank, "count"),
    ListColumn(N_("Team"), lambda row: row.name),
    ListColumn(N_("Host organisation"), lambda row: row.host),
    ListColumn(N_("Team members"), lambda row: row.members, "count"),
    ListColumn(N_("Active"), lambda row: row.active, "count"),
    ListColumn(N_("Person-times"), lambda row: row.entries, "count"),
    ListColumn(N_("Minutes"), lambda row: row.minutes, "count"),
    ListColumn(N_("Hours"), lambda row: row.minutes, "hours"),
)


@blueprint.get("/a/<code>/volunteer/ranking/teams")
@area_scope("volunteer.ranking")
def teams(code: str) -> View:
    """The area's teams by hours; those of few people only for staff."""
    area, today = current_area(), current_site().today()
    args = list_args("period", "klass")
    refused = None
    try:
        period = parse_report_period(args["period"] or str(today.year))
    except Problem as problem:
        period, refused = parse_report_period(str(today.year)), problem
    klass = args["klass"] if args["klass"] in CLASSES else ""
    named = may_here("volunteer.view")
    with read_scope() as session:
        lines = team_ranking(session, area.id, period.first, period.last, klass, 0 if named else FEWEST)

        def fetch(page: int, size: int) -> Paged[TeamLine]:
            return Paged.cut(lines, page, size)

        if export_asked():
            return send_list(N_("Ranking of teams"), COLUMNS, fetch)
        return show(
            "volunteer/ranking_teams.html",
            args=args,
            page=fetch(args.page, args.size),
            most=lines[0].minutes if lines else 0,
            period=period,
            periods=offered_periods(today, period),
            klass=klass,
            classes=CLASSES,
            fewest=FEWEST,
            named=named,
            refused=refused,
            waiting=waiting_note(waiting_in(session, NAME, area.id)),
        )


@blueprint.post("/me/volunteer/ranking/leave")
@signed_in
def leave() -> View:
    """Others do not see me on rankings any more."""
    with unit_of_work(drain=False) as session:
        unranked.leave(session, _own_id(), current_actor())
    flash_done(N_("You are not shown on rankings of hours any more."))
    return _back()


@blueprint.post("/me/volunteer/ranking/return")
@signed_in
def come_back() -> View:
    """Show me again."""
    with unit_of_work(drain=False) as session:
        unranked.come_back(session, _own_id(), current_actor())
    flash_done(N_("You are shown on rankings of hours again."))
    return _back()


def _own_id() -> int:
    own = current_actor().person_id
    if own is None:
        missing()
    return own


def _back() -> Response:
    """To the ranking one came from: an area's code of letters and digits, which its page checks again."""
    code = request.args.get("back", "")
    if code.isascii() and code.isalnum():
        return redirect(url_for("volunteer.ranking", code=code), 303)
    return redirect(url_for("volunteer.mine"), 303)
