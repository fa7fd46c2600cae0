"""What is worth a look in a week of service: a list of signals with the way to what they are about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint
from flask_babel import gettext
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    AreaClosure,
    ListArgs,
    ListColumn,
    Paged,
    Person,
    Problem,
    area_scope,
    current_area,
    current_site,
    export_asked,
    list_args,
    read_scope,
    send_list,
    show,
    subtree,
)

from ..hours import parse_day
from .signal_reading import Found, signals_of
from .signals import MEANINGS, TITLES, Signal, last_week, week_of

blueprint = Blueprint("volunteer_signals", __name__, template_folder="../templates")

View = Response | tuple[str, int]
_WEEKS = 9


@dataclass(frozen=True)
class Line:
    """One signal with the person it is about and those concerned."""

    signal: Signal
    person: Person | None
    names: Sequence[Person]

    @property
    def about(self) -> str:
        """Whom or what it is about, in words."""
        if self.person is not None:
            return self.person.name
        return self.signal.recorder or str(gettext("device %(mark)s", mark=self.signal.device[:6]))


COLUMNS = (
    ListColumn(N_("What stands out"), lambda row: str(gettext(TITLES[row.signal.kind]))),
    ListColumn(N_("Whom it is about"), lambda row: row.about),
    ListColumn(N_("From"), lambda row: row.signal.days[0], "date"),
    ListColumn(N_("To"), lambda row: row.signal.days[1], "date"),
    ListColumn(N_("Activities"), lambda row: "、".join(title for _id, title in row.signal.activities)),
    ListColumn(N_("People concerned"), lambda row: "、".join(one.name for one in row.names)),
    ListColumn(N_("Number of entries"), lambda row: row.signal.entries, "count"),
    ListColumn(N_("Number of people"), lambda row: row.signal.people, "count"),
    ListColumn(N_("Hours"), lambda row: row.signal.minutes, "hours"),
)


@blueprint.get("/a/<code>/volunteer/signals")
@area_scope("log.decide")
def index(code: str) -> View:
    """The signals of one week, Monday to Sunday; the last whole week unless another one is asked for."""
    args = list_args("kind", "week")
    today = current_site().today()
    first, last = _week(args["week"], today)
    with read_scope() as session:
        area = current_area()
        found = signals_of(session, area, first, last)
        lines = _lines(found, args)

        def fetch(page: int, size: int) -> Paged[Line]:
            return Paged.cut(lines, page, size)

        if export_asked():
            return send_list(N_("Signals"), COLUMNS, fetch)
        areas = {person.area_id for person in found.people.values()}
        inside = subtree(area.id).where(AreaClosure.descendant_id.in_(areas))
        return show(
            "volunteer/signals.html",
            args=args,
            page=fetch(args.page, args.size),
            first=first,
            last=last,
            weeks=_weeks(today, first),
            here=set(session.scalars(inside)) if areas else set(),
            titles=TITLES,
            meanings=MEANINGS,
            complete=found.complete,
        )


def _week(asked: str, today: date) -> tuple[date, date]:
    try:
        day = parse_day(asked, "week")
    except Problem:
        day = None
    return week_of(day) if day else last_week(today)


def _weeks(today: date, chosen: date) -> list[tuple[date, date]]:
    """This week and the last ones, and the chosen one whatever it is; the latest first."""
    monday = week_of(today)[0]
    days = {monday - timedelta(days=7 * n) for n in range(_WEEKS)} | {chosen}
    return [week_of(day) for day in sorted(days, reverse=True)]


def _lines(found: Found, args: ListArgs) -> list[Line]:
    wanted = args["kind"] if args["kind"] in TITLES else ""
    return [
        Line(
            one,
            found.people.get(one.person) if one.person is not None else None,
            [found.people[name] for name in one.names if name in found.people],
        )
        for one in found.signals
        if not wanted or one.kind == wanted
    ]
