"""Reads the neutral facts of one person: what is known at the moment of asking (E1) and when it happened (E2).

A fault in the facts is refused as a whole, with the place and the cure; nothing is guessed or skipped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import NoReturn

from pointsys.plugin import N_, Problem

from .exact import Number, exact
from .periods import Ask, local_time, parse_day, parse_instant
from .scheme import Item, Scheme

Attributes = Mapping[str, object]
STATUSES = ("confirmed", "pending", "rejected")


@dataclass(slots=True, eq=False)
class Entry:
    """One known event, and what the rules make of it; ``value`` and ``credited`` in hundredths without sign."""

    id: str
    item: str
    local: datetime
    timed: bool
    qty: Number
    attrs: Attributes
    points: Number | None
    rec: datetime | None
    status: str
    key: str | None
    accepted_late: bool
    day: date = field(init=False)
    month: int = field(init=False)
    rule: Item | None = None
    reason: str | None = None
    effective: Number = 1
    value: Number = 0
    credited: Number = 0
    valid_to: date = date.max
    cut_by: dict[str, object] | None = None

    def __post_init__(self) -> None:
        self.day = self.local.date()
        self.month = self.day.year * 12 + self.day.month - 1

    @property
    def law(self) -> Item:
        """The rule of the version in force when it happened; only eligible entries have one."""
        assert self.rule is not None
        return self.rule


@dataclass(frozen=True, slots=True)
class Session:
    """One meeting that could have been attended."""

    id: str
    day: date
    kind: str | None


@dataclass(frozen=True, slots=True)
class Book:
    """Everything known about one person; ``voided`` holds ids of entries."""

    person: Attributes
    checkin: date
    left: date
    entries: list[Entry]
    voided: frozenset[str]
    sessions: list[Session]
    excused: frozenset[str]


def read_facts(scheme: Scheme, ask: Ask, facts: object) -> Book:
    """Read the neutral ``facts``, leaving out what was recorded after ``ask.as_of``; raises Problem."""
    if not isinstance(facts, Mapping):
        _fail("bad_facts", N_("%(place)s must be an object."), "facts")
    person = _mapping(facts.get("person"), "person")
    checkin, left = person.get("checkin_on"), person.get("left_on")
    return Book(
        person=person,
        checkin=date.min if checkin is None else parse_day(checkin, "person.checkin_on"),
        left=date.max if left is None else parse_day(left, "person.left_on"),
        entries=_entries(scheme, ask, _list(facts, "events")),
        voided=_voids(ask, _list(facts, "voids")),
        sessions=_sessions(_list(facts, "roster")),
        excused=frozenset(_name(value, f"excused[{i}]") for i, value in enumerate(_list(facts, "excused"))),
    )


def known(ask: Ask, recorded: datetime | None) -> bool:
    """Whether something recorded then is known at the moment of asking; what has no record time always is."""
    return recorded is None or ask.as_of is None or recorded <= ask.as_of


def _fail(code: str, message: str, place: str) -> NoReturn:
    raise Problem(code, message, field=place, place=place)


def _list(owner: Mapping[str, object], key: str) -> Sequence[object]:
    value = owner.get(key)
    if value is None:
        return ()
    if isinstance(value, (list, tuple)):
        return value
    _fail("bad_facts", N_("%(place)s must be a list."), key)


def _mapping(value: object, place: str) -> Mapping[str, object]:
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return value
    _fail("bad_facts", N_("%(place)s must be an object."), place)


def _name(value: object, place: str) -> str:
    if isinstance(value, str) and value:
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    _fail("bad_facts", N_("%(place)s must be a text that is not empty."), place)


def _number(value: object, place: str) -> Number:
    try:
        return exact(value)
    except ValueError:
        _fail(
            "bad_number",
            N_('%(place)s must be an integer or a decimal written as text, such as "2.5".'),
            place,
        )


def _flag(value: object, place: str) -> bool:
    if value is None or isinstance(value, bool):
        return bool(value)
    _fail("bad_facts", N_("%(place)s must be true or false."), place)


def _recorded(row: Mapping[str, object], place: str) -> datetime | None:
    return None if row.get("rec") is None else parse_instant(row["rec"], f"{place}.rec")


def _entries(scheme: Scheme, ask: Ask, rows: Sequence[object]) -> list[Entry]:
    entries = [_entry(scheme, row, f"events[{index}]") for index, row in enumerate(rows)]
    entries = [entry for entry in entries if known(ask, entry.rec)]
    if len({entry.id for entry in entries}) < len(entries):
        _fail(
            "duplicate_event_id",
            N_("%(place)s contains the same id twice; every entry needs its own."),
            "events",
        )
    return entries


def _entry(scheme: Scheme, value: object, place: str) -> Entry:
    row = _mapping(value, place)
    local, timed = _occurrence(scheme, row, place)
    status = row.get("status") or "confirmed"
    if status not in STATUSES:
        _fail("bad_status", N_("%(place)s must be confirmed, pending or rejected."), f"{place}.status")
    points, key = row.get("points"), row.get("key")
    return Entry(
        id=_name(row.get("id"), f"{place}.id"),
        item=_name(row.get("item"), f"{place}.item"),
        local=local,
        timed=timed,
        qty=1 if row.get("qty") is None else _number(row["qty"], f"{place}.qty"),
        attrs=_mapping(row.get("attrs"), f"{place}.attrs"),
        points=None if points is None else _number(points, f"{place}.points"),
        rec=_recorded(row, place),
        status=str(status),
        key=None if key is None else _name(key, f"{place}.key"),
        accepted_late=_flag(row.get("accepted_late"), f"{place}.accepted_late"),
    )


def _occurrence(scheme: Scheme, row: Mapping[str, object], place: str) -> tuple[datetime, bool]:
    """Local time of the start, and whether a time is known; a date alone means 00:00 (E2)."""
    if row.get("at") is not None:
        instant = parse_instant(row["at"], f"{place}.at")
        return local_time(instant, scheme.zone, f"{place}.at"), True
    return datetime.combine(parse_day(row.get("on"), f"{place}.on"), time.min), False


def _voids(ask: Ask, rows: Sequence[object]) -> frozenset[str]:
    voided = set()
    for index, value in enumerate(rows):
        place = f"voids[{index}]"
        row = _mapping(value, place)
        name = _name(row.get("event"), f"{place}.event")
        if known(ask, _recorded(row, place)):
            voided.add(name)
    return frozenset(voided)


def _sessions(rows: Sequence[object]) -> list[Session]:
    sessions: dict[str, Session] = {}
    for index, value in enumerate(rows):
        place = f"roster[{index}]"
        row = _mapping(value, place)
        kind = row.get("kind")
        name = _name(row.get("id"), f"{place}.id")
        day = parse_day(row.get("on"), f"{place}.on")
        sessions[name] = Session(name, day, None if kind is None else _name(kind, f"{place}.kind"))
    return list(sessions.values())
