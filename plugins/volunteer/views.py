"""Pages: one's own hours, and an area's list, ranking and report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, abort, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    Area,
    ListColumn,
    Paged,
    Problem,
    area_scope,
    children_of,
    current_actor,
    current_area,
    current_site,
    export_asked,
    list_args,
    mask_name,
    may,
    may_here,
    read_scope,
    send_list,
    show,
    signed_in,
)

from . import own, queries
from .hours import (
    ALL,
    FIRST_YEAR,
    Span,
    make_span,
    parse_day,
    parse_period,
    periods_of,
)
from .pages import FLAG_TEXTS, period_text, waiting_note
from .queries import HoursPage, PersonHours

blueprint = Blueprint("volunteer", __name__, template_folder="templates")
# Plugins share one set of filters, so the name carries the slug.
blueprint.add_app_template_filter(period_text, "volunteer_period")

View = tuple[str, int]

RANKING_SIZES = (20, 50, 100)
_YEARS_OFFERED = 3
COLUMNS = (
    ListColumn(N_("Rank"), lambda row: row.rank, "count"),
    ListColumn(N_("Name"), lambda row: row.name),
    ListColumn(N_("Person-times"), lambda row: row.entries, "count"),
    ListColumn(N_("Minutes"), lambda row: row.minutes, "count"),
    ListColumn(N_("Hours"), lambda row: row.minutes, "hours"),
)


@dataclass(frozen=True)
class RankLine:
    """One line of a ranking as the reader may see it; ``public_id`` only for those who may open the person."""

    rank: int
    name: str
    minutes: int
    entries: int
    own: bool
    public_id: str | None


@blueprint.get("/me/volunteer")
@signed_in
def mine() -> View:
    """One's own hours: totals, a year by month, then each entry with how its minutes came about."""
    person_id = current_actor().person_id
    if person_id is None:
        abort(404)
    args = list_args("year", size=20)
    _, this_year, month = periods_of(current_site().today())
    with read_scope() as session:
        found = own.standing(session, person_id)
        years = sorted({*found.years, this_year}, reverse=True)
        year = args["year"] if args["year"] in (*years, ALL) else this_year
        entries, total = queries.own_entries(
            session,
            person_id,
            year=None if year == ALL else int(year),
            limit=args.size,
            offset=args.offset,
        )
        until = current_site().today().month if year == this_year else 12
        return show(
            "volunteer/mine.html",
            found=found,
            years=years,
            year=year,
            this_year=this_year,
            bars_of_year=own.month_bars(found, year, until) if year != ALL else [],
            tally=found.of(year),
            month=found.of(month),
            page=Paged(entries, total, args.page, args.size),
            waiting=own.what_waits(session, found.person_id),
            ranked=_ranking_area(session) is not None,
            flag_texts=FLAG_TEXTS,
        )


@blueprint.get("/me/volunteer/ranking")
@signed_in
def my_ranking() -> Response:
    """On to the ranking of the area in which one has a role that may see it."""
    with read_scope() as session:
        area_id = _ranking_area(session)
        area = session.get(Area, area_id) if area_id is not None else None
        if area is None:
            abort(404)
        return redirect(url_for("volunteer.ranking", code=area.code))


def _ranking_area(session: Session) -> int | None:
    """Asked of the very areas where roles are held, so that the answer costs no statement."""
    actor = current_actor()
    held = (grant.area_id for grant in actor.grants)
    return next((area_id for area_id in held if may(session, actor, "volunteer.ranking", area_id)), None)


@blueprint.get("/a/<code>/volunteer/hours")
@area_scope("volunteer.view")
def hours(code: str) -> Response | View:
    """Everybody's hours in the area by name, most first."""
    area = current_area()
    args = list_args("period", "from", "to", "sub")
    span, refused = _span(args["period"], args["from"], args["to"])
    with read_scope() as session:
        children = children_of(session, area.id, closed=True)
        inside = next((child for child in children if child.code == args["sub"]), area)
        inside_id = inside.id

        def fetch(page: int, size: int) -> Paged[PersonHours]:
            part = queries.hours_page(
                session, inside_id, span, query=args.q, limit=size, offset=(page - 1) * size
            )
            return Paged(part.rows, part.people, page, size)

        if export_asked():
            return send_list(N_("Volunteer hours"), COLUMNS, fetch)
        found = queries.hours_page(
            session, inside_id, span, query=args.q, limit=args.size, offset=args.offset
        )
        return show(
            "volunteer/hours.html",
            page=Paged(found.rows, found.people, args.page, args.size),
            total=found.total,
            args=args,
            refused=refused,
            children=children,
            periods=period_choices(args["period"]),
            waiting=waiting_note(found.waiting),
        )


@blueprint.get("/a/<code>/volunteer/ranking")
@area_scope("volunteer.ranking")
def ranking(code: str) -> View:
    """The first of the area; names are masked for those who may not see the list."""
    area, actor = current_area(), current_actor()
    args = list_args("period", "top")
    period = args["period"] or periods_of(current_site().today())[1]
    span, refused = _span(period)
    top = int(args["top"]) if args["top"] in map(str, RANKING_SIZES) else RANKING_SIZES[0]
    named = may_here("volunteer.view")
    with read_scope() as session:
        own = queries.place_of(session, area.id, span, actor.person_id) if actor.person_id else None
        found = queries.hours_page(session, area.id, span, limit=top)
        rows = _ranked_rows(session, area.id, span, top, found, own)
        return show(
            "volunteer/ranking.html",
            lines=_rank_lines(rows, own, named),
            most=rows[0].minutes if rows else 0,
            people=found.people,
            own=own,
            top=top,
            sizes=RANKING_SIZES,
            period=period,
            periods=period_choices(period),
            named=named,
            refused=refused,
            waiting=waiting_note(found.waiting),
        )


def _span(period: str, first: str = "", last: str = "") -> tuple[Span, Problem | None]:
    """The span asked for; days go before a period, and what cannot be read is all time and the reason."""
    try:
        start, end = parse_day(first, "from"), parse_day(last, "to")
        if start or end:
            return make_span(start, end), None
        return Span((parse_period(period or ALL),)), None
    except Problem as problem:
        return Span((ALL,)), problem


def report_period(asked: str) -> tuple[str, Problem | None]:
    """The month or year asked for; this month, and why, for anything else."""
    month = periods_of(current_site().today())[2]
    try:
        period = parse_period(asked or month)
    except Problem as problem:
        return month, problem
    return (month if period == ALL else period), None


def _ranked_rows(
    session: Session, area_id: int, span: Span, top: int, found: HoursPage, own: PersonHours | None
) -> Sequence[PersonHours]:
    """The first ``top`` who may be shown: all but those who asked to be left out, and the reader themselves."""
    own_id, asked = own.person_id if own else None, top
    while True:
        rows = [row for row in found.rows if not row.unranked or row.person_id == own_id]
        if len(rows) >= top or len(found.rows) < asked:
            return rows[:top]
        asked += top
        found = queries.hours_page(session, area_id, span, limit=asked)


def _rank_lines(rows: Sequence[PersonHours], own: PersonHours | None, named: bool) -> list[RankLine]:
    own_id = own.person_id if own else None
    return [
        RankLine(
            row.rank,
            row.name if named or row.person_id == own_id else mask_name(row.name),
            row.minutes,
            row.entries,
            row.person_id == own_id,
            row.public_id if named else None,
        )
        for row in rows
    ]


def period_choices(chosen: str) -> list[str]:
    """Periods to offer: the last years and the last twelve months, and the chosen one whatever it is."""
    today = current_site().today()
    years = [str(year) for year in range(today.year, today.year - _YEARS_OFFERED, -1)]
    months = [periods_of(_months_back(today, n))[2] for n in range(12)]
    offered = [*years, *months]
    if chosen and chosen != ALL and chosen not in offered:
        try:
            offered.append(parse_period(chosen))
        except Problem:
            return offered
    return offered


def _months_back(day: date, count: int) -> date:
    number = max(day.year * 12 + day.month - 1 - count, FIRST_YEAR * 12)
    return date(number // 12, number % 12 + 1, 1)
