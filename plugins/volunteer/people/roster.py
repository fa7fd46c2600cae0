"""The column of a roster that says who is a volunteer: they are registered with the import.

A minor without a guardian's consent is kept as an applicant until somebody agrees.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import Actor, ImportColumn, Person, chunks, current_site, parse_bool

from . import services
from .models import APPLICANT, VolunteerProfile


def parse_volunteer(cell: object) -> bool:
    """Whether a cell says that somebody is a volunteer: 是, √ or 否; raises Problem bad_bool."""
    return parse_bool(cell)  # type: ignore[arg-type]


COLUMNS = (
    ImportColumn(
        "volunteer",
        ("志愿者", "是否志愿者", "注册志愿者", "是否注册志愿者"),
        parse_volunteer,
        examples=("是", "否"),
        choices=("是", "否"),
    ),
)


def take(session: Session, people: Sequence[tuple[int, Mapping[str, Any]]], actor: Actor) -> None:
    """Register whoever the roster calls a volunteer; a no changes nothing, suspended ones stay so."""
    wanted = [person for person, values in people if values.get("volunteer")]
    for part in chunks(wanted, 1_000):
        rows = session.scalars(select(Person).where(Person.id.in_(part)).order_by(Person.id)).all()
        done = services.register(session, rows, actor, way=services.BY_LIST)
        waiting = [one for one, problem in done.refused if problem.code == "consent_missing"]
        _keep(session, waiting, actor)


def _keep(session: Session, people: Sequence[int], actor: Actor) -> None:
    """Put people down as applicants who have no profile yet."""
    known = set(
        session.scalars(select(VolunteerProfile.person_id).where(VolunteerProfile.person_id.in_(people)))
    )
    now = current_site().now()
    for person in people:
        if person not in known:
            session.add(
                VolunteerProfile(
                    person_id=person, state=APPLICANT, way=services.BY_LIST, applied_at=now, changed_at=now,
                    changed_by=actor.label,
                )
            )  # fmt: skip
    session.flush()
