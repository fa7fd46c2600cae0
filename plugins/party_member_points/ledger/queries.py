"""Lists of awards, deductions and vetoes: of an area, and of one member."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from flask_babel import gettext
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import CONFIRMED, PENDING, Area, Person, PersonAlias, name_condition, subtree

from ..models import PointsBranch, PointsMember
from ..own import kept
from ..schemes import AreaRules, version_on
from ..scoring.exact import plain
from ..scoring.scheme import Item
from ..words import item_words, said
from .models import PointsAward
from .reading import EARN, TOLD, VERIFIED
from .rules import KIND_TITLES, STATUS_TITLES, WAITING, asks_of

SORTS = ("-recorded", "recorded", "day", "-day", "name")
MOST_OWN = 200
# What waits for whom: an award for whoever verifies, then for whoever decides; a deduction to be told, then decided.
QUEUES: Mapping[str, ColumnElement[bool]] = {
    "verify": (PointsAward.kind == EARN) & (PointsAward.status == PENDING),
    "tell": (PointsAward.kind != EARN) & (PointsAward.status == PENDING),
    "decide": PointsAward.status.in_((VERIFIED, TOLD)),
}


@dataclass(frozen=True)
class Filters:
    """What narrows the list; "" for everything. ``queue`` is one of ``QUEUES`` or "waiting"."""

    query: str = ""
    status: str = ""
    kind: str = ""
    item: str = ""
    queue: str = ""
    branch: str = ""


@dataclass(frozen=True)
class Line:
    """One award in a list; amounts in hundredths."""

    public_id: str
    person: str
    name: str
    kind: str
    item: str
    title: str
    on_date: date
    qty: int | None
    points: int | None
    status: str
    adjusting: bool
    recorded_by: str
    recorded_at: datetime
    area: str

    def amount(self) -> str:
        """What was given by hand, printed: "+5" points or a quantity."""
        if self.points is not None:
            return f"{'+' if self.kind == EARN else '-'}{printed(self.points)}"
        return printed(self.qty) if self.qty is not None else ""


_COLUMNS = (
    PointsAward.public_id, Person.public_id, Person.name, PointsAward.kind, PointsAward.item, PointsAward.title,
    PointsAward.on_date, PointsAward.qty, PointsAward.points, PointsAward.status, PointsAward.adjusting,
    PointsAward.recorded_by, PointsAward.recorded_at, Area.name,
)  # fmt: skip


def printed(hundredths: int) -> str:
    """Hundredths as a number without needless zeros: 1250 -> "12.5"."""
    value = Fraction(hundredths, 100)
    return plain(value if value.denominator > 1 else value.numerator)


def awards_page(
    session: Session,
    area_id: int,
    filters: Filters,
    *,
    sort: str = "-recorded",
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[Line], int]:
    """Awards about people of an area and below, with their number; two statements."""
    where = [PointsAward.area_id.in_(subtree(area_id)), *_conditions(filters)]
    order: Mapping[str, tuple[Any, ...]] = {
        "recorded": (PointsAward.id,),
        "-recorded": (PointsAward.id.desc(),),
        "day": (PointsAward.on_date, PointsAward.id),
        "-day": (PointsAward.on_date.desc(), PointsAward.id.desc()),
        "name": (Person.name, PointsAward.id),
    }
    joined = select(func.count()).select_from(PointsAward).join(Person, Person.id == PointsAward.person_id)
    total = session.scalar(joined.where(*where)) or 0
    query = (
        select(*_COLUMNS)
        .select_from(PointsAward)
        .join(Person, Person.id == PointsAward.person_id)
        .join(Area, Area.id == PointsAward.area_id)
        .where(*where)
        .order_by(*order.get(sort, order["-recorded"]))
        .limit(limit)
        .offset(offset)
    )
    rows: Sequence[Sequence[Any]] = session.execute(query).all()
    return [Line(*row) for row in rows], total


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.query:
        found.append(name_condition(filters.query))
    if filters.status in STATUS_TITLES:
        found.append(PointsAward.status == filters.status)
    if filters.kind in KIND_TITLES:
        found.append(PointsAward.kind == filters.kind)
    if filters.item:
        found.append(PointsAward.item == filters.item)
    if filters.queue in QUEUES:
        found.append(QUEUES[filters.queue])
    elif filters.queue == "waiting":
        found.append(PointsAward.status.in_(WAITING))
    if filters.branch:
        of_branch = (
            select(PointsMember.person_id)
            .join(PointsBranch, PointsBranch.id == PointsMember.branch_id)
            .where(PointsBranch.name == filters.branch)
        )
        found.append(PointsAward.person_id.in_(of_branch))
    return found


def queue_counts(session: Session, area_id: int) -> dict[str, int]:
    """How many wait to be verified, told and decided on, in an area and below; one statement."""
    row = session.execute(
        select(*(func.count().filter(condition) for condition in QUEUES.values())).where(
            PointsAward.area_id.in_(subtree(area_id)), PointsAward.status.in_(WAITING)
        )
    ).one()
    return dict(zip(QUEUES, (int(number) for number in row), strict=True))


def awards_waiting(area_id: int) -> ColumnElement[int]:
    """How many awards of an area and below wait for somebody, as a part of a statement."""
    query = select(func.count()).where(
        PointsAward.area_id.in_(subtree(area_id)), PointsAward.status.in_(WAITING)
    )
    return query.scalar_subquery()


def award_here(session: Session, area_id: int, public_id: str) -> PointsAward | None:
    """The award with this outside id about somebody of an area or below."""
    found: PointsAward | None = session.scalar(
        select(PointsAward).where(
            PointsAward.public_id == public_id, PointsAward.area_id.in_(subtree(area_id))
        )
    )
    return found


def _own(person_id: int) -> ColumnElement[bool]:
    group = select(PersonAlias.merged_id).where(PersonAlias.kept_id == kept(person_id))
    return or_(PointsAward.person_id == kept(person_id), PointsAward.person_id.in_(group))


def awards_of(session: Session, person_id: int) -> list[PointsAward]:
    """What was proposed about a person, the newest first."""
    query = select(PointsAward).where(_own(person_id)).order_by(PointsAward.id.desc()).limit(MOST_OWN)
    return list(session.scalars(query))


def own_award(session: Session, person_id: int, public_id: str) -> PointsAward | None:
    """An award about this very person."""
    found: PointsAward | None = session.scalar(
        select(PointsAward).where(PointsAward.public_id == public_id, _own(person_id))
    )
    return found


def to_answer(session: Session, person_id: int) -> int:
    """How many deductions and vetoes about a person wait for the decision."""
    query = select(func.count()).where(
        _own(person_id), PointsAward.kind != EARN, PointsAward.status.in_((PENDING, TOLD))
    )
    return session.scalar(query) or 0


def members_named(session: Session, area_id: int, query: str, limit: int = 20) -> list[tuple[str, str, str]]:
    """Members of an area by name: (outside id, name, branch)."""
    rows = session.execute(
        select(Person.public_id, Person.name, PointsBranch.name)
        .join(PointsMember, PointsMember.person_id == Person.id)
        .outerjoin(PointsBranch, PointsBranch.id == PointsMember.branch_id)
        .where(Person.area_id.in_(subtree(area_id)), Person.left_on.is_(None), name_condition(query))
        .order_by(Person.name, Person.id)
        .limit(limit)
    )
    return [(row[0], row[1], row[2] or "") for row in rows]


def same_day(session: Session, award: PointsAward) -> int:
    """How many other live awards name the same person, item and day: perhaps the same thing twice."""
    query = select(func.count()).where(
        PointsAward.person_id == award.person_id,
        PointsAward.item == award.item,
        PointsAward.on_date == award.on_date,
        PointsAward.id != award.id,
        PointsAward.status.in_((*WAITING, CONFIRMED)),
    )
    return session.scalar(query) or 0


def items_on(rules: AreaRules, day: date, today: date) -> dict[str, Item]:
    """Items of the version that rules on a day, by id."""
    version = version_on(rules, day, today)
    return dict(version.items) if version else {}


def terms_in_words(rules: AreaRules, award: PointsAward, today: date) -> str:
    """What the scheme of its day gives or takes for an award's item, one line; "" when it has no such item."""
    version = version_on(rules, award.on_date, today)
    item = version.items.get(award.item) if version else None
    return " · ".join(item_words(item, version)) if version and item else ""


def attributes_in_words(award: PointsAward, item: Item | None) -> list[tuple[str, str]]:
    """What was chosen, as (attribute, value) for the page; of a table with the points."""
    choice = asks_of(item).choice if item else None
    found = []
    for name, value in json.loads(award.attrs).items():
        text = str(value)
        if choice is not None and choice[0] == name and text in choice[1]:
            points = choice[1][text]
            found.append(
                (said(name), gettext("%(level)s: %(points)s points", level=said(text), points=points))
            )
        elif text in ("true", "True"):
            found.append((said(name), gettext("applies")))
        else:
            found.append((said(name), text))
    return found
