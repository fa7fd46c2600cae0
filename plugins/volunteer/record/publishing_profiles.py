"""Profiles of stars as an area sets them: using a shipped one, publishing a version of one's own, no longer using one.

A version begins on a day that is not past, so that stars already given stay as they were. Whoever could reach a star by
it is derived anew, at once or by the job on its day.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Area,
    Person,
    Problem,
    audit,
    current_site,
    drain,
    mark_query,
    subtree,
    unit_of_work,
)

from .. import queries
from ..hours import ALL, Span
from ..models import NAME, VolunteerBalance
from . import following, profiles
from .models import VolunteerStarProfile
from .star_rules import EVERY, TOTAL, Profile, check_profile

# People to whom a page gives stars before its answer.
AT_ONCE = 2_000


def publish(
    session: Session, area: Area, profile: Profile, valid_from: date, actor: Actor, *, used: bool = True
) -> VolunteerStarProfile:
    """Put a version of a profile in force in an area and below; with ``used`` False nobody earns it from then on.

    Raises Problem: see ``check_profile``; date_past.
    """
    check_profile(profile)
    site = current_site()
    if valid_from < site.today():
        raise Problem(
            "date_past", N_("A profile begins today at the earliest: stars already given stay as they are."),
            field="valid_from",
        )  # fmt: skip
    row = VolunteerStarProfile
    last = session.scalar(
        select(func.max(row.version)).where(row.area_id == area.id, row.code == profile.code)
    )
    version = VolunteerStarProfile(
        area_id=area.id,
        code=profile.code,
        version=(last or 0) + 1,
        title=profile.title,
        rules=profiles.rules_text(profile),
        used=used,
        valid_from=valid_from,
        created_at=site.now(),
        created_by=actor.label,
        created_by_account=actor.account_id,
    )
    session.add(version)
    session.flush()
    audit.write(
        session, actor, "volunteer.star_profile", "volunteer_star_profile", str(version.id), area_id=area.id,
        after={"code": profile.code, "version": version.version, "used": used, "from": valid_from},
    )  # fmt: skip
    if used and valid_from <= site.today():
        reach(session, version)
    return version


def reach(session: Session, version: VolunteerStarProfile) -> None:
    """Give the stars of a version to everybody who has enough minutes; more than two thousand are marked instead."""
    balance = VolunteerBalance
    lowest = profiles.profile_of(version).levels[0].minutes
    enough = select(balance.person_id).where(balance.period == ALL, balance.total >= lowest)
    people = select(Person.id).where(Person.area_id.in_(subtree(version.area_id)), Person.id.in_(enough))
    ids = list(session.scalars(people.order_by(Person.id).limit(AT_ONCE + 1)))
    if len(ids) > AT_ONCE:
        mark_query(session, NAME, people)
    else:
        following.follow(session, ids)


def stop(session: Session, area: Area, code: str, actor: Actor) -> None:
    """No longer use a profile in an area and below from today on; Problem unknown_profile."""
    publish(session, area, known(session, area.id, code), current_site().today(), actor, used=False)


def known(session: Session, area_id: int, code: str) -> Profile:
    """The profile of a code as it stands in an area, else the shipped one; Problem unknown_profile."""
    rows = profiles.load(session, [area_id]).rows_of(area_id, current_site().today())
    if code in rows:
        return profiles.profile_of(rows[code])
    if code in profiles.shipped():
        return profiles.shipped()[code]
    raise Problem("unknown_profile", N_("There is no such profile of stars."), field="code")


def reached_here(session: Session, area_id: int, profile: Profile) -> dict[int, int] | None:
    """How many people of an area have minutes for each star of a profile; None where that is not counted ahead."""
    if profile.window != TOTAL or profile.klass != EVERY:
        return None
    counts: dict[int, int] = dict.fromkeys(range(1, len(profile.levels) + 1), 0)
    for minutes, people in queries.spread(session, area_id, Span((ALL,))).items():
        level = profile.reached(minutes)
        if level:
            counts[level] += people
    return counts


def begin_due(now: datetime) -> None:
    """Derive everybody anew whom a version that begins today concerns."""
    today = current_site().local(now).date()
    with unit_of_work(drain=False) as session:
        row = VolunteerStarProfile
        due = list(session.scalars(select(row).where(row.valid_from == today, row.used.is_(True))))
        for version in due:
            reach(session, version)
    if due:
        drain()
