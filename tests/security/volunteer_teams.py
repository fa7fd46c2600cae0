"""A team with its leader, a request, an alliance and a project in every place, and a volunteer with all papers."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.database import new_public_id
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.plugins.volunteer.people import numbers
from pointsys.plugins.volunteer.people.models import (
    ACTIVE,
    VolunteerConsent,
    VolunteerGuardian,
    VolunteerInsurance,
    VolunteerProfile,
    VolunteerTraining,
)
from pointsys.plugins.volunteer.teams.models import (
    LEADER,
    VolunteerAlliance,
    VolunteerJoining,
    VolunteerMember,
    VolunteerProject,
    VolunteerTeam,
)

SPRING, YEAR_END = date(2026, 3, 1), date(2026, 12, 31)


def things(session: Session, area: Area, person: Person, words: str, actor: Actor) -> dict[str, str]:
    """The place's person leads the team, which takes nobody in by request, and stands as their own guardian."""
    now, by = current_site().now(), actor.label
    team = VolunteerTeam(
        area_id=area.id, name=f"{words}队", about=words, open_to_join=False, created_at=now, created_by=by
    )
    alliance = VolunteerAlliance(area_id=area.id, name=f"{words}盟", created_at=now, created_by=by)
    guardian = VolunteerGuardian(
        person_id=person.id,
        guardian_id=person.id,
        relation="other",
        seen=words,
        recorded_at=now,
        recorded_by=by,
    )
    session.add_all([team, alliance, guardian])
    session.flush()
    made: dict[str, Any] = {
        "team_member": VolunteerMember(
            team_id=team.id, person_id=person.id, role=LEADER, joined_on=SPRING, recorded_at=now, recorded_by=by
        ),
        "joining": VolunteerJoining(team_id=team.id, person_id=person.id, words=words, asked_at=now),
        "project": VolunteerProject(
            code=f"P-{area.code}", team_id=team.id, title=f"{words}项", category="other", from_on=SPRING,
            created_at=now, created_by=by,
        ),
        "consent": VolunteerConsent(
            guardian_row_id=guardian.id, from_on=SPRING, method="paper", evidence=words, given_at=now, recorded_by=by
        ),
        "insurance": VolunteerInsurance(
            person_id=person.id, policy_no=f"{words}PA", from_on=SPRING, to_on=YEAR_END, recorded_at=now,
            recorded_by=by,
        ),
        "training": VolunteerTraining(
            person_id=person.id, title=f"{words}课", minutes=60, on_date=SPRING, recorded_at=now, recorded_by=by
        ),
    }  # fmt: skip
    for row in made.values():
        row.public_id = new_public_id()
    session.add_all(
        [
            *made.values(),
            VolunteerProfile(
                person_id=person.id, volunteer_no=numbers.reserve(session, 2026)[0], state=ACTIVE, words=words,
                applied_at=now, registered_on=SPRING, changed_at=now, changed_by=by,
            ),
        ]
    )  # fmt: skip
    session.flush()
    return {
        "team": team.public_id,
        "alliance": alliance.public_id,
        "guardian": guardian.public_id,
        **{kind: row.public_id for kind, row in made.items()},
    }
