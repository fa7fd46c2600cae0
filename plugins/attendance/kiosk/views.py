"""The page of a device at the door: type who you are, press one of two large buttons, and it is free for the next."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    Problem,
    current_area,
    idempotent_form,
    mask_name,
    missing,
    public,
    read_scope,
    show,
    unit_of_work,
)

from .. import taps
from .. import views_offline as offline
from ..desk.views_acts import number
from ..scan.checking import device_mark
from ..views_device import browser_id, new_browser_id, with_browser_id
from . import services

blueprint = Blueprint("attendance_kiosk", __name__)

View = Response | tuple[str, int]


@blueprint.get("/public/<code>/attendance/kiosk/<key>")
@public
def page(code: str, key: str) -> View:
    """Who are you; ``done`` names the row that was just stamped, to say so for some seconds."""
    typed = request.args.get("q", "")[:60]
    done = request.args.get("done", "")
    with read_scope() as session:
        door = services.door(session, current_area().id, key)
        if door is None:
            missing()
        row = door.found.row(int(done)) if done.isascii() and done.isdigit() and len(done) < 6 else None
        shown = show(
            "attendance/kiosk.html",
            key=key,
            found=door.found,
            typed=typed,
            hits=services.hits(door.found, typed),
            done=row,
            done_name=mask_name(row.person.name) if row is not None else "",
            problem=None,
        )
    return with_browser_id(shown, browser_id() or new_browser_id())


@blueprint.post("/public/<code>/attendance/kiosk/<key>")
@public
def press(code: str, key: str) -> View:
    """Sign in or out."""
    area_id, row_no = current_area().id, number("row")
    try:
        with unit_of_work(drain=False) as session:
            door = services.door(session, area_id, key, lock=True, row=row_no)
            if door is None:
                missing()
            services.press(
                session, door, row_no, _act(), request.remote_addr or "", browser=device_mark(browser_id())
            )
    except Problem as problem:
        with read_scope() as session:
            door = services.door(session, area_id, key)
            if door is None:
                missing()
            return show(
                "attendance/kiosk.html", 422, key=key, found=door.found, typed="", hits=[], done=None,
                done_name="", problem=problem,
            )  # fmt: skip
    return redirect(url_for("attendance_kiosk.page", code=code, key=key, done=row_no), 303)


def _act() -> str:
    act = request.form.get("act", "")
    if act not in (taps.IN, taps.OUT):
        raise Problem("no_act", N_("Press one of the two buttons."))
    return act


@blueprint.post("/public/<code>/attendance/kiosk/<key>/queued")
@public
def queued(code: str, key: str) -> offline.Answer:
    """A press that was made without network."""
    try:
        when = offline.said()
        with unit_of_work(drain=False) as session:
            door = services.door(session, current_area().id, key, lock=True, row=number("row"))
            if door is None:
                missing()
            once = idempotent_form(session)
            if once.place is None:
                address = request.remote_addr or ""
                browser = device_mark(browser_id())
                services.press(session, door, number("row"), _act(), address, when.how(), browser)
                once.done(url_for("attendance_kiosk.page", code=code, key=key))
    except Problem as problem:
        return offline.turned_down(problem)
    return offline.arrived()
