"""The list of an area's people, adding one, and pairs that may be one person; ``person`` has the page of each."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext, lazy_gettext
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import DateField, SelectField, StringField

from pointsys.core.areas.models import Area
from pointsys.core.areas.services import children_of
from pointsys.core.people import merging
from pointsys.core.people.models import Person
from pointsys.core.people.records import masked
from pointsys.core.people.search import SORTS, Page, PeopleFilters, search_people
from pointsys.core.people.services import PersonData, create_person
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem
from pointsys.limits import count_search
from pointsys.web.access import area_scope, current_actor, current_area, require_again
from pointsys.web.forms import Form, at_most, needed, optional
from pointsys.web.frame import flash_done, flash_outcome, show
from pointsys.web.idempotent import idempotent_form
from pointsys.web.list_export import ListColumn, export_asked, send_list
from pointsys.web.lists import ListArgs, clean_value, list_args
from pointsys.web.scope import MAX_CHOICES, area_choices, area_here, area_names, person_here

blueprint = Blueprint("people", __name__)

View = Response | tuple[str, int]
FILTERS = ("area", "sex", "left")
SEXES = (("male", N_("male")), ("female", N_("female")))
REASONS = {
    "phone_name": N_("same name and phone"),
    "name_birth_date": N_("same name and birth date"),
    "phone": N_("same phone"),
    "name_area": N_("same name in the same area"),
}


class PersonForm(Form):
    """What is known of a person; on editing, phone and ID number are shown masked and a blank keeps them."""

    name = StringField(lazy_gettext("Name"), [needed(), at_most(100)])
    sex = SelectField(lazy_gettext("Sex"), [optional()])
    birth_date = DateField(lazy_gettext("Birth date"), [optional()])
    phone = StringField(lazy_gettext("Phone"), [optional(), at_most(40)])
    id_number = StringField(lazy_gettext("ID number"), [optional(), at_most(40)])
    note = StringField(lazy_gettext("Note"), [optional(), at_most(200)])

    def prepare(self) -> None:
        """Fill in the choices."""
        self.sex.choices = [("", gettext("unknown")), *((key, gettext(text)) for key, text in SEXES)]

    def data_for(self, area_id: int) -> PersonData:
        """What was typed."""
        return PersonData(
            name=self.name.data or "",
            area_id=area_id,
            sex=self.sex.data or None,
            birth_date=self.birth_date.data,
            phone=self.phone.data or None,
            id_number=self.id_number.data or None,
            note=self.note.data or "",
        )


class NewPersonForm(PersonForm):
    """The same with the area and the day of arrival."""

    area = SelectField(lazy_gettext("Area"), [needed()])
    from_on = DateField(lazy_gettext("Belongs there since"), [optional()])


@blueprint.get("/a/<code>/people")
@area_scope("people.view")
def index(code: str) -> View:
    """The people of the area and below."""
    return _list(list_args(*FILTERS, sorts=SORTS, sort="name"))


@blueprint.post("/a/<code>/people/find")
@area_scope("people.view")
def find(code: str) -> View:
    """Look people up. A phone or ID number must not stand in an address, which servers and browsers keep."""
    sent = {name: clean_value(request.form.get(name, "")) for name in ("q", *FILTERS, "sort")}
    if not is_number(sent["q"]):
        kept: dict[str, Any] = {name: value for name, value in sent.items() if value}
        return redirect(url_for("people.index", code=code, **kept), 303)
    return _list(ListArgs(q=sent["q"], sort="name", filters={name: sent[name] for name in FILTERS}))


def is_number(text: str) -> bool:
    """Whether somebody looks for a phone or an ID number, not for a name or its last four digits."""
    return sum(char.isdigit() for char in text) >= 7


def _list(args: ListArgs) -> View:
    filters = PeopleFilters(
        area_code=args["area"] or None,
        sex=args["sex"] or None,
        left={"here": False, "left": True}.get(args["left"]),
    )
    area_id = current_area().id
    if args.q:
        count_search()
    with read_scope() as session:

        def fetch(page: int, size: int) -> Page:
            return search_people(
                session, area_id, args.q, page=page, size=size, filters=filters, sort=args.sort
            )

        if export_asked():
            return send_list(N_("People"), _columns(session), fetch)
        page = fetch(args.page, args.size)
        return show(
            "people/index.html",
            args=args,
            page=page,
            # Its links would carry the number on.
            by_number=is_number(args.q),
            rows=[(person, masked(person)) for person in page.rows],
            areas=area_names(session, {person.area_id for person in page.rows}),
            children=[
                (area.code, area.name) for area in children_of(session, current_area().id)[:MAX_CHOICES]
            ],
        )


def _columns(session: Session) -> list[ListColumn]:
    """What the list shows of a person; phones as masked there, and no ID number."""
    places = {row.id: row.name for row in session.execute(select(Area.id, Area.name))}
    sexes = {key: str(gettext(text)) for key, text in SEXES}
    return [
        ListColumn(N_("Name"), lambda person: person.name),
        ListColumn(N_("Sex"), lambda person: sexes.get(person.sex or "", "")),
        ListColumn(N_("Birth date"), lambda person: person.birth_date, "date", "birth_date"),
        ListColumn(N_("Phone"), lambda person: masked(person).phone),
        ListColumn(N_("Area"), lambda person: places[person.area_id]),
        ListColumn(N_("Left on"), lambda person: person.left_on, "date"),
    ]


@blueprint.route("/a/<code>/people/new", methods=["GET", "POST"])
@area_scope("people.edit")
def new(code: str) -> View:
    """Add a person."""
    form = NewPersonForm()
    form.prepare()
    with read_scope() as session:
        form.area.choices = [(choice.code, choice.label) for choice in area_choices(session)]
    if request.method == "GET":
        form.area.data = code
    if form.validate_on_submit():
        try:
            place = _add(form, code)
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("%(name)s is added."), name=form.name.data)
            return redirect(place, 303)
    return show("people/new.html", 422 if form.errors or form.problems else 200, form=form)


def _add(form: NewPersonForm, code: str) -> str:
    """Add the person, once however often the button is pressed; returns the address of their page."""
    with unit_of_work() as session:
        area = area_here(session, form.area.data)
        require_again(session, "people.edit", area.id)
        once = idempotent_form(session)
        if once.place is not None:
            return once.place
        since: date | None = form.from_on.data
        person = create_person(session, form.data_for(area.id), current_actor(), from_on=since)
        return once.done(url_for("people_person.page", code=code, pid=person.public_id))


@blueprint.get("/a/<code>/people/duplicates")
@area_scope("people.edit")
def duplicates(code: str) -> View:
    """Pairs that may be one person, to merge or to keep apart."""
    with read_scope() as session:
        pairs = merging.suggest_duplicates(session, current_area().id)
        people = [person for pair in pairs for person in (pair.first, pair.second)]
        return show(
            "people/duplicates.html",
            pairs=[(pair, masked(pair.first), masked(pair.second)) for pair in pairs],
            areas=area_names(session, {person.area_id for person in people}),
            reasons=REASONS,
        )


@blueprint.post("/a/<code>/people/merge")
@area_scope("people.edit")
def merge(code: str) -> View:
    """Record that two rows are one person; ``kept`` is the one that stays in lists."""
    kept_pid = request.form.get("kept", "")
    with (
        flash_outcome(N_("Both are one person now. What each did is counted together.")),
        unit_of_work() as session,
    ):
        kept, merged = _both(session, kept_pid, request.form.get("merged", ""))
        merging.merge_people(session, kept, merged, current_actor())
    return redirect(url_for("people_person.page", code=code, pid=kept_pid), 303)


@blueprint.post("/a/<code>/people/distinct")
@area_scope("people.edit")
def distinct(code: str) -> View:
    """Remember that two who look alike are two people."""
    with flash_outcome(N_("Noted: these are two different people.")), unit_of_work() as session:
        first, second = _both(session, request.form.get("kept", ""), request.form.get("merged", ""))
        merging.mark_distinct(session, first, second, current_actor())
    return redirect(url_for("people.duplicates", code=code), 303)


@blueprint.post("/a/<code>/people/unmerge")
@area_scope("people.edit")
def unmerge(code: str) -> View:
    """Make a merged row a person of its own again."""
    public_id = request.form.get("merged", "")
    with flash_outcome(N_("The merge is undone.")), unit_of_work() as session:
        person_here(session, public_id)
        merged = session.scalars(select(Person).where(Person.public_id == public_id)).one()
        require_again(session, "people.edit", merged.area_id)
        merging.unmerge(session, merged, current_actor())
    return redirect(url_for("people_person.page", code=code, pid=public_id), 303)


def _both(session: Session, first_pid: str, second_pid: str) -> tuple[Person, Person]:
    first, second = person_here(session, first_pid), person_here(session, second_pid)
    require_again(session, "people.edit", first.area_id)
    require_again(session, "people.edit", second.area_id)
    return first, second


def age_on(birth_date: date | None) -> int | None:
    """Whole years today."""
    if birth_date is None:
        return None
    today = current_site().today()
    return today.year - birth_date.year - ((today.month, today.day) < (birth_date.month, birth_date.day))
