"""Deadlines of wishes in the calendar that somebody's phone subscribes to.

Claims to make contact for and to bring stand there on the day at which their time is over, and for whoever acts for a
unit the days until which it has to answer. Titles name wishes by their number: a calendar is read by more than its
owner, so it says neither what somebody wished for nor who it was.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, time

from flask_babel import gettext
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import CalendarItem, Person, accounts_of_people, current_site, groups

from .dispatch.models import WAITING, WishesDispatch, WishesOrganisation
from .dispatch.pages import units_of
from .models import ACTIVE, WishesClaim, WishesClaimMember, WishesWish
from .words import code_of

MOST = 200


def own_calendar(session: Session, person: Person, since: date) -> Sequence[CalendarItem]:
    """What a person has to do for wishes from ``since`` on; four statements."""
    rows = [row for several in groups(session, [person.id]).values() for row in several]
    accounts = accounts_of_people(session, rows)
    return [*_claims(session, rows, accounts, since), *_answers(session, accounts, since)]


def _claims(
    session: Session, rows: Sequence[int], accounts: Collection[int], since: date
) -> list[CalendarItem]:
    agreed = select(WishesClaimMember.claim_id).where(
        WishesClaimMember.person_id.in_(rows),
        WishesClaimMember.live.is_(True),
        WishesClaimMember.agreed_at.is_not(None),
    )
    found = session.execute(
        select(WishesClaim, WishesWish)
        .join(WishesWish, WishesWish.id == WishesClaim.wish_id)
        .where(
            WishesClaim.state == ACTIVE,
            or_(WishesClaim.id.in_(agreed), WishesClaim.organisation_id.in_(units_of(accounts))),
        )
        .order_by(WishesClaim.contact_due, WishesClaim.id)
        .limit(MOST)
    )
    first = datetime.combine(since, time(), current_site().timezone)
    items = []
    for claim, wish in found:
        due = claim.deliver_due if claim.contacted_at else claim.contact_due
        if due is None or due < first:
            continue
        words = (
            gettext("Bring micro-wish %(code)s", code=code_of(wish))
            if claim.contacted_at
            else gettext("Get in touch: micro-wish %(code)s", code=code_of(wish))
        )
        items.append(
            CalendarItem(
                f"wish-claim-{claim.public_id}",
                words,
                current_site().local(due).date(),
                claim.contacted_at or claim.claimed_at,
                starts_at=due,
                note=str(gettext("The time for it is over then.")),
            )
        )
    return items


def _answers(session: Session, accounts: Collection[int], since: date) -> list[CalendarItem]:
    found = session.execute(
        select(WishesDispatch, WishesWish, WishesOrganisation.name)
        .join(WishesWish, WishesWish.id == WishesDispatch.wish_id)
        .join(WishesOrganisation, WishesOrganisation.id == WishesDispatch.organisation_id)
        .where(
            WishesDispatch.state.in_(WAITING),
            WishesDispatch.due_on >= since,
            WishesDispatch.organisation_id.in_(units_of(accounts)),
        )
        .order_by(WishesDispatch.due_on, WishesDispatch.id)
        .limit(MOST)
    )
    return [
        CalendarItem(
            f"wish-answer-{row.public_id}",
            str(gettext("Answer micro-wish %(code)s for %(unit)s", code=code_of(wish), unit=unit)),
            row.due_on,
            row.sent_at,
        )
        for row, wish, unit in found
    ]
