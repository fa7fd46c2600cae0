"""What people ask about their data, for the staff who answer; the notice, and the register of what is held."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response
from wtforms import SelectField, TextAreaField

from pointsys.core.areas.models import Area
from pointsys.core.people.models import Person
from pointsys.core.privacy import notices, requests
from pointsys.core.privacy.models import DONE, OPEN, REFUSED
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem
from pointsys.web.access import area_scope, current_actor, current_area, require_again
from pointsys.web.forms import Form, at_most, needed
from pointsys.web.frame import flash_done, show
from pointsys.web.lists import Paged, list_args
from pointsys.web.privacy_words import held_lines, notice_content
from pointsys.web.scope import missing

blueprint = Blueprint("privacy", __name__)

View = Response | tuple[str, int]


class AnswerForm(Form):
    """How a request is answered, and why."""

    outcome = SelectField(lazy_gettext("Outcome"), [needed()])
    answer = TextAreaField(lazy_gettext("What was done, or why not"), [needed(), at_most(requests.MAX_TEXT)])


class NoticeForm(Form):
    """The parts of a notice that staff write."""

    unit = TextAreaField(lazy_gettext("Who is responsible"), [needed(), at_most(notices.MAX_PART)])
    contact = TextAreaField(lazy_gettext("How to reach them"), [needed(), at_most(notices.MAX_PART)])
    sharing = TextAreaField(lazy_gettext("Whom the data is handed on to"), [at_most(notices.MAX_PART)])
    more = TextAreaField(lazy_gettext("What else people should know"), [at_most(notices.MAX_PART)])
    changes = TextAreaField(
        lazy_gettext("What is new in this version"), [needed(), at_most(notices.MAX_CHANGES)]
    )


@blueprint.get("/a/<code>/privacy")
@area_scope("privacy.answer")
def index(code: str) -> View:
    """Requests of the area, open ones first."""
    args = list_args("state", size=20)
    with read_scope() as session:
        lines, total = requests.listed(
            session, current_area().id, state=args["state"], limit=args.size, offset=args.offset
        )
        return show(
            "privacy/index.html",
            args=args,
            page=Paged(lines, total, args.page, args.size),
            kinds=requests.KINDS,
            states=requests.STATES,
            choices=[
                ("overdue", gettext("overdue")),
                *((key, gettext(text)) for key, text in requests.STATES.items()),
            ],
            late=requests.overdue_count(session, current_area().id),
            today=current_site().today(),
        )


@blueprint.route("/a/<code>/privacy/requests/<asked>", methods=["GET", "POST"])
@area_scope("privacy.answer")
def answer(code: str, asked: str) -> View:
    """One request, and its answer."""
    form = AnswerForm()
    form.outcome.choices = [(DONE, gettext("Done")), (REFUSED, gettext("Refused"))]
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                found = requests.request_below(session, current_area().id, asked)
                if found is None:
                    missing()
                require_again(session, "privacy.answer", found.area_id)
                requests.answer(session, found, form.outcome.data, form.answer.data or "", current_actor())
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("Answered. The person reads it on their own page."))
            return redirect(url_for("privacy.index", code=code), 303)
    with read_scope() as session:
        found = requests.request_below(session, current_area().id, asked)
        if found is None:
            missing()
        return show(
            "privacy/answer.html",
            422 if form.errors or form.problems else 200,
            form=form,
            asked=found,
            person=session.get_one(Person, found.person_id),
            area=session.get_one(Area, found.area_id),
            kinds=requests.KINDS,
            states=requests.STATES,
            askers=requests.ASKERS,
            is_open=found.state == OPEN,
            late=requests.is_overdue(found, current_site().today()),
        )


@blueprint.get("/a/<code>/privacy/notice")
@area_scope("people.view")
def notice(code: str) -> View:
    """The notice that rules here, also for paper."""
    with read_scope() as session:
        ruling = notices.in_force(session, current_area().id)
        area = session.get_one(Area, ruling.area_id) if ruling.area_id else current_area()
        return show(
            "privacy/notice.html",
            notice=ruling,
            content=notice_content(session, ruling, area),
            first=notices.FIRST,
            area=area,
            versions=notices.versions(session, current_area().id),
        )


@blueprint.route("/a/<code>/privacy/notice/new", methods=["GET", "POST"])
@area_scope("privacy.manage")
def publish(code: str) -> View:
    """Write and publish a new version of the notice for this area and below."""
    form = NoticeForm()
    if form.validate_on_submit():
        parts = {name: form[name].data or "" for name in notices.PARTS}
        try:
            with unit_of_work() as session:
                area = session.get_one(Area, current_area().id)
                require_again(session, "privacy.manage", area.id)
                notices.publish(session, area, parts, held_lines(), form.changes.data or "", current_actor())
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("Published. Everybody here reads it at the next sign-in."))
            return redirect(url_for("privacy.notice", code=code), 303)
    elif request.method == "GET":
        with read_scope() as session:
            ruling = notices.in_force(session, current_area().id)
            content = notice_content(session, ruling, current_area())
            for name in notices.PARTS:
                form[name].data = content.get(name, "")
    return show(
        "privacy/publish.html", 422 if form.errors or form.problems else 200, form=form, held=held_lines()
    )


@blueprint.get("/a/<code>/privacy/register")
@area_scope("privacy.answer")
def register(code: str) -> View:
    """What is held of people, why, how long, and how it is protected."""
    return show("privacy/register.html", held=held_lines())
