"""One's own pages, for a phone: results of the plugins, the record with all that became of it, consents, changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask import Blueprint, abort, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.core import audit
from pointsys.core.activity_log.models import CONFIRMED, PENDING, REJECTED, VOIDED
from pointsys.core.areas.models import Area
from pointsys.core.audit import AuditRow
from pointsys.core.objections.models import Objection
from pointsys.core.objections.queries import is_overdue
from pointsys.core.people import consent
from pointsys.core.people.groups import groups
from pointsys.core.people.models import Person, PersonConsent
from pointsys.core.people.records import masked
from pointsys.core.privacy.notices import in_force
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem
from pointsys.kit.tables import Table, TableColumn, Value, table
from pointsys.web import slots
from pointsys.web.access import current_actor, signed_in
from pointsys.web.downloads import as_sheet, send_csv, send_sheets
from pointsys.web.entries import EntryChoice, OwnEntry, entries_of, entry_choices, entry_count
from pointsys.web.events import actor_name
from pointsys.web.frame import flash_done, flash_problem, show
from pointsys.web.lists import ListArgs, Paged, list_args
from pointsys.web.own_pages import own_pages
from pointsys.web.privacy_words import CONSENT_TITLES
from pointsys.web.scope import own_person

blueprint = Blueprint("me", __name__)

View = Response | tuple[str, int]
FEW = 5
CHANGES = 20
# What one person does in a lifetime fits; nothing larger is put together for one request.
MOST_EXPORTED = 10_000
# What people agree to by themselves -> what is said when they do, and when they take it back.
OWN_CONSENTS = {
    consent.RANKING: (
        N_("Your name may stand on public rankings. You can take that back at any time."),
        N_("Your name does not stand on public rankings any more."),
    ),
    consent.SHARING: (
        N_(
            "Your data may be handed on to the partners that the notice names. You can take that back at any time."
        ),
        N_("Your data is not handed on any more."),
    ),
    consent.SENSITIVE: (
        N_("Your phone and ID number may be kept. You can take that back at any time."),
        N_("Noted. Ask below to have phone and ID number deleted where they are on record already."),
    ),
}
STATES = {
    CONFIRMED: N_("Confirmed"),
    PENDING: N_("To be confirmed"),
    REJECTED: N_("Rejected"),
    VOIDED: N_("Voided"),
}
OUTCOMES = {CONFIRMED: N_("confirmed"), REJECTED: N_("rejected"), VOIDED: N_("voided")}


@blueprint.get("/me")
@signed_in
def show_me() -> View:
    """The first page of somebody who takes part."""
    with read_scope() as session:
        person = own_person(session)
        if person is None:
            return show("me/nobody.html")
        history = select(AuditRow).where(
            AuditRow.object_type == "person", AuditRow.object_id == person.public_id
        )
        return show(
            "me/index.html",
            person=person,
            own_pages=own_pages(),
            known=masked(person),
            area=session.get(Area, person.area_id),
            community=_community(session, person),
            slots=slots.member_cards(session, person),
            entries=entries_of(session, person, FEW),
            total=entry_count(session, person),
            consents=consent.current(session, [person.id]).get(person.id, {}),
            history=session.scalars(history.order_by(AuditRow.id.desc()).limit(CHANGES)).all(),
            overdue=_overdue,
        )


@blueprint.get("/me/entries")
@signed_in
def entries() -> View:
    """All of one's own entries, each with its history and the objections to it."""
    args = _args()
    choice = _choice(args)
    with read_scope() as session:
        person = own_person(session)
        if person is None:
            return show("me/nobody.html")
        years, kinds = entry_choices(session, person)
        shown = entries_of(session, person, args.size, args.offset, choice=choice)
        return show(
            "me/entries.html",
            args=args,
            page=Paged(shown, entry_count(session, person, choice), args.page, args.size),
            years=years,
            kinds=kinds,
            states=STATES,
            overdue=_overdue,
            # WeChat's browser opens no files.
            wechat="MicroMessenger" in request.user_agent.string,
        )


@blueprint.get("/me/entries.<ext>")
@signed_in
def export(ext: str) -> Response:
    """One's own entries as filtered, as a sheet (xlsx) or plain text (csv)."""
    if ext not in ("xlsx", "csv"):
        abort(404)
    choice = _choice(_args())
    with read_scope() as session:
        person = own_person(session)
        if person is None:
            abort(404)
        rows = entries_of(session, person, MOST_EXPORTED, choice=choice)
        # Read before the row of the audit log ends this reading.
        sheet = as_sheet(gettext("What I did"), _table(rows))
        public_id, area_id = person.public_id, person.area_id
    with unit_of_work(drain=False) as session:
        audit.write(
            session, current_actor(), "person.exported", "person", public_id, area_id=area_id, count=len(rows) or 1
        )  # fmt: skip
    name = f"record-{current_site().today().isoformat()}"
    return send_csv(name, sheet) if ext == "csv" else send_sheets(name, [sheet])


def _args() -> ListArgs:
    return list_args("year", "kind", "status", size=20)


def _choice(args: ListArgs) -> EntryChoice:
    year, status = args["year"], args["status"]
    known = year.isascii() and year.isdigit() and 1900 <= int(year[:5]) <= 2199
    return EntryChoice(int(year) if known else None, args["kind"], status if status in STATES else "")


def _overdue(objection: Objection) -> bool:
    """For templates: whether an answer should be there already."""
    return is_overdue(objection, current_site().today())


def _table(rows: Sequence[OwnEntry]) -> Table:
    columns = [
        TableColumn(gettext("Date"), "date"),
        *(
            TableColumn(gettext(title))
            for title in (
                N_("Start"), N_("End"), N_("Activity"), N_("Kind"), N_("Organiser"), N_("State"),
                N_("Recorded"), N_("Decided"), N_("Reason"), N_("Objection"),
            )
        ),
    ]  # fmt: skip
    return table(columns, [_cells(own) for own in rows])


def _cells(own: OwnEntry) -> list[Value]:
    local = current_site().local
    entry, last = own.entry, own.decisions[-1] if own.decisions else None

    def said(at: datetime, who: str) -> str:
        words = local(at).strftime("%Y-%m-%d %H:%M")
        return f"{words} {actor_name(who)}" if own.at_home else words

    return [
        entry.local_date,
        local(entry.starts_at).strftime("%H:%M") if entry.starts_at else "",
        local(entry.ends_at).strftime("%H:%M") if entry.ends_at else "",
        entry.title,
        own.kind,
        own.organiser,
        gettext(STATES[entry.status]),
        said(entry.recorded_at, entry.recorded_by),
        said(last.at, last.actor) if last else "",
        last.reason if last else "",
        "; ".join(objection.text for objection in own.objections),
    ]


def _community(session: Session, person: Person) -> Area:
    """Where notices for the person are posted: grids post none of their own."""
    area = session.get_one(Area, person.area_id)
    if area.level != "grid" or area.parent_id is None:
        return area
    return session.get_one(Area, area.parent_id)


@blueprint.get("/me/consents")
@signed_in
def consents() -> View:
    """What one was told and agreed to, since when, and what was taken back."""
    with read_scope() as session:
        person = own_person(session)
        if person is None:
            return show("me/nobody.html")
        (rows,) = groups(session, [person.id]).values()
        query = select(PersonConsent).where(PersonConsent.person_id.in_(rows))
        return show(
            "me/consents.html",
            person=person,
            community=_community(session, person),
            consents=consent.current(session, [person.id]).get(person.id, {}),
            consent_titles=CONSENT_TITLES,
            old_enough=person.id not in consent.children(session, [person.id]),
            history=session.scalars(query.order_by(PersonConsent.id.desc())).all(),
        )


@blueprint.post("/me/consent")
@signed_in
def give_consent() -> View:
    """Agree to one thing, or take it back, with one click each."""
    withdraw = request.form.get("act") == "withdraw"
    kind = request.form.get("kind", consent.RANKING)
    if kind not in OWN_CONSENTS:
        abort(404)
    try:
        with unit_of_work() as session:
            person = own_person(session)
            if person is not None and withdraw:
                consent.withdraw(session, person, kind, current_actor())
            elif person is not None:
                version = in_force(session, person.area_id).version
                consent.give(session, person, kind, version, "screen", current_actor())
    except Problem as problem:
        flash_problem(problem)
    else:
        flash_done(OWN_CONSENTS[kind][withdraw])
    if request.form.get("from") == "privacy":
        return redirect(url_for("me_privacy.index", _anchor="consents"), 303)
    if request.form.get("from") == "consents":
        return redirect(url_for("me.consents"), 303)
    return redirect(url_for("me.show_me", _anchor="consents"), 303)
