"""Pages of an area's members: the list, why one has these points, and changing what is known of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, redirect, url_for
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    ListArgs,
    ListColumn,
    Paged,
    Person,
    Problem,
    area_scope,
    children_of,
    current_actor,
    current_area,
    current_site,
    export_asked,
    flash_done,
    list_args,
    may,
    read_scope,
    send_list,
    show,
    subtree,
    unit_of_work,
    waiting_in,
)

from . import changing, own, pages, sheets
from .checkins.posts import POSTS
from .forms import MemberForm
from .pages import STATUS_TITLES
from .reading import asked_for, explained, fresh_member, refresh
from .schemes import NAME, AskedSheet

# A blueprint of its own, so that the menu can tell a member's page from the sheet.
blueprint = Blueprint("points_members", __name__)


COLUMNS = (
    ListColumn(N_("Name"), lambda row: row.name),
    ListColumn(N_("Area"), lambda row: row.area),
    ListColumn(N_("Party branch"), lambda row: row.branch, field="points.branch"),
    ListColumn(N_("Home unit"), lambda row: row.home_unit, field="points.home_unit"),
    ListColumn(
        N_("Post in the branch"),
        lambda row: str(gettext(POSTS[row.post])) if row.post else "",
        field="points.post",
    ),
    ListColumn(N_("Status"), lambda row: str(gettext(STATUS_TITLES[row.political_status]))),
    ListColumn(N_("Checked in on"), lambda row: row.checkin_on, "date", "points.checkin_on"),
    ListColumn(N_("Left on"), lambda row: row.left_on, "date", "points.left_on"),
    ListColumn(N_("Points"), lambda row: pages.as_number(row.total), "hundredths"),
    ListColumn(N_("Grade"), lambda row: row.grade),
)


@blueprint.get("/a/<code>/points/members")
@area_scope("points.view")
def index(code: str) -> Any:
    """Members of the area with their points of a period."""
    area = current_area()
    args = list_args(
        "period", "sub", "branch", "unit", "assumed", "status", "post", sorts=sheets.MEMBER_SORTS, sort="name"
    )
    filters = sheets.MemberFilters(
        args.q, args["branch"], args["unit"], args["assumed"], args["status"], args["post"]
    )
    with read_scope() as session:
        children = children_of(session, area.id)
        inside = next((child for child in children if child.code == args["sub"]), area)
        asked = asked_for(session, area.id, args["period"])
        if export_asked():

            def fetch(page: int, size: int) -> Paged[sheets.MemberLine]:
                wanted = replace(args, page=page, size=size)
                return Paged(*_rows(session, inside.id, asked, filters, wanted), page, size)

            return send_list(N_("Party members"), COLUMNS, fetch)
        rows, total = _rows(session, inside.id, asked, filters, args)
        return show(
            "points/members.html",
            page=Paged(rows, total, args.page, args.size),
            args=args,
            asked=asked,
            children=children,
            branches=sheets.branch_names(session, area.id),
            units=sheets.unit_names(session, area.id),
            status_titles=STATUS_TITLES,
            posts=POSTS,
            waiting=pages.waiting_note(waiting_in(session, NAME, inside.id)),
        )


def _rows(
    session: Session, area_id: int, asked: AskedSheet, filters: sheets.MemberFilters, args: ListArgs
) -> tuple[list[sheets.MemberLine], int]:
    """Lines of the list; scores that time has passed by are computed anew first."""

    def read() -> tuple[list[sheets.MemberLine], int]:
        return sheets.members_page(
            session, area_id, asked.scheme_id, asked.period, filters,
            sort=args.sort, limit=args.size, offset=args.offset,
        )  # fmt: skip

    rows, total = read()
    old = [row.person_id for row in rows if row.old and not row.waits]
    if not old:
        return rows, total
    refresh(old)
    return read()


def _person(session: Session, public_id: str) -> Person:
    """The person of this address; 404 unless they belong below the page's area."""
    person = session.scalar(
        select(Person).where(Person.public_id == public_id, Person.area_id.in_(subtree(current_area().id)))
    )
    if person is None:
        abort(404)
    return person


@blueprint.get("/a/<code>/points/members/<pid>")
@area_scope("points.view")
def member(code: str, pid: str) -> Any:
    """Why a member has these points, as staff see it."""
    args = list_args("period")
    with read_scope() as session:
        person = _person(session, pid)
        found = fresh_member(session, person.id)
        context = explained(session, person.id, found, args["period"])
        return show("points/member.html", person=person, args=args, **context)


@blueprint.route("/a/<code>/points/members/<pid>/edit", methods=["GET", "POST"])
@area_scope("points.members")
def edit(code: str, pid: str) -> Any:
    """Change a member's check-in, branch or home unit, or make somebody a member."""
    with read_scope() as session:
        person = _person(session, pid)
        known = own.member_view(session, person.id)
        name = person.name
        branches, units = (
            sheets.branch_names(session, current_area().id),
            sheets.unit_names(session, current_area().id),
        )
    form = MemberForm(
        political_status=known.political_status if known else "member",
        checkin_on=known.checkin_on if known else current_site().today(),
        checkin_known=known is None or not known.checkin_assumed,
        left_on=known.left_on if known else None,
        branch=known.branch if known else "",
        home_unit=known.home_unit if known else "",
        post=known.post if known else "",
    )
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                changed = _change(session, pid, form, current_actor())
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("The member's data are changed.") if changed else N_("Nothing was changed."))
            return redirect(url_for("points_members.member", code=code, pid=pid), 303)
    return show(
        "points/edit.html",
        422 if form.errors or form.problems else 200,
        form=form,
        name=name,
        pid=pid,
        known=known,
        branches=branches,
        units=units,
    )


def _change(session: Session, pid: str, form: MemberForm, actor: Actor) -> tuple[str, ...]:
    person = _person(session, pid)
    if not may(session, actor, "points.members", person.area_id):
        abort(403)
    checkin = form.checkin_on.data
    assert checkin is not None
    change = changing.MemberChange(
        form.political_status.data,
        checkin,
        bool(form.checkin_known.data),
        form.left_on.data,
        form.branch.data or "",
        form.home_unit.data or "",
        form.post.data or "",
    )
    return changing.change_member(session, person, change, actor)
