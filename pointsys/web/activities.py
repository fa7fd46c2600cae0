"""Activities of an area: the list, and one activity with its plan and everybody who took part."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from flask import Blueprint, redirect, request, url_for
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import IntegerField, StringField, TimeField

from pointsys.core.activity_log.models import Activity, ActivityKind
from pointsys.core.activity_log.planning import Plan, change_plan, plan_of
from pointsys.core.activity_log.queries import (
    ACTIVITY_SORTS,
    ActivityFilters,
    ActivityPage,
    EntryFilters,
    activity_below,
    kinds_in,
    list_activities,
    list_entries,
)
from pointsys.core.areas.models import Area
from pointsys.core.attachments import services as attachments
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem
from pointsys.web.access import area_scope, current_actor, current_area, may, require_again
from pointsys.web.forms import Form, at_most, optional
from pointsys.web.frame import flash_done, show
from pointsys.web.list_export import export_asked, send_list
from pointsys.web.lists import list_args
from pointsys.web.log import day_of, effects_of, waiting_deciders
from pointsys.web.log_columns import ACTIVITY_COLUMNS
from pointsys.web.scope import missing

blueprint = Blueprint("activities", __name__)

View = Response | tuple[str, int]


class PlanForm(Form):
    """The planned window on the activity's day; an end before the start is the next morning's."""

    start = TimeField(lazy_gettext("Planned start"), [optional()])
    end = TimeField(lazy_gettext("Planned end"), [optional()])
    break_minutes = IntegerField(lazy_gettext("Break in minutes"), [optional()])
    organiser = StringField(lazy_gettext("Organiser"), [optional(), at_most(100)])
    place = StringField(lazy_gettext("Place"), [optional(), at_most(200)])

    def plan(self, day: date) -> Plan:
        """What was typed, for an activity of ``day``."""
        zone = current_site().timezone
        start, end = self.start.data, self.end.data
        starts_at = datetime.combine(day, start, zone) if start else None
        ends_at = datetime.combine(day, end, zone) if end else None
        if starts_at and ends_at and ends_at < starts_at:
            ends_at += timedelta(days=1)
        return Plan(
            starts_at,
            ends_at,
            self.break_minutes.data or 0,
            self.organiser.data or "",
            self.place.data or "",
        )

    def show(self, plan: Plan) -> None:
        """Start from ``plan``."""
        local = current_site().local
        self.start.data = local(plan.starts_at).time() if plan.starts_at else None
        self.end.data = local(plan.ends_at).time() if plan.ends_at else None
        self.break_minutes.data = plan.break_minutes
        self.organiser.data, self.place.data = plan.organiser, plan.place


@blueprint.get("/a/<code>/activities")
@area_scope("log.view")
def index(code: str) -> View:
    """What was organised in the area and below."""
    args = list_args("kind", "from", "to", sorts=ACTIVITY_SORTS, sort="-date")
    filters = ActivityFilters(args.q, args["kind"], day_of(args["from"]), day_of(args["to"]))
    area_id = current_area().id
    with read_scope() as session:

        def fetch(page: int, size: int) -> ActivityPage:
            return list_activities(session, area_id, filters, page=page, size=size, sort=args.sort)

        if export_asked():
            return send_list(N_("Activities"), ACTIVITY_COLUMNS, fetch)
        return show(
            "log/activities.html",
            args=args,
            today=current_site().today(),
            page=fetch(args.page, args.size),
            kinds=[(kind.code, kind.title) for kind in kinds_in(session, current_area().id)],
        )


@blueprint.route("/a/<code>/activities/<activity>", methods=["GET"])
@area_scope("log.view")
def page(code: str, activity: str) -> View:
    """One activity: plan, totals, and the entries of everybody who took part."""
    with read_scope() as session:
        form = PlanForm()
        found = _here(session, activity)
        form.show(plan_of(found))
        return _page(session, found, form)


@blueprint.post("/a/<code>/activities/<activity>/plan")
@area_scope("log.decide")
def plan(code: str, activity: str) -> View:
    """Change the planned window, break, organiser or place; everybody who took part is derived anew."""
    form = PlanForm()
    area_id = current_area().id
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                require_again(session, "log.decide", area_id)
                found = activity_below(session, area_id, activity)
                people = (
                    None
                    if found is None
                    else change_plan(session, found, form.plan(found.local_date), current_actor())
                )
            if people is None:
                missing()
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("The plan is kept; %(n)s participants are computed anew."), n=people)
            return redirect(url_for("activities.page", code=code, activity=activity), 303)
    with read_scope() as session:
        return _page(session, _here(session, activity), form, 422)


def _here(session: Session, public_id: str) -> Activity:
    found = activity_below(session, current_area().id, public_id)
    if found is None:
        missing()
    return found


def _page(session: Session, found: Activity, form: PlanForm, status: int = 200) -> tuple[str, int]:
    args = list_args(sorts=("date",), sort="recorded", size=100)
    entries = list_entries(
        session,
        current_area().id,
        EntryFilters(activity=found.id),
        page=args.page,
        size=args.size,
        sort="recorded",
    )
    return show(
        "log/activity.html",
        status,
        activity=found,
        photos=attachments.of_subject(session, attachments.ACTIVITY, found.public_id),
        form=form,
        kind=session.get_one(ActivityKind, found.kind_id),
        area=session.get_one(Area, found.area_id),
        page=entries,
        expected=effects_of(session, entries.rows),
        deciding=may("log.decide"),
        deciders=waiting_deciders(session, entries.rows),
        edit=request.args.get("plan") == "1" or status != 200,
    )
