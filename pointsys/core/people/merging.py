"""Which rows may be one human being, and saying that they are, that they are not, or that it was a mistake.

A merge is an alias row and moves nothing; what is derived is derived again over all rows of the person.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session, aliased

from pointsys.core import audit
from pointsys.core.actors import Actor
from pointsys.core.areas.models import subtree
from pointsys.core.figures.people import count_people
from pointsys.core.pending import mark_people
from pointsys.core.people.groups import canonical_ids, groups
from pointsys.core.people.models import Person, PersonAlias, PersonDistinct
from pointsys.core.people.records import refuse_closed
from pointsys.core.site import current_site
from pointsys.kit.problems import N_, Problem

_A = aliased(Person, name="a")
_B = aliased(Person, name="b")


@dataclass(frozen=True)
class Suggestion:
    """Two people to compare; ``reason`` is "phone_name", "name_birth_date", "phone" or "name_area"."""

    first: Person
    second: Person
    reason: str


def suggest_duplicates(session: Session, area_id: int, limit: int = 50) -> list[Suggestion]:
    """Pairs below ``area_id`` that may be one person, the likeliest first, at most ``limit``.

    Pairs with two different ID numbers, already merged, or found to be different people are left out.
    """
    same_birth = (
        select(Person.name, Person.birth_date)
        .where(Person.area_id.in_(subtree(area_id)), Person.birth_date.is_not(None))
        .group_by(Person.name, Person.birth_date)
        .having(func.count() > 1)
        .subquery()
    )
    anonymous = [and_(p.phone_index.is_(None), p.id_number_index.is_(None)) for p in (_A, _B)]
    rules: tuple[tuple[str, ColumnElement[bool]], ...] = (
        ("phone_name", and_(_A.phone_index == _B.phone_index, _A.name == _B.name)),
        (
            "name_birth_date",
            and_(
                _A.name == same_birth.c.name,
                _A.birth_date == same_birth.c.birth_date,
                _B.name == same_birth.c.name,
                _B.birth_date == same_birth.c.birth_date,
            ),
        ),
        ("phone", _A.phone_index == _B.phone_index),
        (
            "name_area",
            and_(_A.area_id == _B.area_id, _A.sort_key == _B.sort_key, _A.name == _B.name, or_(*anonymous)),
        ),
    )
    found: dict[tuple[int, int], str] = {}
    for reason, rule in rules:
        if len(found) < limit:
            query = _pairs(area_id, rule).limit(limit + len(found))
            for first, second in session.execute(query):
                found.setdefault((first, second), reason)
    pairs = list(found.items())[:limit]
    wanted = {person_id for pair, _ in pairs for person_id in pair}
    people = {person.id: person for person in session.scalars(select(Person).where(Person.id.in_(wanted)))}
    return [Suggestion(people[first], people[second], reason) for (first, second), reason in pairs]


def duplicates_of(session: Session, person: Person, area_id: int, limit: int = 5) -> list[Person]:
    """People below ``area_id`` who may be the same human being as ``person``, by the rules of the suggestions."""
    nothing_else = or_(*(and_(p.phone_index.is_(None), p.id_number_index.is_(None)) for p in (_A, _B)))
    same_name = and_(
        _A.name == _B.name,
        or_(_A.birth_date == _B.birth_date, and_(_A.area_id == _B.area_id, nothing_else)),
    )
    alike = or_(Person.name == person.name, Person.phone_index == person.phone_index)
    near = select(Person.id).where(alike, Person.area_id.in_(subtree(area_id)))
    rule = and_(
        or_(_A.phone_index == _B.phone_index, same_name),
        or_(_A.id == person.id, _B.id == person.id),
        _A.id.in_(near),
        _B.id.in_(near),
    )
    pairs = session.execute(_pairs(area_id, rule).limit(limit))
    others = [second if first == person.id else first for first, second in pairs]
    return list(session.scalars(select(Person).where(Person.id.in_(others)).order_by(Person.id)))


def _pairs(area_id: int, rule: ColumnElement[bool]) -> Select[int, int]:
    distinct = select(PersonDistinct.low_id).where(
        PersonDistinct.low_id == _A.id, PersonDistinct.high_id == _B.id
    )
    merged = select(PersonAlias.merged_id).where(PersonAlias.merged_id.in_((_A.id, _B.id)))
    return (
        select(_A.id, _B.id)
        .where(
            rule,
            _A.id < _B.id,
            _A.area_id.in_(subtree(area_id)),
            _B.area_id.in_(subtree(area_id)),
            or_(
                _A.id_number_index.is_(None),
                _B.id_number_index.is_(None),
                _A.id_number_index == _B.id_number_index,
            ),
            ~distinct.exists(),
            ~merged.exists(),
        )
        .order_by(_A.id, _B.id)
    )


def _lock(session: Session, people: Iterable[Person]) -> None:
    """Make two merges of the same people wait for each other; always in the same order, so that neither starves."""
    ids = sorted(person.id for person in people)
    session.execute(select(Person.id).where(Person.id.in_(ids)).order_by(Person.id).with_for_update())


def _kept_id(session: Session, person: Person) -> int | None:
    return session.scalar(select(PersonAlias.kept_id).where(PersonAlias.merged_id == person.id))


def _refuse_own(session: Session, actor: Actor, kept: Container[int]) -> None:
    """Nobody says what counts as their own: hours recorded for a namesake would become theirs by one merge."""
    if actor.unrestricted or actor.person_id is None:
        return
    if canonical_ids(session, [actor.person_id])[actor.person_id] in kept:
        raise Problem("own_person", N_("This concerns your own person. Ask a colleague to do it."))


def merge_people(session: Session, kept: Person, merged: Person, actor: Actor) -> None:
    """Record that ``merged`` is the same human being as ``kept``; rows merged into ``merged`` follow it.

    Whatever the plugins have to say about it happens in the same transaction. Raises Problem same_person,
    already_merged, own_person, or different_id_numbers.
    """
    if kept.id == merged.id:
        raise Problem("same_person", N_("Choose two different people to merge."))
    _lock(session, (kept, merged))
    for person in (kept, merged):
        refuse_closed(person)
        if _kept_id(session, person) is not None:
            raise Problem(
                "already_merged",
                N_("%(name)s is already merged into someone else. Merge that person instead."),
                name=person.name,
            )
    together = groups(session, [kept.id, merged.id])
    _refuse_own(session, actor, together)
    rows = [row for members in together.values() for row in members]
    numbers = select(func.count(Person.id_number_index.distinct())).where(Person.id.in_(rows))
    if (session.scalar(numbers) or 0) > 1:
        raise Problem(
            "different_id_numbers",
            N_("These two have different ID numbers. Correct the wrong one before you merge them."),
        )
    low, high = sorted((kept.id, merged.id))
    session.execute(
        delete(PersonDistinct).where(PersonDistinct.low_id == low, PersonDistinct.high_id == high)
    )
    session.execute(update(PersonAlias).where(PersonAlias.kept_id == merged.id).values(kept_id=kept.id))
    alias = {
        "merged_id": merged.id,
        "kept_id": kept.id,
        "into_id": kept.id,
        "merged_at": current_site().now(),
        "merged_by": actor.label,
    }
    session.execute(insert(PersonAlias), [alias])
    count_people(session, {merged.area_id: -1})
    mark_people(session, rows, figures=True)
    current_site().host.call_strict("merge_people", session=session, kept=kept.id, merged=merged.id)
    audit.write(
        session, actor, "person.merged", "person", kept.public_id,
        area_id=kept.area_id, after={"merged": merged.public_id},
    )  # fmt: skip


def unmerge(session: Session, merged: Person, actor: Actor) -> None:
    """Make ``merged`` a person of its own again, with the rows that were merged into it.

    Raises Problem not_merged or own_person.
    """
    kept_id = _kept_id(session, merged)
    if kept_id is None:
        raise Problem("not_merged", N_("%(name)s is not merged into anyone."), name=merged.name)
    refuse_closed(merged)
    rows = groups(session, [kept_id])[kept_id]
    _refuse_own(session, actor, [kept_id])
    followers = _merged_into(session, kept_id, merged.id)
    session.execute(delete(PersonAlias).where(PersonAlias.merged_id == merged.id))
    session.execute(update(PersonAlias).where(PersonAlias.merged_id.in_(followers)).values(kept_id=merged.id))
    count_people(session, {merged.area_id: 1})
    mark_people(session, rows, figures=True)
    current_site().host.call_strict("merge_people", session=session, kept=kept_id, merged=merged.id)
    audit.write(
        session, actor, "person.unmerged", "person", merged.public_id,
        area_id=merged.area_id, before={"kept_id": kept_id},
    )  # fmt: skip


def _merged_into(session: Session, kept_id: int, person_id: int) -> set[int]:
    """Rows of the kept person that were merged into this row of theirs, directly or through others."""
    pairs = session.execute(
        select(PersonAlias.merged_id, PersonAlias.into_id).where(PersonAlias.kept_id == kept_id)
    ).all()
    found: set[int] = set()
    fresh = {person_id}
    while fresh:
        fresh = {merged for merged, into in pairs if into in fresh}
        found |= fresh
    return found


def mark_distinct(session: Session, first: Person, second: Person, actor: Actor) -> None:
    """Remember that two people who look alike are different; they are not suggested again.

    Raises Problem same_person when they are one row or merged.
    """
    if len(groups(session, [first.id, second.id])) < 2:
        raise Problem("same_person", N_("These two are merged. Undo that first."))
    low, high = sorted((first.id, second.id))
    if session.get(PersonDistinct, (low, high)) is not None:
        return
    session.add(
        PersonDistinct(low_id=low, high_id=high, decided_by=actor.label, decided_at=current_site().now())
    )
    session.flush()
    audit.write(
        session, actor, "person.distinct", "person", first.public_id,
        area_id=first.area_id, after={"second": second.public_id},
    )  # fmt: skip
