"""What a confirmed claim becomes: an entry in the log, or an award in the ledger.

Either stands on the word of the member and is confirmed by whoever decides; it is recorded now, not on the day of the
claim, so that nothing known earlier changes. A claim that came in time is accepted however long staff took.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    CONFIRMED,
    N_,
    VOIDED,
    Actor,
    Area,
    Entry,
    EntryDraft,
    Person,
    Problem,
    canonical_ids,
    check_draft,
    current_site,
    decide,
    record,
)

from ..ledger.services import carry_claim, void_claimed
from ..mapping import HOURS
from ..quarters.confirmed import confirmed_until
from ..schemes import period_span, rules_by_area
from ..scoring.periods import MOST_GRACE
from .models import PointsClaim
from .offers import Offer, offers_in
from .rules import Content

SOURCE = "claim"
_HOUR, _SHARE = "hour", "share"
_MINUTES = 60


def check(offer: Offer, content: Content) -> None:
    """Refuse what the log would not take; raises its Problems."""
    if offer.kinds:
        site = current_site()
        check_draft(entry_draft(offer, content, 0), site.now(), site.today())


def entry_draft(offer: Offer, content: Content, person_id: int) -> EntryDraft:
    """A claim as the log takes it: with a beginning as times, else as a quantity."""
    draft = EntryDraft(
        person_id, content.kind_id or 0, content.title, content.on_date, evidence=content.words
    )
    if not offer.asks or content.quantity is None:
        return draft
    if offer.asks == HOURS and content.starts_at is not None:
        minutes = content.quantity * _MINUTES // 100
        return replace(
            draft, starts_at=content.starts_at, ends_at=content.starts_at + timedelta(minutes=minutes)
        )
    return replace(draft, quantity=content.quantity, unit=_HOUR if offer.asks == HOURS else _SHARE)


def confirm(
    session: Session,
    claim: PointsClaim,
    content: Content,
    reason: str,
    actor: Actor,
    *,
    accept_late: bool = False,
) -> None:
    """Put a verified claim where it counts.

    Raises not_offered, period_confirmed, claim_too_late, recorded_already, and those of the log and the ledger.
    """
    area = session.get_one(Area, claim.area_id)
    offer = offers_in(session, area.id, content.on_date).by_item.get(content.item)
    if offer is None:
        raise Problem(
            "not_offered", N_("The scheme of that day has no such item: choose another one."), field="item"
        )
    _check_open(session, claim, reason)
    late = _accepted_late(session, claim, reason, accept_late)
    kept = canonical_ids(session, [claim.person_id])[claim.person_id]
    member = Actor(claim.created_by, claim.created_by_account)
    if not offer.kinds:
        claim.award_id = carry_claim(
            session, area, session.get_one(Person, kept), claim, content, late, reason, actor
        )
        return
    draft = replace(entry_draft(offer, content, kept), source_ref=claim.public_id, accepted_late=late)
    done = record(session, area, [draft], actor, SOURCE, recorder=member)[0]
    if done.outcome != "created":
        raise Problem(
            "recorded_already",
            N_("“%(title)s” stands in the log already for this member and day: reject the claim and say so."),
            title=content.title,
        )
    claim.entry_id = done.entry_id
    decide(session, [done.entry_id], CONFIRMED, reason, actor)


def _check_open(session: Session, claim: PointsClaim, reason: str) -> None:
    until = confirmed_until(session, claim.area_id)
    if until is not None and claim.on_date <= until and not reason:
        raise Problem(
            "period_confirmed",
            N_(
                "The sheet until %(day)s is confirmed already: say why this is added all the same. It does not change "
                "what was printed."
            ),
            field="reason",
            day=until.isoformat(),
        )


def deadline_of(session: Session, area_id: int, on_date: date) -> date | None:
    """The last day on which what happened on ``on_date`` could be claimed; None where the scheme sets none."""
    today = current_site().today()
    ruling = rules_by_area(session, [area_id])[area_id].for_day(on_date, today)
    if ruling is None or ruling[0].scheme.grace_days is None:
        return None
    last = period_span(ruling[0].scheme.period_type, ruling[1])[1]
    return None if last == date.max else last + timedelta(days=min(ruling[0].scheme.grace_days, MOST_GRACE))


def came_too_late(claim: PointsClaim, deadline: date | None) -> bool:
    """Whether a claim was handed in when its period could take nothing more."""
    site = current_site()
    claimed = site.local(claim.submitted_at).date() if claim.submitted_at else site.today()
    return deadline is not None and claimed > deadline


def _accepted_late(session: Session, claim: PointsClaim, reason: str, accept_late: bool) -> str | None:
    """Why the scorer is to count this in spite of the scheme's deadline; None where it need not be asked."""
    deadline = deadline_of(session, claim.area_id, claim.on_date)
    if deadline is None or current_site().today() <= deadline:
        return None
    if not came_too_late(claim, deadline):
        claimed = current_site().local(claim.submitted_at) if claim.submitted_at else current_site().now()
        return str(gettext("claimed in time, on %(day)s", day=claimed.date().isoformat()))
    if not (accept_late and reason):
        raise Problem(
            "claim_too_late",
            N_(
                "The scheme counted claims until %(day)s. Tick “accept it late” and say why, or reject it with that "
                "reason."
            ),
            field="accept_late",
            day=deadline.isoformat(),
        )
    return reason[:200]


def void(session: Session, claim: PointsClaim, reason: str, actor: Actor) -> None:
    """Void what a confirmed claim became; who confirmed it is kept out by the rules of claims."""
    if claim.entry_id is not None:
        status = session.scalar(select(Entry.status).where(Entry.id == claim.entry_id))
        if status != VOIDED:
            decide(session, [claim.entry_id], VOIDED, reason, actor)
    elif claim.award_id is not None:
        void_claimed(session, claim.award_id, reason, actor)
