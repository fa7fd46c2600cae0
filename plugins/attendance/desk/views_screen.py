"""What stands in the hall: the screen with its changing code, the printed one, the device at the door, late taps."""

from __future__ import annotations

from datetime import datetime

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    Problem,
    base_url,
    current_actor,
    current_site,
    flash_done,
    flash_problem,
    idempotent_form,
    read_scope,
    show,
    unit_of_work,
)

from .. import services, taps
from .. import views_offline as offline
from ..kiosk import services as kiosks
from ..queries import Sheet
from ..scan.checking import listed
from ..scan.codes import SPOKEN, STEP, seconds_left
from .views_acts import number, to_list
from .views_place import Desk

View = Response | tuple[str, int]


def picture(address: str, *, border: int = 2) -> str:
    """A QR code of an address as a data URI."""
    # Its tables take as long to make as a page does: only a page with a picture waits for them.
    import segno

    return str(segno.make(address, error="m").svg_data_uri(scale=4, border=border, light="white"))


def scan_address(found: Sheet, token: str) -> str:
    """Where a picture leads."""
    way = url_for("attendance_scan.arrive", code=found.area.code, sheet=found.sheet.public_id, token=token)
    return base_url() + way


def _is_today(found: Sheet, now: datetime) -> bool:
    try:
        taps.check_day(found, now)
    except Problem:
        return False
    return True


def _shown_now(session: Session, found: Sheet) -> dict[str, object]:
    """What the screen shows at this instant; the script asks for it anew whenever a code has run out."""
    now, codes = current_site().now(), listed(found.sheet)
    if not _is_today(found, now):
        return {"open": False}
    counts = found.counts
    return {
        "open": True,
        "picture": picture(scan_address(found, codes.screen(now))),
        "left": seconds_left(now),
        "step": STEP,
        "digits": codes.spoken(now),
        "digits_left": seconds_left(now, SPOKEN),
        "came": counts.came,
        "people": counts.people,
        "inside": counts.inside,
        "clock": current_site().local(now).strftime("%H:%M"),
    }


def screen(desk: Desk) -> View:
    """The page for a large screen: picture, six digits, and how many have come."""
    with read_scope() as session:
        found = desk.find(session)
        return show("attendance/screen.html", desk=desk, found=found, now=_shown_now(session, found))


def screen_now(desk: Desk) -> tuple[dict[str, object], int, dict[str, str]]:
    """What the screen shows now, for its script."""
    with read_scope() as session:
        return _shown_now(session, desk.find(session)), 200, {"Cache-Control": "no-store"}


def poster(desk: Desk) -> View:
    """The printed picture: who scans it has to be verified."""
    with read_scope() as session:
        found = desk.find(session)
        address = scan_address(found, listed(found.sheet).poster())
        return show("attendance/poster.html", desk=desk, found=found, picture=picture(address, border=0))


def renew(desk: Desk) -> View:
    """Make the codes that were shown, printed or photographed worthless, with the devices at the door."""
    with unit_of_work() as session:
        found = desk.find(session, lock=True)
        services.renew_codes(session, found, current_actor())
        kiosks.end_all(session, found.sheet, current_actor())
    flash_done(N_("All codes of this list are new; printed ones have to be printed again."))
    return redirect(desk.url("poster"), 303)


def kiosk(desk: Desk) -> View:
    """Open a device at the door: its address is shown once, to be opened or scanned on that device."""
    try:
        with unit_of_work() as session:
            found = desk.find(session, lock=True)
            key = kiosks.start(session, found, current_actor())
            code = found.area.code
    except Problem as problem:
        flash_problem(problem)
        return to_list(desk)
    address = base_url() + url_for("attendance_kiosk.page", code=code, key=key)
    with read_scope() as session:
        return show(
            "attendance/kiosk_new.html",
            desk=desk,
            found=desk.find(session),
            address=address,
            picture=picture(address),
        )


def kiosk_end(desk: Desk) -> View:
    """End the devices at the door of this list."""
    with unit_of_work() as session:
        found = desk.find(session, lock=True)
        done = kiosks.end_all(session, found.sheet, current_actor())
    flash_done(N_("Devices at the door ended: %(n)s."), n=done)
    return to_list(desk)


def queued(desk: Desk) -> offline.Answer:
    """A tap that was made without network."""
    try:
        when = offline.said()
        with unit_of_work() as session:
            once = idempotent_form(session)
            if once.place is not None:
                return offline.arrived()
            found = desk.find(session, lock=True)
            act = request.form.get("act", "")
            if act not in (taps.IN, taps.OUT):
                raise Problem("no_act", N_("Only signing in and out can be sent later."))
            taps.tap(session, found, number("row"), act, current_actor(), when.how())
            once.done(desk.url("page"))
    except Problem as problem:
        return offline.turned_down(problem)
    return offline.arrived()
