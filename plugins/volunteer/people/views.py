"""Pages of volunteers for staff: the list of an area, registering by name, and one volunteer's page."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    ListColumn,
    Named,
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
    flash_problem,
    list_args,
    missing,
    people_below,
    person_below,
    read_scope,
    require_again,
    send_list,
    show,
    unit_of_work,
)

from ..teams.queries import active_teams, rows_of, teams_of_person
from . import guardians, papers, queries, services
from .eligibility import age_on
from .forms import ConsentForm, GuardianForm, PolicyForm, RegisterForm, TrainingForm
from .gates import ages_in
from .numbers import SYSTEMS

blueprint = Blueprint("volunteer_people", __name__)

View = Response | tuple[str, int]
PERMISSION = "volunteer.people"

COLUMNS = (
    ListColumn(N_("Name"), lambda row: row.name),
    ListColumn(N_("Volunteer number"), lambda row: row.number),
    ListColumn(N_("Area"), lambda row: row.area),
    ListColumn(N_("State"), lambda row: gettext(services.STATES[row.state])),
    ListColumn(N_("Registered on"), lambda row: row.registered_on, "date"),
    ListColumn(N_("How"), lambda row: gettext(services.WAYS.get(row.way, row.way))),
)


@blueprint.get("/a/<code>/volunteer/people")
@area_scope(PERMISSION)
def index(code: str) -> View:
    """Volunteers of the area and below, those who apply first on a card."""
    args = list_args("state", "team", sorts=queries.SORTS, sort="name")
    state = args["state"] if args["state"] in services.STATES else ""
    filters = queries.Filters(args.q, state, args["team"])
    with read_scope() as session:
        area_id = current_area().id

        def fetch(page: int, size: int) -> Paged[queries.VolunteerLine]:
            rows, total = queries.volunteers_page(
                session, area_id, filters, sort=args.sort, limit=size, offset=(page - 1) * size
            )
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Volunteers"), COLUMNS, fetch)
        page = fetch(args.page, args.size)
        return show(
            "volunteer/people_index.html",
            args=args,
            page=page,
            teams_by_person=queries.team_names(session, [row.person_id for row in page.rows]),
            counts=queries.numbers(session, area_id),
            states=services.STATES,
            teams=[(one.public_id, one.name) for one in active_teams(session, area_id)],
            today=current_site().today(),
            adult=ages_in(session, [area_id], current_site().today())[area_id].adult,
            age_on=age_on,
        )


@blueprint.route("/a/<code>/volunteer/people/new", methods=["GET", "POST"])
@area_scope(PERMISSION)
def new(code: str) -> View:
    """Register people of the roster by name, one or many; says of each who was not registered why."""
    form = RegisterForm()
    doubtful: list[Named] = []
    refused: list[tuple[str, Problem]] = []
    if form.validate_on_submit():
        try:
            with read_scope() as session:
                people, doubtful = meant(session, current_area().id, form.names.data or "")
            if not people and not doubtful:
                raise Problem("nobody_named", N_("Name who is to be registered."), field="names")
            if not doubtful:
                done, refused = _register(people)
                if done:
                    flash_done(N_("%(n)s people have a volunteer number now."), n=done)
                if not refused:
                    return redirect(url_for("volunteer_people.index", code=code, sort="-registered"), 303)
        except Problem as problem:
            form.refuse(problem)
    wrong = bool(form.errors or form.problems or doubtful or refused)
    return show(
        "volunteer/people_new.html", 422 if wrong else 200, form=form, doubtful=doubtful, refused=refused
    )


def _register(people: list[int]) -> tuple[int, list[tuple[str, Problem]]]:
    """How many were registered, and the names of the others with the reasons."""
    with unit_of_work() as session:
        require_again(session, PERMISSION, current_area().id)
        rows = [session.get_one(Person, one) for one in people]
        done = services.register(session, rows, current_actor())
        names = {row.id: row.name for row in rows}
        return len(done.people), [(names[one], problem) for one, problem in done.refused]


def meant(session: Session, area_id: int, text: str) -> tuple[list[int], list[Named]]:
    """Row ids of who is meant by names and by ticks, and the names that are not clear."""
    chosen = people_below(session, area_id, request.form.getlist("person"))
    if chosen is None:
        missing()
    taken = {person.name for person in chosen}
    people = [person.id for person in chosen]
    doubtful = []
    for one in find_participants(session, area_id, text):
        if len(one.people) == 1:
            people.append(one.people[0].id)
        elif one.name not in taken:
            doubtful.append(one)
    return list(dict.fromkeys(people)), doubtful


@blueprint.post("/a/<code>/volunteer/people/register")
@area_scope(PERMISSION)
def register(code: str) -> View:
    """Register the applicants that were ticked."""
    area_id = current_area().id
    ids = request.form.getlist("id")
    try:
        with read_scope() as session:
            people = people_below(session, area_id, ids)
        if people is None:
            missing()
        if not people:
            raise Problem("nobody_named", N_("Name who is to be registered."))
        done, refused = _register([person.id for person in people])
    except Problem as problem:
        flash_problem(problem)
    else:
        if done:
            flash_done(N_("%(n)s people have a volunteer number now."), n=done)
        for name, _why in refused[:5]:
            flash_problem(
                Problem(
                    "not_registered",
                    N_("%(name)s was not registered: open their page to see why."),
                    name=name,
                )
            )
    return redirect(url_for("volunteer_people.index", code=code, state=request.form.get("state", "")), 303)


def person_of(session: Session, public_id: str) -> Person:
    """The person of the address; 404 for any outside the page's area."""
    found = person_below(session, current_area().id, public_id)
    if found is None:
        missing()
    return found


@blueprint.get("/a/<code>/volunteer/people/<pid>")
@area_scope(PERMISSION)
def one(code: str, pid: str) -> View:
    """One volunteer: standing, numbers, teams, guardians, insurance, training."""
    with read_scope() as session:
        return page_of(session, person_of(session, pid))


def page_of(
    session: Session,
    person: Person,
    *,
    guardian: GuardianForm | None = None,
    consent: ConsentForm | None = None,
    policy: PolicyForm | None = None,
    training: TrainingForm | None = None,
    namesakes: tuple[Person, ...] = (),
    asked_row: str = "",
) -> View:
    """The page of a volunteer, with a form that was refused."""
    today = current_site().today()
    wrong = [form for form in (guardian, consent, policy, training) if form is not None]
    guardian = guardian or GuardianForm(formdata=None)
    guardian.offer()
    rows = rows_of(session, person.id)
    return show(
        "volunteer/people_one.html",
        422 if wrong else 200,
        person=person,
        profile=services.profile_of(session, person.id),
        age=age_on(person.birth_date, today) if person.birth_date else None,
        adult=ages_in(session, [person.area_id], today)[person.area_id].adult,
        states=services.STATES,
        ways=services.WAYS,
        externals=queries.externals_of(session, rows),
        systems=SYSTEMS,
        teams=teams_of_person(session, person.id, today),
        links=guardians.guardians_of(session, person.id),
        wards=guardians.ward_links(session, person.id),
        relations=guardians.RELATIONS,
        methods=guardians.METHODS,
        insurances=papers.insurances_of(session, rows),
        trainings=papers.trainings_of(session, rows),
        qualifications=papers.qualifications(session),
        guardian_form=guardian,
        consent_form=consent or ConsentForm(formdata=None, from_on=today),
        asked_row=asked_row,
        policy_form=policy or PolicyForm(formdata=None, from_on=today),
        training_form=training or TrainingForm(formdata=None, on_date=today),
        namesakes=namesakes,
        today=today,
    )
