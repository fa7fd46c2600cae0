"""What is sent about rankings of hours and calendars of teams."""

from __future__ import annotations

from datetime import date
from typing import Any

from pointsys.core.actors import SYSTEM
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import unit_of_work
from pointsys.plugins.volunteer.reports import calendar, unranked
from pointsys.plugins.volunteer.teams.models import LEADER, VolunteerMember, VolunteerTeam
from tests.security.act import Act, Things
from tests.security.conftest import Populated


def off_the_ranking(populated: Populated, act: Act) -> Things:
    """The one who acts is not shown on rankings."""
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        unranked.leave(session, int(populated.realm.things[act.place]["person_id"]), SYSTEM)
    return {}


def led(populated: Populated, act: Act) -> Things:
    """A team with a calendar, led by the person of the place."""
    things = populated.realm.things[act.place]
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        now = current_site().now()
        team = VolunteerTeam(
            area_id=populated.realm.areas[act.place],
            name=f"日历队{now:%f}",
            created_at=now,
            created_by="test",
        )
        session.add(team)
        session.flush()
        member = VolunteerMember(
            team_id=team.id, person_id=int(things["person_id"]), role=LEADER, joined_on=date(2026, 1, 1),
            recorded_at=now, recorded_by="test",
        )  # fmt: skip
        session.add(member)
        calendar.create_feed(session, team, SYSTEM)
        return {"team": team.public_id}


_MEMBER: dict[str, Any] = {"role": "member", "place": "grid1"}
_MADE, _GONE = "volunteer.team_feed_created", "volunteer.team_feed_revoked"

ACTS = (
    Act("volunteer_ranking.leave", "volunteer.ranking_left", **_MEMBER),
    Act("volunteer_ranking.come_back", "volunteer.ranking_joined", before=off_the_ranking, **_MEMBER),
    Act("volunteer_calendar.staff_create", _MADE, before=led),
    Act("volunteer_calendar.staff_revoke", _GONE, before=led),
    Act("volunteer_calendar.own_create", _MADE, before=led, **_MEMBER),
    Act("volunteer_calendar.own_revoke", _GONE, before=led, **_MEMBER),
)
