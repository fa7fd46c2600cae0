"""A 接龙 from a group chat: its names looked up among an area's people, and recorded as who took part.

A chat gives names only. One that exactly one person of the area bears is that person; a person ticks the others
off, chooses among namesakes, or adds somebody by name alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.activity_log.by_hand import ByHand, record_by_hand
from pointsys.core.activity_log.drafts import EntryDraft
from pointsys.core.activity_log.record import UNCHANGED
from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area, subtree
from pointsys.core.people.matching import PeopleIndex
from pointsys.core.people.models import Person
from pointsys.core.people.records import MaskedPerson, masked
from pointsys.core.people.services import PersonData, create_person
from pointsys.core.site import current_site
from pointsys.kit.problems import N_, Problem
from pointsys.kit.spreadsheet import parse_jielong

KNOWN = "known"
UNKNOWN = "unknown"
AMBIGUOUS = "ambiguous"
REPEATED = "repeated"
MAX_NAMES = 500
SOURCE = "roster"

NO_NAMES = N_("No numbered names were found. Copy the whole message of the 接龙, from its first line on.")
TOO_MANY = N_("This list has more than %(limit)s names. Paste it in parts.")
NOBODY = N_("Tick at least one person.")
NOT_HERE = N_("One of the people ticked is not on the roster of this area any more. Match the list again.")


@dataclass(frozen=True)
class Line:
    """One numbered line: what it says, whether the name is known, and whom it may mean."""

    order: int
    name: str
    note: str
    count: int
    state: str
    people: tuple[MaskedPerson, ...] = ()


@dataclass(frozen=True)
class Roster:
    """A matched list; ``title`` is the text above it, ``passed_over`` the lines without a name."""

    title: str
    lines: tuple[Line, ...]
    passed_over: tuple[str, ...]

    def count(self, state: str) -> int:
        """How many lines are in this state."""
        return sum(line.state == state for line in self.lines)


def match_roster(session: Session, area: Area, text: str) -> Roster:
    """Look the names of a pasted 接龙 up in ``area`` and below; raises Problem no_names or too_many_names."""
    parsed = parse_jielong(text)
    if not parsed.names:
        raise Problem("no_names", NO_NAMES, field="text")
    if len(parsed.names) > MAX_NAMES:
        raise Problem("too_many_names", TOO_MANY, field="text", limit=MAX_NAMES)
    index = PeopleIndex(session, area.id)
    index.load((name, None, None) for name in parsed.unique)
    ids = {name: [c.person_id for c in index.match(name, None, None).candidates] for name in parsed.unique}
    wanted = {person_id for several in ids.values() for person_id in several}
    found = {
        person.id: person
        for person in session.scalars(select(Person).where(Person.id.in_(wanted), Person.left_on.is_(None)))
    }
    lines, seen = [], set()
    for item in parsed.names:
        people = tuple(masked(found[person_id]) for person_id in ids[item.name] if person_id in found)
        state = KNOWN if len(people) == 1 else AMBIGUOUS if people else UNKNOWN
        if item.name in seen:
            state = REPEATED
        seen.add(item.name)
        lines.append(Line(item.order, item.name, item.note, item.count, state, people))
    return Roster(parsed.title, tuple(lines), parsed.lines)


@dataclass(frozen=True)
class Participation:
    """What everybody on the list did; ``start`` and ``end`` are local times of ``day``."""

    kind_id: int
    title: str
    day: date
    start: time
    end: time


@dataclass(frozen=True)
class Done:
    """How many entries were made, how many stood already, how many people were added, and whether all is confirmed.

    ``by_hand`` is what became of each draft, ``people`` whose they are.
    """

    created: int
    unchanged: int
    added: int
    confirmed: bool
    by_hand: ByHand | None = field(default=None, compare=False)
    people: tuple[int, ...] = field(default=(), compare=False)


def record_roster(
    session: Session,
    area: Area,
    people: Sequence[str],
    new_names: Sequence[str],
    what: Participation,
    actor: Actor,
) -> Done:
    """Record that ``people`` (outside ids) and ``new_names`` took part; the latter join the roster by name alone.

    Raises the Problems of ``record`` and ``create_person``, nobody_ticked and person_not_here.
    """
    if not people and not new_names:
        raise Problem("nobody_ticked", NOBODY)
    wanted = list(dict.fromkeys(people))
    here = select(Person.id).where(
        Person.public_id.in_(wanted), Person.left_on.is_(None), Person.area_id.in_(subtree(area.id))
    )
    ids = list(session.scalars(here.order_by(Person.id)))
    if len(ids) < len(wanted):
        raise Problem("person_not_here", NOT_HERE)
    added = [create_person(session, PersonData(name, area.id), actor).id for name in dict.fromkeys(new_names)]
    start, end = (_instant(what.day, moment) for moment in (what.start, what.end))
    drafts = [
        EntryDraft(person_id, what.kind_id, what.title, what.day, start, end) for person_id in [*ids, *added]
    ]
    done = record_by_hand(session, area, drafts, actor, SOURCE)
    unchanged = sum(result.outcome == UNCHANGED for result in done.results)
    return Done(done.created, unchanged, len(added), done.confirmed, done, (*ids, *added))


def _instant(day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, tzinfo=current_site().timezone)
