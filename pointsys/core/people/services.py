"""Adding people and changing what is known of them; what one person's data looks like is ``records``' affair.

Every function works in the caller's transaction, flushes, leaves an audit row and commits nothing.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from datetime import date, timedelta

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.crypto import Keyring
from pointsys.core.database import new_public_id
from pointsys.core.figures.people import count_people, people_moved
from pointsys.core.pending import mark_people
from pointsys.core.people.models import Person, PersonArea
from pointsys.core.people.records import (
    ID_NUMBER,
    PHONE,
    CheckedPerson,
    MaskedPerson,
    PersonData,
    check_person,
    hold_open,
    id_number_of,
    identifiers,
    masked,
    membership_row,
    person_row,
    phone_of,
)
from pointsys.core.people.unmasking import open_value, unmask
from pointsys.core.rotation.use import carry_along, writing_keys
from pointsys.core.site import current_site
from pointsys.kit.identity import parse_id_number
from pointsys.kit.masking import mask_name
from pointsys.kit.problems import N_, Problem

__all__ = [
    "ID_NUMBER",
    "PHONE",
    "CheckedPerson",
    "MaskedPerson",
    "PersonData",
    "check_person",
    "create_person",
    "id_number_of",
    "leave",
    "masked",
    "membership_row",
    "move_person",
    "person_row",
    "phone_of",
    "unmask",
    "update_person",
]

CLEARABLE = ("sex", "birth_date", "phone", "id_number", "note")
_COLUMNS = {
    "name": ("name", "pinyin", "sort_key"),
    "phone": ("phone_sealed", "phone_index"),
    "id_number": ("id_number_sealed", "id_number_index"),
}

PERSON_EXISTS = N_("This ID number belongs to %(who)s, who is already on record. Use that person instead.")


def _commitment(values: Mapping[str, object]) -> dict[str, object]:
    """What the audit log keeps of a person: equal for equal data, guessable with the index key only."""
    text = json.dumps(values, ensure_ascii=False, sort_keys=True, default=str)
    return {"person": current_site().keyring.blind_index("person.audit", text).hex()}


def _open_area(session: Session, area_id: int) -> Area:
    area = session.get(Area, area_id)
    if area is None:
        raise Problem("unknown_area", N_("This area does not exist."), field="area_id")
    if area.closed_on is not None:
        raise Problem("area_closed", N_("%(name)s is closed."), field="area_id", name=area.name)
    return area


def _refuse_known_id(session: Session, keys: Keyring, number: str | None, own_id: int | None) -> None:
    if number is None:
        return
    same = Person.id_number_index.in_(keys.blind_indexes(ID_NUMBER, number))
    holder = session.execute(select(Person.id, Person.name).where(same)).first()
    if holder is not None and holder.id != own_id:
        raise Problem("person_exists", PERSON_EXISTS, field="id_number", who=mask_name(holder.name))


def create_person(
    session: Session,
    data: PersonData,
    actor: Actor,
    *,
    from_on: date | None = None,
    batch_id: int | None = None,
) -> Person:
    """Add a person who belongs to ``data.area_id`` from ``from_on`` (since ever when None).

    Raises the Problems of ``check_person``, unknown_area, area_closed, and person_exists for an ID number
    that somebody holds; if that came up only in the INSERT (two at once), the transaction is lost with it.
    """
    site = current_site()
    checked = check_person(data, today=site.today())
    _open_area(session, checked.area_id)
    keys = writing_keys(session)
    row = person_row(checked, keys, new_public_id(), site.now(), batch_id=batch_id)
    _refuse_known_id(session, keys, checked.id_number, None)
    carry_along(session, keys, identifiers(checked))
    person = Person(**row)
    session.add(person)
    _flush_person(session)
    session.execute(insert(PersonArea), [membership_row(person.id, checked.area_id, from_on)])
    count_people(session, {checked.area_id: 1})
    audit.write(
        session, actor, "person.created", "person", person.public_id,
        area_id=checked.area_id, after=_commitment(vars(checked)),
    )  # fmt: skip
    return person


def _flush_person(session: Session) -> None:
    try:
        session.flush()
    except IntegrityError as error:
        if "id_number_index" not in str(error.orig):
            raise
        raise Problem("person_exists", PERSON_EXISTS, field="id_number", who="*") from None


def _stored(person: Person) -> CheckedPerson:
    return CheckedPerson(
        person.name, person.area_id, person.sex, person.birth_date,
        open_value(person, "phone"), open_value(person, "id_number"), person.note,
    )  # fmt: skip


def _merged(stored: CheckedPerson, changes: PersonData, clear: Collection[str], today: date) -> PersonData:
    """``stored`` with what ``changes`` says; what the old ID number had filled in gives way to a new one."""
    kept = PersonData(**vars(stored))
    if stored.id_number and (changes.id_number or "id_number" in clear):
        old = parse_id_number(stored.id_number, today=today)
        if changes.id_number and kept.birth_date == old.birth_date:
            kept = replace(kept, birth_date=None)
        if changes.id_number and kept.sex == old.sex:
            kept = replace(kept, sex=None)
    emptied = {name: "" if name == "note" else None for name in clear}
    given = {f.name: getattr(changes, f.name) for f in fields(changes) if getattr(changes, f.name)}
    return replace(kept, **emptied | given)


def update_person(
    session: Session, person: Person, changes: PersonData, actor: Actor, *, clear: Collection[str] = ()
) -> tuple[str, ...]:
    """Correct a person's data and return the names of the fields that changed.

    A blank in ``changes`` keeps what is stored, because forms show phone and ID number masked; ``clear``
    names the fields to empty. The area is ``move_person``'s. Raises as ``create_person`` does, and
    cannot_decrypt.
    """
    hold_open(session, person)
    if changes.area_id != person.area_id:
        raise ValueError("a person changes areas on a date: use move_person")
    if unknown := set(clear) - set(CLEARABLE):
        raise ValueError(f"these fields cannot be emptied: {sorted(unknown)}")
    site = current_site()
    stored = _stored(person)
    checked = check_person(_merged(stored, changes, clear, site.today()), today=site.today())
    changed = tuple(f.name for f in fields(checked) if getattr(checked, f.name) != getattr(stored, f.name))
    if not changed:
        return ()
    keys = writing_keys(session)
    row = person_row(checked, keys, person.public_id, person.created_at)
    _refuse_known_id(session, keys, checked.id_number, person.id)
    carry_along(session, keys, identifiers(checked))
    for field in changed:
        for column in _COLUMNS.get(field, (field,)):
            setattr(person, column, row[column])
    _flush_person(session)
    audit.write(
        session, actor, "person.updated", "person", person.public_id, area_id=person.area_id,
        before=_commitment(vars(stored)), after=_commitment(vars(checked)),
    )  # fmt: skip
    return changed


def _last_membership(session: Session, person: Person) -> PersonArea:
    spans = session.scalars(select(PersonArea).where(PersonArea.person_id == person.id))
    return max(spans, key=lambda span: (span.from_on or date.min, span.id))


def _check_day(on: date, field: str = "on") -> None:
    if on > current_site().today():
        raise Problem("day_in_future", N_("Give today or an earlier day."), field=field)


def move_person(session: Session, person: Person, area_id: int, on: date, actor: Actor) -> None:
    """Let a person belong to ``area_id`` from ``on``; the day before is the last one in the area before.

    A second move on the same day replaces the first; a person who had left is back. Raises Problem
    unknown_area, area_closed, day_in_future, or move_too_early for a day before the present membership.
    """
    _check_day(on)
    hold_open(session, person)
    area = _open_area(session, area_id)
    last = _last_membership(session, person)
    first_free = last.from_on if last.to_on is None else last.to_on + timedelta(days=1)
    if first_free is not None and on < first_free:
        raise Problem(
            "move_too_early",
            N_("The last change of area was on %(day)s. Give that day or a later one."),
            field="on",
            day=first_free,
        )
    if last.to_on is None and last.area_id == area.id:
        return
    before_area, before = person.area_id, {"area_id": person.area_id, "left_on": person.left_on}
    if last.to_on is None and last.from_on == on:
        last.area_id = area.id
    else:
        if last.to_on is None:
            last.to_on = on - timedelta(days=1)
        session.add(PersonArea(**membership_row(person.id, area.id, on)))
    person.area_id, person.left_on = area.id, None
    session.flush()
    people_moved(session, person.id, before_area, area.id)
    mark_people(session, [person.id], {person.id: (before_area, area.id)})
    audit.write(
        session, actor, "person.moved", "person", person.public_id,
        area_id=area.id, before=before, after={"area_id": area.id, "on": on},
    )  # fmt: skip


def leave(session: Session, person: Person, on: date, actor: Actor) -> None:
    """Record that ``on`` was a person's last day here; ``move_person`` brings them back.

    Raises Problem day_in_future, already_left, or leave_too_early for a day before the present membership.
    """
    _check_day(on)
    hold_open(session, person)
    if person.left_on is not None:
        raise Problem("already_left", N_("This person left on %(day)s."), field="on", day=person.left_on)
    last = _last_membership(session, person)
    if last.from_on is not None and on < last.from_on:
        raise Problem(
            "leave_too_early",
            N_("The person came on %(day)s. Give that day or a later one."),
            field="on",
            day=last.from_on,
        )
    last.to_on = person.left_on = on
    session.flush()
    mark_people(session, [person.id])
    audit.write(
        session,
        actor,
        "person.left",
        "person",
        person.public_id,
        area_id=person.area_id,
        before={"left_on": None},
        after={"left_on": on},
    )
