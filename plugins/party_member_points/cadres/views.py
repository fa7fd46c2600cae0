"""Pages of seconded cadres: the posts of an area or grid, a new post, and one post with its ledger."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    Area,
    ListColumn,
    Paged,
    Person,
    Problem,
    area_scope,
    chosen_day,
    current_actor,
    current_area,
    current_site,
    export_asked,
    find_participants,
    flash_done,
    flash_problem,
    list_args,
    may,
    missing,
    person_below,
    read_scope,
    send_list,
    show,
    subtree,
    unit_of_work,
)

from ..checkins.queries import find_units_like
from . import queries, services, status
from .forms import AssignForm, NoteForm, PostForm
from .models import PointsCadrePost, PointsCadreTerm

blueprint = Blueprint("points_cadres", __name__)

View = Response | tuple[str, int]
PERMISSION = "points.cadres"

COLUMNS = (
    ListColumn(N_("Area"), lambda row: row.area),
    ListColumn(N_("Post"), lambda row: row.title),
    ListColumn(N_("Cadre"), lambda row: row.name),
    ListColumn(N_("Sending unit"), lambda row: row.unit),
    ListColumn(N_("Since"), lambda row: row.from_on, "date"),
    ListColumn(N_("Notes in the ledger"), lambda row: row.notes, "count"),
    ListColumn(N_("Last note"), lambda row: row.last_note, "date"),
)


@blueprint.get("/a/<code>/points/cadres")
@area_scope(PERMISSION)
def index(code: str) -> View:
    """Posts of the area or grid, who holds them, and which are vacant."""
    args = list_args("state", "unit")
    filters = queries.Filters(args.q, args["state"], args["unit"])
    with read_scope() as session:
        area_id = current_area().id

        def fetch(page: int, size: int) -> Paged[queries.PostLine]:
            rows, total = queries.posts_page(session, area_id, filters, limit=size, offset=(page - 1) * size)
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Seconded cadres"), COLUMNS, fetch)
        posts, held = queries.numbers(session, area_id)
        return show(
            "points/cadres/index.html",
            args=args,
            page=fetch(args.page, args.size),
            posts=posts,
            held=held,
            to_review=status.waiting_reviews(session, area_id),
            units=queries.units_sending(session, area_id),
        )


@blueprint.route("/a/<code>/points/cadres/new", methods=["GET", "POST"])
@area_scope(PERMISSION)
def new(code: str) -> View:
    """A new post in the area or below."""
    form = PostForm()
    with read_scope() as session:
        query = select(Area.code, Area.name, Area.level).where(
            Area.id.in_(subtree(current_area().id)), Area.closed_on.is_(None)
        )
        places = [
            row for row in session.execute(query.order_by(Area.code)) if row.level in ("grid", "community")
        ]
        form.area.choices = [(row.code, row.name) for row in places]
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                area = session.scalars(select(Area).where(Area.code == form.area.data)).one()
                if not may(session, current_actor(), PERMISSION, area.id):
                    missing()
                made = services.add_post(
                    session, area, form.title.data or "", form.duties.data or "", current_actor()
                )
                public_id = made.public_id
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("The post is there. Say who holds it."))
            return redirect(url_for("points_cadres.one", code=code, post=public_id), 303)
    return show("points/cadres/new.html", 422 if form.errors or form.problems else 200, form=form)


def post_here(session: Session, public_id: str) -> PointsCadrePost:
    """The post of the address; 404 for any outside the page's area."""
    found = queries.post_here(session, current_area().id, public_id)
    if found is None:
        missing()
    return found


@blueprint.get("/a/<code>/points/cadres/<post>")
@area_scope(PERMISSION)
def one(code: str, post: str) -> View:
    """One post: duties, who holds it, the ledger, and the quarters."""
    with read_scope() as session:
        return page_of(session, post_here(session, post))


def page_of(
    session: Session,
    post: PointsCadrePost,
    *,
    assign: AssignForm | None = None,
    note: NoteForm | None = None,
    namesakes: tuple[Person, ...] = (),
) -> View:
    """The page of a post, with a form that was refused."""
    today = current_site().today()
    terms = queries.terms_of(session, post.id)
    holder = next((term for term in terms if term.to_on is None), None)
    shown = holder or (terms[0] if terms else None)
    row = session.get(PointsCadreTerm, shown.id) if shown is not None else None
    wrong = [form for form in (assign, note) if form is not None]
    note = note or NoteForm(formdata=None, on=today)
    note.offer()
    return show(
        "points/cadres/post.html",
        422 if wrong else 200,
        post=post,
        area=session.get_one(Area, post.area_id),
        terms=terms,
        holder=holder,
        shown=shown,
        assign=assign or AssignForm(formdata=None, from_on=today),
        note=note,
        namesakes=namesakes,
        notes=queries.notes_of(session, [term.id for term in terms]),
        kinds=services.KINDS,
        running=status.figures_now(session, row, status.quarter_of(today)) if holder and row else None,
        running_period=status.quarter_of(today),
        due=status.due_quarters(row, today) if row is not None else [],
        statuses=[
            (one, status.figures_of(one)) for one in status.statuses_of(session, [t.id for t in terms])
        ],
        letters=status.letters_of(session, [term.id for term in terms]),
        states=status.STATES,
        units=find_units_like(session, "", area_id=current_area().id),
        today=today,
    )


@blueprint.post("/a/<code>/points/cadres/<post>/assign")
@area_scope(PERMISSION)
def assign(code: str, post: str) -> View:
    """Put somebody on a post, by name."""
    form = AssignForm()
    area_id = current_area().id
    with read_scope() as session:
        people = _meant(session, area_id, form)
        if form.validate() and len(people) > 1:
            return page_of(session, post_here(session, post), assign=form, namesakes=people)
        person_id = people[0].id if people else None
    try:
        if form.errors or person_id is None:
            raise Problem(
                "nobody_named",
                N_("Nobody of this name is on record here: add the person first."),
                field="name",
            )
        with unit_of_work() as session:
            found = post_here(session, post)
            services.assign(
                session, found, session.get_one(Person, person_id), form.unit.data or "",
                chosen_day(form.from_on), current_actor(),
            )  # fmt: skip
    except Problem as problem:
        form.refuse(problem)
        with read_scope() as session:
            return page_of(session, post_here(session, post), assign=form)
    flash_done(N_("Noted: the post is held."))
    return redirect(url_for("points_cadres.one", code=code, post=post), 303)


def _meant(session: Session, area_id: int, form: AssignForm) -> tuple[Person, ...]:
    """Whom the form means: the person chosen among namesakes, or those of the name that was typed."""
    if form.person.data:
        chosen = person_below(session, area_id, form.person.data)
        return () if chosen is None else (chosen,)
    named = find_participants(session, area_id, (form.name.data or "")[:100])
    return tuple(person for person in named[0].people if person.left_on is None) if named else ()


@blueprint.post("/a/<code>/points/cadres/<post>/note")
@area_scope(PERMISSION)
def note(code: str, post: str) -> View:
    """Write a line into the ledger of whoever holds the post."""
    form = NoteForm()
    form.offer()
    try:
        if not form.validate():
            raise Problem("bad_note", N_("Look at the fields marked below."))
        with unit_of_work() as session:
            found = post_here(session, post)
            term = services.term_on(session, found, chosen_day(form.on))
            services.note(
                session, term, chosen_day(form.on), form.kind.data, form.minutes, form.text.data or "",
                current_actor(),
            )  # fmt: skip
    except Problem as problem:
        form.refuse(problem)
        with read_scope() as session:
            return page_of(session, post_here(session, post), note=form)
    flash_done(N_("The note is in the ledger."))
    return redirect(url_for("points_cadres.one", code=code, post=post, _anchor="ledger"), 303)


@blueprint.route("/a/<code>/points/cadres/<post>/change", methods=["GET", "POST"])
@area_scope(PERMISSION)
def change(code: str, post: str) -> View:
    """Word a post anew."""
    with read_scope() as session:
        found = post_here(session, post)
        form = PostForm(title=found.title, duties=found.duties)
        form.area.choices = [("", gettext("none"))]
        form.area.data = ""
        name = found.title
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                services.change_post(
                    session, post_here(session, post), form.title.data or "", form.duties.data or "",
                    current_actor(),
                )  # fmt: skip
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("Saved."))
            return redirect(url_for("points_cadres.one", code=code, post=post), 303)
    wrong = form.errors or form.problems
    return show("points/cadres/change.html", 422 if wrong else 200, form=form, post=post, name=name)


@blueprint.post("/a/<code>/points/cadres/<post>/close")
@area_scope(PERMISSION)
def close(code: str, post: str) -> View:
    """End a post that nobody holds."""
    try:
        with unit_of_work() as session:
            services.close_post(session, post_here(session, post), current_actor())
    except Problem as problem:
        flash_problem(problem)
        return redirect(url_for("points_cadres.one", code=code, post=post), 303)
    flash_done(N_("The post has ended; its ledger stays."))
    return redirect(url_for("points_cadres.index", code=code), 303)
