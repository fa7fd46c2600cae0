"""Pictures of volunteer hours: by month, how they spread over people, and who gave most."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext
from sqlalchemy.orm import Session

from pointsys.plugin import (
    HIDDEN,
    About,
    Actor,
    Area,
    Figure,
    MonthSpan,
    Series,
    bucket_edges,
    buckets,
    distribution_figure,
    ranking_figure,
    trend_figure,
    waiting_in,
)

from . import queries, ranks
from .hours import Span, make_span
from .pages import period_text, waiting_note
from .queries import NAME, ReportLine
from .reports.team_ranks import team_ranking

TOP = 10
LEAST_PEOPLE = 5
HOUR = 60
NOTHING = ReportLine(0, 0, 0)


def figures(session: Session, area: Area, period: MonthSpan, actor: Actor) -> Sequence[Figure]:
    """All of them for the months of ``period``."""
    note = waiting_note(waiting_in(session, NAME, area.id))
    notes = (note,) if note else ()
    span, name = _span_of_people(session, area, period)
    return [
        _by_month(session, area, period, notes),
        _spread(session, area, name, span, actor, notes),
        _most(session, area, name, span, notes),
        _teams(session, area, period, notes),
    ]


def _span_of_people(session: Session, area: Area, period: MonthSpan) -> tuple[Span, str]:
    """What people are compared over, and its name: of very many people the year in which ``period`` ends.

    Their minutes are counted by stored periods; other spans would be added up person by person for a page.
    """
    span = make_span(period.first_day, period.last_day)
    year = str(period.last_day.year)
    if len(span.periods) + len(span.edges) == 1:
        return span, period.text
    people, _total, _active = ranks.sums(session, area.id, (year,))[year]
    if people < ranks.LEAST_TO_WALK:
        return span, period.text
    return Span((year,)), period_text(year)


def _by_month(session: Session, area: Area, period: MonthSpan, notes: tuple[str, ...]) -> Figure:
    found = queries.by_month(session, area.id, period.months)
    lines = [found.get(month, NOTHING) for month in period.months]
    hours, people = gettext("Hours"), gettext("Number of people")
    about = About(
        "volunteer-trend",
        gettext("Volunteer hours by month"),
        gettext("Credited hours of the people who belong here, and how many different people gave them."),
        period.text,
        notes=notes,
    )
    few = [0 < line.people < LEAST_PEOPLE for line in lines]
    series = (
        Series(
            hours,
            [HIDDEN if hide else line.minutes for line, hide in zip(lines, few, strict=True)],
            kind="hours",
            shape="bar",
            axis=hours,
        ),
        Series(
            people,
            [HIDDEN if hide else line.people for line, hide in zip(lines, few, strict=True)],
            axis=people,
        ),
    )
    return trend_figure(about, gettext("Month"), period.months, series)


def _spread(
    session: Session, area: Area, name: str, span: Span, actor: Actor, notes: tuple[str, ...]
) -> Figure:
    people = queries.spread(session, area.id, span)
    own = queries.place_of(session, area.id, span, actor.person_id) if actor.person_id else None
    about = About(
        "volunteer-spread",
        gettext("How volunteer hours spread"),
        gettext(
            "People by their credited hours in the period, from the first number up to below the second."
        ),
        name,
        summary=gettext("%(people)s people gave service.", people=f"{sum(people.values()):,}"),
        notes=notes,
    )
    return distribution_figure(
        about,
        gettext("Hours"),
        gettext("Number of people"),
        buckets(people, bucket_edges(people, HOUR)),
        unit=HOUR,
        own=own.minutes if own else None,
        own_text=gettext("you"),
    )


def _teams(session: Session, area: Area, period: MonthSpan, notes: tuple[str, ...]) -> Figure:
    found = team_ranking(session, area.id, period.first_day, period.last_day, fewest=LEAST_PEOPLE)[:TOP]
    about = About(
        "volunteer-teams",
        gettext("Teams by volunteer hours"),
        gettext("The first %(top)s teams, everybody who served for them included.", top=TOP),
        period.text,
        notes=notes,
    )
    return ranking_figure(
        about,
        gettext("Rank"),
        gettext("Team"),
        gettext("Hours"),
        [(line.rank, line.name, line.minutes) for line in found],
        "hours",
    )


def _most(session: Session, area: Area, name: str, span: Span, notes: tuple[str, ...]) -> Figure:
    found = queries.hours_page(session, area.id, span, limit=TOP)
    about = About(
        "volunteer-top",
        gettext("Most volunteer hours"),
        gettext("The first %(top)s by credited hours, for staff only.", top=TOP),
        name,
        notes=notes,
        permission="volunteer.view",
    )
    return ranking_figure(
        about,
        gettext("Rank"),
        gettext("Name"),
        gettext("Hours"),
        [(row.rank, row.name, row.minutes) for row in found.rows if not row.unranked],
        "hours",
    )
