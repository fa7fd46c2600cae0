"""Who is named in a team without having been asked: they say that they come along, or take themselves off.

Whoever claims names the team, and whoever says afterwards what was done is rarely all of it; so a name alone binds
nobody. The rule, the same for a team of neighbours and for people that an organisation names:

- A named person sees it at once (on "my claims" and on their own page) and answers with one button. Before they agree
  they read neither whom the wish is for nor how to reach them, it does not count towards their open claims, and they
  cannot give the claim back. Whoever gets in touch or says that it is brought has agreed thereby.
- Whoever has agreed may leave until the claim is confirmed, as long as somebody who has agreed stays; the last one
  gives the claim back. Share, minutes and points go to those who stay.
- Silence counts as having taken part, for two others say so: who named them, and who confirms, who had no hand in it
  and sees who has not answered. Were it to count for nothing, those who carry no phone would never get what they did.
- So that nothing stands against anybody's will, whoever never answered may still leave for ``CHANCE`` after the
  confirmation: their entry is voided, with all that followed from it, and their share is nobody's.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from flask_babel import gettext
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pointsys.plugin import N_, SYSTEM, Actor, Attachment, Conflict, Person, Refused, current_site

from .. import rules
from ..events import note
from ..models import ACTIVE, CONFIRMED, WishesClaim, WishesClaimMember
from . import settling
from .services import SUBJECT, check_answer, free, hold, members_of, own_members

# Whoever never answered may leave for so long after the claim was confirmed.
CHANCE = timedelta(days=7)


def agree(session: Session, claim: WishesClaim, actor: Actor) -> None:
    """Say that one comes along, or came; doing it again is harmless.

    Raises Refused forbidden, Conflict bad_state or claim_limit.
    """
    check_answer(session, claim, actor)
    wish = hold(session, claim)
    mine = _mine(session, claim, actor)
    rules.check_claim(rules.AGREE, claim.state)
    mine = [one for one in mine if one.agreed_at is None]
    for one in mine:
        one.agreed_at = current_site().now()
    if mine:
        note(session, wish, rules.AGREE, actor, claim.state, claim.state, claim=claim)
        session.flush()


def leave(session: Session, claim: WishesClaim, actor: Actor) -> None:
    """Take oneself off the team; what was confirmed only within ``CHANCE`` and by whoever never answered.

    Raises Refused forbidden, Conflict bad_state or last_of_team.
    """
    wish = hold(session, claim)
    mine = _mine(session, claim, actor)
    rules.check_claim(rules.LEAVE, claim.state)
    agreed = any(one.agreed_at is not None for one in mine)
    stay = [one for one in members_of(session, claim) if one not in mine]
    if claim.state == CONFIRMED:
        if agreed or not is_open(claim):
            raise Conflict(
                "bad_state", N_("It is confirmed and on your record. If that is wrong, object to the entry.")
            )
        settling.void(
            session, mine, str(gettext("Named in a team, and says that they did not take part.")), actor
        )
    elif agreed and claim.organisation_id is None and all(one.agreed_at is None for one in stay):
        raise Conflict(
            "last_of_team",
            N_(
                "Nobody else has agreed to bring it: give the claim back, or ask the office once it was brought."
            ),
        )
    _take_off(session, claim, mine, stay)
    note(session, wish, rules.LEAVE, actor, claim.state, claim.state, claim=claim)
    session.flush()


def let_go(session: Session, rows: Collection[int]) -> None:
    """Take somebody who is being erased (all their rows) off claims that are still to be brought; what nobody is left
    to bring is given back, for they will never come.
    """
    query = (
        select(WishesClaim)
        .join(WishesClaimMember, WishesClaimMember.claim_id == WishesClaim.id)
        .where(
            WishesClaimMember.person_id.in_(rows),
            WishesClaimMember.live.is_(True),
            WishesClaim.state == ACTIVE,
        )
        .order_by(WishesClaim.id)
        .distinct()
    )
    for claim in session.scalars(query).all():
        wish = hold(session, claim)
        if claim.state != ACTIVE:
            # It was brought, or ended, while this waited.
            continue
        members = members_of(session, claim)
        mine = [one for one in members if one.person_id in rows]
        stay = [one for one in members if one not in mine]
        if claim.organisation_id is None and all(one.agreed_at is None for one in stay):
            free(session, wish, claim, rules.RELEASE, SYSTEM)
        else:
            _take_off(session, claim, mine, stay)
            note(session, wish, rules.LEAVE, SYSTEM, claim.state, claim.state, claim=claim)
            session.flush()


def is_open(claim: WishesClaim) -> bool:
    """Whether somebody who has not answered may still do so."""
    if claim.state != CONFIRMED or claim.confirmed_at is None:
        return claim.state in rules.CLAIM_FROM[rules.LEAVE]
    return current_site().now() < claim.confirmed_at + CHANCE


def may_leave(claim: WishesClaim, *, agreed: bool, others_agreed: bool) -> bool:
    """Whether ``leave`` would let somebody go, for their page."""
    if claim.state not in rules.CLAIM_FROM[rules.LEAVE]:
        return False
    if claim.state == CONFIRMED:
        return not agreed and is_open(claim)
    return not agreed or others_agreed or claim.organisation_id is not None


def _mine(session: Session, claim: WishesClaim, actor: Actor) -> list[WishesClaimMember]:
    mine = own_members(session, claim, actor)
    if not mine:
        raise Refused("forbidden", N_("Only somebody of the team does this."))
    return mine


def _take_off(
    session: Session,
    claim: WishesClaim,
    mine: Sequence[WishesClaimMember],
    stay: Sequence[WishesClaimMember],
) -> None:
    """The rows stay, so that who has read of a wish is known; photos go on under the first of those who stay."""
    now = current_site().now()
    for one in mine:
        one.left_at, one.live = now, False
    left = {one.person_id for one in mine}
    if claim.person_id in left and stay:
        claim.person_id = next((one for one in stay if one.agreed_at is not None), stay[0]).person_id
    if claim.state == ACTIVE:
        return
    heir = session.scalar(select(Person.public_id).where(Person.id == stay[0].person_id)) if stay else None
    session.execute(
        update(Attachment)
        .where(
            Attachment.subject_type == SUBJECT + claim.public_id,
            Attachment.subject_id.in_(select(Person.public_id).where(Person.id.in_(left))),
        )
        .values(subject_id=heir or claim.public_id),
        execution_options={"synchronize_session": False},
    )
