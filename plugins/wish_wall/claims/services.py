"""What is done with a claim after it was made: contact, giving back, bringing, taking away, confirming, voiding.

Each service holds the wish, then the claim, and looks at both anew; so the two phones of a team, and a clock job beside
them, come one after the other. Services take the session first, flush, leave a line of history and an audit row, and
never commit. What a confirmed claim puts into the log is in ``settling``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Attachment,
    Conflict,
    Person,
    Picture,
    Problem,
    Refused,
    attachments,
    canonical_ids,
    clean_lines,
    clean_text,
    current_site,
    rows_of,
    rows_of_actor,
    who_acts,
)

from .. import rules
from ..dispatch.linking import stood_for
from ..dispatch.organisations import organisations_of
from ..events import note
from ..models import (
    CLAIMED,
    CONFIRMED,
    DELIVERED,
    LIVE,
    PUBLISHED,
    REALIZED,
    WITHDRAWN,
    WishesClaim,
    WishesClaimMember,
    WishesEvent,
    WishesWish,
)
from ..people import same_household
from ..settings import rules_in
from . import settling
from .taking import add_members, bad_team, check_limit

# Photos stand under the id of the claim's first member, so that they go when that person is erased.
SUBJECT = "wishes.claim:"
MOST_PHOTOS = 5
MOST_WORDS = 1_000
MOST_THANKS = 500
# Of the reason why a claim ended.
MOST_END = 200


def hold(session: Session, claim: WishesClaim) -> WishesWish:
    """The wish of a claim; both are held until the transaction ends, and are as they stand now."""
    query = select(WishesWish).where(WishesWish.id == claim.wish_id)
    wish = session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()
    session.refresh(claim, with_for_update=True)
    return wish


def members_of(session: Session, claim: WishesClaim) -> list[WishesClaimMember]:
    """Who takes part, in team order; not those who took themselves off."""
    query = select(WishesClaimMember).where(
        WishesClaimMember.claim_id == claim.id, WishesClaimMember.left_at.is_(None)
    )
    return list(session.scalars(query.order_by(WishesClaimMember.place)))


def own_members(session: Session, claim: WishesClaim, actor: Actor) -> list[WishesClaimMember]:
    """The rows of the one who acts in the team: one, or none; more where rows of a human being were merged since."""
    rows = rows_of_actor(session, actor)
    member = WishesClaimMember
    query = select(member).where(
        member.claim_id == claim.id, member.person_id.in_(rows), member.left_at.is_(None)
    )
    return list(session.scalars(query.execution_options(populate_existing=True))) if rows else []


def knows(session: Session, claim: WishesClaim, actor: Actor) -> bool:
    """Whether who acts may know whom the wish is for: somebody who agreed, or who stands for the organisation."""
    if any(one.agreed_at is not None for one in own_members(session, claim, actor)):
        return True
    return claim.organisation_id is not None and _stands_for(session, claim, actor)


def check_answer(session: Session, claim: WishesClaim, actor: Actor) -> None:
    """Refuse whoever was named, has not answered and has too many open claims to do so now; raises Conflict
    claim_limit. Called before the wish is held, for whoever claims holds people first, too.
    """
    asked = [one.person_id for one in own_members(session, claim, actor) if one.agreed_at is None]
    if asked and claim.organisation_id is None:
        check_limit(session, claim, asked)


def is_on(session: Session, claim: WishesClaim, actor: Actor) -> bool:
    """Whether who acts is of the team, or stands for the organisation that claimed."""
    if own_members(session, claim, actor):
        return True
    return claim.organisation_id is not None and _stands_for(session, claim, actor)


def _stands_for(session: Session, claim: WishesClaim, actor: Actor) -> bool:
    return claim.organisation_id in {one.id for one in organisations_of(session, actor)}


def _check_on(session: Session, claim: WishesClaim, actor: Actor, *, staff: bool) -> None:
    """Refuse strangers; ``staff`` acts for a unit that has no account of its own, and for nobody else.

    Whoever was named and acts has agreed thereby.
    """
    if not is_on(session, claim, actor) and not (staff and claim.organisation_id is not None):
        raise Refused("forbidden", N_("Only somebody of the team does this."))
    for one in own_members(session, claim, actor):
        one.agreed_at = one.agreed_at or current_site().now()


def contact(session: Session, claim: WishesClaim, actor: Actor, *, staff: bool = False) -> None:
    """Note that somebody of the team was in touch with the wisher; doing it again is harmless.

    Raises Refused forbidden; Conflict bad_state, or claim_limit for somebody who was named and agrees thereby.
    """
    check_answer(session, claim, actor)
    wish = hold(session, claim)
    _check_on(session, claim, actor, staff=staff)
    rules.check_claim(rules.CONTACT, claim.state)
    if claim.contacted_at is None:
        _note_contact(session, wish, claim)
        note(session, wish, rules.CONTACT, actor, claim.state, claim.state, claim=claim)
        session.flush()


def _note_contact(session: Session, wish: WishesWish, claim: WishesClaim) -> None:
    """From now on it is to be brought, by a day of which the claimers are reminded."""
    claim.contacted_at = current_site().now()
    days = rules_in(session, wish.area_id).deliver_days
    claim.deliver_due = rules.deliver_due(claim.contacted_at, days)


def release(session: Session, claim: WishesClaim, actor: Actor) -> None:
    """Give the places back before anything was brought; raises Refused forbidden and Conflict bad_state."""
    wish = hold(session, claim)
    if not knows(session, claim, actor):
        raise Refused("forbidden", N_("Only somebody of the team who agreed to bring it gives it back."))
    free(session, wish, claim, rules.RELEASE, actor)


def deliver(
    session: Session,
    claim: WishesClaim,
    words: str,
    photos: Sequence[Picture],
    actor: Actor,
    *,
    team: Sequence[int] | None = None,
    staff: bool = False,
) -> None:
    """Say that it was brought, with words, photos or both; of an organisation ``team`` says who took part.

    Raises Problem proof_required, too_long_text, bad_team, too_many_photos; Refused forbidden; Conflict bad_state, or
    claim_limit for somebody who was named and agrees thereby.
    """
    words = clean_lines(words)
    check_answer(session, claim, actor)
    wish = hold(session, claim)
    _check_on(session, claim, actor, staff=staff)
    rules.check_claim(rules.DELIVER, claim.state)
    if not words and not photos:
        raise Problem(
            "proof_required", N_("Say in a few words what you brought, or add a photo."), field="proof"
        )
    rules.within(words, MOST_WORDS, "proof")
    if team is not None and claim.organisation_id is not None:
        _set_team(session, wish, claim, team)
    _keep_photos(session, wish, claim, photos, actor)
    now = current_site().now()
    claim.state, claim.delivered_at, claim.delivery_note = DELIVERED, now, words
    claim.contacted_at = claim.contacted_at or now
    note(session, wish, rules.DELIVER, actor, "active", DELIVERED, claim=claim)
    session.flush()


def _set_team(session: Session, wish: WishesWish, claim: WishesClaim, team: Sequence[int]) -> None:
    """Who of an organisation takes part, instead of whoever was named before."""
    kept = canonical_ids(session, team)
    people = list(dict.fromkeys(kept[one] for one in team))
    left = set(
        session.scalars(
            select(WishesClaimMember.person_id).where(
                WishesClaimMember.claim_id == claim.id, WishesClaimMember.left_at.is_not(None)
            )
        )
    )
    if not left.isdisjoint(rows_of(session, people)):
        raise Problem("bad_team", N_("Somebody whom you picked took themselves off this wish."), field="team")
    if len(people) > rules.MOST_TEAM or same_household(session, wish, people):
        raise bad_team()
    others = select(WishesClaimMember.id).where(
        WishesClaimMember.wish_id == wish.id,
        WishesClaimMember.claim_id != claim.id,
        WishesClaimMember.live.is_(True),
        WishesClaimMember.person_id.in_(rows_of(session, people)),
    )
    if people and session.scalar(others.limit(1)) is not None:
        raise bad_team()
    there = {member.person_id: member for member in members_of(session, claim)}
    for person, member in there.items():
        if person not in people:
            session.delete(member)
    for place, person in enumerate(people):
        if person in there:
            there[person].place = place
    session.flush()
    add_members(session, claim, [pair for pair in enumerate(people) if pair[1] not in there])


def _keep_photos(
    session: Session, wish: WishesWish, claim: WishesClaim, photos: Sequence[Picture], actor: Actor
) -> None:
    if len(photos) > MOST_PHOTOS:
        raise Problem(
            "too_many_photos", N_("At most %(most)s photos are kept here."), field="photos", most=MOST_PHOTOS
        )
    if not photos:
        return
    first = session.scalar(
        select(Person.public_id)
        .join(WishesClaimMember, WishesClaimMember.person_id == Person.id)
        .where(WishesClaimMember.claim_id == claim.id, WishesClaimMember.left_at.is_(None))
        .order_by(WishesClaimMember.place)
        .limit(1)
    )
    for photo in photos:
        attachments.keep(
            session, wish.area_id, photo, actor, subject_type=SUBJECT + claim.public_id,
            subject_id=first or claim.public_id,
        )  # fmt: skip


def photos_of(session: Session, claims: Collection[WishesClaim]) -> dict[str, list[Attachment]]:
    """The photos of some claims by the claims' outside ids, the oldest first; one statement."""
    subjects = {SUBJECT + claim.public_id: claim.public_id for claim in claims}
    found: dict[str, list[Attachment]] = {}
    query = select(Attachment).where(Attachment.subject_type.in_(subjects)).order_by(Attachment.id)
    for photo in session.scalars(query) if subjects else ():
        found.setdefault(subjects[photo.subject_type], []).append(photo)
    return found


def revoke(session: Session, claim: WishesClaim, reason: str, actor: Actor) -> None:
    """Take a claim away before anything was brought; for the office. Raises Problem reason_required or too_long_text,
    Conflict bad_state.
    """
    wish = hold(session, claim)
    free(session, wish, claim, rules.REVOKE, actor, _reason(reason))


def free(
    session: Session, wish: WishesWish, claim: WishesClaim, action: str, actor: Actor, reason: str = ""
) -> None:
    """End a claim by ``action`` and give its places back; both are held. Raises Conflict bad_state."""
    rules.check_claim(action, claim.state)
    before, claim.state = claim.state, rules.CLAIM_TO[action]
    claim.ended_at, claim.end_reason = current_site().now(), reason
    session.execute(
        update(WishesClaimMember).where(WishesClaimMember.claim_id == claim.id).values(live=False),
        execution_options={"synchronize_session": False},
    )
    wish.taken -= claim.qty
    # Without a title its wisher is erased: there is nothing that could hang on the wall again.
    over = not wish.title and not wish.taken
    wish.state, wish.ended_at = (WITHDRAWN, claim.ended_at) if over else (PUBLISHED, None)
    note(session, wish, action, actor, before, claim.state, reason, claim=claim)
    session.flush()


def confirm(
    session: Session,
    claim: WishesClaim,
    rating: object,
    thanks: str,
    minutes: object,
    actor: Actor,
    *,
    staff: bool,
) -> None:
    """Confirm what was brought: by who wished it, or by ``staff`` who had no hand in the claim.

    The shares, and the minutes that the confirmer states, go into the log. Raises Problem bad_rating, bad_minutes,
    too_long_text; Refused self_confirm, forbidden, same_household; Conflict bad_state.
    """
    stars, stated, words = rules.check_rating(rating), rules.check_minutes(minutes), clean_text(thanks)
    rules.within(words, MOST_THANKS, "thanks")
    wish = hold(session, claim)
    _check_other(session, claim, actor)
    if not staff and wish.person_id not in rows_of_actor(session, actor):
        raise Refused("forbidden", N_("Only who made the wish, or the office, confirms this."))
    rules.check_claim(rules.CONFIRM, claim.state)
    members = members_of(session, claim)
    if members and same_household(session, wish, [member.person_id for member in members]):
        # Found out after the claim was made: nobody gains by a wish of their own home.
        raise Refused(
            "same_household", N_("A wish is fulfilled by others than the wisher and those they live with.")
        )
    settling.confirm(session, wish, claim, members, stated, actor)
    now = current_site().now()
    claim.state, claim.confirmed_at = CONFIRMED, now
    claim.confirmed_by, claim.confirmed_by_account = actor.label, actor.account_id
    claim.rating, claim.thanks, claim.minutes = stars, words, stated
    note(session, wish, rules.CONFIRM, actor, DELIVERED, CONFIRMED, claim=claim)
    session.flush()
    _settle_wish(session, wish)


def _check_other(session: Session, claim: WishesClaim, actor: Actor) -> None:
    """Refuse whoever had a hand in the claim: the team, the liaison, who claimed it and who said it was brought."""
    mine = is_on(session, claim, actor) or _was_on(session, claim, actor)
    if not mine and not actor.unrestricted:
        who = who_acts(session, actor)
        hands = session.execute(
            select(WishesEvent.account_id, WishesEvent.actor).where(
                WishesEvent.claim_id == claim.id,
                WishesEvent.action.in_((rules.CLAIM, rules.AGREE, rules.CONTACT, rules.DELIVER)),
            )
        )
        mine = stood_for(session, claim.organisation_id, who.accounts, claim.claimed_at)
        mine = mine or (who.did(claim.claimed_by_account, claim.claimed_by) and not claim.assigned)
        mine = mine or any(who.did(account, label) for account, label in hands)
    if mine:
        raise Refused("self_confirm", N_("Somebody who had no hand in it confirms what was brought."))


def _was_on(session: Session, claim: WishesClaim, actor: Actor) -> bool:
    """Whether who acts agreed to be of the team, though they have left it since."""
    query = select(WishesClaimMember.id).where(
        WishesClaimMember.claim_id == claim.id,
        WishesClaimMember.person_id.in_(rows_of_actor(session, actor)),
        WishesClaimMember.agreed_at.is_not(None),
    )
    return session.scalar(query.limit(1)) is not None


def _settle_wish(session: Session, wish: WishesWish) -> None:
    """The state that follows from the places and the live claims."""
    open_ones = session.scalar(
        select(func.count())
        .select_from(WishesClaim)
        .where(
            WishesClaim.wish_id == wish.id,
            WishesClaim.state.in_([state for state in LIVE if state != CONFIRMED]),
        )
    )
    wish.state = rules.state_after(wish.taken, wish.slots, not open_ones)
    if wish.state == REALIZED:
        wish.ended_at = current_site().now()
    session.flush()


def void(session: Session, claim: WishesClaim, reason: str, actor: Actor) -> None:
    """Reverse a claim that was brought or confirmed: its entries are voided, its places free, the wish open again.

    For the office. Raises Problem reason_required or too_long_text, Conflict bad_state.
    """
    reason = _reason(reason)
    wish = hold(session, claim)
    rules.check_claim(rules.VOID, claim.state)
    if wish.state not in (PUBLISHED, CLAIMED, REALIZED):
        raise Conflict("bad_state", N_("The wish has gone on meanwhile. Look at it again before you go on."))
    settling.void(session, members_of(session, claim), reason, actor)
    free(session, wish, claim, rules.VOID, actor, reason)


def _reason(text: str) -> str:
    reason = clean_text(text)
    if not reason:
        raise Problem("reason_required", N_("Say why in a few words."), field="reason")
    return rules.within(reason, MOST_END, "reason")
