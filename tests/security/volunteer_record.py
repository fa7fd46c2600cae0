"""A star to be given, a commendation and a dispute over hours in every place."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.database import new_public_id
from pointsys.core.objections.services import take_objection
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.plugins.volunteer.record.models import ELIGIBLE, VolunteerAward, VolunteerStarAward
from pointsys.plugins.volunteer.record.objecting import DISPUTE


def things(
    session: Session, area: Area, person: Person, words: str, actor: Actor, entry: str
) -> dict[str, str]:
    """By hand: nobody here has served a hundred hours. ``entry`` is the session that is disputed."""
    site = current_site()
    star = VolunteerStarAward(
        public_id=new_public_id(), person_id=person.id, profile="beijing", version=1, period="all", level=1,
        title=words,         needed=0, klass="all", state=ELIGIBLE, reached_on=site.today(),
    )  # fmt: skip
    commendation = VolunteerAward(
        public_id=new_public_id(), person_id=person.id, area_id=area.id, title=words, level="street", awarded_by=words,
        awarded_on=date(2026, 3, 5), recorded_at=site.now(), recorded_by=actor.label,
        recorded_by_account=actor.account_id,
    )  # fmt: skip
    session.add_all([star, commendation])
    session.flush()
    return {
        "star": star.public_id,
        "commendation": commendation.public_id,
        "dispute": take_objection(session, DISPUTE, entry, words, "甲乙", actor).public_id,
    }
