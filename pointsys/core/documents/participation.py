"""The record of participation (参与记录证明): what the log confirms about one person in a stretch of days.

It works with any set of plugins: activities and minutes come from the log itself, credited by the one rule of
``kit.intervals``. The issuer certifies its own records, nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.activity_log.credit import EntryFact, credited, entry_facts, has_time
from pointsys.core.activity_log.models import Activity, ActivityKind
from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.documents.models import Document
from pointsys.core.documents.services import issue
from pointsys.core.people.groups import canonical_ids, chunks
from pointsys.core.people.models import Person
from pointsys.core.people.records import refuse_closed
from pointsys.core.settings import get_settings
from pointsys.core.site import current_site
from pointsys.kit.problems import N_, Problem

KIND = "participation"
SERIES = "CY"
TEMPLATE = "documents/participation.typ"
TITLE = N_("Record of participation")
MOST_ENTRIES = 1_000


@dataclass(frozen=True)
class Draft:
    """What would be issued: the snapshot and the ids of the entries it states."""

    snapshot: dict[str, Any]
    entries: tuple[int, ...]


def draft(session: Session, area: Area, person: Person, first: date, last: date) -> Draft:
    """The record of ``person`` (a kept row) from ``first`` to ``last``, both included, as ``area`` would issue it.

    Minutes are credited over all of the person's entries, so that an overlap at the edge of the period counts once.
    Raises Problem bad_period, nothing_to_state or too_much_to_state.
    """
    refuse_closed(person)
    if first > last or last > current_site().today():
        raise Problem(
            "bad_period", N_("The period has to end after its beginning, and not after today."), field="last"
        )
    kept = canonical_ids(session, [person.id])[person.id]
    facts = entry_facts(session, [kept])[kept]
    worth = credited(facts)
    inside = [fact for fact in facts if first <= fact.local_date <= last]
    inside.sort(key=lambda fact: (fact.local_date, fact.entry_id))
    if not inside:
        raise Problem("nothing_to_state", N_("Nothing confirmed is on record in this period."), field="first")
    if len(inside) > MOST_ENTRIES:
        raise Problem(
            "too_much_to_state",
            N_("More than %(count)s entries do not fit one document: choose a shorter period."),
            field="first",
            count=MOST_ENTRIES,
        )
    kinds = {row.code: row.title for row in session.execute(select(ActivityKind.code, ActivityKind.title))}
    organisers = _organisers(session, inside)
    minutes = {fact.entry_id: worth[fact.entry_id].minutes for fact in inside if has_time(fact)}
    rows = [
        {
            "date": fact.local_date.isoformat(),
            "title": fact.title,
            "kind": kinds.get(fact.kind, fact.kind),
            "organiser": organisers[fact.activity_id],
            "minutes": minutes.get(fact.entry_id),
        }
        for fact in inside
    ]
    snapshot = {
        "holder": person.name,
        "first": first.isoformat(),
        "last": last.isoformat(),
        "issuer": issuer(session, issuing_area(session, area)),
        "rows": rows,
        "count": len(rows),
        "minutes": sum(minutes.values()),
        "service_minutes": sum(minutes.get(fact.entry_id, 0) for fact in inside if fact.service),
    }
    return Draft(snapshot, tuple(fact.entry_id for fact in inside))


def issuing_area(session: Session, area: Area) -> Area:
    """The area that stands behind a document: a grid has no seal, so its community does."""
    while area.level == "grid" and area.parent_id is not None:
        area = session.get_one(Area, area.parent_id)
    return area


def issuer(session: Session, area: Area) -> dict[str, str]:
    """The issuing unit as it is printed: name, seal text and phone, from the area's settings."""
    keys = ("site.unit_name", "site.seal_text", "site.supervision_phone")
    found = get_settings(session, area.id, keys)
    unit, seal, phone = (str(found.get(key) or "") for key in keys)
    # The unit that is named is the one whose setting rules; an area without one stands for itself.
    return {"unit": unit or area.name, "area": area.name, "seal": seal or unit or area.name, "phone": phone}


def _organisers(session: Session, facts: list[EntryFact]) -> dict[int, str]:
    found: dict[int, str] = {}
    for part in chunks({fact.activity_id for fact in facts}):
        query = (
            select(Activity.id, Activity.organiser, Area.name)
            .join(Area, Area.id == Activity.area_id)
            .where(Activity.id.in_(part))
        )
        found.update((row[0], row[1] or row[2]) for row in session.execute(query))
    return found


def issue_participation(
    session: Session,
    area: Area,
    person: Person,
    first: date,
    last: date,
    actor: Actor,
    *,
    title: str,
    replaces: Document | None = None,
) -> Document:
    """Issue the record under the next number of the area; ``title`` is what stands on the paper."""
    made = draft(session, area, person, first, last)
    return issue(
        session, issuing_area(session, area), kind=KIND, series=SERIES, title=title, template=TEMPLATE,
        snapshot=made.snapshot, actor=actor, person=person, entries=made.entries, replaces=replaces,
    )  # fmt: skip
