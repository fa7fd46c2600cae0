"""The quick record, one screen: what happened, who took part, what it brings, and saving it.

``log_form`` reads what happened, ``log_people`` says who is meant and what saving would bring. A script asks for the
people's part again whenever the form changes (``people``); without it the button "Check the names" does the same.
Names that were not shown yet are never saved unseen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from pointsys.core.activity_log.by_hand import ByHand, record_by_hand, undo_recorded
from pointsys.core.activity_log.kinds import add_local_kind, kinds_for
from pointsys.core.activity_log.models import Activity, Entry
from pointsys.core.activity_log.participants import people_below
from pointsys.core.activity_log.planning import plan_of
from pointsys.core.activity_log.queries import activity_below
from pointsys.core.activity_log.recent import Known, known_activities
from pointsys.core.areas.models import Area
from pointsys.core.attachments import services as attachments
from pointsys.core.attachments.pictures import Picture, read_picture
from pointsys.core.people.services import PersonData, create_person
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem
from pointsys.limits import count_search
from pointsys.web.access import area_scope, current_actor, current_area, require_again
from pointsys.web.frame import flash_done, flash_problem, flash_undo, forget_draft, show
from pointsys.web.idempotent import Once, idempotent_form
from pointsys.web.log_form import (
    MAX_PHOTOS,
    OTHER,
    EntryForm,
    What,
    clock_of,
    drafts_of,
    read_what,
    usual_day,
)
from pointsys.web.log_people import Panel, check_number, look_up, names_seen
from pointsys.web.scope import area_choices, missing
from pointsys.web.waiting import tell_waiting

blueprint = Blueprint("log_new", __name__)

View = Response | tuple[str, int]
SOURCE = "form"
CHIPS = 6
LOOK_FIRST = N_("Look over who is meant, then save.")
PHOTOS_AGAIN = N_("Choose the photos again: a page that comes back cannot hold them.")


@dataclass(frozen=True)
class Outcome:
    """What became of the form, the activity it belongs to (an outside id), and whose parts were recorded.

    ``done`` is None for a form that was sent before: its answer is repeated, nothing is recorded.
    """

    done: ByHand | None
    activity: str
    people: Sequence[int] = ()


@blueprint.route("/a/<code>/log/new", methods=["GET", "POST"])
@area_scope("log.record")
def new(code: str) -> View:
    """Record what people did; nothing is stored before who is meant was shown."""
    form = EntryForm()
    with read_scope() as session:
        form.offer_kinds(session)
        if request.method == "GET":
            return _start(session, form)
    if not form.validate_on_submit():
        return _again(form, 422)
    try:
        what = read_what(form)
        if request.form.get("act") != "record":
            return _again(form)
        if names_seen(form.names.data or "") not in ("", request.form.get("seen")):
            return _again(form, notice=LOOK_FIRST)
        outcome = _record(form, what)
    except Problem as problem:
        form.refuse(problem)
        return _again(form, 422)
    _tell(code, outcome)
    return redirect(url_for("activities.page", code=code, activity=outcome.activity), 303)


@blueprint.post("/a/<code>/log/new/people")
@area_scope("log.record")
def people(code: str) -> View:
    """The part of the page about people, for the form as it stands."""
    form = EntryForm()
    if request.form.get("q"):
        count_search()
    with read_scope() as session:
        form.offer_kinds(session)
        # Fields that are half filled in are no fault yet: what can be said is said.
        form.validate()
        try:
            panel = look_up(session, form, request.form, group_of=request.form.get("group", ""))
        except Problem as problem:
            panel = Panel(problem=problem)
        return show("log/new_people.html", form=form, panel=panel)


def _start(session: Session, form: EntryForm) -> View:
    """An empty form of today; ``activity`` adds people to one, ``again`` repeats one with its people ticked."""
    form.day.data = current_site().today()
    group_of = ""
    if request.args.get("activity"):
        activity = activity_below(session, current_area().id, request.args["activity"])
        if activity is None:
            missing()
        form.start_from(_known(session, activity), activity.local_date)
    known = known_activities(session, current_area().id)
    if request.args.get("again"):
        found = next((item for item in known if item.public_id == request.args["again"]), None)
        if found is None:
            missing()
        form.start_from(found, usual_day(found))
        group_of = found.public_id
    panel = look_up(session, form, MultiDict(), group_of=group_of)
    return _page(session, form, panel, known=known, offer=not request.args)


def _known(session: Session, activity: Activity) -> Known:
    plan = plan_of(activity)
    kinds = {kind.id: kind.code for kind in kinds_for(session, current_area().id).values()}
    kind = kinds.get(activity.kind_id, OTHER)
    return Known(
        activity.public_id, activity.title, kind, activity.local_date, plan.starts_at, plan.ends_at,
        plan.place, plan.organiser, 0,
    )  # fmt: skip


def _again(form: EntryForm, status: int = 200, notice: str = "") -> View:
    """The page with everything as it was sent, and what can be said of it."""
    with read_scope() as session:
        try:
            panel = look_up(session, form, request.form, group_of=request.form.get("group", ""))
        except Problem as problem:
            form.refuse(problem)
            panel, status = Panel(problem=problem), 422
        if request.form.get("act") != "record" and status == 200 and not panel.count and not panel.named:
            form.refuse(_nobody())
            status = 422
        notices = [gettext(notice)] if notice else []
        if any(file.filename for file in request.files.getlist("photos")):
            notices.append(gettext(PHOTOS_AGAIN))
        return _page(session, form, panel, status, notices=notices)


def _page(
    session: Session,
    form: EntryForm,
    panel: Panel,
    status: int = 200,
    *,
    known: Sequence[Known] | None = None,
    notices: Sequence[str] = (),
    offer: bool = False,
) -> tuple[str, int]:
    if known is None:
        known = known_activities(session, current_area().id)
    return show(
        "log/new.html",
        status,
        form=form,
        panel=panel,
        known=known,
        chips=known[:CHIPS],
        clock_of=clock_of,
        grids=[choice for choice in area_choices(session) if choice.depth],
        notices=notices,
        offer_draft=offer,
        draft=draft_name(),
        q=request.form.get("q", ""),
        grid=request.form.get("grid", ""),
    )


def draft_name() -> str:
    """The name under which a device keeps this form's draft."""
    return f"log-new.{current_area().code}"


def read_photos() -> list[Picture]:
    """The photos of this request, drawn anew; raises Problem bad_image, image_too_large, too_many_photos."""
    files = [file for file in request.files.getlist("photos") if file.filename]
    if len(files) > MAX_PHOTOS:
        raise Problem(
            "too_many_photos", N_("Send at most %(most)s photos at a time."), field="photos", most=MAX_PHOTOS
        )
    return [read_picture(file.read(), file.filename or "") for file in files]


def _record(form: EntryForm, what: What) -> Outcome:
    actor, area_id = current_actor(), current_area().id
    chosen, new_names = request.form.getlist("person"), _new_names()
    if not chosen and not new_names:
        raise _nobody()
    # All of them are written in one transaction, which others wait for.
    check_number(len(chosen) + len(new_names))
    # Decoding takes long, and writers wait for one another: it is done before the transaction.
    photos = read_photos()
    with read_scope() as session:
        if people_below(session, area_id, chosen) is None:
            missing()
    with unit_of_work() as session:
        require_again(session, "log.record", area_id)
        once = _once(session)
        if once.place is not None:
            return Outcome(None, once.place)
        if new_names:
            require_again(session, "people.edit", area_id)
        area = session.get_one(Area, area_id)
        people = people_below(session, area_id, chosen) or []
        people += [create_person(session, PersonData(name, area_id), actor) for name in new_names]
        drafts = drafts_of(form, what, _kind_id(session, form, area), people)
        done = record_by_hand(session, area, drafts, actor, SOURCE)
        activity = activity_of(session, done.results[0].entry_id)
        for photo in photos:
            attachments.keep(
                session, area_id, photo, actor, subject_type=attachments.ACTIVITY, subject_id=activity
            )
        once.done(activity)
        return Outcome(done, activity, [person.id for person in people])


def _once(session: Session) -> Once:
    """The form as one act, however often its button is pressed."""
    try:
        return idempotent_form(session)
    except Problem:
        # Whoever goes back, corrects something and saves once more does something else.
        return Once(session, None)


def _new_names() -> list[str]:
    return list(dict.fromkeys(request.form.getlist("new")))


def _kind_id(session: Session, form: EntryForm, area: Area) -> int:
    if form.kind.data == OTHER:
        return add_local_kind(session, area, form.other_kind.data or "", current_actor()).id
    return {kind.code: kind.id for kind in kinds_for(session, area.id).values()}[form.kind.data]


def _nobody() -> Problem:
    return Problem("nobody_named", N_("Paste the names, or tick people on the roster."), field="names")


def activity_of(session: Session, entry_id: int) -> str:
    """The outside id of the activity that an entry belongs to."""
    query = select(Activity.public_id).join(Entry, Entry.activity_id == Activity.id)
    return session.scalars(query.where(Entry.id == entry_id)).one()


def _tell(code: str, outcome: Outcome) -> None:
    forget_draft(draft_name())
    created = outcome.done.created if outcome.done is not None else 0
    if outcome.done is None or not created:
        flash_done(N_("All of this was recorded before; nothing was added."))
        return
    if outcome.done.confirmed:
        flash_done(N_("Entries recorded and confirmed: %(n)s."), n=created)
    else:
        tell_waiting(current_area().id, outcome.done, outcome.people)
    offer_undo(code, outcome.activity, outcome.done)


def offer_undo(code: str, activity: str, done: ByHand) -> None:
    """Let the recorder take these entries back for 30 seconds."""
    flash_undo(
        N_("Recorded for %(n)s people."),
        url_for("log_new.undo", code=code),
        done.at,
        {"activity": activity, "at": done.at.isoformat()},
        n=done.created,
    )


def read_instant(text: str) -> datetime:
    """An instant as ``isoformat`` writes it; raises Problem nothing_to_undo."""
    try:
        at = datetime.fromisoformat(text)
        # At the ends of the calendar an instant may have no date in UTC.
        known = at.astimezone(UTC) if at.tzinfo is not None else None
    except (ValueError, OverflowError):
        known = None
    if known is None:
        raise Problem("nothing_to_undo", N_("There is nothing of yours to take back here."))
    return known


@blueprint.post("/a/<code>/log/undo")
@area_scope("log.record")
def undo(code: str) -> View:
    """Take back what one has just recorded for an activity, with the photos that came along."""
    area_id, activity = current_area().id, request.form.get("activity", "")
    actor = current_actor()
    try:
        at = read_instant(request.form.get("at", ""))
        with unit_of_work() as session:
            require_again(session, "log.record", area_id)
            reason = gettext("undone within 30 s")
            taken_back = undo_recorded(session, area_id, activity, at, reason, actor)
            photos = [
                photo
                for photo in attachments.of_subject(session, attachments.ACTIVITY, activity)
                if taken_back and photo.created_by_account == actor.account_id and photo.created_at >= at
            ]
            gone = attachments.remove(session, photos, actor)
        attachments.discard(gone)
    except Problem as problem:
        flash_problem(problem)
    else:
        flash_done(
            N_("Taken back: %(n)s entries. They stay visible as voided and count for nothing."), n=taken_back
        )
    with read_scope() as session:
        if activity_below(session, area_id, activity) is None:
            missing()
    return redirect(url_for("activities.page", code=code, activity=activity), 303)
