"""From a picture to the button: the address in the picture buys a ticket, the page on the phone takes it.

Opening an address never signs anybody in: previews of links open them too. Only the button does, on the browser that
scanned, for the person who is signed in there.
"""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    Person,
    Problem,
    current_actor,
    current_area,
    current_site,
    flash_done,
    idempotent_form,
    limit_of_account,
    missing,
    own_person,
    public,
    read_scope,
    show,
    signed_in,
    spend_alone,
    unit_of_work,
)

from .. import queries
from .. import views_offline as offline
from ..models import AttendanceSheet
from ..taps import How
from ..views_device import browser_id, new_browser_id, with_browser_id
from . import checking, own
from .checking import Standing, device_mark, listed
from .codes import CODE

blueprint = Blueprint("attendance_scan", __name__)

View = Response | tuple[str, int]
# Tries with six digits of one account; a guess hits with one in a million for each list of the day.
TRIES, MINUTES = 10, 15
STALE = N_("This code has run out. Scan the one that the screen shows now.")


@blueprint.get("/public/<code>/attendance/<sheet>/<token>")
@public
def arrive(code: str, sheet: str, token: str) -> View:
    """Somebody scanned a picture: a fresh one leads to the button, after signing in if need be."""
    now, device = current_site().now(), browser_id() or new_browser_id()
    with read_scope() as session:
        found = queries.find_sheet(session, current_area().id, sheet, only=())
        if found is None:
            missing()
        codes = listed(found.sheet)
        kind = codes.kind_of(token, now)
        if not kind:
            return show("attendance/stale.html", 410, found=found)
        ticket = codes.ticket(kind, device, now)
    return with_browser_id(redirect(url_for("attendance_scan.here", sheet=sheet, ticket=ticket), 303), device)


@blueprint.get("/me/attendance/<sheet>/here/<ticket>")
@signed_in
def here(sheet: str, ticket: str) -> View:
    """The page with the button."""
    with read_scope() as session:
        person = _own(session)
        at, kind = _standing(session, person, sheet, ticket)
        return _page(at, ticket, kind)


def _own(session: Session) -> Person:
    person = own_person(session)
    if person is None:
        raise Problem(
            "nobody", N_("This account belongs to nobody on the roster. Ask the staff to sign you in.")
        )
    return person


def _standing(
    session: Session, person: Person, sheet: str, ticket: str, *, lock: bool = False
) -> tuple[Standing, str]:
    """How the reader stands on a list, and what their ticket was bought with, "" for one that has run out."""
    at = checking.standing(session, person, AttendanceSheet.public_id == sheet, lock=lock)
    if at is None:
        missing()
    return at, listed(at.found.sheet).ticket_kind(ticket, browser_id(), current_site().now())


def _page(at: Standing, ticket: str, kind: str, problem: Problem | None = None) -> View:
    if not kind:
        return show("attendance/stale.html", 410, found=at.found)
    return show(
        "attendance/here.html", 422 if problem else 200, at=at, found=at.found, ticket=ticket, kind=kind,
        problem=problem,
    )  # fmt: skip


@blueprint.post("/me/attendance/<sheet>/here/<ticket>")
@signed_in
def press(sheet: str, ticket: str) -> View:
    """Sign oneself in or out."""
    act = request.form.get("act", "")
    try:
        with unit_of_work(drain=False) as session:
            person = _own(session)
            at, kind = _standing(session, person, sheet, ticket, lock=True)
            if not kind:
                return _page(at, ticket, kind)
            how = How(kind, device_mark(browser_id()))
            at = checking.check(session, at, person, own.checked_act(act), current_actor(), how)
            title, state = at.found.activity.title, at.state
    except Problem as problem:
        with read_scope() as session:
            at, kind = _standing(session, _own(session), sheet, ticket)
            return _page(at, ticket, kind, problem)
    if state == "inside":
        flash_done(N_("You are signed in: %(title)s. Do not forget to sign out when you leave."), title=title)
    else:
        flash_done(N_("You are signed out: %(title)s. Thank you!"), title=title)
    return redirect(url_for("attendance_own.index"), 303)


@blueprint.post("/me/attendance/<sheet>/queued/<ticket>")
@signed_in
def queued(sheet: str, ticket: str) -> offline.Answer:
    """A press that was made without network: the ticket must have been good at that time."""
    try:
        when = offline.said()
        with unit_of_work(drain=False) as session:
            once = idempotent_form(session)
            if once.place is not None:
                return offline.arrived()
            person = _own(session)
            at, _now = _standing(session, person, sheet, ticket, lock=True)
            codes = listed(at.found.sheet)
            if not codes.ticket_kind(ticket, browser_id(), current_site().now(), until=when.at):
                raise Problem("stale", STALE)
            act = own.checked_act(request.form.get("act", ""))
            checking.check(session, at, person, act, current_actor(), when.how(device_mark(browser_id())))
            once.done(url_for("attendance_own.index"))
    except Problem as problem:
        return offline.turned_down(problem)
    return offline.arrived()


@blueprint.post("/me/attendance/code")
@signed_in
def digits() -> View:
    """Six digits that were read out: the list they belong to, among those of the reader's own place today."""
    spend_alone("attendance.code", limit_of_account(current_actor()), TRIES, MINUTES)
    typed = own.typed_digits(request.form.get("digits", ""))
    now, device = current_site().now(), browser_id() or new_browser_id()
    with read_scope() as session:
        person = _own(session)
        fit = [sheet for sheet in own.candidates(session, person) if listed(sheet).is_spoken(typed, now)]
        if len(fit) != 1:
            return own.page(session, person, 422, problem=Problem(
                "wrong_code", N_("No list of today has this code now. Look again: it changes every minute."),
                field="digits",
            ))  # fmt: skip
        ticket = listed(fit[0]).ticket(CODE, device, now)
        target = url_for("attendance_scan.here", sheet=fit[0].public_id, ticket=ticket)
    return with_browser_id(redirect(target, 303), device)
