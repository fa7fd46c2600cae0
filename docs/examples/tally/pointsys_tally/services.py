"""Counting: the log is read, the counts of the people concerned are replaced."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    ActivityKind,
    Actor,
    Area,
    Card,
    Paged,
    Person,
    Problem,
    canonical_ids,
    chunks,
    entry_facts,
    get_setting_by_area,
    groups,
    mark_people,
    pending_people,
    set_setting,
    subtree,
    table_of,
)

from .models import TallyCount

NAME = "tally"
KINDS = "tally.kinds"
DEFAULT_KINDS = ["volunteer_service"]


def derive(session: Session, people: Collection[int]) -> None:
    """Replace the counts of ``people`` (kept ids) by what the log says now."""
    facts_of = entry_facts(session, people)
    areas = {fact.person_area_id for facts in facts_of.values() for fact in facts}
    kinds_in = get_setting_by_area(session, areas, KINDS)
    rows = []
    for person_id, facts in facts_of.items():
        times = sum(fact.kind in _kinds(kinds_in.get(fact.person_area_id)) for fact in facts)
        if times:
            rows.append({"person_id": person_id, "times": times})
    # Rows of ids that are merged by now go away as well.
    everyone = [row for several in groups(session, people).values() for row in several]
    for part in chunks(sorted(everyone)):
        session.execute(delete(TallyCount).where(TallyCount.person_id.in_(part)))
    if rows:
        session.execute(insert(table_of(TallyCount)), rows)


def _kinds(value: object) -> Sequence[str]:
    return value if isinstance(value, list) else DEFAULT_KINDS


def kept_ids(session: Session, people: Collection[int]) -> list[int]:
    """The ids under which these people are kept now."""
    return sorted(set(canonical_ids(session, people).values()))


def times_of(session: Session, person_id: int) -> int:
    """How often a person took part, by any of their ids."""
    (kept,) = kept_ids(session, (person_id,))
    return session.scalar(select(TallyCount.times).where(TallyCount.person_id == kept)) or 0


def card_of(session: Session, person: Person) -> Card:
    """The card on one's own first page; it says so while the number is not computed yet."""
    return Card(
        title=N_("Took part"),
        value=str(times_of(session, person.id)),
        waiting=bool(pending_people(session, NAME, (person.id,))),
    )


def people_in(session: Session, area: Area, page: int, size: int) -> Paged[tuple[Person, int]]:
    """People below ``area`` who took part, the most frequent first."""
    here = Person.area_id.in_(subtree(area.id))
    matching = select(TallyCount).join(Person, Person.id == TallyCount.person_id).where(here)
    total = session.scalar(select(func.count()).select_from(matching.subquery())) or 0
    rows = session.execute(
        select(Person, TallyCount.times)
        .join(TallyCount, TallyCount.person_id == Person.id)
        .where(here)
        .order_by(TallyCount.times.desc(), Person.sort_key, Person.id)
        .limit(size)
        .offset((page - 1) * size)
    ).all()
    return Paged([(person, times) for person, times in rows], total, page, size)


def choose_kinds(session: Session, area: Area, kinds: Sequence[str], actor: Actor) -> None:
    """Let these kinds count in ``area`` and below, and have everybody there counted anew.

    Raises Problem unknown_kind.
    """
    known = set(session.scalars(select(ActivityKind.code)))
    for kind in kinds:
        if kind not in known:
            raise Problem(
                "unknown_kind", N_("There is no kind of activity named %(kind)s."), field="kind", kind=kind
            )
    set_setting(session, area, KINDS, list(kinds), actor)
    people = session.scalars(select(Person.id).where(Person.area_id.in_(subtree(area.id)))).all()
    mark_people(session, people)
