"""What is worth a look in an area's log: a list of signals with the way to their entries. It blocks nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, request
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.core.anomalies.queries import Found, anomalies_of
from pointsys.core.anomalies.rules import MEANINGS, TITLES, Anomaly
from pointsys.core.areas.models import AreaClosure, subtree
from pointsys.core.people.models import Person
from pointsys.core.unit_of_work import read_scope
from pointsys.kit.problems import N_
from pointsys.web.access import area_scope, current_area
from pointsys.web.events import actor_name
from pointsys.web.frame import show
from pointsys.web.list_export import ListColumn, export_asked, local, send_list
from pointsys.web.lists import ListArgs, Paged, list_args

blueprint = Blueprint("anomalies", __name__)

View = Response | tuple[str, int]
SPANS = (7, 30, 90)


@dataclass(frozen=True)
class Line:
    """One signal with the person it is about; ``linked`` says that their page lies in this area."""

    anomaly: Anomaly
    person: Person | None
    linked: bool

    @property
    def about(self) -> str:
        """Whom it is about, in words."""
        return self.person.name if self.person else actor_name(self.anomaly.recorder)


COLUMNS = (
    ListColumn(N_("What stands out"), lambda row: str(gettext(TITLES[row.anomaly.kind]))),
    ListColumn(N_("Recorder or participant"), lambda row: row.about),
    ListColumn(N_("Recorded at"), lambda row: local(row.anomaly.at)),
    ListColumn(N_("From"), lambda row: row.anomaly.days[0], "date"),
    ListColumn(N_("To"), lambda row: row.anomaly.days[1], "date"),
    ListColumn(N_("Number of entries"), lambda row: row.anomaly.entries, "count"),
    ListColumn(N_("Number of people"), lambda row: row.anomaly.people, "count"),
    ListColumn(N_("Hours"), lambda row: row.anomaly.minutes, "hours"),
)


@blueprint.get("/a/<code>/anomalies")
@area_scope("log.decide")
def index(code: str) -> View:
    """Signals of the last days, the newest first."""
    args = list_args("kind", "days")
    days = int(args["days"]) if args["days"] in map(str, SPANS) else SPANS[1]
    with read_scope() as session:
        found = anomalies_of(session, current_area().id, days)
        lines = _lines(session, found, args)

        def fetch(page: int, size: int) -> Paged[Line]:
            return Paged.cut(lines, page, size)

        if export_asked():
            return send_list(N_("Anomalies"), COLUMNS, fetch)
        return show(
            "log/anomalies.html",
            args=args,
            page=fetch(args.page, args.size),
            days=days,
            spans=SPANS,
            titles=TITLES,
            meanings=MEANINGS,
            complete=found.complete,
            narrowed=bool(request.args.get("kind")),
        )


def _lines(session: Session, found: Found, args: ListArgs) -> Sequence[Line]:
    areas = {person.area_id for person in found.people.values()}
    inside = subtree(current_area().id).where(AreaClosure.descendant_id.in_(areas))
    here = set(session.scalars(inside))
    lines = []
    for anomaly in found.anomalies:
        if args["kind"] in TITLES and anomaly.kind != args["kind"]:
            continue
        person = found.people.get(anomaly.person) if anomaly.person is not None else None
        lines.append(Line(anomaly, person, person is not None and person.area_id in here))
    return lines
