"""Asking to check in, to move or to leave, and answering it: a request, its steps, and the facts at its end.

Nobody answers what concerns themself, nor what they asked for in somebody's place. Confirming states the facts through
``members``, and moves the person where they asked to be; entries stay where they were recorded.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Area,
    Person,
    Problem,
    audit,
    canonical_ids,
    clean_text,
    current_site,
    groups,
    move_person,
    normalise_text,
)

from .. import changing, members
from ..columns import MEMBER, PROBATIONARY
from .models import PointsCheckin, PointsCheckinStep
from .posts import POSTS

CHECKIN, TRANSFER, LEAVE = "checkin", "transfer", "leave"
KINDS = {
    CHECKIN: N_("Check-in"),
    TRANSFER: N_("Transfer"),
    LEAVE: N_("Leaving"),
}
SUBMITTED, CONFIRMED, RETURNED, WITHDRAWN = "submitted", "confirmed", "returned", "withdrawn"
STATES = {
    SUBMITTED: N_("waits for an answer"),
    CONFIRMED: N_("confirmed"),
    RETURNED: N_("returned"),
    WITHDRAWN: N_("withdrawn"),
}
STATUSES = (MEMBER, PROBATIONARY)
BY_MEMBER, BY_STAFF, BY_UNIT = "member", "staff", "unit"
SOURCES = {
    BY_MEMBER: N_("the member"),
    BY_STAFF: N_("staff"),
    BY_UNIT: N_("the unit's list"),
}
MOST_NOTE = 500
# A year such as 0201 is a slip of the fingers.
EARLIEST = date(1990, 1, 1)


@dataclass(frozen=True)
class Ask:
    """What is asked for; names are "" for none. ``on`` is the first day here, or the last one for leaving."""

    kind: str
    on: date
    branch: str = ""
    home_unit: str = ""
    post: str = ""
    political_status: str = MEMBER
    note: str = ""


def ask(
    session: Session, person: Person, area: Area, wanted: Ask, source: str, actor: Actor
) -> PointsCheckin:
    """Ask ``area`` (a community) to take ``person`` as ``wanted``, or to let them go.

    Raises Problem request_open, already_member, not_a_member, nothing_changes, bad_day, bad_post, name_too_long,
    note_too_long, bad_political_status or not_a_community.
    """
    wanted = _checked(wanted)
    if area.level == members.GRID or area.closed_on is not None:
        raise Problem(
            "not_a_community", N_("Choose a community: grids have no branches of their own."), field="area"
        )
    kept = canonical_ids(session, [person.id])[person.id]
    # Whoever presses twice waits here for the first press.
    person = session.get_one(Person, kept, with_for_update=True, populate_existing=True)
    now = members.memberships(session, [kept]).get(kept)
    home = members.home_areas(session, [kept])[kept]
    _check_against(wanted, now, moved=home != area.id)
    if open_request(session, kept) is not None:
        raise Problem("request_open", N_("A request waits for an answer already: withdraw it first."))
    request = PointsCheckin(
        person_id=kept, area_id=area.id, from_area_id=home if home != area.id else None, kind=wanted.kind,
        on_date=wanted.on, political_status=wanted.political_status,
        from_branch=members.branch_name(session, now.branch_id if now is not None else None),
        branch=wanted.branch, home_unit=wanted.home_unit, post=wanted.post, source=source, status=SUBMITTED,
        requested_at=current_site().now(), requested_by=actor.label, requested_by_account=actor.account_id,
    )  # fmt: skip
    session.add(request)
    session.flush()
    if wanted.kind == TRANSFER and request.from_area_id is None and not _differs(session, request, now):
        raise Problem("nothing_changes", N_("This is what stands already: change something, or leave it."))
    _step(session, request, SUBMITTED, wanted.note, actor)
    audit.write(
        session, actor, "points.checkin_asked", "points_checkin", request.public_id, area_id=area.id,
        after={"kind": wanted.kind, "person": person.public_id, "source": source},
    )  # fmt: skip
    return request


def _checked(wanted: Ask) -> Ask:
    if wanted.kind not in KINDS:
        raise Problem("bad_kind", N_("Choose one of the values offered."), field="kind")
    if wanted.political_status not in STATUSES:
        raise Problem(
            "bad_political_status", N_("Choose one of the values offered."), field="political_status"
        )
    if wanted.post and wanted.post not in POSTS:
        raise Problem("bad_post", N_("Choose one of the values offered."), field="post")
    if not EARLIEST <= wanted.on <= current_site().today():
        raise Problem("bad_day", N_("Give a day that is not in the future."), field="on")
    branch, unit, note = (
        normalise_text(wanted.branch),
        normalise_text(wanted.home_unit),
        clean_text(wanted.note),
    )
    for field, text in (("branch", branch), ("home_unit", unit)):
        if len(text) > members.LONGEST_NAME:
            raise Problem("name_too_long", N_("Give a name of at most 100 characters."), field=field)
    if len(note) > MOST_NOTE:
        raise Problem("note_too_long", N_("At most %(max)s characters."), field="note", max=MOST_NOTE)
    if wanted.kind == CHECKIN and not unit:
        raise Problem("home_unit_needed", N_("Name the unit you work for."), field="home_unit")
    return Ask(wanted.kind, wanted.on, branch, unit, wanted.post, wanted.political_status, note)


def _check_against(wanted: Ask, now: members.Membership | None, *, moved: bool) -> None:
    """A check-in is for people who are no members here, everything else for those who are."""
    gone = now is None or now.left_on is not None
    if wanted.kind == CHECKIN:
        if not gone:
            raise Problem("already_member", N_("This member has checked in already: ask for a transfer."))
        if now is not None and now.left_on is not None and wanted.on <= now.left_on:
            raise Problem(
                "bad_day", N_("The membership before ended on %(day)s: give a later day."), field="on",
                day=now.left_on,
            )  # fmt: skip
        return
    if now is None or gone:
        raise Problem(
            "not_a_member", N_("Somebody who has not checked in cannot move or leave: check in first.")
        )
    if wanted.on < now.checkin_on:
        raise Problem(
            "bad_day", N_("The check-in was on %(day)s: give that day or a later one."), field="on",
            day=now.checkin_on,
        )  # fmt: skip


def _differs(session: Session, request: PointsCheckin, now: members.Membership | None) -> bool:
    if now is None:
        return True
    units = members.find_units(session, {request.home_unit}) if request.home_unit else {}
    return (
        request.branch != request.from_branch
        or units.get(request.home_unit) != now.home_unit_id
        or request.post != now.post
    )


def open_request(session: Session, person_id: int) -> PointsCheckin | None:
    """The request of a human being that waits for an answer."""
    rows = [row for several in groups(session, [person_id]).values() for row in several]
    return session.scalars(
        select(PointsCheckin)
        .where(PointsCheckin.person_id.in_(rows), PointsCheckin.status == SUBMITTED)
        .order_by(PointsCheckin.id)
    ).first()


@dataclass(frozen=True)
class Corrected:
    """Names as the community writes them, where they differ from what was asked; None keeps what was asked."""

    branch: str | None = None
    home_unit: str | None = None


def confirm(
    session: Session, request: PointsCheckin, actor: Actor, corrected: Corrected | None = None
) -> None:
    """Do what was asked. Raises Problem request_closed, own_matter, another_person_needed and those of the facts."""
    _claim(session, request, actor)
    corrected = corrected or Corrected()
    person = session.get_one(Person, canonical_ids(session, [request.person_id])[request.person_id])
    now = members.memberships(session, [person.id]).get(person.id)
    moved = request.kind != LEAVE and members.home_areas(session, [person.id])[person.id] != request.area_id
    if moved:
        move_person(session, person, request.area_id, request.on_date, actor)
    wanted = _change(request, now, corrected)
    changing.change_member(session, person, wanted, actor, moved=moved)
    after = members.memberships(session, [person.id])[person.id]
    request.status, request.home_unit_id = CONFIRMED, after.home_unit_id
    _step(session, request, CONFIRMED, "", actor)
    audit.write(
        session, actor, "points.checkin_confirmed", "points_checkin", request.public_id, area_id=request.area_id,
        before=asdict(now) if now else None, after=asdict(after),
    )  # fmt: skip


def _change(
    request: PointsCheckin, now: members.Membership | None, corrected: Corrected
) -> changing.MemberChange:
    branch = request.branch if corrected.branch is None else corrected.branch
    unit = request.home_unit if corrected.home_unit is None else corrected.home_unit
    if request.kind == CHECKIN:
        return changing.MemberChange(
            request.political_status, request.on_date, True, None, branch, unit, request.post
        )
    if now is None:
        raise Problem("not_a_member", N_("This person is no member any more: return the request."))
    left = request.on_date if request.kind == LEAVE else None
    return changing.MemberChange(
        now.political_status, now.checkin_on, not now.checkin_assumed, left, branch, unit, request.post
    )


def send_back(session: Session, request: PointsCheckin, reason: str, actor: Actor) -> None:
    """Answer no, with the reason that the member reads. Raises Problem reason_needed and those of ``confirm``."""
    reason = clean_text(reason)
    if not reason or len(reason) > MOST_NOTE:
        raise Problem("reason_needed", N_("Say in a few words why: the member reads it."), field="reason")
    _claim(session, request, actor)
    request.status = RETURNED
    _step(session, request, RETURNED, reason, actor)
    audit.write(
        session, actor, "points.checkin_returned", "points_checkin", request.public_id, area_id=request.area_id,
        after={"reason": reason},
    )  # fmt: skip


def withdraw(session: Session, request: PointsCheckin, actor: Actor) -> None:
    """Take a request back that nobody has answered. Raises Problem request_closed."""
    _lock(session, request)
    request.status = WITHDRAWN
    _step(session, request, WITHDRAWN, "", actor)
    audit.write(
        session,
        actor,
        "points.checkin_withdrawn",
        "points_checkin",
        request.public_id,
        area_id=request.area_id,
    )


def _lock(session: Session, request: PointsCheckin) -> None:
    session.refresh(request, with_for_update=True)
    if request.status != SUBMITTED:
        raise Problem("request_closed", N_("This request has been answered or withdrawn already."))


def _claim(session: Session, request: PointsCheckin, actor: Actor) -> None:
    """Lock a request for its answer; it takes somebody else than the member and whoever asked."""
    _lock(session, request)
    who = changing.refuse_own(session, request.person_id, actor)
    if not actor.unrestricted and who.did(request.requested_by_account, request.requested_by):
        raise Problem(
            "another_person_needed", N_("You asked for this yourself: somebody else has to answer it.")
        )


def _step(session: Session, request: PointsCheckin, outcome: str, note: str, actor: Actor) -> None:
    session.add(
        PointsCheckinStep(
            checkin_id=request.id, outcome=outcome, note=note, actor=actor.label, account_id=actor.account_id,
            at=current_site().now(),
        )
    )  # fmt: skip
    session.flush()
