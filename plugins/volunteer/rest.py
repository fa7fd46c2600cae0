"""REST: the hours of an area by period, and of one person; the figures are those of the pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from pointsys.plugin import RestBlueprint, current_area, current_site, format_hours, rest_fields, rest_person

from . import queries
from .hours import ALL, Span, Tally, make_span, parse_period, periods_of
from .schemas import HoursArgs, HoursPage, OwnHoursOut

blueprint = RestBlueprint("volunteer_rest", __name__, description="Volunteer hours")


@blueprint.read(
    "/areas/<code>/volunteer/hours", permission="volunteer.view", query=HoursArgs, answer=HoursPage
)
def hours(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Hours of an area's people, most first"""
    found = queries.hours_page(
        session,
        current_area().id,
        _span(args),
        query=args["q"],
        limit=args["size"],
        offset=rest_fields.offset(args),
    )
    items = [
        {
            "id": row.public_id,
            "name": row.name,
            "minutes": row.minutes,
            "hours": format_hours(row.minutes),
            "entries": row.entries,
            "rank": row.rank,
            "waiting": row.waits,
        }
        for row in found.rows
    ]
    return rest_fields.paged(
        items,
        found.people,
        args,
        minutes=found.total.minutes,
        entries=found.total.entries,
        waiting=found.waiting,
    )


def _span(args: Mapping[str, Any]) -> Span:
    if args["from_on"] or args["to_on"]:
        return make_span(args["from_on"], args["to_on"])
    return Span((parse_period(args["period"]),))


@blueprint.read(
    "/areas/<code>/volunteer/people/<person>",
    permission="volunteer.view",
    query=rest_fields.PageArgs,
    answer=OwnHoursOut,
)
def person_hours(session: Session, args: dict[str, Any], code: str, person: str) -> Mapping[str, Any]:
    """Hours of one person: all, this year, this month, and the entries they come from"""
    found = rest_person(session, person)
    entries, total = queries.own_entries(
        session, found.id, limit=args["size"], offset=rest_fields.offset(args)
    )
    _, year, month = periods_of(current_site().today())
    tallies = queries.own_balances(session, found.id, (ALL, year, month))
    items = [
        {
            "title": entry.title,
            "kind": entry.kind,
            "organiser": entry.organiser,
            "date": entry.local_date,
            "starts_at": entry.starts_at,
            "ends_at": entry.ends_at,
            "status": entry.status,
            "minutes": entry.minutes,
            "flags": entry.flags,
        }
        for entry in entries
    ]
    return rest_fields.paged(
        items,
        total,
        args,
        id=found.public_id,
        name=found.name,
        waiting=queries.waits(session, found.id),
        tallies=[_tally(period, tally) for period, tally in tallies.items()],
    )


def _tally(period: str, tally: Tally) -> dict[str, Any]:
    return {
        "period": period,
        "minutes": tally.minutes,
        "hours": format_hours(tally.minutes),
        "entries": tally.entries,
    }
