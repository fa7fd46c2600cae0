"""What an area shows to strangers: the settings of its public page, and the activities that are to come.

Publishing is an act of its own: people's names stand there only after somebody switched rankings on and they agreed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, and_, exists, or_, select
from sqlalchemy.orm import Session

from pointsys.core.activity_log.models import LIVE, Activity, Entry
from pointsys.core.activity_log.taking_part import unlisted
from pointsys.core.areas.models import Area
from pointsys.core.settings import get_settings

PAGE = "public.page"
ACTIVITIES = "public.activities"
RANKING = "public.ranking"
TOP = "public.ranking_top"
# The one number for questions and complaints, on notices and papers as well.
PHONE = "site.supervision_phone"

MOST_ON_TOP = 50
LOOK_AHEAD = timedelta(days=60)


@dataclass(frozen=True)
class PublicSettings:
    """Whether the page is there, what stands on it, and how many a ranking names at most."""

    page: bool = True
    activities: bool = True
    ranking: bool = False
    top: int = 10
    phone: str = ""


DEFAULTS = PublicSettings()


def read_settings(found: dict[str, object]) -> PublicSettings:
    """Stored values as settings; what cannot be read is as if nobody had set it."""
    top, phone = found.get(TOP), found.get(PHONE)
    return PublicSettings(
        page=_switch(found.get(PAGE), DEFAULTS.page),
        activities=_switch(found.get(ACTIVITIES), DEFAULTS.activities),
        ranking=_switch(found.get(RANKING), DEFAULTS.ranking),
        top=top if isinstance(top, int) and 1 <= top <= MOST_ON_TOP else DEFAULTS.top,
        phone=phone if isinstance(phone, str) else DEFAULTS.phone,
    )


def public_settings(session: Session, area_id: int) -> PublicSettings:
    """The settings that rule in ``area_id``."""
    return read_settings(get_settings(session, area_id, (PAGE, ACTIVITIES, RANKING, TOP, PHONE)))


def _switch(value: object, default: bool) -> bool:
    return value if isinstance(value, bool) else default


@dataclass(frozen=True)
class Upcoming:
    """An activity that is planned; ``place`` and times as far as they are known, and nobody who takes part."""

    public_id: str
    title: str
    local_date: date
    starts_at: datetime | None
    ends_at: datetime | None
    place: str
    area: str
    created_at: datetime


def upcoming(session: Session, areas: Select[int], today: date, *, limit: int) -> Sequence[Upcoming]:
    """What is planned in ``areas`` (a sub-query of ids) from today on, the next one first.

    An activity all of whose entries were rejected or voided did not take place and is left out. So is one that was
    never planned: what staff record today, a visit at somebody's home say, is nobody's invitation.
    """
    of_it = Entry.activity_id == Activity.id
    held = and_(Activity.starts_at.is_not(None), exists().where(of_it, Entry.status.in_(LIVE)))
    stands = or_(~exists().where(of_it), held)
    rows = session.execute(
        select(
            Activity.id, Activity.public_id, Activity.title, Activity.local_date, Activity.starts_at, Activity.ends_at,
            Activity.place, Area.name, Activity.created_at,
        )
        .join(Area, Area.id == Activity.area_id)
        .where(
            Activity.area_id.in_(areas), Activity.local_date.between(today, today + LOOK_AHEAD), stands
        )
        .order_by(Activity.local_date, Activity.starts_at, Activity.id)
        # What plugins hold back is known only afterwards.
        .limit(limit * 2)
    ).all()  # fmt: skip
    held_back = unlisted(session, [row[0] for row in rows])
    return [Upcoming(*row[1:]) for row in rows if row[0] not in held_back][:limit]
