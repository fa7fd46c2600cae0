"""A 接龙 pasted from a group chat: who on it is known here, and recording what the ticked ones did."""

from __future__ import annotations

import re
from datetime import date

from flask import Blueprint, redirect, request, url_for
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import DateField, SelectField, StringField, TextAreaField, TimeField

from pointsys.core.activity_log.kinds import kinds_for
from pointsys.core.areas.models import Area
from pointsys.core.imports.roster import (
    AMBIGUOUS,
    KNOWN,
    REPEATED,
    UNKNOWN,
    Done,
    Participation,
    match_roster,
    record_roster,
)
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem
from pointsys.kit.spreadsheet import parse_time_range
from pointsys.web.access import area_scope, current_actor, current_area, may, require_again
from pointsys.web.forms import Form, at_most, needed
from pointsys.web.frame import flash_done, show
from pointsys.web.log_new import activity_of, offer_undo
from pointsys.web.scope import area_names
from pointsys.web.waiting import tell_waiting

blueprint = Blueprint("imports_roster", __name__)

View = Response | tuple[str, int]
STATES = {
    KNOWN: (N_("on the roster"), "ok"),
    AMBIGUOUS: (N_("several people have this name"), "wait"),
    REPEATED: (N_("repeated"), "off"),
    UNKNOWN: (N_("not on the roster"), "no"),
}
_DAY = re.compile(r"(\d{1,2})月(\d{1,2})[日号]")
_CLOCK = r"(?:上午|下午|晚上|早上|中午)?\s*\d{1,2}\s*[:：点](?:[0-5]\d|半)?"
_TIMES = re.compile(rf"{_CLOCK}\s*[-~—–至到]+\s*{_CLOCK}")
_FIELDS = {"date": "day", "starts_at": "start", "ends_at": "end"}


class PasteForm(Form):
    """The pasted text."""

    text = TextAreaField(lazy_gettext("Sign-up list"), [needed(), at_most(50_000)])


class RosterForm(PasteForm):
    """The text again, and what everybody did."""

    kind = SelectField(lazy_gettext("Type of activity"), [needed()])
    title = StringField(lazy_gettext("Title"), [needed(), at_most(200)])
    day = DateField(lazy_gettext("Date"), [needed()])
    start = TimeField(lazy_gettext("Start"), [needed()])
    end = TimeField(lazy_gettext("End"), [needed()])

    def refuse(self, problem: Problem) -> None:
        """Show a service's refusal at the field of this form that is meant."""
        field = _FIELDS.get(problem.field or "", problem.field)
        super().refuse(Problem(problem.code, problem.message, field=field, **problem.params))


@blueprint.route("/a/<code>/imports/roster", methods=["GET", "POST"])
@area_scope("log.record")
def paste(code: str) -> View:
    """Paste a list; answer with its names looked up."""
    form = PasteForm()
    if form.validate_on_submit():
        return _matched(RosterForm(formdata=None, data={"text": form.text.data}))
    return show("imports/paste.html", 422 if form.errors else 200, form=form)


def _matched(form: RosterForm, status: int = 200) -> View:
    with read_scope() as session:
        _prepare(session, form)
        try:
            roster = match_roster(session, current_area(), form.text.data or "")
        except Problem as problem:
            refused = PasteForm()
            refused.text.data = form.text.data
            refused.refuse(problem)
            return show("imports/paste.html", 422, form=refused)
        if not form.title.data:
            _suggest(form, roster.title)
        areas = {person.area_id for line in roster.lines for person in line.people}
        return show(
            "imports/roster.html",
            status,
            form=form,
            roster=roster,
            states=STATES,
            areas=area_names(session, areas),
            ticked=None if "people" not in request.form else request.form.getlist("people"),
            may_add=may("people.edit"),
        )


def _suggest(form: RosterForm, text: str) -> None:
    """Fill in what the text above the list says: title, day of this year, times. The user looks it over."""
    line = next(iter(text.splitlines()), "")
    form.title.data = line[:200]
    today = current_site().today()
    if found := _DAY.search(line):
        try:
            day = date(today.year, int(found[1]), int(found[2]))
        except ValueError:
            day = today
        form.day.data = day if day <= today else None
    if found := _TIMES.search(line):
        try:
            form.start.data, form.end.data = parse_time_range(found[0])
        except Problem:
            return


def _prepare(session: Session, form: RosterForm) -> None:
    kinds = kinds_for(session, current_area().id)
    form.kind.choices = [(str(kind.id), title) for title, kind in kinds.items()]


@blueprint.post("/a/<code>/imports/roster/record")
@area_scope("log.record")
def record(code: str) -> View:
    """Record what the ticked people of a matched list did."""
    form = RosterForm()
    with read_scope() as session:
        _prepare(session, form)
    if not form.validate_on_submit():
        return _matched(form, 422)
    try:
        done = _record(form)
    except Problem as problem:
        form.refuse(problem)
        return _matched(form, 422)
    _tell(done)
    if done.by_hand is not None and done.created:
        with read_scope() as session:
            activity = activity_of(session, done.by_hand.results[0].entry_id)
        offer_undo(code, activity, done.by_hand)
    return redirect(url_for("log.entries", code=code, q=form.title.data), 303)


def _record(form: RosterForm) -> Done:
    names = request.form.getlist("new")
    with unit_of_work() as session:
        area = session.get_one(Area, current_area().id)
        require_again(session, "log.record", area.id)
        if names:
            require_again(session, "people.edit", area.id)
        day, start, end = form.day.data, form.start.data, form.end.data
        assert day is not None
        assert start is not None
        assert end is not None
        what = Participation(int(form.kind.data), form.title.data or "", day, start, end)
        return record_roster(session, area, request.form.getlist("people"), names, what, current_actor())


def _tell(done: Done) -> None:
    if done.confirmed:
        flash_done(
            N_("Recorded: %(created)s entries; %(unchanged)s were there already."),
            created=done.created,
            unchanged=done.unchanged,
        )
        return
    if done.by_hand is not None:
        tell_waiting(current_area().id, done.by_hand, done.people)
