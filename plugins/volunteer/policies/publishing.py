"""Publishing a policy of an area: checked, tried out on what is recorded, written once, and audited.

A policy from a day to come changes nobody's hours. One that begins today or earlier computes what is recorded since
anew; whoever publishes it has seen for whom, and says so.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    CONFIRMED,
    N_,
    ActivityKind,
    Actor,
    Area,
    AreaClosure,
    Entry,
    EntryFact,
    Person,
    Problem,
    audit,
    clean_text,
    current_site,
    entry_facts,
    groups,
    mark_query,
    subtree,
)

from ..models import NAME
from . import inforce
from .files import ERROR, Finding, lint
from .inforce import Book, Published
from .log import Crediting
from .models import VolunteerPolicy
from .policy import Policy, Value

# People for whom a preview computes both outcomes; all of a community, a part of a district.
LOOKED_AT = 300
SHOWN = 50
MAX_TITLE, MAX_REASON = 100, 300
EARLIEST = date(2000, 1, 1)


@dataclass(frozen=True)
class Draft:
    """A policy before it is published: what the area sets otherwise than the areas above it."""

    values: Mapping[str, Value]
    valid_from: date
    title: str
    reason: str


@dataclass(frozen=True)
class Change:
    """Somebody whose hours another policy changes, in minutes that count at once."""

    public_id: str
    name: str
    before: int
    after: int


@dataclass(frozen=True)
class Trial:
    """What a policy would change: ``people`` and ``entries`` since it begins, ``looked`` of the people tried out.

    ``changed`` counts those of them whose hours change, ``rows`` are the most changed.
    """

    people: int = 0
    entries: int = 0
    looked: int = 0
    changed: int = 0
    before: int = 0
    after: int = 0
    rows: Sequence[Change] = ()


def inherited(session: Session, area: Area, day: date) -> Policy:
    """What would rule in an area on a date if it set nothing itself."""
    found = inforce.book(session, [area.id]).versions.get(area.id, ())
    return inforce.fold(row for row in found if row.depth and row.valid_from <= day)


def own_values(session: Session, area: Area, day: date) -> Mapping[str, Value]:
    """What an area itself sets on a date."""
    found = inforce.book(session, [area.id]).versions.get(area.id, ())
    mine = [row.values for row in found if not row.depth and row.valid_from <= day]
    return mine[-1] if mine else {}


def findings(session: Session, area: Area, draft: Draft) -> list[Finding]:
    """What is wrong with a draft where it is to rule."""
    return lint(dict(draft.values), inherited(session, area, draft.valid_from))


def check(session: Session, area: Area, draft: Draft) -> None:
    """Raise the Problem for which a draft cannot be published: bad_date, title_needed, or its first error."""
    if not EARLIEST <= draft.valid_from <= date(2199, 12, 31):
        raise Problem("bad_date", N_("Give the first day, from 2000 on, as 2026-03-07."), field="valid_from")
    if not clean_text(draft.title):
        raise Problem("title_needed", N_("Give the policy a title."), field="title")
    if not clean_text(draft.reason):
        raise Problem("reason_needed", N_("Say on what decision the policy rests."), field="reason")
    for finding in findings(session, area, draft):
        if finding.severity == ERROR:
            raise Problem(finding.code, finding.message, field=finding.place, **finding.params)


def is_past(draft: Draft) -> bool:
    """Whether a draft concerns what may be recorded already."""
    return draft.valid_from <= current_site().today()


def _concerned(area: Area, draft: Draft) -> Sequence[ColumnElement[bool]]:
    return (
        Entry.area_id.in_(subtree(area.id)),
        Entry.local_date >= draft.valid_from,
        Entry.status == CONFIRMED,
        Entry.kind_id.in_(select(ActivityKind.id).where(ActivityKind.service.is_(True))),
    )


def _people(area: Area, draft: Draft) -> Select[int]:
    served = select(Entry.person_id).where(*_concerned(area, draft))
    return select(Person.id).where(Person.id.in_(served))


def trial(session: Session, area: Area, draft: Draft) -> Trial:
    """What a draft would change of what is recorded; nothing where it begins in the future."""
    if not is_past(draft):
        return Trial()
    where = _concerned(area, draft)
    people, entries = session.execute(
        select(func.count(Entry.person_id.distinct()), func.count()).where(*where)
    ).one()
    some = select(Entry.person_id).where(*where).distinct().order_by(Entry.person_id)
    rows_of = dict(islice(groups(session, session.scalars(some.limit(LOOKED_AT)).all()).items(), LOOKED_AT))
    facts_of = entry_facts(session, rows_of, service_only=True, rows_of=rows_of)
    everything = [fact for facts in facts_of.values() for fact in facts]
    now = Crediting(session, everything)
    then = Crediting(session, everything, _with(now.book, _depths(session, area), draft))
    return _compare(session, people, entries, facts_of, now, then)


def _compare(
    session: Session,
    people: int,
    entries: int,
    facts_of: Mapping[int, Sequence[EntryFact]],
    now: Crediting,
    then: Crediting,
) -> Trial:
    before, after = _counted(now, facts_of), _counted(then, facts_of)
    changed = sorted(
        (person for person in facts_of if before[person] != after[person]),
        key=lambda person: (-abs(after[person] - before[person]), person),
    )
    shown = changed[:SHOWN]
    found = session.execute(select(Person.id, Person.public_id, Person.name).where(Person.id.in_(shown)))
    who = {person: (public_id, name) for person, public_id, name in found}
    return Trial(
        people,
        entries,
        len(facts_of),
        len(changed),
        sum(before.values()),
        sum(after.values()),
        [Change(*who[person], before[person], after[person]) for person in shown if person in who],
    )


def _counted(rules: Crediting, facts_of: Mapping[int, Sequence[EntryFact]]) -> dict[int, int]:
    worths = rules.credit_all(facts_of)
    return {person: sum(worth.counts for worth in found.values()) for person, found in worths.items()}


def _depths(session: Session, area: Area) -> dict[int, int]:
    rows = session.execute(
        select(AreaClosure.descendant_id, AreaClosure.depth).where(AreaClosure.ancestor_id == area.id)
    )
    return {row[0]: row[1] for row in rows}


def _with(book: Book, depths: Mapping[int, int], draft: Draft) -> Book:
    """The book as it will be once a draft is published: the last of those that begin on its day."""
    versions = dict(book.versions)
    for below, depth in depths.items():
        added = Published(depth, 1 << 60, draft.valid_from, draft.values)
        rows = [*versions.get(below, ()), added]
        versions[below] = tuple(sorted(rows, key=lambda row: (-row.depth, row.valid_from, row.id)))
    return Book(versions)


def publish(
    session: Session, area: Area, draft: Draft, actor: Actor, *, recompute: bool = False
) -> VolunteerPolicy:
    """Let a policy rule in an area and below from a day on; ``recompute`` says that past service may change.

    Raises Problems of ``check``, nothing_changes and recompute_needed.
    """
    check(session, area, draft)
    base = inherited(session, area, draft.valid_from).values()
    values = dict(draft.values)
    if values == dict(own_values(session, area, draft.valid_from)):
        raise Problem(
            "nothing_changes", N_("These rules are in force already from that day on. Change one of them.")
        )
    past = is_past(draft)
    if past and not recompute:
        raise Problem(
            "recompute_needed",
            N_(
                "The policy begins in the past: agree that recorded hours are computed anew, or let it begin later."
            ),
            field="recompute",
        )
    number = session.scalar(
        select(func.coalesce(func.max(VolunteerPolicy.version), 0)).where(VolunteerPolicy.area_id == area.id)
    )
    row = VolunteerPolicy(
        area_id=area.id,
        version=int(number or 0) + 1,
        valid_from=draft.valid_from,
        title=clean_text(draft.title)[:MAX_TITLE],
        data=json.dumps(values, sort_keys=True),
        reason=clean_text(draft.reason)[:MAX_REASON],
        published_at=current_site().now(),
        published_by=actor.label,
    )
    session.add(row)
    session.flush()
    audit.write(
        session, actor, "volunteer.policy_published", "volunteer_policy", str(row.id), area_id=area.id,
        before={name: base[name] for name in values}, after={**values, "from": draft.valid_from.isoformat()},
    )  # fmt: skip
    if past:
        mark_query(session, NAME, _people(area, draft))
    return row


@dataclass(frozen=True)
class Version:
    """One published version as a list tells it; ``depth`` 0 is the area's own."""

    id: int
    version: int
    area: str
    depth: int
    valid_from: date
    title: str
    reason: str
    published_by: str
    values: Mapping[str, Value]


def versions_for(session: Session, area: Area) -> list[Version]:
    """What is published for an area and above it, the latest first; one statement."""
    row = VolunteerPolicy
    query = (
        select(
            row.id, row.version, Area.name, AreaClosure.depth, row.valid_from, row.title, row.reason,
            row.published_by, row.data,
        )
        .join(AreaClosure, AreaClosure.ancestor_id == row.area_id)
        .join(Area, Area.id == row.area_id)
        .where(AreaClosure.descendant_id == area.id)
        .order_by(row.valid_from.desc(), row.id.desc())
    )  # fmt: skip
    return [
        Version(one[0], one[1], one[2], one[3], one[4], one[5], one[6], one[7], json.loads(one[8]))
        for one in session.execute(query)
    ]
