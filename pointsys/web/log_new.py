"""Recording by hand: what happened, and who took part, by pasted names or from the roster.

Names are looked up first and shown; only ticked people are recorded. Nothing is kept between the two steps but
the form itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext, lazy_gettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import DateField, SelectField, StringField, TextAreaField, TimeField

from pointsys.core.activity_log.deciders import Decider, deciders
from pointsys.core.activity_log.decisions import confirms_at_once
from pointsys.core.activity_log.kinds import add_local_kind, kinds_for
from pointsys.core.activity_log.models import Activity, Entry
from pointsys.core.activity_log.participants import Named, find_participants, people_below
from pointsys.core.activity_log.planning import plan_of
from pointsys.core.activity_log.queries import activity_below
from pointsys.core.activity_log.record import CREATED, EntryDraft, record
from pointsys.core.areas.models import Area, subtree
from pointsys.core.people.models import Person, PersonAlias
from pointsys.core.permissions import may
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.identity import normalise_text
from pointsys.kit.problems import N_, Problem
from pointsys.web.access import area_scope, current_actor, current_area, require_again
from pointsys.web.forms import Form, at_most, chosen_day, needed, optional
from pointsys.web.frame import flash_done, show
from pointsys.web.scope import area_names, missing

blueprint = Blueprint("log_new", __name__)

View = Response | tuple[str, int]
SOURCE = "form"
OTHER = "other"
# A roster longer than this is not looked through on a page: names are pasted.
ROSTER = 200


class EntryForm(Form):
    """What happened; times, or hours when nobody noted the times."""

    kind = SelectField(lazy_gettext("Kind"), [needed()])
    other_kind = StringField(lazy_gettext("Another kind"), [optional(), at_most(60)])
    title = StringField(lazy_gettext("Title"), [needed(), at_most(200)])
    day = DateField(lazy_gettext("Date"), [needed()])
    start = TimeField(lazy_gettext("Start"), [optional()])
    end = TimeField(lazy_gettext("End"), [optional()])
    hours = StringField(lazy_gettext("or hours"), [optional(), at_most(10)])
    organiser = StringField(lazy_gettext("Organiser"), [optional(), at_most(100)])
    place = StringField(lazy_gettext("Place"), [optional(), at_most(200)])
    note = StringField(lazy_gettext("Note"), [optional(), at_most(500)])
    names = TextAreaField(lazy_gettext("Names"), [optional(), at_most(20_000)])

    # The services name their fields; these are the ones that are called otherwise here.
    ALIASES = {"date": "day", "quantity": "hours", "person": "names"}  # noqa: RUF012 - WTForms reads class attributes

    def refuse(self, problem: Problem) -> None:
        """Show a refusal at the field that is meant."""
        field = self.ALIASES.get(problem.field or "", problem.field)
        super().refuse(Problem(problem.code, problem.message, field=field, **problem.params))


@dataclass(frozen=True)
class What:
    """What the form says happened, read and checked."""

    day: date
    starts_at: datetime | None
    ends_at: datetime | None
    quantity: int | None


@dataclass(frozen=True)
class Outcome:
    """What became of the form: how many entries are new, whether they stand confirmed, and who may confirm."""

    created: int
    confirmed: bool
    activity: str
    deciders: Sequence[Decider]


@blueprint.route("/a/<code>/log/new", methods=["GET", "POST"])
@area_scope("log.record")
def new(code: str) -> View:
    """Record what people did: look the names up, then record those that are ticked."""
    form = EntryForm()
    with read_scope() as session:
        _prepare(session, form)
        if request.method == "GET":
            _start(session, form)
            return _show(session, form)
    if not form.validate_on_submit():
        with read_scope() as session:
            return _show(session, form, 422)
    try:
        what = read_what(form)
        if request.form.get("act") != "record":
            with read_scope() as session:
                return _show(session, form, named=_look_up(session, form))
        outcome = _record(form, what)
    except Problem as problem:
        form.refuse(problem)
        with read_scope() as session:
            return _show(session, form, 422)
    _tell(outcome)
    return redirect(url_for("activities.page", code=code, activity=outcome.activity), 303)


def _prepare(session: Session, form: EntryForm) -> None:
    kinds = kinds_for(session, current_area().id).values()
    form.kind.choices = [(kind.code, kind.title) for kind in kinds] + [(OTHER, gettext("another kind …"))]


def _start(session: Session, form: EntryForm) -> None:
    """Today, or the activity that somebody is to be added to."""
    form.day.data = current_site().today()
    if not request.args.get("activity"):
        return
    activity = activity_below(session, current_area().id, request.args["activity"])
    if activity is None:
        missing()
    plan = plan_of(activity)
    local = current_site().local
    kinds = {kind.id: kind.code for kind in kinds_for(session, current_area().id).values()}
    form.kind.data = kinds.get(activity.kind_id, OTHER)
    form.title.data, form.day.data = activity.title, activity.local_date
    form.organiser.data, form.place.data = plan.organiser, plan.place
    form.start.data = local(plan.starts_at).time() if plan.starts_at else None
    form.end.data = local(plan.ends_at).time() if plan.ends_at else None


def read_what(form: EntryForm) -> What:
    """The day with instants or a quantity in hundredths of an hour; raises Problem."""
    day = chosen_day(form.day)
    start: time | None = form.start.data
    end: time | None = form.end.data
    zone = current_site().timezone
    hours = (form.hours.data or "").strip()
    if form.kind.data == OTHER and not (form.other_kind.data or "").strip():
        raise Problem("bad_kind", N_("Name the kind of activity."), field="other_kind")
    if start is None and end is None and not hours:
        raise Problem("no_time", N_("Give start and end, or the hours."), field="start")
    if (start or end) and hours:
        raise Problem("two_times", N_("Give either start and end, or the hours."), field="hours")
    return What(
        day,
        datetime.combine(day, start, zone) if start else None,
        datetime.combine(day, end, zone) if end else None,
        _hundredths(hours) if hours else None,
    )


def _hundredths(text: str) -> int:
    try:
        hours = Decimal(normalise_text(text))
        hundredths = hours * 100
        fits = 0 < hours <= 24 and hundredths == int(hundredths)
    except (InvalidOperation, ValueError, OverflowError):
        fits = False
    if not fits:
        raise Problem(
            "bad_hours", N_("Write the hours as a number up to 24, such as 2 or 1.5."), field="hours"
        )
    return int(hundredths)


def _look_up(session: Session, form: EntryForm) -> list[Named]:
    named = find_participants(session, current_area().id, form.names.data or "")
    if not named and not request.form.getlist("person"):
        raise _nobody()
    return named


def _record(form: EntryForm, what: What) -> Outcome:
    actor, area_id = current_actor(), current_area().id
    chosen = request.form.getlist("person")
    if not chosen:
        raise _nobody()
    with read_scope() as session:
        if people_below(session, area_id, chosen) is None:
            missing()
    with unit_of_work() as session:
        require_again(session, "log.record", area_id)
        area = session.get_one(Area, area_id)
        people = people_below(session, area_id, chosen) or []
        drafts = _drafts(session, form, what, area, people)
        # Confirming is a right of its own: whoever only records never confirms on the way.
        decides = may(session, actor, "log.decide", area_id)
        at_once = decides and confirms_at_once(session, area, drafts, actor)
        results = record(session, area, drafts, actor, SOURCE, confirm=at_once)
        created = sum(result.outcome == CREATED for result in results)
        return Outcome(
            created,
            at_once,
            _activity_of(session, results[0].entry_id),
            [] if at_once else _others(session, area_id, [person.id for person in people]),
        )


def _nobody() -> Problem:
    return Problem("nobody_named", N_("Paste the names, or tick people on the roster."), field="names")


def _activity_of(session: Session, entry_id: int) -> str:
    query = select(Activity.public_id).join(Entry, Entry.activity_id == Activity.id)
    return session.scalars(query.where(Entry.id == entry_id)).one()


def _others(session: Session, area_id: int, people: list[int]) -> list[Decider]:
    own = current_actor().account_id
    return deciders(session, area_id, but_accounts=[own] if own is not None else [], but_people=people)


def _drafts(
    session: Session, form: EntryForm, what: What, area: Area, people: Sequence[Person]
) -> list[EntryDraft]:
    if form.kind.data == OTHER:
        kind_id = add_local_kind(session, area, form.other_kind.data or "", current_actor()).id
    else:
        codes = {kind.code: kind.id for kind in kinds_for(session, area.id).values()}
        kind_id = codes[form.kind.data]
    return [
        EntryDraft(
            person.id,
            kind_id,
            form.title.data or "",
            what.day,
            starts_at=what.starts_at,
            ends_at=what.ends_at,
            quantity=what.quantity,
            unit="hour" if what.quantity is not None else None,
            note=form.note.data or "",
            organiser=form.organiser.data or "",
            place=form.place.data or "",
        )
        for person in people
    ]


def _tell(outcome: Outcome) -> None:
    if not outcome.created:
        flash_done(N_("All of this was recorded before; nothing was added."))
    elif outcome.confirmed:
        flash_done(N_("Entries recorded and confirmed: %(n)s."), n=outcome.created)
    elif outcome.deciders:
        names = "、".join(f"{decider.login}（{decider.area_name}）" for decider in outcome.deciders)
        flash_done(
            N_("Entries recorded: %(n)s. They wait for a second person; these may confirm: %(names)s."),
            n=outcome.created,
            names=names,
        )
    else:
        flash_done(
            N_(
                "Entries recorded: %(n)s. They wait for a second person, but nobody else here may confirm yet."
            ),
            n=outcome.created,
        )


def _show(
    session: Session, form: EntryForm, status: int = 200, *, named: Sequence[Named] | None = None
) -> tuple[str, int]:
    found = [person for item in named or () for person in item.people]
    roster = _roster(session)
    return show(
        "log/new.html",
        status,
        form=form,
        named=named,
        areas=area_names(session, {person.area_id for person in [*found, *roster]}),
        roster=roster,
        ticked=set(request.form.getlist("person")),
        in_list={person.id for person in found},
    )


def _roster(session: Session) -> list[Person]:
    """Everybody who belongs here, where that is few enough to be ticked."""
    inside = Person.area_id.in_(subtree(current_area().id)), Person.left_on.is_(None)
    total = session.scalar(select(func.count(Person.id)).where(*inside)) or 0
    if total > ROSTER:
        return []
    merged = select(PersonAlias.merged_id).where(PersonAlias.merged_id == Person.id).exists()
    return list(session.scalars(select(Person).where(*inside, ~merged).order_by(Person.sort_key, Person.id)))
