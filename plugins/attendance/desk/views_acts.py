"""The page of one list and its acts, the same for staff and for keepers; ``desk.views`` puts them under addresses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from flask import redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    Group,
    Named,
    PeopleFilters,
    Person,
    PersonData,
    Problem,
    create_person,
    current_actor,
    current_site,
    find_participants,
    flash_done,
    flash_outcome,
    flash_problem,
    last_group,
    list_args,
    may_here,
    missing,
    people_below,
    read_scope,
    require_again,
    search_people,
    show,
    unit_of_work,
)

from .. import closing, saying, services, taps
from ..marks import METHODS, SET, parse_clock
from ..pages import STATES
from ..queries import Row, Sheet
from . import keepers
from .views_place import Desk

View = Response | tuple[str, int]
HITS = 8


@dataclass(frozen=True)
class Unclear:
    """Names that were typed and that nobody, or more than one person, answers to."""

    named: Sequence[Named] = ()
    sign_in: bool = False


@dataclass(frozen=True)
class Shown:
    """What one list shows: the rows that fit the search, people not on it yet, and names to be decided on."""

    rows: Sequence[Row]
    hits: Sequence[Person] = ()
    unclear: Unclear = field(default_factory=Unclear)
    group: Group | None = None
    expected: int = 0


def page(desk: Desk) -> View:
    """One list; ``q`` narrows it and finds people who are not on it yet."""
    with read_scope() as session:
        return list_page(session, desk, desk.find(session))


def list_page(
    session: Session, desk: Desk, found: Sheet, status: int = 200, unclear: Unclear | None = None
) -> View:
    """The page of a list, or with a script its rows alone."""
    args = list_args()
    here = current_site().local(current_site().now()).date()
    part = request.headers.get("HX-Request") == "true" and request.method == "GET"
    return show(
        "attendance/list.html" if part else "attendance/sheet.html",
        status,
        desk=desk,
        found=found,
        shown=_shown(session, desk, found, args.q, unclear or Unclear()),
        q=args.q,
        today=here == found.activity.local_date,
        over=here > found.activity.local_date,
        may_close=desk.staff and may_here("log.record"),
        keepers=keepers.named_for(session, found.sheet) if desk.staff and not part else (),
        **WORDS,
    )


WORDS: dict[str, object] = {"states": STATES, "methods": METHODS}


def _shown(session: Session, desk: Desk, found: Sheet, query: str, unclear: Unclear) -> Shown:
    """Rows by number, name or pinyin; then the roster, for somebody who comes without being expected.

    The roster is for staff: keepers add people by their whole name.
    """
    area_id = found.sheet.area_id
    group = None
    if not found.rows and desk.staff:
        group = last_group(session, area_id, found.activity.title, found.activity.local_date)
    expected = len(services.expected_missing(session, found.sheet)) if not query else 0
    if not query:
        return Shown(found.rows, (), unclear, group, expected)
    rows = matching(found.rows, query)
    if not desk.staff or (query.isdigit() and len(query) < 4):
        return Shown(rows, (), unclear, group)
    there = {row.person.id for row in found.rows}
    hits = search_people(
        session, area_id, query, size=HITS + len(rows), filters=PeopleFilters(left=False)
    ).rows
    return Shown(rows, [person for person in hits if person.id not in there][:HITS], unclear, group)


def matching(rows: Sequence[Row], query: str) -> list[Row]:
    """Rows whose number, name or pinyin fits."""
    letters = query.casefold()
    return [
        row
        for row in rows
        if query in row.person.name
        or any(token.startswith(letters) for token in row.person.pinyin.split())
        or query == str(row.row_no)
    ]


def number(name: str) -> int:
    """A whole number of the form, 0 for anything else."""
    raw = request.form.get(name, "")
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 6 else 0


def to_list(desk: Desk, row: int | None = None) -> Response:
    """Back to the list, at a row."""
    return redirect(desk.url("page", _anchor=f"row-{row}" if row is not None else None), 303)


def mark(desk: Desk) -> View:
    """A tap: sign somebody in or out, tick them, or take the last tap back. A script gets the row alone."""
    row_no, act = number("row"), request.form.get("act", "")
    problem = None
    try:
        with unit_of_work() as session:
            found = desk.find(session, lock=True)
            if act == "set":
                start = parse_clock(request.form.get("in", ""), "in")
                end = parse_clock(request.form.get("out", ""), "out")
                reason = request.form.get("reason", "")
                sure = request.form.get("sure") == "1"
                saying.set_times(
                    session, found, row_no, start, end, current_actor(), method=SET, reason=reason, sure=sure
                )
            elif act in ("right", "wrong"):
                saying.verify(session, found, [row_no], current_actor(), right=act == "right")
            else:
                taps.tap(session, found, row_no, act, current_actor())
    except Problem as refused:
        problem = refused
    if request.headers.get("HX-Request") != "true":
        if problem is not None:
            flash_problem(problem)
        return to_list(desk, row_no)
    with read_scope() as session:
        found = desk.find(session)
        row = found.row(row_no)
        if row is None:
            return "", 200
        over = current_site().today() > found.activity.local_date
        return show(
            "attendance/row.html", 200, desk=desk, found=found, row=row, problem=problem, over=over, **WORDS
        )


def add(desk: Desk) -> View:
    """Put people on the list: those chosen, pasted names, last time's group, whoever is expected, or by name alone.

    With ``now`` they are signed in at once. Names that are not clear come back to be decided on.
    """
    actor, now = current_actor(), request.form.get("now") == "1"
    unclear: list[Named] = []
    try:
        with unit_of_work() as session:
            found = desk.find(session, lock=True)
            if request.form.get("expected"):
                added = services.add_expected(session, found.sheet, actor)
            else:
                people = _people_meant(session, desk, found, unclear)
                added = services.add_people(session, found.sheet, people, actor, walk_in=now)
            if now:
                found = services.reload(session, found)
                for fresh in added.marks:
                    taps.tap(session, found, fresh.row_no, taps.IN, actor)
            last = added.marks[-1].row_no if added.marks else None
    except Problem as problem:
        flash_problem(problem)
        return to_list(desk)
    for refusal in list(added.refused.values())[:HITS]:
        flash_problem(refusal)
    if unclear:
        with read_scope() as session:
            return list_page(session, desk, desk.find(session), unclear=Unclear(unclear, now))
    if added.marks or not added.refused:
        flash_done(N_("People added to the list: %(n)s."), n=len(added))
    return to_list(desk, last)


def _people_meant(session: Session, desk: Desk, found: Sheet, unclear: list[Named]) -> list[Person]:
    area_id, actor = found.sheet.area_id, current_actor()
    people: list[Person] = []
    if desk.staff:
        chosen = people_below(session, area_id, request.form.getlist("person"))
        if chosen is None:
            missing()
        people += chosen
    named = find_participants(session, area_id, request.form.get("names", ""))
    people += [item.people[0] for item in named if len(item.people) == 1]
    unclear += [item for item in named if len(item.people) != 1]
    if desk.staff and request.form.get("group"):
        group = last_group(session, area_id, found.activity.title, found.activity.local_date)
        people += group.people if group is not None else ()
    if desk.staff and (fresh := request.form.getlist("new")):
        require_again(session, "people.edit", area_id)
        # Before they are made: everybody who writes waits for this transaction.
        services.check_room(len(found.rows) + len(fresh))
        people += [create_person(session, PersonData(name, area_id), actor) for name in dict.fromkeys(fresh)]
    if not people and not unclear:
        raise Problem("nobody_named", N_("Paste the names, or tick people on the roster."))
    return list({person.id: person for person in people}.values())


def everybody(desk: Desk) -> View:
    """One act for many rows: sign out whoever is inside, tick whoever has no times, or verify what is doubtful."""
    act, actor = request.form.get("act"), current_actor()
    try:
        with unit_of_work() as session:
            found = desk.find(session, lock=True)
            if act == taps.TICK:
                done = taps.tick_everybody(session, found, actor)
            elif act == "right":
                done = saying.verify_all(session, found, actor)
            else:
                done = taps.sign_out_everybody(session, found, actor)
    except Problem as problem:
        flash_problem(problem)
    else:
        flash_done(N_("Rows changed: %(n)s."), n=done)
    return to_list(desk)


def remove(desk: Desk) -> View:
    """Take somebody off the list who was put there by mistake."""
    try:
        with unit_of_work() as session:
            found = desk.find(session, lock=True)
            services.remove_people(session, found, [number("row")], current_actor())
    except Problem as problem:
        flash_problem(problem)
    return to_list(desk)


def supply(desk: Desk) -> View:
    """Supply a sign-out that was forgotten, on a list that is not recorded yet."""
    row_no = number("row")
    with flash_outcome(N_("The sign-out is supplied.")):
        end = parse_clock(request.form.get("out", ""), "out")
        if end is None:
            raise Problem("no_time", N_("Write when the person left."), field="out")
        with unit_of_work() as session:
            found = desk.find(session, lock=True)
            closing.supply_end(session, found, row_no, end, request.form.get("reason", ""), current_actor())
    return to_list(desk, row_no)
