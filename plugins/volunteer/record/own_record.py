"""A volunteer's record (志愿服务记录) in its five blocks: basic data, service, training, commendation, evaluation.

The same for the volunteer and for staff; about twenty statements, however long the record is.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pointsys.plugin import Area, Objection, Person, current_site, groups

from .. import queries
from ..hours import ALL, Tally, periods_of
from ..models import VolunteerCredit
from ..people.models import VolunteerProfile, VolunteerTraining
from ..queries import OwnEntry
from ..teams.queries import TeamOf, teams_of_person
from . import commendations, evaluations, stars
from .evaluations import COMPLAINT, EvaluationLine, Score
from .models import VolunteerAward
from .objecting import DISPUTE
from .stars import Progress, Star


@dataclass(frozen=True)
class Service:
    """The block of service: tallies of all time and this year, minutes timed by the system and others, last entries."""

    total: Tally
    year: Tally
    credit: int
    honour: int
    entries: Sequence[OwnEntry]
    count: int
    waits: bool


@dataclass(frozen=True)
class Record:
    """All five blocks of one person; ``volunteer`` is None for somebody who never registered."""

    person: Person
    area: str
    rows: Collection[int]
    volunteer: VolunteerProfile | None
    teams: Sequence[TeamOf]
    service: Service
    training: Sequence[VolunteerTraining]
    commendations: Sequence[VolunteerAward]
    stars: Sequence[Star]
    progress: Sequence[Progress]
    scores: dict[str, Score]
    said: Sequence[EvaluationLine]
    cases: int

    @property
    def training_minutes(self) -> int:
        """Of all trainings together."""
        return sum(one.minutes for one in self.training)


def record_of(session: Session, person: Person, *, entries: int) -> Record:
    """The record of a human being, whichever row of theirs is given."""
    kept, rows = next(iter(groups(session, [person.id]).items()))
    today = current_site().today()
    return Record(
        person=person,
        area=session.scalar(select(Area.name).where(Area.id == person.area_id)) or "",
        rows=rows,
        volunteer=_volunteer(session, kept, rows),
        teams=teams_of_person(session, kept, today),
        service=_service(session, kept, today, entries),
        training=_training(session, rows),
        commendations=commendations.of_person(session, rows),
        stars=stars.stars_of(session, [kept], today, {kept: rows})[kept],
        progress=stars.progress_of(session, [kept], {kept: rows}).get(kept, []),
        scores=evaluations.scores_of(session, rows),
        said=evaluations.of_person(session, rows),
        cases=_open_cases(session, rows),
    )


def _volunteer(session: Session, kept: int, rows: Collection[int]) -> VolunteerProfile | None:
    """The registration: that of the kept row, else the one with a number."""
    row = VolunteerProfile
    found = list(session.scalars(select(row).where(row.person_id.in_(rows))))
    return min(
        found, key=lambda one: (one.person_id != kept, not one.volunteer_no, one.person_id), default=None
    )


def _service(session: Session, kept: int, today: date, limit: int) -> Service:
    year = periods_of(today)[1]
    tallies = queries.own_balances(session, kept, (ALL, year))
    credit = VolunteerCredit
    by_class = {
        klass: int(minutes)
        for klass, minutes in session.execute(
            select(credit.klass, func.sum(credit.minutes))
            .where(credit.person_id == kept)
            .group_by(credit.klass)
        )
    }
    entries, count = queries.own_entries(session, kept, limit=limit)
    return Service(
        tallies[ALL], tallies[year], by_class.get("credit", 0), by_class.get("honour", 0), entries, count,
        queries.waits(session, kept),
    )  # fmt: skip


def _training(session: Session, rows: Collection[int]) -> list[VolunteerTraining]:
    row = VolunteerTraining
    query = select(row).where(row.person_id.in_(rows), row.voided_at.is_(None))
    return list(session.scalars(query.order_by(row.on_date.desc(), row.id.desc())))


def _open_cases(session: Session, rows: Collection[int]) -> int:
    query = select(func.count()).where(
        Objection.person_id.in_(rows),
        Objection.subject_type.in_((DISPUTE, COMPLAINT)),
        Objection.state == "open",
    )
    return int(session.scalar(query) or 0)
