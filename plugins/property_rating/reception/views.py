"""Pages of reception days for staff: the days, one day with its items, what is overdue, and how much was solved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    ListColumn,
    Paged,
    Person,
    Problem,
    area_scope,
    current_actor,
    current_area,
    current_site,
    export_asked,
    find_participants,
    flash_done,
    flash_outcome,
    list_args,
    missing,
    read_scope,
    require_again,
    send_list,
    show,
    unit_of_work,
)

from ..registry import queries as registry
from ..registry.models import PropertyEstate
from ..registry.views import day_given
from . import queries, rates, services, words
from .forms import ReceptionForm
from .models import PropertyReception, PropertyReceptionItem

blueprint = Blueprint("property_reception", __name__, template_folder="../templates")

View = Response | tuple[str, int]
VIEW, KEEP = "property.view", "property.reception"

DAY_COLUMNS = (
    ListColumn(N_("Day"), lambda row: row.on_date, "date"),
    ListColumn(N_("Begins at"), lambda row: row.starts.strftime("%H:%M")),
    ListColumn(N_("Ends at"), lambda row: row.ends.strftime("%H:%M")),
    ListColumn(N_("Estate"), lambda row: row.estate),
    ListColumn(N_("Property company"), lambda row: row.company),
    ListColumn(N_("Place"), lambda row: row.place),
    ListColumn(N_("Who receives"), lambda row: row.manager),
    ListColumn(N_("Matters"), lambda row: row.items, "count"),
    ListColumn(N_("State"), lambda row: gettext(words.DAY_STATES[row.state][0])),
)
ITEM_COLUMNS = (
    ListColumn(N_("Promised for"), lambda row: row.promised_on, "date"),
    ListColumn(N_("Estate"), lambda row: row.estate),
    ListColumn(N_("Property company"), lambda row: row.company),
    ListColumn(N_("Reception of"), lambda row: row.on_date, "date"),
    ListColumn(N_("What the matter is"), lambda row: row.text),
    ListColumn(N_("State"), lambda row: gettext(words.state_of(row)[0])),
    ListColumn(N_("Handled on"), lambda row: row.handled_on, "date"),
    ListColumn(N_("Asked again on"), lambda row: row.revisited_on, "date"),
)
RATE_COLUMNS = (
    ListColumn(N_("Estate"), lambda row: row.estate),
    ListColumn(N_("Property company"), lambda row: row.company),
    ListColumn(N_("Reception days"), lambda row: row.receptions, "count"),
    ListColumn(N_("Matters"), lambda row: row.items, "count"),
    ListColumn(N_("Solved, resident agrees"), lambda row: row.solved, "count"),
    ListColumn(N_("Rate in percent"), lambda row: row.percent, "count"),
    ListColumn(N_("Past the promised day"), lambda row: row.overdue, "count"),
)


def _day(raw: str) -> date | None:
    try:
        return date.fromisoformat(raw)
    except ValueError:
        return None


@blueprint.get("/a/<code>/property/receptions")
@area_scope(VIEW)
def index(code: str) -> Any:
    """Reception days of the area and below, those to come first."""
    args = list_args("state", "from", "to")
    filters = queries.DayFilters(args.q, args["state"], _day(args["from"]), _day(args["to"]))
    area_id = current_area().id
    with read_scope() as session:

        def fetch(page: int, size: int) -> Paged[queries.DayLine]:
            rows, total = queries.days_page(session, area_id, filters, limit=size, offset=(page - 1) * size)
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Reception days"), DAY_COLUMNS, fetch)
        return show(
            "property/reception_days.html",
            args=args,
            page=fetch(args.page, args.size),
            states=words.DAY_STATES,
            states_choices=[(key, gettext(text)) for key, (text, _kind) in words.DAY_STATES.items()],
        )


@blueprint.get("/a/<code>/property/receptions/items")
@area_scope(VIEW)
def items(code: str) -> Any:
    """Items of all receptions, the earliest promise first: what is overdue, and what is to be asked again."""
    args = list_args("state", "estate")
    filters = queries.ItemFilters(args.q, args["state"], estate=args["estate"])
    area_id = current_area().id
    with read_scope() as session:

        def fetch(page: int, size: int) -> Paged[queries.ItemLine]:
            rows, total = queries.items_page(session, area_id, filters, limit=size, offset=(page - 1) * size)
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Items of receptions"), ITEM_COLUMNS, fetch)
        return show(
            "property/reception_items.html",
            args=args,
            page=fetch(args.page, args.size),
            states_choices=[(key, gettext(text)) for key, text in words.ITEM_STATES.items()],
            estates=[(row.public_id, row.name) for row in registry.estates_below(session, area_id)],
            state_of=words.state_of,
        )


@blueprint.get("/a/<code>/property/receptions/rates")
@area_scope(VIEW)
def solved(code: str) -> Any:
    """How much was solved by estate and company, the lowest rate first; the last twelve months unless asked."""
    args = list_args("from", "to")
    today = current_site().today()
    last = _day(args["to"]) or today
    first = _day(args["from"]) or last - timedelta(days=365)
    with read_scope() as session:
        rows = rates.rates_below(session, current_area().id, first, last, today)

        def fetch(page: int, size: int) -> Paged[rates.RateLine]:
            return Paged.cut(rows, page, size)

        if export_asked():
            return send_list(N_("Solved items of receptions"), RATE_COLUMNS, fetch)
        return show(
            "property/reception_rates.html",
            args=args,
            page=fetch(args.page, args.size),
            first=first,
            last=last,
        )


@blueprint.route("/a/<code>/property/receptions/new", methods=["GET", "POST"])
@area_scope(KEEP)
def new(code: str) -> View:
    """Publish a reception day of an estate."""
    form = ReceptionForm()
    with read_scope() as session:
        estates = registry.estates_below(session, current_area().id)
        form.estate.choices = [("", ""), *((row.public_id, row.name) for row in estates)]
        if request.method == "GET":
            _suggest(session, form, estates)
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                found = registry.estate_below(session, current_area().id, form.estate.data or "")
                if found is None:
                    raise Problem("unknown_estate", N_("Choose an estate."), field="estate")
                require_again(session, KEEP, found.area_id)
                made = services.publish(session, found, form.data_of(), current_actor())
                public_id = made.public_id
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("The day is published: it stands on the public page from now on."))
            return redirect(url_for("property_reception.reception", code=code, reception=public_id), 303)
    status = 422 if form.errors or form.problems else 200
    return show("property/reception_form.html", status, form=form, estates=bool(estates))


def _suggest(session: Session, form: ReceptionForm, estates: list[PropertyEstate]) -> None:
    """Fill in the estate of the address, or the only one, with its manager."""
    wanted = request.args.get("estate", "") if len(estates) != 1 else estates[0].public_id
    chosen = next((row for row in estates if row.public_id == wanted), None)
    if chosen is not None:
        form.estate.data = chosen.public_id
        named = registry.managers_on(session, [chosen.id], current_site().today()).get(chosen.id)
        form.manager.data = named[-1].name if named else None


def _reception(
    session: Session, public_id: str, *, lock: bool = False
) -> tuple[PropertyReception, PropertyEstate]:
    return queries.reception_below(session, current_area().id, public_id, lock=lock) or missing()


@blueprint.get("/a/<code>/property/receptions/<reception>")
@area_scope(VIEW)
def reception(code: str, reception: str) -> View:
    """One day with what people brought, and what became of it."""
    today = current_site().today()
    with read_scope() as session:
        found, estate = _reception(session, reception)
        rows, _total = queries.items_page(
            session, current_area().id, queries.ItemFilters(reception=reception), limit=500
        )
        return show(
            "property/reception_day.html",
            reception=found,
            estate=estate,
            rows=sorted(rows, key=lambda row: row.no),
            steps=queries.steps_of(session, [row.id for row in rows]),
            step_words=words.STEPS,
            state_of=words.state_of,
            logs=found.called_off_at is None and found.on_date <= today <= found.on_date + services.LATE,
            today=today,
            promise=today + timedelta(days=7),
        )


@blueprint.post("/a/<code>/property/receptions/<reception>/call-off")
@area_scope(KEEP)
def call_off(code: str, reception: str) -> View:
    """Call a day off, with the reason."""
    with (
        flash_outcome(N_("The reception is called off; the public page says so.")),
        unit_of_work() as session,
    ):
        found, estate = _reception(session, reception, lock=True)
        require_again(session, KEEP, estate.area_id)
        services.call_off(session, estate, found, request.form.get("reason", ""), current_actor())
    return redirect(url_for("property_reception.reception", code=code, reception=reception), 303)


def participant(session: Session, area_id: int, name: str) -> Person | None:
    """Who is meant by a name, None for none given; raises Problem unknown_person or several_people."""
    if not name.strip():
        return None
    named = find_participants(session, area_id, name)
    people = [person for one in named for person in one.people]
    if not people:
        raise Problem(
            "unknown_person",
            N_("Nobody of this name is on record here: leave it empty, or add the person first."),
            field="person",
        )
    if len(people) > 1:
        raise Problem(
            "several_people", N_("Several people have this name: leave it empty and say it in words."),
            field="person",
        )  # fmt: skip
    return people[0]


@blueprint.post("/a/<code>/property/receptions/<reception>/items")
@area_scope(KEEP)
def log(code: str, reception: str) -> View:
    """Note what somebody brought."""
    with flash_outcome(N_("The item is noted.")), unit_of_work() as session:
        found, estate = _reception(session, reception, lock=True)
        require_again(session, KEEP, estate.area_id)
        promised = day_given("promised_on")
        assert promised is not None
        person = participant(session, estate.area_id, request.form.get("person", ""))
        services.log_item(
            session, estate, found, request.form.get("text", ""), promised, person, current_actor()
        )
    return redirect(url_for("property_reception.reception", code=code, reception=reception), 303)


def _on_item(
    code: str, matter: str, act: Callable[[Session, PropertyEstate, PropertyReceptionItem], None], done: str
) -> Response:
    day = ""
    with flash_outcome(done), unit_of_work() as session:
        found = queries.item_below(session, current_area().id, matter, lock=True)
        if found is None:
            missing()
        item, at, estate = found
        day = at.public_id
        require_again(session, KEEP, estate.area_id)
        act(session, estate, item)
    target = url_for("property_reception.reception", code=code, reception=day)
    return redirect(f"{target}#i-{matter}", 303)


@blueprint.post("/a/<code>/property/receptions/items/<matter>/handle")
@area_scope(KEEP)
def handle(code: str, matter: str) -> View:
    """Say that an item is solved or cannot be."""

    def act(session: Session, estate: PropertyEstate, item: PropertyReceptionItem) -> None:
        state, note = request.form.get("state", ""), request.form.get("note", "")
        services.handle(session, estate, item, state, note, current_actor())

    return _on_item(code, matter, act, N_("Noted. Somebody else asks the resident again."))


@blueprint.post("/a/<code>/property/receptions/items/<matter>/revisit")
@area_scope(KEEP)
def revisit(code: str, matter: str) -> View:
    """Note what the resident said when asked again."""

    def act(session: Session, estate: PropertyEstate, item: PropertyReceptionItem) -> None:
        confirmed = services.result_given(request.form.get("result", ""))
        services.revisit(session, estate, item, confirmed, request.form.get("note", ""), current_actor())

    return _on_item(code, matter, act, N_("The answer of the resident is noted."))
