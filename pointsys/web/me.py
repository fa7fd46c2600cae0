"""One's own page, made for a phone: results of the plugins, own entries with what was decided, consents, changes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from flask import Blueprint, redirect, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.core.activity_log.models import PENDING, Activity, ActivityKind, Decision, Entry
from pointsys.core.areas.models import Area
from pointsys.core.audit import AuditRow
from pointsys.core.people import consent
from pointsys.core.people.groups import canonical_ids, groups
from pointsys.core.people.models import Person
from pointsys.core.people.records import masked
from pointsys.core.site import current_site
from pointsys.core.switches import enabled_in
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem
from pointsys.web import slots
from pointsys.web.access import current_actor, signed_in
from pointsys.web.frame import flash_done, flash_problem, show
from pointsys.web.lists import Paged, list_args
from pointsys.web.menu import failed_hook

blueprint = Blueprint("me", __name__)

View = Response | tuple[str, int]
FEW = 5
NOTICE_VERSION = "1"


@dataclass(frozen=True)
class OwnEntry:
    """One of the reader's entries; ``decisions`` from the first to the last, ``expected`` what it may bring."""

    entry: Entry
    kind: str
    organiser: str
    decisions: Sequence[Decision]
    expected: str


@blueprint.get("/me")
@signed_in
def show_me() -> View:
    """The first page of somebody who takes part."""
    with read_scope() as session:
        person = _own_person(session)
        if person is None:
            return show("me/nobody.html")
        rows = _own_rows(session, person)
        total = _entry_count(session, rows)
        history = select(AuditRow).where(
            AuditRow.object_type == "person", AuditRow.object_id == person.public_id
        )
        return show(
            "me/index.html",
            person=person,
            known=masked(person),
            area=session.get(Area, person.area_id),
            slots=slots.member_cards(session, person),
            entries=_entries(session, person, rows, FEW, 0),
            total=total,
            consents=consent.current(session, [person.id]).get(person.id, {}),
            history=session.scalars(history.order_by(AuditRow.id.desc()).limit(10)).all(),
        )


@blueprint.get("/me/entries")
@signed_in
def entries() -> View:
    """All of one's own entries."""
    args = list_args(size=20)
    with read_scope() as session:
        person = _own_person(session)
        if person is None:
            return show("me/nobody.html")
        rows = _own_rows(session, person)
        total = _entry_count(session, rows)
        shown = _entries(session, person, rows, args.size, args.offset)
        return show("me/entries.html", page=Paged(shown, total, args.page, args.size))


def _own_person(session: Session) -> Person | None:
    """The person of this account, under the row that is kept."""
    own = current_actor().person_id
    return None if own is None else session.get(Person, canonical_ids(session, [own])[own])


def _own_rows(session: Session, person: Person) -> list[int]:
    return groups(session, [person.id])[person.id]


def _entry_count(session: Session, rows: Collection[int]) -> int:
    return session.scalar(select(func.count()).select_from(Entry).where(Entry.person_id.in_(rows))) or 0


def _entries(
    session: Session, person: Person, rows: Collection[int], limit: int, offset: int
) -> list[OwnEntry]:
    found = session.execute(
        select(Entry, ActivityKind.title, Activity.organiser, Area.name)
        .join(ActivityKind, ActivityKind.id == Entry.kind_id)
        .join(Activity, Activity.id == Entry.activity_id)
        .join(Area, Area.id == Entry.area_id)
        .where(Entry.person_id.in_(rows))
        .order_by(Entry.local_date.desc(), Entry.id.desc())
        .limit(limit)
        .offset(offset)
    ).all()
    decisions: dict[int, list[Decision]] = {}
    ids = [entry.id for entry, *_rest in found]
    for decision in session.scalars(select(Decision).where(Decision.entry_id.in_(ids)).order_by(Decision.id)):
        decisions.setdefault(decision.entry_id, []).append(decision)
    waiting = [entry.id for entry, *_rest in found if entry.status == PENDING]
    expected = _expected(session, person, waiting) if waiting else {}
    return [
        OwnEntry(entry, kind, organiser or area, decisions.get(entry.id, []), expected.get(entry.id, ""))
        for entry, kind, organiser, area in found
    ]


def _expected(session: Session, person: Person, entries: Collection[int]) -> dict[int, str]:
    """What unconfirmed entries would bring, in the words of the plugins."""
    texts: dict[int, list[str]] = {}
    on = enabled_in(session, person.area_id)
    for answer in current_site().host.call_each("expected_effect", on, session=session, entries=entries):
        if answer.error is not None:
            failed_hook(answer.info.name, "expected_effect", answer.error)
        for entry_id, text in (answer.value or {}).items():
            texts.setdefault(entry_id, []).append(text)
    return {entry_id: "，".join(parts) for entry_id, parts in texts.items()}


@blueprint.post("/me/consent")
@signed_in
def give_consent() -> View:
    """Agree to stand on public rankings, or take it back with one click."""
    withdraw = request.form.get("act") == "withdraw"
    try:
        with unit_of_work() as session:
            person = _own_person(session)
            if person is not None and withdraw:
                consent.withdraw(session, person, consent.RANKING, current_actor())
            elif person is not None:
                consent.give(session, person, consent.RANKING, NOTICE_VERSION, "screen", current_actor())
    except Problem as problem:
        flash_problem(problem)
    else:
        flash_done(
            N_("Your name does not stand on public rankings any more.")
            if withdraw
            else N_("Your name may stand on public rankings. You can take that back at any time.")
        )
    return redirect(url_for("me.show_me", _anchor="consents"), 303)
