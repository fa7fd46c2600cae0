"""An activity that looks for volunteers, a shift and a sign-up in every place, for the place's own team."""

from __future__ import annotations

from datetime import date, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.activity_log.kinds import kinds_for
from pointsys.core.activity_log.planning import Plan
from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.plugins.volunteer.signups import opening, planning
from pointsys.plugins.volunteer.signups.models import TEAM, VolunteerSignup, VolunteerSlot
from pointsys.plugins.volunteer.signups.planning import Terms
from pointsys.plugins.volunteer.signups.rules import Shift
from pointsys.plugins.volunteer.teams.models import LEADER, VolunteerMember, VolunteerTeam
from tests import factories

# Days to come, as everybody who signs up needs.
DAY = date(2026, 7, 25)


def things(session: Session, area: Area, person: Person, words: str, actor: Actor) -> dict[str, str]:
    """Found by members of the team alone, whose leader is the place's person; ``words`` come with the sign-up."""
    now = current_site().now()
    team = VolunteerTeam(area_id=area.id, name=words, created_at=now, created_by="test")
    session.add(team)
    session.flush()
    session.add(
        VolunteerMember(
            team_id=team.id, person_id=person.id, role=LEADER, joined_on=date(2026, 1, 1), recorded_at=now,
            recorded_by="test",
        )
    )  # fmt: skip
    session.flush()
    terms = Terms(team_id=team.id, audience=TEAM, contact=words)
    plan = Plan(factories.at(DAY, "08:00"), factories.at(DAY, "12:00"))
    shifts = [Shift("free", time(8), time(10), 5), Shift("held", time(10), time(12), 5)]
    kind = kinds_for(session, area.id)["志愿服务"]
    (row,) = planning.plan_recruiting(session, area, kind.id, words, DAY, plan, terms, shifts, actor)
    opening.open_recruiting(session, row, actor)
    free, held = session.scalars(
        select(VolunteerSlot).where(VolunteerSlot.activity_id == row.activity_id).order_by(VolunteerSlot.id)
    )
    signup = VolunteerSignup(
        slot_id=held.id, person_id=person.id, state="applied", place=0, words=words, news=True, signed_up_at=now,
        signed_up_by=actor.label, changed_at=now, changed_by=actor.label,
    )  # fmt: skip
    session.add(signup)
    held.taken = 1
    session.flush()
    public_id = opening.public_id_of(session, row)
    return {
        "recruiting": public_id,
        "offer": public_id,
        "recruiting_team": team.public_id,
        "slot": free.public_id,
        "signup": signup.public_id,
    }
