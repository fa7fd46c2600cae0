"""Publishing a tallied round for objections, and making it final when its time is over and nothing is open.

Nobody does either who acts for a company of the round; and an appeal or an objection that was upheld has to have
changed something, or somebody has to have said why it changes nothing (``upheld``).
"""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pointsys.plugin import (
    CONFIRMED,
    N_,
    Actor,
    Area,
    Conflict,
    Problem,
    confirm_notice,
    current_site,
    publish_notice,
    withdraw_notice,
)

from . import notices, papers, upheld
from .events import note, words
from .finding import bad_state, locked
from .impartial import refuse_interested
from .models import COMPUTED, FINAL, PUBLICITY, SUPERSEDED, PropertyEntrant, PropertyRound
from .records import GATHERING, LAPSED, OPEN, PropertyAppeal, PropertyAppealSupport
from .services import scheme_of
from .tally import changed_since_tally


def publish(
    session: Session, round_: PropertyRound, days: int | None, actor: Actor, *, shown: str = ""
) -> PropertyRound:
    """Post the result of a tallied round for ``days`` working days, those of its scheme if None.

    ``shown`` is the digest of what was previewed. Raises Conflict bad_state or appeal_pending (of an earlier
    publication), Refused own_matter, Problem bad_days, list_changed, calendar_year_missing.
    """
    held = locked(session, round_, COMPUTED)
    refuse_interested(session, held, actor)
    if changed_since_tally(session, held):
        raise Conflict(
            "bad_state", N_("Sheets or vetoes have changed since the tally: tally again, then publish.")
        )
    if open_appeals(session, held):
        raise appeal_pending()
    if upheld.unanswered(session, held):
        raise Conflict(
            "bad_state",
            N_(
                "An appeal was upheld, and nothing of that estate has changed since: correct a sheet or a veto and "
                "tally again, or write down why its score stays."
            ),
        )
    if upheld.objected(session, held):
        raise Conflict(
            "bad_state",
            N_(
                "An objection to the notice was upheld, and nothing was tallied since: correct a sheet or a veto and "
                "tally again, or tally again with the reason why the scores stay."
            ),
        )
    area = session.get_one(Area, held.area_id)
    days = scheme_of(session, held).publicity_days if days is None else days
    posted = publish_notice(session, area, notices.make_notice(session, area, held, days), actor, shown=shown)
    held.state, held.publicity_id = PUBLICITY, posted.id
    note(
        session, held, "published", actor, before={"state": COMPUTED},
        after={
            "state": PUBLICITY, "workdays": days, "last_day": posted.last_day.isoformat(), "sha256": posted.sha256,
            "round_no": held.round_no,
        },
    )  # fmt: skip
    return held


def take_down(session: Session, round_: PropertyRound, reason: str, actor: Actor) -> PropertyRound:
    """Withdraw the notice of a round because of a mistake: it has to be tallied and published anew, for the full time.

    Raises Problem reason_required, Conflict bad_state, Refused own_matter.
    """
    held = locked(session, round_, PUBLICITY)
    refuse_interested(session, held, actor)
    reason = words(reason)
    back_to_computed(session, held, "mistake", reason, actor)
    note(
        session,
        held,
        "taken_down",
        actor,
        reason=reason,
        before={"state": PUBLICITY},
        after={"state": COMPUTED},
    )
    return held


def back_to_computed(session: Session, held: PropertyRound, why: str, reason: str, actor: Actor) -> None:
    """Take a published round back to computed; its notice comes down, and what only gathered supporters lapses."""
    notice = notices.notice_of_round(session, held)
    if notice is not None and not notices.is_down(notice):
        withdraw_notice(session, notice, why, reason, actor)
    held.state = COMPUTED
    lapse_gathering(session, held)
    session.flush()


def has_waiting_signatures(session: Session, round_: PropertyRound) -> bool:
    """Whether signatures that staff entered for an appeal that still gathers were looked at by nobody else."""
    query = (
        select(PropertyAppealSupport.id)
        .join(PropertyAppeal, PropertyAppeal.id == PropertyAppealSupport.appeal_id)
        .join(PropertyEntrant, PropertyEntrant.id == PropertyAppeal.entrant_id)
        .where(
            PropertyEntrant.round_id == round_.id,
            PropertyAppeal.state == GATHERING,
            PropertyAppealSupport.waits.is_(True),
        )
    )
    return session.scalar(query.limit(1)) is not None


def lapse_gathering(session: Session, round_: PropertyRound) -> None:
    """Appeals that did not find enough supporters in time end with the publication that they were against."""
    inside = select(PropertyEntrant.id).where(PropertyEntrant.round_id == round_.id)
    session.execute(
        update(PropertyAppeal)
        .where(PropertyAppeal.entrant_id.in_(inside), PropertyAppeal.state == GATHERING)
        .values(state=LAPSED)
        .execution_options(synchronize_session="fetch")
    )


def open_appeals(session: Session, round_: PropertyRound) -> list[PropertyAppeal]:
    """Appeals of a round that nobody has ruled on."""
    query = (
        select(PropertyAppeal)
        .join(PropertyEntrant, PropertyEntrant.id == PropertyAppeal.entrant_id)
        .where(PropertyEntrant.round_id == round_.id, PropertyAppeal.state == OPEN)
    )
    return list(session.scalars(query.order_by(PropertyAppeal.id)))


def appeal_pending() -> Conflict:
    """What is answered while an appeal is open."""
    return Conflict("appeal_pending", N_("An appeal is open: somebody has to rule on it first."))


def make_final(session: Session, round_: PropertyRound, actor: Actor) -> PropertyRound:
    """Make a published round final: papers are numbered, lists and credit follow, what it replaces is superseded.

    Raises Conflict bad_state, publicity_running or appeal_pending, Refused own_matter, Problem another_person_needed.
    """
    held = locked(session, round_, PUBLICITY)
    refuse_interested(session, held, actor)
    _confirm(session, held, actor)
    lapse_gathering(session, held)
    held.state, held.final_at = FINAL, current_site().now()
    held.final_by, held.final_by_account = actor.label, actor.account_id
    session.flush()
    replaced = _superseded(session, held)
    issued = papers.issue(session, held, replaced, actor)
    note(
        session,
        held,
        "final",
        actor,
        before={"state": PUBLICITY},
        after={"state": FINAL, "documents": issued},
    )
    if replaced is not None:
        note(
            session, replaced, "superseded", actor, reason=held.reason,
            before={"state": FINAL}, after={"state": SUPERSEDED, "by": held.public_id},
        )  # fmt: skip
    _follow(session, held, replaced, actor)
    return held


def _confirm(session: Session, held: PropertyRound, actor: Actor) -> None:
    notice = notices.notice_of_round(session, held)
    if notice is None or notices.is_down(notice):
        raise bad_state()
    if notices.is_running(notice):
        raise Conflict(
            "publicity_running",
            N_("The result can be objected to until %(until)s; it becomes final after that."),
            until=notice.objections_until.isoformat(),
        )
    if open_appeals(session, held):
        raise appeal_pending()
    if has_waiting_signatures(session, held):
        raise Conflict(
            "appeal_pending",
            N_("Signatures for an appeal of owners wait for a second person: look at them first."),
        )
    if notice.state == CONFIRMED:
        return
    try:
        confirm_notice(session, notice, actor)
    except Problem as problem:
        if problem.code == "open_objections":
            raise Conflict("appeal_pending", problem.message) from None
        if problem.code in ("objection_upheld", "wrong_state"):
            raise Conflict("bad_state", problem.message) from None
        raise


def _superseded(session: Session, held: PropertyRound) -> PropertyRound | None:
    if held.replaces_id is None:
        return None
    replaced = locked(session, session.get_one(PropertyRound, held.replaces_id), FINAL)
    replaced.state = SUPERSEDED
    session.flush()
    return replaced


def _follow(session: Session, held: PropertyRound, replaced: PropertyRound | None, actor: Actor) -> None:
    """What results lead to: the lists, and what they put into the credit file."""
    from ..standing import following

    if replaced is not None:
        following.superseded(session, replaced, actor)
    following.final(session, held, actor)
