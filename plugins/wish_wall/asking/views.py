"""For staff and grid workers: a wish on somebody's behalf, taking one back, and households."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    Area,
    ListColumn,
    Paged,
    Person,
    PersonData,
    Problem,
    area_scope,
    create_person,
    current_actor,
    current_area,
    current_site,
    export_asked,
    find_participants,
    flash_done,
    flash_outcome,
    idempotent_form,
    list_args,
    masked_person,
    may_here,
    missing,
    people_below,
    person_below,
    read_scope,
    require_again,
    send_list,
    show,
    unit_of_work,
)

from ..finding import wish_below
from ..models import BEHALF, SELF
from ..settings import rules_in
from . import households as homes
from . import services
from .forms import KINDS, BehalfForm
from .households import HouseholdLine

blueprint = Blueprint("wishes_asking", __name__)

View = Response | tuple[str, int]
BEHALF_MAY = "wishes.behalf"
NEW = "new"
COLUMNS = (
    ListColumn(N_("People"), lambda row: row.names),
    ListColumn(N_("Number of people"), lambda row: len(row.members), "count"),
    ListColumn(N_("Area"), lambda row: row.area),
    ListColumn(N_("Since"), lambda row: current_site().local(row.created_at).date(), "date"),
)


@blueprint.route("/a/<code>/wishes/new", methods=["GET", "POST"])
@area_scope(BEHALF_MAY)
def new(code: str) -> View:
    """A wish for somebody who agreed: who it is is always chosen, never guessed from the name."""
    form = BehalfForm()
    area_id = current_area().id
    if form.validate_on_submit() and request.form.get("look") != "1":
        try:
            with unit_of_work() as session:
                once = idempotent_form(session)
                if once.place is not None:
                    return redirect(once.place, 303)
                require_again(session, BEHALF_MAY, area_id)
                person = _wisher(session, form)
                theme = services.round_now(session, person.area_id)
                wish = services.submit(
                    session,
                    person,
                    form.asked(),
                    current_actor(),
                    channel=BEHALF,
                    consent=form.consent.data or "",
                    campaign_id=theme.id if theme else None,
                )
                place = once.done(url_for("wishes_wall.wish", code=code, wish=wish.public_id))
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("The wish is handed in and waits for the review."))
            return redirect(place, 303)
    with read_scope() as session:
        wrong, rules = bool(form.errors or form.problems), rules_in(session, area_id)
        if wrong:
            form.tell_all(rules.max_amount)
        return show(
            "wishes/asking_behalf.html",
            422 if wrong else 200,
            form=form,
            kinds=KINDS,
            rules=rules,
            candidates=_candidates(session, form.name.data or ""),
            may_add=may_here("people.edit"),
        )


def _candidates(session: Session, name: str) -> list[tuple[str, str, str]]:
    """People of this name here: (outside id, name, what tells them from namesakes)."""
    found = [
        person for named in find_participants(session, current_area().id, name) for person in named.people
    ]
    rows = session.execute(
        select(Area.id, Area.name).where(Area.id.in_({person.area_id for person in found[:20]}))
    )
    areas = {row.id: row.name for row in rows}
    told = []
    for person in found[:20]:
        shown = masked_person(person)
        born = str(shown.birth_date.year) if shown.birth_date else ""
        told.append(
            (
                person.public_id,
                person.name,
                " · ".join(filter(None, (areas[person.area_id], born, shown.phone))),
            )
        )
    return told


def _wisher(session: Session, form: BehalfForm) -> Person:
    """Who wishes: somebody on the roster, or somebody new where the reader may add people."""
    chosen = form.person.data or ""
    if chosen == NEW:
        require_again(session, "people.edit", current_area().id)
        data = PersonData(form.name.data or "", current_area().id, phone=form.phone.data or None)
        return create_person(session, data, current_actor(), from_on=current_site().today())
    if not chosen:
        raise Problem("choose_person", N_("Look the name up and choose who it is."), field="name")
    person = person_below(session, current_area().id, chosen)
    if person is None:
        missing()
    if services.may_ask_for(session, person, current_actor()) == SELF:
        raise Problem("own_wish", N_("For yourself make the wish on your own page."), field="name")
    return person


@blueprint.post("/a/<code>/wishes/wish/<wish>/withdraw")
@area_scope(BEHALF_MAY)
def withdraw(code: str, wish: str) -> View:
    """Take a wish back for its wisher, with the reason they gave."""
    area_id = current_area().id
    with flash_outcome(N_("The wish is taken back.")), unit_of_work() as session:
        require_again(session, BEHALF_MAY, area_id)
        found = wish_below(session, current_area(), wish, lock=True)
        services.withdraw(session, found, current_actor(), request.form.get("reason", ""), by_staff=True)
    return redirect(url_for("wishes_wall.wish", code=code, wish=wish), 303)


@blueprint.get("/a/<code>/wishes/households")
@area_scope("wishes.review")
def households(code: str) -> View:
    """Who lives together, as far as the office noted it."""
    args = list_args()
    area_id = current_area().id
    with read_scope() as session:

        def fetch(page: int, size: int) -> Paged[HouseholdLine]:
            rows, total = homes.households_page(
                session, area_id, args.q, limit=size, offset=(page - 1) * size
            )
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Households"), COLUMNS, fetch)
        return show("wishes/asking_households.html", args=args, page=fetch(args.page, args.size))


@blueprint.route("/a/<code>/wishes/households/new", methods=["GET", "POST"])
@area_scope("wishes.review")
def new_household(code: str) -> View:
    """Note that some people live together."""
    area_id, text = current_area().id, request.form.get("names", "")
    refused: Problem | None = None
    if request.method == "POST" and request.form.get("look") != "1":
        try:
            with unit_of_work() as session:
                require_again(session, "wishes.review", area_id)
                people = _chosen(session)
                # Where they belong, so that their own community sees it whoever noted it.
                area = session.get_one(Area, people[0].area_id)
                household = homes.group(session, area, people, current_actor())
                place = url_for("wishes_asking.household", code=code, household=household.public_id)
        except Problem as problem:
            refused = problem
        else:
            flash_done(N_("The household is noted."))
            return redirect(place, 303)
    return _names_page(None, text, refused)


def _chosen(session: Session) -> Sequence[Person]:
    """The people that were ticked; raises Problem nothing_picked."""
    ids = request.form.getlist("person")
    if not ids:
        raise Problem("nothing_picked", N_("Look the names up and tick who is meant."), field="names")
    people = people_below(session, current_area().id, ids)
    if people is None:
        missing()
    return people


def _names_page(household: str | None, text: str, refused: Problem | None) -> View:
    with read_scope() as session:
        found = find_participants(session, current_area().id, text) if text.strip() else []
        return show(
            "wishes/asking_household_new.html",
            422 if refused else 200,
            household=household,
            text=text,
            named=found,
            people={
                one.public_id: (one.name, masked_person(one).phone) for named in found for one in named.people
            },
            picked=set(request.form.getlist("person")),
            refused=refused,
        )


@blueprint.get("/a/<code>/wishes/households/<household>")
@area_scope("wishes.review")
def household(code: str, household: str) -> View:
    """One household: who is of it."""
    with read_scope() as session:
        found = homes.household_below(session, current_area(), household)
        return show(
            "wishes/asking_household.html",
            household=found,
            members=homes.members_of(session, found),
            area=session.get_one(Area, found.area_id),
        )


@blueprint.route("/a/<code>/wishes/households/<household>/add", methods=["GET", "POST"])
@area_scope("wishes.review")
def add(code: str, household: str) -> View:
    """Take further people into a household."""
    area_id, text = current_area().id, request.form.get("names", "")
    refused: Problem | None = None
    with read_scope() as session:
        homes.household_below(session, current_area(), household)
    if request.method == "POST" and request.form.get("look") != "1":
        try:
            with unit_of_work() as session:
                require_again(session, "wishes.review", area_id)
                found = homes.household_below(session, current_area(), household, lock=True)
                homes.add(session, found, _chosen(session), current_actor())
        except Problem as problem:
            refused = problem
        else:
            flash_done(N_("The household is noted."))
            return redirect(url_for("wishes_asking.household", code=code, household=household), 303)
    return _names_page(household, text, refused)


@blueprint.post("/a/<code>/wishes/households/<household>/leave/<pid>")
@area_scope("wishes.review")
def leave(code: str, household: str, pid: str) -> View:
    """End that somebody is of a household."""
    area_id = current_area().id
    with flash_outcome(N_("Saved.")), unit_of_work() as session:
        require_again(session, "wishes.review", area_id)
        found = homes.household_below(session, current_area(), household, lock=True)
        homes.leave(session, found, homes.member_of(session, found, pid), current_actor())
    return redirect(url_for("wishes_asking.household", code=code, household=household), 303)
