"""Writing, handing in and deciding on claims. A confirmed one becomes an entry or an award by ``settling``.

Services take the session first, flush, leave an event and an audit row, and never commit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TypeVar

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Attachment,
    Person,
    Picture,
    Problem,
    attachments,
    audit,
    canonical_ids,
    current_site,
    groups,
    new_public_id,
    who_acts,
)

from . import settling
from .models import (
    CONFIRMED,
    DRAFT,
    LIVE,
    OPEN,
    SUBMITTED,
    VERIFIED,
    VOIDED,
    WITHDRAWN,
    PointsClaim,
    PointsClaimEvent,
)
from .offers import Offer, Offers, offers_in
from .rules import (
    MOST_REASON,
    MOST_WORDS,
    WITH_REASON,
    Content,
    Hands,
    check_hand,
    check_step,
    is_late,
    wrong_state,
)

# Photos stand under the member's own id, so that they go when the member is erased; the type names the claim.
SUBJECT = "points.claim:"
MOST_PHOTOS = 5
LARGEST = 100_000_000
Value = TypeVar("Value")


def content_of(claim: PointsClaim) -> Content:
    """What a claim says."""
    return Content(
        claim.item, claim.on_date, claim.title, claim.words, claim.kind_id, claim.starts_at, claim.quantity,
        claim.points, json.loads(claim.attrs or "{}"), claim.late_reason,
    )  # fmt: skip


def draft(session: Session, person: Person, content: Content, actor: Actor) -> PointsClaim:
    """A new claim of ``person``, not handed in yet; raises the Problems of ``check_content``."""
    check_content(offers_in(session, person.area_id, content.on_date), content)
    claim = PointsClaim(
        public_id=new_public_id(),
        person_id=person.id,
        area_id=person.area_id,
        state=DRAFT,
        created_at=current_site().now(),
        created_by=actor.label,
        created_by_account=actor.account_id,
        verified_by="",
        decided_by="",
    )
    _fill(claim, content)
    session.add(claim)
    session.flush()
    _audit(session, claim, "drafted", actor, after={"item": claim.item, "day": claim.on_date})
    return claim


def rewrite(session: Session, claim: PointsClaim, content: Content, actor: Actor) -> PointsClaim:
    """Say something else in a draft or a returned claim; raises wrong_state and those of ``check_content``."""
    claim = locked(session, claim)
    if claim.state not in OPEN:
        raise wrong_state()
    check_content(offers_in(session, claim.area_id, content.on_date), content)
    if content_of(claim) != content:
        _fill(claim, content)
        session.flush()
        _audit(session, claim, "changed", actor, after={"item": claim.item, "day": claim.on_date})
    return claim


def _fill(claim: PointsClaim, content: Content) -> None:
    claim.item, claim.kind_id = content.item, content.kind_id
    claim.on_date, claim.starts_at = content.on_date, content.starts_at
    claim.quantity, claim.points = content.quantity, content.points
    claim.attrs, claim.title, claim.words = content.attrs_text, content.title, content.words
    claim.late_reason, claim.content_key = content.late_reason, content.key()


def check_content(offers: Offers, content: Content) -> Offer:
    """The offer that a claim takes up; raises Problem naming the field: not_offered, title_needed, in_the_future,
    unknown_kind, amount_needed, unknown_choice, points_not_asked, matter_needed, points_out_of_range,
    late_reason_needed, too_long_text, and those of the log."""
    offer = offers.by_item.get(content.item)
    if offer is None:
        raise Problem(
            "not_offered", N_("The scheme of that day has no such item: choose another one."), field="item"
        )
    if not content.title or len(content.title) > 200:
        raise Problem("title_needed", N_("Say in at most 200 characters what you did."), field="title")
    if len(content.words) > MOST_WORDS:
        raise Problem("too_long_text", N_("At most %(count)s characters."), field="words", count=MOST_WORDS)
    today = current_site().today()
    if content.on_date > today:
        raise Problem(
            "in_the_future", N_("This lies in the future; record it when it has happened."), field="day"
        )
    _check_amounts(offer, content)
    if is_late(content.on_date, today) and not content.late_reason:
        raise Problem(
            "late_reason_needed",
            N_("It is more than 30 days since then: say why you claim it only now."),
            field="late_reason",
        )
    settling.check(offer, content)
    return offer


def _check_amounts(offer: Offer, content: Content) -> None:
    if offer.kinds and content.kind_id not in {kind_id for kind_id, _title in offer.kinds}:
        raise Problem("unknown_kind", N_("Say what kind of activity it was."), field="kind")
    if offer.asks and not (content.quantity and 0 < content.quantity <= LARGEST):
        raise Problem("amount_needed", N_("Write how much it was, as a number above zero."), field="quantity")
    if (content.quantity or 0) > LARGEST:
        raise Problem("amount_needed", N_("Write how much it was, as a number above zero."), field="quantity")
    # Any other attribute could change what the event is worth, or take the place of a session.
    if not set(content.attrs) <= {offer.by, offer.matter} - {""}:
        raise Problem("unknown_choice", N_("Choose one of the values offered."), field="choice")
    if content.points is not None and not offer.names_points:
        raise Problem("points_not_asked", N_("The scheme sets the points of this item."), field="points")
    if offer.choices and content.attrs.get(offer.by) not in offer.choices:
        raise Problem("unknown_choice", N_("Choose one of the values offered."), field="choice")
    if offer.matter and not content.attrs.get(offer.matter, "").strip():
        # Asked for when it is written: the award that follows would be refused without it.
        raise Problem(
            "matter_needed",
            N_("Say which matter it is about: of several awards for one matter only the best counts."),
            field="matter",
        )
    if offer.names_points:
        low, high = offer.item.low, offer.item.high
        asked = content.points
        most_allowed = LARGEST if high is None else high * 100
        if asked is None or not low * 100 <= asked <= most_allowed:
            least, most = offer.range
            raise Problem(
                "points_out_of_range",
                N_("The scheme allows %(low)s to %(high)s points here."),
                field="points",
                low=least,
                high=most or "…",
            )


def submit(session: Session, claim: PointsClaim, actor: Actor) -> PointsClaim:
    """Hand a draft or a returned claim in; handing it in twice is harmless.

    Raises wrong_state, claimed_already, proof_needed, and those of ``check_content``.
    """
    claim = locked(session, claim)
    if claim.state == SUBMITTED:
        return claim
    check_step(claim.state, SUBMITTED)
    content = content_of(claim)
    offer = check_content(offers_in(session, claim.area_id, claim.on_date), content)
    if offer.proof_needed and not (claim.words and photos_of(session, claim)):
        raise Problem(
            "proof_needed",
            N_("Points at the committee's discretion need words and a photo: add them first."),
            field="photos",
        )
    rows = _rows_of(session, claim.person_id)
    same = select(PointsClaim.id).where(
        PointsClaim.person_id.in_(rows),
        PointsClaim.content_key == claim.content_key,
        PointsClaim.state.in_(LIVE),
    )
    if session.scalar(same) is not None:
        raise _claimed_already()
    claim.verified_at, claim.verified_by, claim.verified_by_account = None, "", None
    claim.submitted_at = current_site().now()
    try:
        _go(session, claim, SUBMITTED, "", actor)
    except IntegrityError as error:
        # The same act handed in side by side, from two open pages.
        raise _claimed_already() from error
    return claim


def _claimed_already() -> Problem:
    return Problem(
        "claimed_already",
        N_("You have claimed this very act already: look among your claims."),
        field="title",
    )


def withdraw(session: Session, claim: PointsClaim, actor: Actor) -> PointsClaim:
    """Take back what waits or was returned; raises wrong_state."""
    claim = locked(session, claim)
    if claim.state != WITHDRAWN:
        check_step(claim.state, WITHDRAWN)
        _go(session, claim, WITHDRAWN, "", actor)
    return claim


def discard(session: Session, claim: PointsClaim, actor: Actor) -> list[str]:
    """Throw away a draft that was never handed in; returns its photos for ``attachments.discard``."""
    claim = locked(session, claim)
    if claim.state != DRAFT:
        raise wrong_state()
    gone = attachments.remove(session, photos_of(session, claim), actor)
    _audit(session, claim, "discarded", actor)
    session.execute(delete(PointsClaim).where(PointsClaim.id == claim.id))
    session.expunge(claim)
    return gone


def act(
    session: Session,
    claims: Sequence[PointsClaim],
    outcome: str,
    reason: str,
    actor: Actor,
    *,
    accept_late: bool = False,
) -> int:
    """Verify, confirm, return, reject or void claims, all of them or none; returns how many changed.

    Those that are there already are left alone, so that pressing twice is harmless. Raises Problem: wrong_state,
    own_matter, another_person_needed, reason_needed, period_confirmed, recorded_already, and those of the log.
    """
    reason = " ".join(reason.split())
    if len(reason) > MOST_REASON:
        raise Problem("too_long_text", N_("At most %(count)s characters."), field="reason", count=MOST_REASON)
    if outcome in WITH_REASON and not reason:
        raise Problem("reason_needed", N_("Say why in a few words; the member reads it."), field="reason")
    claims = _locked_all(session, claims)
    changing = [claim for claim in claims if claim.state != outcome]
    kept = canonical_ids(session, {claim.person_id for claim in changing})
    who = None if actor.unrestricted else who_acts(session, actor)
    for claim in changing:
        check_step(claim.state, outcome)
        if who is not None:
            check_hand(outcome, hands_of(claim, kept[claim.person_id]), who)
    for claim in changing:
        if outcome == CONFIRMED:
            settling.confirm(session, claim, content_of(claim), reason, actor, accept_late=accept_late)
        elif outcome == VOIDED:
            settling.void(session, claim, reason, actor)
        _note_hand(claim, outcome, actor)
        _go(session, claim, outcome, reason, actor)
    return len(changing)


def hands_of(claim: PointsClaim, kept: int) -> Hands:
    """Who had a hand in a claim; ``kept`` is the kept id of its person."""
    return Hands(
        kept,
        (claim.created_by_account, claim.created_by),
        (claim.verified_by_account, claim.verified_by) if claim.verified_at else None,
        (claim.decided_by_account, claim.decided_by) if claim.decided_at else None,
    )


def _note_hand(claim: PointsClaim, outcome: str, actor: Actor) -> None:
    now = current_site().now()
    if outcome == VERIFIED:
        claim.verified_at, claim.verified_by, claim.verified_by_account = now, actor.label, actor.account_id
    elif outcome == CONFIRMED:
        claim.decided_at, claim.decided_by, claim.decided_by_account = now, actor.label, actor.account_id


def _go(session: Session, claim: PointsClaim, outcome: str, reason: str, actor: Actor) -> None:
    before, claim.state = claim.state, outcome
    session.add(
        PointsClaimEvent(
            claim_id=claim.id,
            outcome=outcome,
            reason=reason,
            digest=content_of(claim).digest(),
            actor=actor.label,
            account_id=actor.account_id,
            at=current_site().now(),
        )
    )
    session.flush()
    _audit(
        session, claim, outcome, actor, before={"state": before}, after={"state": outcome, "reason": reason}
    )


def _audit(
    session: Session,
    claim: PointsClaim,
    event: str,
    actor: Actor,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    audit.write(
        session, actor, f"points.claim_{event}", "points_claim", claim.public_id, area_id=claim.area_id,
        before=before, after=after,
    )  # fmt: skip


def locked(session: Session, claim: PointsClaim) -> PointsClaim:
    """The claim as it stands now, held until the end of the transaction."""
    return _locked_all(session, [claim])[0]


def _locked_all(session: Session, claims: Sequence[PointsClaim]) -> list[PointsClaim]:
    query = select(PointsClaim).where(PointsClaim.id.in_({claim.id for claim in claims}))
    query = query.order_by(PointsClaim.id).with_for_update().execution_options(populate_existing=True)
    found = list(session.scalars(query))
    if len(found) != len({claim.id for claim in claims}):
        raise wrong_state()
    return found


def photos_of(session: Session, claim: PointsClaim) -> list[Attachment]:
    """The photos of a claim, the oldest first."""
    query = select(Attachment).where(Attachment.subject_type == SUBJECT + claim.public_id)
    return list(session.scalars(query.order_by(Attachment.id)))


def keep_photos(session: Session, claim: PointsClaim, photos: Sequence[Picture], actor: Actor) -> None:
    """Add photos to a claim; raises Problem too_many_photos."""
    if photos and len(photos_of(session, claim)) + len(photos) > MOST_PHOTOS:
        raise Problem(
            "too_many_photos", N_("At most %(most)s photos are kept here."), field="photos", most=MOST_PHOTOS
        )
    person = session.get_one(Person, claim.person_id)
    for photo in photos:
        attachments.keep(
            session, claim.area_id, photo, actor, subject_type=SUBJECT + claim.public_id,
            subject_id=person.public_id,
        )  # fmt: skip


def _rows_of(session: Session, person_id: int) -> list[int]:
    return [row for rows in groups(session, [person_id]).values() for row in rows]


def own_claim(session: Session, person_id: int, public_id: str) -> PointsClaim | None:
    """A claim of this human being, by its outside id."""
    return session.scalar(
        select(PointsClaim).where(
            PointsClaim.public_id == public_id, PointsClaim.person_id.in_(_rows_of(session, person_id))
        )
    )


def late_by(claim: PointsClaim, today: date) -> bool:
    """Whether a claim came more than 30 days after the act, by the day on which it was handed in."""
    site = current_site()
    day = site.local(claim.submitted_at).date() if claim.submitted_at else today
    return is_late(claim.on_date, day)
