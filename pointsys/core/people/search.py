"""Looking people up below an area: by name, pinyin, phone or ID number, in pages of a steady number of statements.

Fragments of phones are never indexed; the last four digits are found by opening the phones of one community.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, String, false, func, literal_column, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from pointsys.core.areas.models import Area, AreaClosure, subtree
from pointsys.core.crypto import CannotDecrypt
from pointsys.core.people.models import Person, PersonAlias
from pointsys.core.people.records import ID_NUMBER, PHONE
from pointsys.core.site import current_site
from pointsys.kit.identity import DOT, normalise_name, parse_id_number, parse_phone
from pointsys.kit.problems import N_, Problem

MAX_QUERY = 200
MAX_SIZE = 5_000
_MAX_LAST_FOUR = 1_000
# What looking a row up and sorting one cost, in rows read one after the other.
_LOOK_UP = 5
_SORT = 20
_LAST_FOUR_LEVELS = ("community", "grid")

Ordering = ColumnElement[Any] | InstrumentedAttribute[Any]
SORTS: dict[str, tuple[Ordering, ...]] = {
    "name": (Person.sort_key, Person.id),
    "-name": (Person.sort_key.desc(), Person.id.desc()),
    "created": (Person.id,),
    "-created": (Person.id.desc(),),
}
# Rows that no list shows: merged into others, or closed.
_CLOSED = aliased(Person, name="closed_one")
_MERGED = Person.id.in_(
    select(PersonAlias.merged_id).union(select(_CLOSED.id).where(_CLOSED.closed != literal_column("''")))
)
_BY_NAME = literal_column("+person.sort_key", String)
_SCANNED: dict[str, tuple[Ordering, ...]] = {
    "name": (_BY_NAME, Person.id),
    "-name": (_BY_NAME.desc(), Person.id.desc()),
}


@dataclass(frozen=True)
class PeopleFilters:
    """Narrowing of a list; None is "either way". ``left`` False shows only those who are still here."""

    area_code: str | None = None
    sex: str | None = None
    has_phone: bool | None = None
    has_id_number: bool | None = None
    left: bool | None = None


@dataclass(frozen=True)
class Page:
    """One page of people and how many there are in all; ``page`` counts from 1."""

    rows: list[Person]
    total: int
    page: int
    size: int


NO_FILTERS = PeopleFilters()


def search_people(
    session: Session,
    area_id: int,
    query: str = "",
    *,
    page: int = 1,
    size: int = 50,
    filters: PeopleFilters = NO_FILTERS,
    sort: str = "name",
) -> Page:
    """People below ``area_id`` that fit ``query`` and ``filters``, without rows merged into others.

    ``query`` is part of a name, the beginning of its pinyin or initials, a whole phone or ID number, or the last
    four digits of a phone where the list is that of a community or grid. Only its first 200 characters count.
    An area outside ``area_id`` in the filters gives an empty page. Raises Problem bad_sort.
    """
    if sort not in SORTS:
        raise Problem("bad_sort", N_("This list cannot be sorted like that."), field="sort")
    page, size = max(1, page), min(max(1, size), MAX_SIZE)
    area = _area_of_list(session, area_id, filters.area_code)
    if area is None:
        return Page([], 0, page, size)
    matching = _query_conditions(session, area, query)
    conditions = [*_filter_conditions(filters), *matching]
    plan = _Plan(session, area.id)
    total = plan.inside - plan.merged
    if conditions and total:
        total = _count(session, plan, conditions)
    if not total:
        return Page([], 0, page, size)
    inside, order = plan.condition_and_order(sort, total, page * size, scattered=not matching)
    if plan.merged:
        conditions.append(~select(PersonAlias).where(PersonAlias.merged_id == Person.id).exists())
        conditions.append(Person.closed == "")
    rows = session.scalars(
        select(Person).where(inside, *conditions).order_by(*order).limit(size).offset((page - 1) * size)
    )
    return Page(list(rows), total, page, size)


class _Plan:
    """How to get at an area's people. PostgreSQL knows by itself; SQLite has no idea how many an area holds.

    SQLite can look up the area's people one by one, walk all people in the order of the list until the page is
    full, or read the whole table and sort what fits.
    """

    def __init__(self, session: Session, area_id: int) -> None:
        self._area_ids = subtree(area_id)
        narrow = Person.area_id.in_(self._area_ids)
        people = select(func.count()).select_from(Person).where(narrow)
        counts = select(
            people.scalar_subquery(),
            people.where(_MERGED).scalar_subquery(),
            select(func.coalesce(func.max(Person.id), 0)).scalar_subquery(),
        )
        self.inside, self.merged, self._everybody = session.execute(counts).one()
        self._choose = session.get_bind().dialect.name == "sqlite"

    def _condition(self, by_area: bool) -> ColumnElement[bool]:
        # The plus keeps SQLite from using the index of a column.
        column = Person.area_id if by_area else literal_column("+person.area_id", Integer)
        return column.in_(self._area_ids)

    def condition_to_count(self) -> ColumnElement[bool]:
        """The area's people, for a count with further conditions."""
        return self._condition(not self._choose or self.inside * _LOOK_UP < self._everybody)

    def condition_and_order(
        self, sort: str, total: int, rows: int, *, scattered: bool
    ) -> tuple[ColumnElement[bool], tuple[Ordering, ...]]:
        """The area's people and how to sort them, for the first ``rows`` of ``total`` that fit.

        Not ``scattered``: those that fit may all stand at the end of the list, as 张 does.
        """
        order = SORTS[sort]
        if not self._choose:
            return self._condition(True), order
        walked = min(self._everybody, rows * self._everybody // total) if scattered else self._everybody
        looked_up = self.inside * _LOOK_UP
        if min(self._everybody, looked_up) + total * _SORT >= walked * _LOOK_UP:
            return self._condition(False), order
        if looked_up < self._everybody:
            return self._condition(True), order
        return self._condition(False), _SCANNED.get(sort, order)


def _area_of_list(session: Session, area_id: int, code: str | None) -> Area | None:
    """The area asked for, if it lies below the one the list is of."""
    if not code:
        return session.get(Area, area_id)
    return session.scalar(
        select(Area)
        .join(AreaClosure, AreaClosure.descendant_id == Area.id)
        .where(Area.code == code, AreaClosure.ancestor_id == area_id)
    )


def _count(session: Session, plan: _Plan, conditions: list[ColumnElement[bool]]) -> int:
    """How many fit, less the few merged rows among them: asking that of each row would cost far more."""
    people = select(func.count()).select_from(Person).where(plan.condition_to_count(), *conditions)
    if not plan.merged:
        return session.scalar(people) or 0
    query = select(people.scalar_subquery() - people.where(_MERGED).scalar_subquery())
    return session.scalar(query) or 0


def _filter_conditions(filters: PeopleFilters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.sex:
        conditions.append(Person.sex == filters.sex)
    wanted = (
        (filters.has_phone, Person.phone_sealed),
        (filters.has_id_number, Person.id_number_sealed),
        (filters.left, Person.left_on),
    )
    for value, column in wanted:
        if value is not None:
            conditions.append(column.is_not(None) if value else column.is_(None))
    return conditions


def _query_conditions(session: Session, area: Area, query: str) -> list[ColumnElement[bool]]:
    text = normalise_name(query[:MAX_QUERY])
    if not text:
        return []
    exact = _exact_condition(text)
    if exact is not None:
        return [exact]
    if re.fullmatch(r"\d{4}", text, re.ASCII) and area.level in _LAST_FOUR_LEVELS:
        return [Person.id.in_(_by_last_four(session, area, text))]
    return [name_condition(text)]


def person_below(session: Session, area_id: int, public_id: str) -> Person | None:
    """The person with this outside id below an area, None for any other; a merged row is who it was merged into."""
    kept = select(func.coalesce(PersonAlias.kept_id, Person.id)).select_from(Person)
    kept = kept.outerjoin(PersonAlias, PersonAlias.merged_id == Person.id).where(
        Person.public_id == public_id
    )
    inside = Person.area_id.in_(subtree(area_id))
    return session.scalar(select(Person).where(Person.id.in_(kept), inside))


def with_phone_ending(people: Iterable[Person], digits: str) -> list[Person]:
    """Those of ``people`` whose phone ends with ``digits``; nothing of a phone is handed out."""
    keyring = current_site().keyring
    found = []
    for person in people:
        try:
            sealed = person.phone_sealed
            if sealed is not None and keyring.decrypt(PHONE, person.public_id, sealed).endswith(digits):
                found.append(person)
        except CannotDecrypt:
            continue
    return found


def name_condition(query: str) -> ColumnElement[bool]:
    """People whose name holds ``query``, or whose pinyin or initials begin with it in some reading; blank fits all."""
    text = normalise_name(query[:MAX_QUERY])
    if not text:
        return true()
    letters = re.sub(r"[\s'·-]", "", text.casefold()).replace("ü", "v")
    if letters.isascii() and letters.isalnum():
        tokens = (Person.pinyin.like(f"{letters}%"), Person.pinyin.like(f"% {letters}%"))
        return or_(*tokens, Person.name.ilike(f"%{_escape(text)}%", escape="\\"))
    without_dots = _escape(text.replace(DOT, "").casefold())
    if not without_dots:
        return false()
    return func.lower(func.replace(Person.name, DOT, "")).like(f"%{without_dots}%", escape="\\")


def _escape(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)


def _exact_condition(text: str) -> ColumnElement[bool] | None:
    """People one of whose rows has this phone or ID number; None when ``text`` is neither."""
    site = current_site()
    row = aliased(Person)
    try:
        found = row.phone_index.in_(site.keyring.blind_indexes(PHONE, parse_phone(text)))
    except Problem:
        try:
            number = parse_id_number(text, today=site.today()).number
        except Problem:
            return None
        found = row.id_number_index.in_(site.keyring.blind_indexes(ID_NUMBER, number))
    return Person.id.in_(
        select(func.coalesce(PersonAlias.kept_id, row.id))
        .select_from(row)
        .outerjoin(PersonAlias, PersonAlias.merged_id == row.id)
        .where(found)
    )


def _by_last_four(session: Session, area: Area, digits: str) -> list[int]:
    keyring = current_site().keyring
    rows = session.execute(
        select(func.coalesce(PersonAlias.kept_id, Person.id), Person.public_id, Person.phone_sealed)
        .outerjoin(PersonAlias, PersonAlias.merged_id == Person.id)
        .where(Person.area_id.in_(subtree(area.id)), Person.phone_sealed.is_not(None))
    )
    found = set()
    for person_id, public_id, sealed in rows:
        try:
            if sealed is not None and keyring.decrypt(PHONE, public_id, sealed).endswith(digits):
                found.add(person_id)
        except CannotDecrypt:
            # A value that does not open is not this number; the person's page says what is wrong with it.
            continue
    return sorted(found)[:_MAX_LAST_FOUR]
