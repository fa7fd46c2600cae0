"""Looking people up below an area: by name, pinyin, phone or ID number, in pages of a steady number of statements.

Fragments of phones are never indexed; the last four digits are found by opening the phones of one community.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, literal_column, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from pointsys.core.areas.models import Area, AreaClosure, subtree
from pointsys.core.crypto import CannotDecrypt
from pointsys.core.people.models import Person, PersonAlias
from pointsys.core.people.records import ID_NUMBER, PHONE
from pointsys.core.site import current_site
from pointsys.kit.identity import DOT, normalise_name, parse_id_number, parse_phone
from pointsys.kit.problems import N_, Problem

MAX_QUERY = 200
MAX_SIZE = 500
_MAX_LAST_FOUR = 1_000
# From here on walking the whole list in order finds a page sooner than sorting what the area holds.
_WIDE = 5_000
_LAST_FOUR_LEVELS = ("community", "grid")

SORTS: dict[str, tuple[ColumnElement[Any] | InstrumentedAttribute[Any], ...]] = {
    "name": (Person.sort_key, Person.id),
    "-name": (Person.sort_key.desc(), Person.id.desc()),
    "created": (Person.id,),
    "-created": (Person.id.desc(),),
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
    conditions = [*_filter_conditions(filters), _query_condition(session, area, query)]
    inside = Person.area_id.in_(subtree(area.id))
    total = _count(session, and_(inside, *conditions))
    if not total:
        return Page([], 0, page, size)
    if total > _WIDE and session.get_bind().dialect.name == "sqlite":
        # The plus keeps SQLite from collecting and sorting the area's people before the first page.
        inside = literal_column("+person.area_id").in_(subtree(area.id))
    merged = select(PersonAlias.merged_id).where(PersonAlias.merged_id == Person.id).exists()
    rows = session.scalars(
        select(Person)
        .where(inside, *conditions, ~merged)
        .order_by(*SORTS[sort])
        .limit(size)
        .offset((page - 1) * size)
    )
    return Page(list(rows), total, page, size)


def _area_of_list(session: Session, area_id: int, code: str | None) -> Area | None:
    """The area asked for, if it lies below the one the list is of."""
    if not code:
        return session.get(Area, area_id)
    return session.scalar(
        select(Area)
        .join(AreaClosure, AreaClosure.descendant_id == Area.id)
        .where(Area.code == code, AreaClosure.ancestor_id == area_id)
    )


def _count(session: Session, condition: ColumnElement[bool]) -> int:
    """How many fit, less the few merged rows among them: asking that of each row would cost far more."""
    all_rows = select(func.count()).select_from(Person).where(condition)
    merged = (
        select(func.count())
        .select_from(PersonAlias)
        .join(Person, Person.id == PersonAlias.merged_id)
        .where(condition)
    )
    return session.scalar(select(all_rows.scalar_subquery() - merged.scalar_subquery())) or 0


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


def _query_condition(session: Session, area: Area, query: str) -> ColumnElement[bool]:
    text = normalise_name(query[:MAX_QUERY])
    if not text:
        return true()
    exact = _exact_condition(text)
    if exact is not None:
        return exact
    if re.fullmatch(r"\d{4}", text, re.ASCII) and area.level in _LAST_FOUR_LEVELS:
        return Person.id.in_(_by_last_four(session, area, text))
    without_dots = _escape(text.replace(DOT, ""))
    if not without_dots:
        return false()
    conditions = [func.replace(Person.name, DOT, "").ilike(f"%{without_dots}%", escape="\\")]
    letters = re.sub(r"[\s'·-]", "", text.casefold()).replace("ü", "v")
    if letters.isascii() and letters.isalnum():
        conditions += [Person.pinyin.like(f"{letters}%"), Person.pinyin.like(f"% {letters}%")]
    return or_(*conditions)


def _escape(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)


def _exact_condition(text: str) -> ColumnElement[bool] | None:
    """People one of whose rows has this phone or ID number; None when ``text`` is neither."""
    site = current_site()
    row = aliased(Person)
    try:
        found = row.phone_index == site.keyring.blind_index(PHONE, parse_phone(text))
    except Problem:
        try:
            number = parse_id_number(text, today=site.today()).number
        except Problem:
            return None
        found = row.id_number_index == site.keyring.blind_index(ID_NUMBER, number)
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
