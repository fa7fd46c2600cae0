"""Making a staged batch real: judged once more against what is true now, then written set by set.

Works in the caller's one transaction, so that a batch is there as a whole or not at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from pointsys.core.activity_log.bulk_record import record_new
from pointsys.core.activity_log.by_hand import why_not_at_once
from pointsys.core.activity_log.drafts import EntryDraft
from pointsys.core.activity_log.kinds import add_local_kind, kinds_for
from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.areas.services import create_area, next_grid_code
from pointsys.core.bulk import insert_many, new_ids, new_public_ids
from pointsys.core.crypto import Keyring
from pointsys.core.database import table_of
from pointsys.core.figures.people import count_people
from pointsys.core.imports import activity_log, people
from pointsys.core.imports.places import NewGrid
from pointsys.core.imports.report import CREATED, STALE_PREVIEW, UNCHANGED, UPDATED, Outcome
from pointsys.core.pending import mark_people
from pointsys.core.people.groups import chunks
from pointsys.core.people.models import Person, PersonArea
from pointsys.core.people.records import ID_NUMBER, PHONE, membership_row, person_row
from pointsys.core.rotation.use import carry_along, writing_keys
from pointsys.core.site import current_site
from pointsys.core.switches import enabled_in
from pointsys.kit.problems import N_, Problem

SOURCE = "import"
PLUGIN_FAILED = N_(
    "%(plugin)s could not take over the values of its columns, so nothing was imported. Tell the IT office."
)
_SEALED = ("phone_sealed", "phone_index", "id_number_sealed", "id_number_index")
_PERSON = (
    "public_id", "name", "pinyin", "sort_key", "sex", "birth_date", *_SEALED, "area_id", "note", "created_at",
    "left_on", "batch_id",
)  # fmt: skip
_CHANGEABLE = ("sex", "birth_date", *_SEALED, "note", "left_on", "area_id")


def stale() -> Problem:
    """The refusal of a preview that holds no more."""
    return Problem("stale_preview", STALE_PREVIEW)


def apply_log(
    session: Session,
    area: Area,
    judge: activity_log.Judge,
    rows: Sequence[activity_log.LogRow],
    actor: Actor,
    batch_id: int,
    accept_late: str | None,
) -> Outcome:
    """Record the rows that are to be created; those at fault and those that stand already are passed over."""
    verdicts = judge.judge(rows)
    kinds: dict[str, int] = {}
    for title in judge.outcome.new_kinds:
        add_local_kind(session, area, title, actor)
    finder = activity_log.KindFinder(kinds_for(session, area.id))
    drafts = []
    for verdict in verdicts:
        row = verdict.row
        if verdict.verdict != CREATED or verdict.person_id is None:
            continue
        kind_id = kinds.get(row.what.kind)
        if kind_id is None:
            kind = finder.find(row.what.kind)
            if kind is None:
                raise stale()
            kind_id = kinds[row.what.kind] = kind.id
        drafts.append(_draft(row, verdict.person_id, kind_id, accept_late))
    del verdicts
    # A sheet waits for a second person, however short: a long one is cut into short ones within a minute.
    judge.outcome.confirmed = confirm = not why_not_at_once(session, area, drafts, actor, imported=True)
    try:
        record_new(session, area, drafts, actor, SOURCE, batch_id=batch_id, confirm=confirm)
    except IntegrityError:
        # Somebody recorded one of these a moment ago.
        raise stale() from None
    return judge.outcome


def will_be_confirmed(session: Session, area_id: int, verdicts: Sequence[object], actor: Actor) -> bool:
    """Whether the entries of a preview would stand confirmed at once, or wait for a second person."""
    drafts = [
        _draft(verdict.row, verdict.person_id, 0, None)
        for verdict in verdicts
        if isinstance(verdict, activity_log.Verdict) and verdict.person_id is not None
    ]
    return not why_not_at_once(session, session.get_one(Area, area_id), drafts, actor, imported=True)


def _draft(row: activity_log.LogRow, person_id: int, kind_id: int, accept_late: str | None) -> EntryDraft:
    when, what = row.when, row.what
    return EntryDraft(
        person_id=person_id,
        kind_id=kind_id,
        title=what.title,
        local_date=when.day,
        starts_at=when.starts_at,
        ends_at=when.ends_at,
        quantity=when.quantity,
        unit=when.unit,
        role=what.role,
        note=row.note,
        accepted_late=accept_late,
        place=what.place,
        organiser=what.organiser,
    )


def apply_people(
    session: Session,
    area: Area,
    judge: people.Judge,
    rows: Sequence[people.PersonRow],
    actor: Actor,
    batch_id: int,
) -> Outcome:
    """Add new people and grids, bring known people up to date, and hand plugins the values of their columns."""
    keys = writing_keys(session)
    verdicts = judge.judge(rows)
    grids = _make_grids(session, judge.new_grids, actor)
    carry_along(session, keys, _identifiers(verdicts))
    ids = _create(session, [v for v in verdicts if v.verdict == CREATED], grids, batch_id, keys)
    updated = [v for v in verdicts if v.verdict == UPDATED]
    moved = _update(session, updated, grids, keys)
    _count(session, verdicts, moved, grids)
    told: list[tuple[int, dict[str, dict[str, object]]]] = []
    touched: dict[int, set[int]] = {}
    for verdict in verdicts:
        person_id = ids.get(verdict.number, verdict.person_id)
        if person_id is None or verdict.verdict not in (CREATED, UPDATED, UNCHANGED):
            continue
        if verdict.row.extras:
            told.append((person_id, _by_plugin(verdict.row.extras)))
        if verdict.row.extras or verdict.verdict != UNCHANGED:
            touched[person_id] = {_area_id(verdict.area, grids)} | moved.get(person_id, set())
    _tell_plugins(session, area, told, actor)
    mark_people(session, touched.keys(), touched)
    return judge.outcome


def _count(
    session: Session,
    verdicts: Sequence[people.Verdict],
    moved: dict[int, set[int]],
    grids: dict[NewGrid, int],
) -> None:
    """Keep the numbers of people of areas up to date with those who came and those who moved."""
    more = Counter(_area_id(v.area, grids) for v in verdicts if v.verdict == CREATED)
    for person_id, verdict in {v.person_id: v for v in verdicts if v.verdict == UPDATED}.items():
        # Somebody who came back to where they were had been counted there all the time.
        if person_id in moved and "area" in verdict.changes:
            more[_area_id(verdict.area, grids)] += 1
            more.subtract(moved[person_id])
    count_people(session, more)


def _make_grids(session: Session, wanted: Sequence[NewGrid], actor: Actor) -> dict[NewGrid, int]:
    made = {}
    for grid in wanted:
        parent = session.get_one(Area, grid.parent_id)
        made[grid] = create_area(session, next_grid_code(session, parent), grid.name, parent, actor).id
    return made


def _area_id(area: int | NewGrid | None, grids: dict[NewGrid, int]) -> int:
    if area is None:
        raise AssertionError("a row that counts has an area")
    return grids[area] if isinstance(area, NewGrid) else area


def _identifiers(verdicts: Sequence[people.Verdict]) -> Iterator[tuple[str, str]]:
    for verdict in verdicts:
        if verdict.verdict in (CREATED, UPDATED):
            for column, value in ((PHONE, verdict.row.phone), (ID_NUMBER, verdict.row.id_number)):
                if value:
                    yield column, value


def _create(
    session: Session,
    verdicts: Sequence[people.Verdict],
    grids: dict[NewGrid, int],
    batch_id: int,
    keys: Keyring,
) -> dict[int, int]:
    """Insert people and their first memberships; returns row number -> person id."""
    site = current_site()
    now, today = site.now(), site.today()
    ids = dict(zip([v.number for v in verdicts], new_ids(session, Person, len(verdicts)), strict=True))
    # Since ever: a roster says where people belong, and what they did before it counts there.
    memberships = [(ids[v.number], _area_id(v.area, grids), None, None) for v in verdicts]

    def rows() -> Iterator[tuple[Any, ...]]:
        for verdict, public_id in zip(verdicts, new_public_ids(len(verdicts)), strict=True):
            checked = verdict.row.checked(_area_id(verdict.area, grids), today)
            row = person_row(checked, keys, public_id, now, batch_id=batch_id)
            yield (ids[verdict.number], *(row[name] for name in _PERSON))

    try:
        insert_many(session, Person, ("id", *_PERSON), rows())
    except IntegrityError:
        # Somebody added one of these ID numbers a moment ago.
        raise stale() from None
    insert_many(session, PersonArea, ("person_id", "area_id", "from_on", "to_on"), memberships)
    return ids


def _update(
    session: Session, verdicts: Sequence[people.Verdict], grids: dict[NewGrid, int], keys: Keyring
) -> dict[int, set[int]]:
    """Write what changed for people on record; returns the former areas of those who moved."""
    by_id = {v.person_id: v for v in verdicts if v.person_id is not None}
    table = table_of(Person)
    changed: list[dict[str, Any]] = []
    relocated: dict[int, int] = {}
    former: dict[int, set[int]] = {}
    for part in chunks(sorted(by_id)):
        query = select(table.c.id, table.c.public_id, *(table.c[name] for name in _CHANGEABLE)).where(
            table.c.id.in_(part)
        )
        for stored in session.execute(query).mappings():
            verdict = by_id[stored["id"]]
            target = _area_id(verdict.area, grids) if "area" in verdict.changes else stored["area_id"]
            values = {**stored, **_new_values(verdict, dict(stored), target, keys)}
            changed.append({f"b_{name}": values[name] for name in ("id", *_CHANGEABLE)})
            if {"area", "left_on"} & verdict.changes:
                relocated[stored["id"]] = target
                former[stored["id"]] = {stored["area_id"]}
    if changed:
        statement = (
            update(table)
            .where(table.c.id == bindparam("b_id"))
            .values({name: bindparam(f"b_{name}") for name in _CHANGEABLE})
        )
        try:
            session.execute(statement, changed)
        except IntegrityError:
            raise stale() from None
    _relocate(session, relocated)
    return former


def _new_values(
    verdict: people.Verdict, stored: dict[str, Any], area_id: int, keys: Keyring
) -> dict[str, Any]:
    site = current_site()
    row = verdict.row
    checked = row.checked(area_id, site.today())
    sealed = person_row(checked, keys, str(stored["public_id"]), site.now())
    # What merely follows from the ID number fills a gap and overrules nothing that somebody wrote.
    values: dict[str, Any] = {
        "area_id": area_id, "left_on": None, "sex": stored["sex"] or checked.sex,
        "birth_date": stored["birth_date"] or checked.birth_date,
    }  # fmt: skip
    for name in ("sex", "birth_date", "note"):
        if name in verdict.changes:
            values[name] = getattr(row, name)
    for name in ("phone", "id_number"):
        if name in verdict.changes:
            values |= {column: sealed[column] for column in (f"{name}_sealed", f"{name}_index")}
    return values


def _relocate(session: Session, targets: dict[int, int]) -> None:
    """Let people belong to other areas from today, and bring those back who had left."""
    today = current_site().today()
    table = table_of(PersonArea)
    last: dict[int, Any] = {}
    for part in chunks(sorted(targets)):
        query = select(table).where(table.c.person_id.in_(part)).order_by(table.c.from_on, table.c.id)
        for span in session.execute(query).mappings():
            known = last.get(span["person_id"])
            # No first day means since ever; databases disagree on where such rows sort.
            if known is None or known["from_on"] is None or span["from_on"] is not None:
                last[span["person_id"]] = span
    replaced, closed, opened = [], [], []
    for person_id, area_id in targets.items():
        span = last[person_id]
        if span["from_on"] == today or (span["area_id"] == area_id and _may_go_on(span["to_on"], today)):
            replaced.append({"b_id": span["id"], "b_area": area_id})
            continue
        if span["to_on"] is None or span["to_on"] >= today:
            closed.append({"b_id": span["id"], "b_to": today - timedelta(days=1)})
        opened.append(membership_row(person_id, area_id, today))
    if replaced:
        reopen = update(table).where(table.c.id == bindparam("b_id"))
        session.execute(reopen.values(area_id=bindparam("b_area"), to_on=None), replaced)
    if closed:
        session.execute(
            update(table).where(table.c.id == bindparam("b_id")).values(to_on=bindparam("b_to")), closed
        )
    if opened:
        session.execute(insert(table), opened)


def _may_go_on(to_on: Any, today: Any) -> bool:
    """Whether a membership that ended yesterday or later can go on as if it had not ended."""
    return to_on is None or to_on >= today - timedelta(days=1)


def _by_plugin(extras: Any) -> dict[str, dict[str, object]]:
    told: dict[str, dict[str, object]] = {}
    for key, value in extras.items():
        plugin, _, name = key.partition(":")
        told.setdefault(plugin, {})[name] = value
    return told


def _tell_plugins(
    session: Session, area: Area, told: Sequence[tuple[int, dict[str, dict[str, object]]]], actor: Actor
) -> None:
    """Each plugin that is on here gets the values of its own columns, for the people whose rows have any."""
    host = current_site().host
    for name in host.in_order("people_imported", enabled_in(session, area.id)):
        own = [(person_id, values[name]) for person_id, values in told if name in values]
        if not own:
            continue
        try:
            host.call_one(name, "people_imported", session=session, area=area, people=own, actor=actor)
        except Problem:
            raise
        except Exception as error:
            raise Problem("plugin_failed", PLUGIN_FAILED, plugin=host.plugins[name].title) from error
