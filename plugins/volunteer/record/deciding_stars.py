"""What people decide on stars: give, keep in spite of a lower total, take away.

Whoever decides on stars decides on nobody's own.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Person,
    Problem,
    audit,
    clean_text,
    current_site,
    groups,
    subtree,
    who_acts,
)

from .following import read
from .models import (
    AWARDED,
    ELIGIBLE,
    UNDER_REVIEW,
    WITHDRAWN,
    VolunteerStarAward,
    VolunteerStarEvent,
)
from .star_rules import NO_TOTALS

MOST_REASON = 500
GIVE, KEEP, TAKE = "award", "keep", "withdraw"
# What can be decided on a star in which state, and what it is then.
ACTS = {GIVE: (ELIGIBLE, AWARDED), KEEP: (UNDER_REVIEW, AWARDED), TAKE: (UNDER_REVIEW, WITHDRAWN)}


def decide(session: Session, area_id: int, ids: Sequence[str], act: str, reason: str, actor: Actor) -> int:
    """Give eligible stars, or keep or take away those under review; returns how many.

    Raises Problem: unknown_choice, reason_needed, too_long_text, nothing_chosen, wrong_state, own_record.
    """
    if act not in ACTS:
        raise Problem("unknown_choice", N_("Choose one of the values offered."))
    reason = clean_text(reason)
    if act != GIVE and not reason:
        raise Problem("reason_needed", N_("Write what is wrong, or why, in a few words."), field="reason")
    if len(reason) > MOST_REASON:
        raise Problem("too_long_text", N_("At most %(count)s characters."), field="reason", count=MOST_REASON)
    before, after = ACTS[act]
    awards = _locked(session, area_id, ids)
    if any(award.state != before for award in awards):
        raise Problem("wrong_state", N_("Somebody has decided on one of them meanwhile. Look at them again."))
    not_own(session, [award.person_id for award in awards], actor)
    now, today = current_site().now(), current_site().today()
    for award in awards:
        minutes = _minutes(session, award)
        award.state = after
        award.kept_minutes = minutes if act == KEEP else None
        if act == GIVE:
            award.awarded_on = today
        session.add(
            VolunteerStarEvent(
                award_id=award.id, what="kept" if act == KEEP else after, minutes=minutes, reason=reason,
                actor=actor.label, account_id=actor.account_id, at=now,
            )
        )  # fmt: skip
    session.flush()
    audit.write(
        session, actor, "volunteer.stars_decided", "volunteer_star_award", awards[0].public_id, area_id=area_id,
        before={"state": before}, after={"state": after, "act": act}, count=len(awards),
    )  # fmt: skip
    return len(awards)


def _locked(session: Session, area_id: int, ids: Sequence[str]) -> list[VolunteerStarAward]:
    award = VolunteerStarAward
    wanted = list(dict.fromkeys(ids))[:200]
    query = (
        select(award)
        .join(Person, Person.id == award.person_id)
        .where(award.public_id.in_(wanted), Person.area_id.in_(subtree(area_id)))
        .order_by(award.id)
        .with_for_update(of=award)
        .execution_options(populate_existing=True)
    )
    found = list(session.scalars(query))
    if not found or len(found) < len(wanted):
        raise Problem("nothing_chosen", N_("Choose who it is about."))
    return found


def _minutes(session: Session, award: VolunteerStarAward) -> int:
    people = read(session, groups(session, [award.person_id]), {award.klass})
    totals = next(iter(people.totals.values()), NO_TOTALS)
    return totals.of(award.klass, award.period)


def not_own(session: Session, people: Collection[int], actor: Actor) -> None:
    """Refuse somebody who decides on their own record: Problem own_record."""
    if actor.unrestricted:
        return
    who = who_acts(session, actor)
    if who.person is not None and any(
        who.person in (kept, *rows) for kept, rows in groups(session, people).items()
    ):
        raise Problem("own_record", N_("This concerns yourself: somebody else has to act on it."))
