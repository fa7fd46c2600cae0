"""The state of what looks for volunteers: opened, closed to further sign-ups, cancelled.

Cancelling takes everybody's sign-up back and is refused while service is on record for it: that has to be voided
first, entry by entry, each with its reason.
"""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from pointsys.plugin import (
    CONFIRMED,
    N_,
    PENDING,
    Activity,
    Actor,
    Entry,
    Problem,
    audit,
    clean_text,
    current_site,
)

from .models import (
    CANCELLED,
    CLOSED,
    LIVE,
    NO_SHOW,
    OPEN,
    WITHDRAWN,
    VolunteerActivity,
    VolunteerSignup,
    VolunteerSlot,
)

MAX_REASON = 200
NO_SHIFT = N_("Add a shift first, so that people can sign up for it.")


def public_id_of(session: Session, row: VolunteerActivity) -> str:
    """The activity's id in addresses."""
    return session.scalars(select(Activity.public_id).where(Activity.id == row.activity_id)).one()


def lock(session: Session, row: VolunteerActivity) -> None:
    """Hold an activity against every other act on it, and read it again."""
    session.refresh(row, with_for_update=True)


def touch(row: VolunteerActivity, actor: Actor) -> None:
    """Remember who changed an activity last."""
    row.changed_at, row.changed_by = current_site().now(), actor.label


def not_cancelled(row: VolunteerActivity) -> None:
    """Raises Problem recruiting_cancelled."""
    if row.state == CANCELLED:
        raise Problem("recruiting_cancelled", N_("This activity is cancelled; plan a new one."))


def open_recruiting(session: Session, row: VolunteerActivity, actor: Actor) -> None:
    """Let people find it and sign up. Raises Problem recruiting_cancelled, no_shift, over_already."""
    lock(session, row)
    not_cancelled(row)
    last = session.scalar(
        select(func.max(VolunteerSlot.ends_at)).where(VolunteerSlot.activity_id == row.activity_id)
    )
    if last is None:
        raise Problem("no_shift", NO_SHIFT)
    if last <= current_site().now():
        raise Problem("over_already", N_("This activity is over."))
    _set_state(session, row, OPEN, "", actor)


def close_recruiting(session: Session, row: VolunteerActivity, actor: Actor) -> None:
    """Take no more sign-ups; who is signed up stays, and the waiting list still moves up."""
    lock(session, row)
    not_cancelled(row)
    _set_state(session, row, CLOSED, "", actor)


def cancel_recruiting(session: Session, row: VolunteerActivity, reason: str, actor: Actor) -> int:
    """Cancel the activity and everybody's sign-up, with the reason that they read; returns how many had one.

    Raises Problem reason_needed, and has_sessions while service is on record: void each entry first.
    """
    reason = needed_reason(reason)
    lock(session, row)
    not_cancelled(row)
    entries = session.scalar(
        select(func.count()).where(
            Entry.activity_id == row.activity_id, Entry.status.in_((PENDING, CONFIRMED))
        )
    )
    if entries:
        raise Problem(
            "has_sessions",
            N_(
                "Service is on record for this activity (%(count)s entries), so it cannot be cancelled: void each "
                "entry with its reason first."
            ),
            count=entries,
        )
    slots = select(VolunteerSlot.id).where(VolunteerSlot.activity_id == row.activity_id)
    # Both name a state, so that the numbers of places stay true.
    told = session.execute(
        update(VolunteerSignup)
        .where(VolunteerSignup.slot_id.in_(slots), VolunteerSignup.state.in_((*LIVE, NO_SHOW)))
        .values(
            state=WITHDRAWN, reason=reason, news=True, changed_at=current_site().now(), changed_by=actor.label,
            changed_by_account=actor.account_id,
        )
        .execution_options(synchronize_session=False)
    ).rowcount  # type: ignore[attr-defined]  # fmt: skip
    session.execute(
        update(VolunteerSlot)
        .where(VolunteerSlot.activity_id == row.activity_id)
        .values(taken=0)
        .execution_options(synchronize_session=False)
    )
    session.expire_all()
    _set_state(session, row, CANCELLED, reason, actor)
    return int(told)


def needed_reason(reason: str) -> str:
    """A reason in one line; raises Problem reason_needed, too_long_text."""
    reason = clean_text(reason)
    if not reason:
        raise Problem("reason_needed", N_("Give a reason."), field="reason")
    if len(reason) > MAX_REASON:
        raise Problem(
            "too_long_text", N_("Write at most %(count)s characters."), field="reason", count=MAX_REASON
        )
    return reason


def _set_state(session: Session, row: VolunteerActivity, state: str, reason: str, actor: Actor) -> None:
    if row.state == state:
        return
    before = {"state": row.state, "reason": row.reason}
    row.state, row.reason = state, reason
    touch(row, actor)
    session.flush()
    audit.write(
        session, actor, "volunteer.recruiting_state", "activity", public_id_of(session, row), area_id=row.area_id,
        before=before, after={"state": state, "reason": reason},
    )  # fmt: skip
