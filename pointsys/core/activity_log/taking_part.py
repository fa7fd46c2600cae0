"""What plugins say of an activity beforehand: who is expected, who may not take part, and who leads it.

Asked of the plugins that are on in the activity's area. A gate that cannot answer lets nobody pass; without the names
of those who are expected, or of leaders, everything else still works.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.activity_log.models import Activity
from pointsys.core.host import Answer
from pointsys.core.pages import ExpectedPerson
from pointsys.core.pending import quarantined
from pointsys.core.site import current_site
from pointsys.core.switches import enabled_by_area
from pointsys.kit.problems import N_, Problem

log = logging.getLogger(__name__)


def who_is_expected(session: Session, activity: int) -> Sequence[ExpectedPerson]:
    """Everybody whom some plugin expects at an activity, each plugin's in its order; somebody may stand there twice."""
    host = current_site().host
    asked = _on(session, "expected_people", [activity])[activity]
    answers = host.call_each("expected_people", asked, session=session, activity=activity) if asked else ()
    found: list[ExpectedPerson] = []
    for answer in answers:
        if _failed("expected_people", answer):
            continue
        found += answer.value or ()
    return found


def refused_people(
    session: Session, activity: int, people: Collection[int], at: datetime
) -> Mapping[int, Problem]:
    """Who of ``people`` (ids as given) may not take part at the instant ``at``, and why: the first refusal counts.

    A plugin that raises, or answers nonsense, refuses everybody with Problem plugin_failed.
    """
    if not people:
        return {}
    host = current_site().host
    vetoing = _on(session, "may_attend", [activity], quarantined_too=True)[activity]
    if not vetoing:
        return {}
    refused: dict[int, Problem] = {}
    values = {"session": session, "activity": activity, "people": people, "at": at}
    for answer in host.call_each("may_attend", vetoing, **values):
        said = answer.value or {}
        sensible = isinstance(said, Mapping) and all(isinstance(p, Problem) for p in said.values())
        if answer.error is not None or not sensible:
            log.error("plugin %s failed in may_attend", answer.info.name, exc_info=answer.error)
            said = dict.fromkeys(people, _cannot_check(answer))
        for person_id, problem in said.items():
            refused.setdefault(person_id, problem)
    return refused


def _cannot_check(answer: Answer) -> Problem:
    return Problem(
        "plugin_failed",
        N_("%(plugin)s could not check who may take part, so nobody was let in. Tell the IT office."),
        plugin=answer.info.title,
    )


def leaders_of(session: Session, activities: Collection[int]) -> Mapping[int, frozenset[int]]:
    """For each activity the people (kept ids) whom some plugin calls its leaders."""
    host = current_site().host
    on = _on(session, "activity_leaders", activities)
    found: dict[int, set[int]] = {activity: set() for activity in activities}
    for name in host.in_order("activity_leaders"):
        asked = [activity for activity, names in on.items() if name in names]
        if not asked:
            continue
        for answer in host.call_each("activity_leaders", [name], session=session, activities=asked):
            if _failed("activity_leaders", answer):
                continue
            for activity, people in (answer.value or {}).items():
                found[activity].update(people)
    return {activity: frozenset(people) for activity, people in found.items()}


def unlisted(session: Session, activities: Collection[int]) -> frozenset[int]:
    """Which of ``activities`` some plugin does not want announced."""
    host = current_site().host
    # What a plugin in quarantine held back is no more to be announced than before.
    on = _on(session, "unlisted_activities", activities, quarantined_too=True)
    found: set[int] = set()
    for name in host.in_order("unlisted_activities"):
        asked = [activity for activity, names in on.items() if name in names]
        if not asked:
            continue
        for answer in host.call_each("unlisted_activities", [name], session=session, activities=asked):
            if not _failed("unlisted_activities", answer):
                found.update(answer.value or ())
    return frozenset(found)


def _on(
    session: Session, hook: str, activities: Collection[int], *, quarantined_too: bool = False
) -> dict[int, list[str]]:
    """For each activity the plugins that answer ``hook`` and are on in its area."""
    names = current_site().host.in_order(hook)
    if not names or not activities:
        return {activity: [] for activity in activities}
    query = select(Activity.id, Activity.area_id).where(Activity.id.in_(activities))
    areas = {row.id: row.area_id for row in session.execute(query)}
    on = enabled_by_area(session, set(areas.values()))
    stopped = () if quarantined_too else quarantined(session)
    return {
        activity: [name for name in names if name in on[areas[activity]] and name not in stopped]
        for activity in activities
    }


def _failed(hook: str, answer: Answer) -> bool:
    if answer.error is not None:
        log.error("plugin %s failed in %s", answer.info.name, hook, exc_info=answer.error)
    return answer.error is not None
