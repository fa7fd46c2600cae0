"""Handing a wish in, changing one that came back, and taking one back.

Services take the session first, flush, leave a line in the wish's history and a row in the audit log, and never
commit. A household, or somebody who is of none, has one open wish at a time: their row is locked while that is asked.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Conflict,
    Person,
    Problem,
    Refused,
    canonical_ids,
    clean_text,
    current_site,
    refuse_closed,
    rows_of,
    rows_of_actor,
)

from ..campaigns.models import WishesCampaign
from ..campaigns.queries import running
from ..events import MOST_REASON, note
from ..models import (
    BEHALF,
    OPEN,
    RETURNED,
    SELF,
    SUBMITTED,
    WITHDRAWN,
    WishesHousehold,
    WishesWish,
)
from ..people import households_of
from ..rules import EDIT, SUBMIT, WISH_FROM, WITHDRAW, check_wish, within
from ..settings import rules_in
from .checking import MOST_NOTE, Asking, Checked, check, consent_needed
from .numbers import WISH, next_number


def submit(
    session: Session,
    person: Person,
    asked: Asking,
    actor: Actor,
    *,
    channel: str = SELF,
    consent: str = "",
    consent_at: datetime | None = None,
    campaign_id: int | None = None,
) -> WishesWish:
    """A new wish of ``person``, to be reviewed.

    ``channel`` other than SELF: somebody hands it in for them and notes how they agreed. Raises the Problems of
    ``check``, consent_needed, too_long_text, person_closed, Conflict household_limit.
    """
    refuse_closed(person)
    content = check(asked, rules_in(session, person.area_id).max_amount)
    consent = within(clean_text(consent), MOST_NOTE, "consent")
    if channel != SELF and not consent:
        raise consent_needed()
    households = _one_open_wish(session, person.id)
    site = current_site()
    now = site.now()
    year = site.local(now).year
    wish = WishesWish(
        year=year,
        number=next_number(session, WISH, year),
        area_id=person.area_id,
        person_id=canonical_ids(session, [person.id])[person.id],
        household_id=min(households, default=None),
        campaign_id=campaign_id,
        state=SUBMITTED,
        channel=channel,
        consent_at=(consent_at or now) if channel != SELF else now,
        consent_note=consent,
        submitted_at=now,
        submitted_by=actor.label,
        submitted_by_account=actor.account_id,
        reviewed_by="",
    )
    _fill(wish, content)
    session.add(wish)
    session.flush()
    note(session, wish, SUBMIT, actor, "", SUBMITTED)
    return wish


def _fill(wish: WishesWish, content: Checked) -> None:
    wish.category = content.category
    wish.title = content.title
    wish.public_text = content.words
    wish.private_text = content.private
    wish.amount = content.amount
    wish.slots = content.slots
    wish.hidden = content.hidden


def _one_open_wish(session: Session, person_id: int, but: int | None = None) -> frozenset[int]:
    """The households of a human being, locked; raises Conflict household_limit while one of them has an open wish, and
    Problem person_closed for somebody who was erased while this waited."""
    rows = rows_of(session, [person_id])
    kept = canonical_ids(session, [person_id])[person_id]
    # The person first, then the household: two who ask at once wait for each other, whichever of them it is.
    held = select(Person).where(Person.id == kept).with_for_update().execution_options(populate_existing=True)
    refuse_closed(session.scalars(held).one())
    households = households_of(session, [person_id])[kept]
    if households:
        session.execute(
            select(WishesHousehold.id)
            .where(WishesHousehold.id.in_(households))
            .order_by(WishesHousehold.id)
            .with_for_update()
        )
        rows |= _members(session, households)
    query = select(WishesWish.id).where(
        WishesWish.state.in_(OPEN),
        or_(WishesWish.person_id.in_(rows), WishesWish.household_id.in_(households)),
    )
    if but is not None:
        query = query.where(WishesWish.id != but)
    if session.scalar(query.limit(1)) is not None:
        raise Conflict(
            "household_limit",
            N_(
                "There is an open wish of this household already. Wait until it has come true, or take it back."
            ),
        )
    return households


def _members(session: Session, households: Collection[int]) -> frozenset[int]:
    from .households import member_ids

    return rows_of(session, member_ids(session, households))


def rewrite(session: Session, wish: WishesWish, asked: Asking, actor: Actor) -> WishesWish:
    """Say something else in a wish that nobody has decided on; one that was returned is handed in again by it.

    ``wish`` is locked by the caller. Raises Conflict bad_state, household_limit and the Problems of ``check``.
    """
    check_wish(EDIT, wish.state)
    content = check(asked, rules_in(session, wish.area_id).max_amount)
    before = wish.state
    _one_open_wish(session, wish.person_id, but=wish.id)
    _fill(wish, content)
    wish.state = SUBMITTED
    session.flush()
    note(session, wish, SUBMIT if before == RETURNED else EDIT, actor, before, SUBMITTED)
    return wish


def withdraw(
    session: Session, wish: WishesWish, actor: Actor, reason: str = "", *, by_staff: bool = False
) -> WishesWish:
    """Take a wish back that no live claim holds.

    The wisher does it, or staff (``by_staff``: the caller has asked for the right) with the reason they were given.
    Raises Refused forbidden, Problem reason_required or too_long_text, Conflict bad_state.
    """
    own = wish.person_id in rows_of_actor(session, actor)
    if not own and not by_staff:
        raise Refused("forbidden", N_("Only who made the wish takes it back."))
    reason = within(clean_text(reason), MOST_REASON, "reason")
    if not own and not reason:
        raise Problem("reason_required", N_("Say why: who made the wish reads it."), field="reason")
    before = wish.state
    taken_back = session.execute(
        update(WishesWish)
        .where(WishesWish.id == wish.id, WishesWish.state.in_(WISH_FROM[WITHDRAW]), WishesWish.taken == 0)
        .values(state=WITHDRAWN, ended_at=current_site().now())
        .execution_options(synchronize_session=False)
    )
    if not taken_back.rowcount:  # type: ignore[attr-defined]
        raise Conflict(
            "bad_state",
            N_(
                "Somebody has this wish in hand, or it is over: it cannot be taken back now. Call the office."
            ),
        )
    session.refresh(wish)
    note(session, wish, WITHDRAW, actor, before, WITHDRAWN, reason)
    return wish


def round_now(session: Session, area_id: int) -> WishesCampaign | None:
    """The round that runs where somebody belongs: what is wished for meanwhile is part of it. One statement."""
    return next(iter(running(session, area_id, current_site().today())), None)


def may_ask_for(session: Session, person: Person, actor: Actor) -> str:
    """The channel by which ``actor`` asks for ``person``: SELF for themselves, else BEHALF."""
    return SELF if person.id in rows_of_actor(session, actor) else BEHALF
