"""What plugins tell of people beside the log: what stands in somebody's calendar, and which devices were used.

Asked of the plugins that are on where the person belongs, or in the area. One that fails is logged and left out.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from pointsys.core.areas.models import Area
from pointsys.core.host import Answer
from pointsys.core.pages import CalendarItem, DeviceUse
from pointsys.core.pending import quarantined
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.core.switches import enabled_in

log = logging.getLogger(__name__)


def calendar_items(session: Session, person: Person, since: date) -> list[CalendarItem]:
    """What plugins have in a person's calendar from ``since`` on."""
    asked = _on(session, "own_calendar", person.area_id)
    host = current_site().host
    answers = host.call_each("own_calendar", asked, session=session, person=person, since=since)
    return list(_told("own_calendar", answers))


def device_uses(session: Session, area: Area, first: date, last: date) -> list[DeviceUse]:
    """The uses of devices that plugins know of in an area and below, both days included."""
    asked = _on(session, "devices_used", area.id)
    host = current_site().host
    answers = host.call_each("devices_used", asked, session=session, area=area, first=first, last=last)
    return list(_told("devices_used", answers))


def _on(session: Session, hook: str, area_id: int) -> list[str]:
    names = current_site().host.in_order(hook)
    if not names:
        return []
    on, stopped = enabled_in(session, area_id), quarantined(session)
    return [name for name in names if name in on and name not in stopped]


def _told(hook: str, answers: Collection[Answer]) -> Iterator[Any]:
    for answer in answers:
        if answer.error is not None:
            log.error("plugin %s failed in %s", answer.info.name, hook, exc_info=answer.error)
        yield from answer.value or ()
