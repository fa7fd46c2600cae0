"""Files for other systems: the export profiles to choose from, and the file of one."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint
from flask_babel import gettext
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    Problem,
    area_scope,
    current_area,
    current_site,
    flash_problem,
    list_args,
    missing,
    read_scope,
    sees_here,
    send_registered,
    show,
)

from .choices import CLASSES
from .files import file_of
from .profile_rows import GUARDED, make
from .profiles import FOLDER, PEOPLE, SESSIONS, TEAMS, available
from .views import FILTERS, offered_periods, question

blueprint = Blueprint("volunteer_export", __name__, template_folder="../templates")

View = Response | tuple[str, int]
ROWS = {
    SESSIONS: N_("one row for each service"),
    PEOPLE: N_("one row for each person"),
    TEAMS: N_("one row for each team"),
}


@blueprint.get("/a/<code>/volunteer/report/files")
@area_scope("volunteer.view")
def index(code: str) -> View:
    """The profiles of the plugin and of the site, with what was chosen in the report."""
    args = list_args(*FILTERS)
    with read_scope() as session:
        wanted = question(session, current_area().id, args)
        return show(
            "volunteer/report_files.html",
            args=args,
            period=wanted.asked.period,
            periods=offered_periods(current_site().today(), wanted.asked.period),
            klass=wanted.asked.klass,
            classes=CLASSES,
            profiles=list(available(current_site().home).values()),
            rows=ROWS,
            folder=FOLDER,
            refused=wanted.refused,
        )


@dataclass(frozen=True)
class _Lack:
    title: str
    count: int


@blueprint.get("/a/<code>/volunteer/report/files/<profile>")
@area_scope("volunteer.view")
def one(code: str, profile: str) -> View:
    """A profile's columns, and how many rows lack a value; with ``take`` the file itself."""
    chosen = available(current_site().home).get(profile)
    if chosen is None:
        missing()
    args = list_args(*FILTERS, "take")
    hidden = [field for field, name in GUARDED.items() if field in chosen.fields and not sees_here(name)]
    area = current_area()
    refused = None
    with read_scope() as session:
        wanted = question(session, area.id, args)
        try:
            made = make(session, area.id, chosen, wanted.asked, hidden)
        except Problem as problem:
            made, refused = None, problem
        if args["take"] and made is not None and wanted.refused is None:
            data, period = made, wanted.asked.period.name
            name = f"{area.name}-{chosen.title}-{period}.{chosen.file}"
            return send_registered(
                N_("File for another system"),
                len(data.rows),
                chosen.file,
                lambda number: (name, file_of(chosen, data.rows, number)),
            )
        if args["take"] and refused is not None:
            flash_problem(refused)
        return show(
            "volunteer/report_file.html",
            args=args,
            profile=chosen,
            period=wanted.asked.period,
            made=made,
            lacking=[_Lack(title, count) for title, count in (made.lacking.items() if made else ())],
            hidden=[str(gettext(one)) for one in hidden],
            refused=refused or wanted.refused,
            rows=ROWS,
        )
