"""The stored scores: their rows read, replaced and compared, and whose are due.

Nothing here computes; ``services`` makes the rows.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, or_, select, tuple_
from sqlalchemy.orm import Session

from pointsys.plugin import (
    Area,
    Person,
    canonical,
    chunks,
    current_site,
    mark_query,
    sha256_of,
    subtree,
    table_of,
    upsert,
)

from .members import project
from .models import PointsMember, PointsResult
from .schemes import NAME

# Raise this when the scorer gives other results for the same facts: what an older one stored is then due.
ENGINE = 2
_DELETE = 1_000
# Two of them added up still fit into the 32 bits of a column.
_MOST = 10**9

ResultKey = tuple[int, str, str]
Row = dict[str, Any]


def hundredths(printed: str) -> int:
    """A printed total in hundredths, for sorting: "12.5" -> 1250; digits finer than that are cut off.

    Beyond ten million points all are the same: the columns hold no more, and a scheme without caps may say anything.
    """
    sign = -1 if printed.startswith("-") else 1
    whole, _, decimals = printed.lstrip("-").partition(".")
    return sign * min(int(whole) * 100 + int((decimals + "00")[:2]), _MOST)


def stored_rows(session: Session, people: Collection[int]) -> dict[ResultKey, Row]:
    table = table_of(PointsResult)
    found: dict[ResultKey, Row] = {}
    for part in chunks(people):
        for row in session.execute(select(table).where(table.c.person_id.in_(part))).mappings():
            found[row["person_id"], row["scheme"], row["period"]] = dict(row)
    return found


def delete_rows(session: Session, keys: Sequence[ResultKey]) -> None:
    table = table_of(PointsResult)
    for part in chunks(keys, _DELETE):
        session.execute(delete(table).where(tuple_(*table.primary_key).in_(part)))


def write_rows(session: Session, rows: Sequence[Row]) -> None:
    if not rows:
        return
    table = table_of(PointsResult)
    keys = [column.name for column in table.primary_key]
    statement = upsert(session, PointsResult)
    changes = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
    session.execute(statement.on_conflict_do_update(index_elements=keys, set_=changes), rows)


def due(area: Area | None, today: date) -> Any:
    """Ids of the people whose stored scores time has made old, as a query; of one area and below if given."""
    result = PointsResult
    stale = select(result.person_id).where(or_(result.valid_until <= today, result.engine != ENGINE))
    query = select(Person.id).where(Person.id.in_(stale))
    return query if area is None else query.where(Person.area_id.in_(subtree(area.id)))


def refresh_due(session: Session, today: date, area: Area | None = None) -> int:
    """Mark the people whose scores are due; returns how many. For the daily run and before a rebuild."""
    people = list(session.scalars(due(area, today)))
    for part in chunks(people):
        mark_query(session, NAME, select(Person.id).where(Person.id.in_(part)))
    return len(people)


def mark_all(session: Session, area: Area | None = None) -> list[int]:
    """Bring member rows in line with their facts and mark everybody with a membership or a score; their ids."""
    concerned = or_(
        Person.id.in_(select(PointsMember.person_id)), Person.id.in_(select(PointsResult.person_id))
    )
    query = select(Person.id).where(concerned)
    if area is not None:
        query = query.where(Person.area_id.in_(subtree(area.id)))
    people = list(session.scalars(query))
    for part in chunks(people):
        project(session, part)
        mark_query(session, NAME, select(Person.id).where(Person.id.in_(part)))
    return people


def at_day_end(day: date) -> datetime:
    """The last instant of a local day."""
    site = current_site()
    return datetime.combine(day, datetime.max.time(), tzinfo=site.timezone)


def digests(session: Session, area: Area | None = None) -> dict[ResultKey, str]:
    """SHA-256 of each stored score, of one area and below if given: what a rebuild is compared with."""
    table = table_of(PointsResult)
    query = select(table)
    if area is not None:
        query = query.join(Person, Person.id == table.c.person_id).where(Person.area_id.in_(subtree(area.id)))
    found: dict[ResultKey, str] = {}
    for row in session.execute(query).mappings():
        text = canonical({name: str(value) for name, value in row.items()})
        found[row["person_id"], row["scheme"], row["period"]] = sha256_of(text)
    return found
