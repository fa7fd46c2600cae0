"""Where an area wants it, taking part becomes an entry of the activity log: one for each round and person.

Only of those whose ownership was checked and who voted themselves or were helped; never of a ballot, of which nothing
is known here. Written by night once the round is counted, all at once, on the day of the vote and without a time.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    SYSTEM,
    Area,
    Entry,
    EntryDraft,
    Periodic,
    Problem,
    Setting,
    canonical_ids,
    chunks,
    enabled_in,
    get_setting,
    kinds_for,
    read_scope,
    record,
    unit_of_work,
)

from ..rounds.models import COMPUTED, FINAL, PUBLICITY, PropertyRound
from .models import TOKEN, PropertyVoter

# The kind that the plugin ships.
KIND = "property_survey"
AT_ONCE = 200
NAME = "property.log_participation"
SETTING = Setting(NAME, N_("Note in the activity log who took part in a rating"), False)
SOURCE = {"property": N_("took part in a rating")}


def _waiting(session: Session, round_id: int) -> list[tuple[int, int, date]]:
    query = select(PropertyVoter.id, PropertyVoter.person_id, PropertyVoter.voted_on).where(
        PropertyVoter.round_id == round_id,
        PropertyVoter.voted_on.is_not(None),
        PropertyVoter.person_id.is_not(None),
        PropertyVoter.method != TOKEN,
        PropertyVoter.logged.is_(False),
    )
    return [
        (row_id, person, day)
        for row_id, person, day in session.execute(query.order_by(PropertyVoter.id))
        if person is not None and day is not None
    ]


def _log_all(now: datetime) -> None:
    with read_scope() as session:
        states = (COMPUTED, PUBLICITY, FINAL)
        voted = select(PropertyVoter.round_id).where(
            PropertyVoter.voted_on.is_not(None), PropertyVoter.logged.is_(False)
        )
        rounds = [
            round_id
            for round_id, area_id in session.execute(
                select(PropertyRound.id, PropertyRound.area_id).where(
                    PropertyRound.state.in_(states), PropertyRound.id.in_(voted)
                )
            )
            if get_setting(session, area_id, NAME, False) is True
            and "property_rating" in enabled_in(session, area_id)
        ]
    for round_id in rounds:
        log_round(round_id)


def log_round(round_id: int) -> int:
    """Note everybody who took part in a counted round, once; returns how many entries that made."""
    made = 0
    with read_scope() as session:
        waiting = _waiting(session, round_id)
    for part in chunks(waiting, AT_ONCE):
        try:
            with unit_of_work() as session:
                made += _log(session, round_id, part)
        except Problem:
            # Somebody of them cannot have entries any more: the others can.
            for one in part:
                made += _log_alone(round_id, one)
    return made


def _log_alone(round_id: int, one: tuple[int, int, date]) -> int:
    try:
        with unit_of_work() as session:
            return _log(session, round_id, [one])
    except Problem:
        with unit_of_work() as session:
            _done(session, [one[0]])
        return 0


def _log(session: Session, round_id: int, part: list[tuple[int, int, date]]) -> int:
    round_ = session.get_one(PropertyRound, round_id)
    area = session.get_one(Area, round_.area_id)
    kind = next((one for one in kinds_for(session, area.id).values() if one.code == KIND), None)
    if kind is None:
        return 0
    kept = canonical_ids(session, [person for _row, person, _day in part])
    first: dict[int, date] = {}
    for _row, person, day in part:
        first.setdefault(kept[person], day)
    there = select(Entry.person_id).where(
        Entry.source == next(iter(SOURCE)), Entry.source_ref == round_.public_id, Entry.person_id.in_(first)
    )
    known = set(session.scalars(there))
    drafts = [
        EntryDraft(
            person, kind.id, round_.title, day, quantity=100, unit="time", organiser=round_.organiser,
            source_ref=round_.public_id,
        )
        for person, day in first.items() if person not in known
    ]  # fmt: skip
    record(session, area, drafts, SYSTEM, next(iter(SOURCE)), confirm=True)
    _done(session, [row for row, _person, _day in part])
    return len(drafts)


def _done(session: Session, rows: list[int]) -> None:
    session.execute(
        update(PropertyVoter)
        .where(PropertyVoter.id.in_(rows))
        .values(logged=True)
        .execution_options(synchronize_session=False)
    )


LOG = Periodic("property.log_participation", N_("Note who took part in counted rounds"), _log_all, at="03:40")
