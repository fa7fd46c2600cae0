"""What visitors of the story see: activities that are planned, a ranking of those who agreed, whom to call."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from pointsys.core.activity_log.planning import Plan, plan_activity
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.public_page import PHONE, RANKING
from pointsys.core.settings import set_setting
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import unit_of_work
from pointsys.demo.schedule import Story
from pointsys.demo.year import gatherings

DAYS_AHEAD = 14
# Rings nowhere: no area of the country has such a number.
HOTLINE = "0000-8800 1234"


def show_ahead(story: Story, areas: Mapping[str, Area], kinds: Mapping[str, int], today: date) -> int:
    """Plan the activities of the next two weeks; returns how many are planned."""
    plans = gatherings(story, today + timedelta(days=1), today + timedelta(days=DAYS_AHEAD))
    zone = current_site().timezone
    with unit_of_work(drain=False) as session:
        for gathering in plans:
            what, area = gathering.template, session.get_one(Area, areas[gathering.place].id)
            starts_at = datetime.combine(gathering.day, what.start, zone)
            ends_at = datetime.combine(gathering.day, what.end, zone)
            window = Plan(starts_at, ends_at) if starts_at < ends_at else Plan()
            plan_activity(session, area, kinds[what.kind], what.title, gathering.day, window, SYSTEM)
    return len(plans)


def open_to_the_public(session: Session, street: Area) -> None:
    """Open the public pages before anything is posted, so that every notice names the phone to call."""
    set_setting(session, street, RANKING, True, SYSTEM)
    set_setting(session, street, PHONE, HOTLINE, SYSTEM)
