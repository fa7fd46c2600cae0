"""The activity log of an area: lists of entries, one entry with its history, recording, and decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.access import current_actor, current_area, may
from pointsys.core.activity_log.by_hand import record_by_hand
from pointsys.core.activity_log.decisions import decide, history
from pointsys.core.activity_log.drafts import tidy
from pointsys.core.activity_log.kinds import check_unit, kinds_for
from pointsys.core.activity_log.models import Activity, ActivityKind, Entry, EntryText
from pointsys.core.activity_log.queries import (
    EntryFilters,
    EntryRow,
    activity_below,
    entries_below,
    entry_below,
    list_entries,
)
from pointsys.core.activity_log.record import EntryDraft, check_draft, with_activity
from pointsys.core.areas.models import Area, subtree
from pointsys.core.people.groups import canonical_ids, chunks
from pointsys.core.people.models import Person
from pointsys.core.people.search import person_below
from pointsys.core.site import current_site
from pointsys.kit.masking import mask_name
from pointsys.kit.problems import N_, Problem
from pointsys.rest.blueprint import RestBlueprint
from pointsys.rest.errors import STATUSES, Invalid, Said
from pointsys.rest.fields import hundredths, paged
from pointsys.rest.schemas import (
    DecidedOut,
    DecisionIn,
    DraftsIn,
    EntryArgs,
    EntryDetail,
    EntryPage,
    RecordedList,
)
from pointsys.rest.scope import codes_of, missing

blueprint = RestBlueprint("rest_log", __name__, description="Who did what: entries and decisions on them")

SOURCE = "api"
UNKNOWN_PERSON = N_("This person is not on the roster.")
UNKNOWN_ACTIVITY = N_("This activity does not exist here.")
UNKNOWN_KIND = N_("This kind of activity is not known here.")
NO_TIME = N_("Give start and end, or a quantity.")
# What the services call these fields.
_NAMES = {"start": "starts_at", "end": "ends_at"}
TWO_TIMES = N_("Give either start and end, or a quantity.")


@blueprint.read("/areas/<code>/log", permission="log.view", query=EntryArgs, answer=EntryPage)
def index(session: Session, args: dict[str, Any], code: str) -> dict[str, Any]:
    """Entries of activities of an area and below"""
    area_id = current_area().id
    filters = EntryFilters(
        text=args["q"],
        kind=args["kind"],
        status=args["status"],
        from_on=args["from_on"],
        to_on=args["to_on"],
        source=args["source"],
        person=_person_id(session, area_id, args["person"]),
        activity=_activity_id(session, area_id, args["activity"]),
    )
    found = list_entries(session, area_id, filters, page=args["page"], size=args["size"], sort=args["sort"])
    codes = codes_of(session, (row.area_id for row in found.rows))
    named = may("people.view")
    items = [_shown(row, codes[row.area_id], named) for row in found.rows]
    return paged(items, found.total, args, complete=found.totals.complete)


def _person_id(session: Session, area_id: int, public_id: str) -> int | None:
    if not public_id:
        return None
    person = person_below(session, area_id, public_id)
    if person is None:
        raise Problem("unknown_person", UNKNOWN_PERSON, field="person")
    return person.id


def _activity_id(session: Session, area_id: int, public_id: str) -> int | None:
    if not public_id:
        return None
    activity = activity_below(session, area_id, public_id)
    if activity is None:
        raise Problem("unknown_activity", UNKNOWN_ACTIVITY, field="activity")
    return activity.id


def _shown(row: EntryRow, area: str, named: bool) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "person": {"id": row.person_public_id, "name": row.name if named else mask_name(row.name)},
        "activity": row.activity_public_id,
        "area": area,
        "kind": row.kind,
        "title": row.title,
        "date": row.local_date,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "quantity": None if row.quantity is None else hundredths(row.quantity),
        "unit": row.unit,
        "status": row.status,
        "source": row.source,
        "recorded_by": row.recorded_by,
        "recorded_at": row.recorded_at,
    }


@blueprint.read("/areas/<code>/log/<entry>", permission="log.view", answer=EntryDetail)
def one(session: Session, args: dict[str, Any], code: str, entry: str) -> dict[str, Any]:
    """One entry with what was decided on it"""
    found = entry_below(session, current_area().id, entry)
    if found is None:
        missing()
    kept = canonical_ids(session, [found.person_id])[found.person_id]
    person = session.get_one(Person, kept)
    texts = session.get(EntryText, found.id)
    return {
        "id": found.public_id,
        "person": {
            "id": person.public_id,
            "name": person.name if may("people.view") else mask_name(person.name),
        },
        "activity": session.get_one(Activity, found.activity_id).public_id,
        "area": session.get_one(Area, found.area_id).code,
        "kind": session.get_one(ActivityKind, found.kind_id).title,
        "title": found.title,
        "date": found.local_date,
        "starts_at": found.starts_at,
        "ends_at": found.ends_at,
        "quantity": None if found.quantity is None else hundredths(found.quantity),
        "unit": found.unit,
        "status": found.status,
        "source": found.source,
        "recorded_by": found.recorded_by,
        "recorded_at": found.recorded_at,
        "role": found.role,
        "evidence": texts.evidence if texts else "",
        "note": texts.note if texts else "",
        "accepted_late": found.accepted_late,
        "history": history(session, found),
    }


@blueprint.create("/areas/<code>/log", permission="log.record", body=DraftsIn, answer=RecordedList)
def add(session: Session, body: dict[str, Any], code: str) -> dict[str, Any]:
    """Record entries, all of them or none

    They stand confirmed where the owner of the token may decide and no second person is needed.
    """
    area = session.get_one(Area, current_area().id)
    drafts = _drafts(session, area, body["entries"])
    done = record_by_hand(session, area, drafts, current_actor(), SOURCE)
    stand = _standing(session, [result.entry_id for result in done.results])
    items = [
        {"id": stand[r.entry_id][0], "outcome": r.outcome, "status": stand[r.entry_id][1]}
        for r in done.results
    ]
    return {"items": items, "created": done.created, "waits_because": list(done.why)}


def _standing(session: Session, entry_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    rows = session.execute(select(Entry.id, Entry.public_id, Entry.status).where(Entry.id.in_(entry_ids)))
    return {entry_id: (public_id, status) for entry_id, public_id, status in rows}


def _drafts(session: Session, area: Area, given: Sequence[Mapping[str, Any]]) -> list[EntryDraft]:
    """The drafts as the log takes them; raises Invalid naming each one that it would not take."""
    people = _people(session, area.id, {item["person"] for item in given})
    activities = _activities(session, area.id, {item["activity"] for item in given} - {None})
    known = kinds_for(session, area.id).values()
    kinds = {kind.code: kind.id for kind in known}
    service = {kind.id for kind in known if kind.service}
    now, today = current_site().now(), current_site().today()
    drafts: list[EntryDraft] = []
    wrong: dict[int, dict[str, object]] = {}
    for index, item in enumerate(given):
        try:
            draft = _draft(item, people, activities, kinds)
            check_draft(tidy(draft), now, today)
            check_unit(draft, draft.kind_id in service)
        except Problem as problem:
            wrong[index] = {
                _NAMES.get(problem.field or "", problem.field or "_schema"): [
                    Said(problem.message, **problem.params)
                ]
            }
        else:
            drafts.append(draft)
    if wrong:
        raise Invalid({"entries": wrong})
    return drafts


def _draft(
    item: Mapping[str, Any],
    people: Mapping[str, int],
    activities: Mapping[str, Activity],
    kinds: Mapping[str, int],
) -> EntryDraft:
    if item["accepted_late"] and not may("log.decide"):
        # It lets points count past their deadline: whoever only records does not decide that.
        raise Problem("forbidden", STATUSES[403][1], field="accepted_late")
    timed = item["starts_at"] is not None or item["ends_at"] is not None
    if not timed and item["quantity"] is None:
        raise Problem("no_time", NO_TIME, field="starts_at")
    if timed and item["quantity"] is not None:
        raise Problem("two_times", TWO_TIMES, field="quantity")
    if item["person"] not in people:
        raise Problem("unknown_person", UNKNOWN_PERSON, field="person")
    activity = None
    if item["activity"] is not None:
        activity = activities.get(item["activity"])
        if activity is None:
            raise Problem("unknown_activity", UNKNOWN_ACTIVITY, field="activity")
    elif item["kind"] not in kinds:
        raise Problem("unknown_kind", UNKNOWN_KIND, field="kind")
    draft = EntryDraft(
        people[item["person"]],
        activity.kind_id if activity else kinds[item["kind"]],
        activity.title if activity else item["title"],
        activity.local_date if activity else item["date"],
        starts_at=item["starts_at"],
        ends_at=item["ends_at"],
        quantity=item["quantity"],
        unit=item["unit"] if item["quantity"] is not None else None,
        role=item["role"],
        evidence=item["evidence"],
        note=item["note"],
        source_ref=item["source_ref"],
        accepted_late=item["accepted_late"],
        place=item["place"],
        organiser=item["organiser"],
    )
    return with_activity(draft, activity) if activity else draft


def _people(session: Session, area_id: int, public_ids: set[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in chunks(sorted(public_ids)):
        query = select(Person.public_id, Person.id).where(
            Person.public_id.in_(part), Person.area_id.in_(subtree(area_id))
        )
        found.update({row.public_id: row.id for row in session.execute(query)})
    return found


def _activities(session: Session, area_id: int, public_ids: set[str]) -> dict[str, Activity]:
    """Planned activities of the very area: entries stand where their activity does."""
    query = select(Activity).where(Activity.public_id.in_(public_ids), Activity.area_id == area_id)
    return {activity.public_id: activity for activity in session.scalars(query)} if public_ids else {}


@blueprint.create(
    "/areas/<code>/log/decisions",
    permission="log.decide",
    body=DecisionIn,
    answer=DecidedOut,
    status=200,
    key_needed=False,
)
def decisions(session: Session, body: dict[str, Any], code: str) -> dict[str, Any]:
    """Confirm, reject or void entries, all of them or none"""
    found = entries_below(session, current_area().id, body["entries"])
    if found is None:
        missing()
    return {"changed": decide(session, found, body["outcome"], body["reason"], current_actor())}
