"""REST of reports: figures of an area, the ranking of its teams, and signals; those of the pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from pointsys.plugin import (
    RestBlueprint,
    current_area,
    current_site,
    format_hours,
    may_here,
    rest_fields,
    waiting_in,
)

from ..month_report import ReportLine
from ..queries import NAME
from .choices import find_project, find_team
from .figures import Asked, report
from .periods import parse_report_period
from .schemas import (
    SignalArgs,
    SignalPage,
    TeamRankingArgs,
    TeamRankPage,
    VolunteerReportArgs,
    VolunteerReportOut,
)
from .signal_reading import signals_of
from .signals import last_week, week_of
from .team_ranks import FEWEST, team_ranking

blueprint = RestBlueprint("volunteer_rest_reports", __name__, description="Reports of volunteer hours")


@blueprint.read(
    "/areas/<code>/volunteer/report",
    permission="volunteer.view",
    query=VolunteerReportArgs,
    answer=VolunteerReportOut,
)
def figures(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """A period of an area by its parts: people and person-times apart, registered and active apart"""
    area = current_area()
    asked = Asked(
        parse_report_period(args["period"]),
        args["by"],
        args["klass"],
        find_team(session, area.id, args["team"]).id if args["team"] else None,
        find_project(session, area.id, args["project"]).id if args["project"] else None,
    )
    found = report(session, area.id, asked)
    return {
        "period": asked.period.name,
        "by": asked.by,
        **_line(found.total),
        "rest": _line(found.rest),
        "rows": [
            {"name": row.name, "code": row.code, "id": row.public_id, **_line(row.line)} for row in found.rows
        ],
        "waiting": waiting_in(session, NAME, area.id),
    }


def _line(line: ReportLine) -> dict[str, Any]:
    return {
        "people": line.people,
        "active": line.active,
        "registered": line.registered,
        "person_times": line.entries,
        "minutes": line.minutes,
        "hours": format_hours(line.minutes),
    }


@blueprint.read(
    "/areas/<code>/volunteer/ranking/teams",
    permission="volunteer.ranking",
    query=TeamRankingArgs,
    answer=TeamRankPage,
)
def teams(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """The area's teams by hours; those of few people only for staff"""
    period = parse_report_period(args["period"])
    fewest = 0 if may_here("volunteer.view") else FEWEST
    lines = team_ranking(session, current_area().id, period.first, period.last, args["klass"], fewest)
    first = rest_fields.offset(args)
    items = [
        {
            "rank": line.rank, "id": line.public_id, "name": line.name, "host": line.host, "members": line.members,
            "active": line.active, "person_times": line.entries, "minutes": line.minutes,
            "hours": format_hours(line.minutes),
        }
        for line in lines[first : first + args["size"]]
    ]  # fmt: skip
    return rest_fields.paged(items, len(lines), args)


@blueprint.read(
    "/areas/<code>/volunteer/signals", permission="log.decide", query=SignalArgs, answer=SignalPage
)
def signals(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """What is worth a look in a week of service; it blocks nothing"""
    first_on, last_on = week_of(args["week"]) if args["week"] else last_week(current_site().today())
    found = signals_of(session, current_area(), first_on, last_on)
    first = rest_fields.offset(args)
    items = [
        {
            "kind": one.kind, "from_on": one.days[0], "to_on": one.days[1],
            "person_id": found.people[one.person].public_id if one.person is not None else None,
            "recorder": one.recorder, "device": one.device[:12], "entries": one.entries, "people": one.people,
            "minutes": one.minutes,
        }
        for one in found.signals[first : first + args["size"]]
    ]  # fmt: skip
    return rest_fields.paged(items, len(found.signals), args, complete=found.complete)
