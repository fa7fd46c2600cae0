"""Rounds with a theme: planning, starting and closing one, and taking unclaimed wishes over into the next.

Services take the session first, flush, leave a row in the audit log and never commit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import update
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Area,
    Conflict,
    Problem,
    audit,
    clean_text,
    current_site,
)

from ..claims import taking
from ..events import note
from ..models import EXPIRED, PUBLISHED, WishesWish
from ..people import conflicted
from ..rules import expires_at
from ..settings import expire_days_by_area
from .models import CLOSED, COLOURS, DRAFT, RUNNING, WishesCampaign
from .queries import unclaimed

STATES = {DRAFT: N_("being prepared"), RUNNING: N_("collecting wishes"), CLOSED: N_("closed")}
COLOUR_WORDS = {
    "red": N_("red"),
    "gold": N_("gold"),
    "green": N_("green"),
    "blue": N_("blue"),
    "violet": N_("violet"),
}
MOST_TITLE = 60
MOST_ABOUT = 500
MOST_DAYS = 400


@dataclass(frozen=True)
class CampaignData:
    """What a round is, as typed; both days inside."""

    title: str
    opens_on: date
    closes_on: date
    about: str = ""
    colour: str = COLOURS[0]

    def checked(self) -> CampaignData:
        """The same in one spelling; raises Problem title_needed, text_too_long, bad_period or bad_colour."""
        title, about = clean_text(self.title), self.about.strip()
        if not title or len(title) > MOST_TITLE:
            raise Problem(
                "title_needed",
                N_("Give a title of 1 to %(most)s characters."),
                field="title",
                most=MOST_TITLE,
            )
        if len(about) > MOST_ABOUT:
            raise Problem(
                "text_too_long", N_("Write %(most)s characters at most."), field="about", most=MOST_ABOUT
            )
        if not 0 <= (self.closes_on - self.opens_on).days <= MOST_DAYS:
            raise Problem(
                "bad_period",
                N_("The last day is not before the first one, nor more than %(most)s days later."),
                field="closes_on",
                most=MOST_DAYS,
            )
        if self.colour not in COLOURS:
            raise Problem("bad_colour", N_("Choose one of the colours offered."), field="colour")
        return CampaignData(title, self.opens_on, self.closes_on, about, self.colour)


def add(session: Session, area: Area, data: CampaignData, actor: Actor) -> WishesCampaign:
    """Prepare a round; raises what ``CampaignData.checked`` raises."""
    campaign = WishesCampaign(
        area_id=area.id, state=DRAFT, created_at=current_site().now(), created_by=actor.label,
        **vars(data.checked()),
    )  # fmt: skip
    session.add(campaign)
    session.flush()
    _audit(session, campaign, "wishes.campaign_added", actor, None, {"title": campaign.title})
    return campaign


def change(session: Session, campaign: WishesCampaign, data: CampaignData, actor: Actor) -> None:
    """Say something else of a round that is not closed; raises Conflict bad_state and what ``checked`` raises."""
    _check(campaign, DRAFT, RUNNING)
    before = {"title": campaign.title, "opens_on": campaign.opens_on, "closes_on": campaign.closes_on}
    for name, value in vars(data.checked()).items():
        setattr(campaign, name, value)
    session.flush()
    after = {"title": campaign.title, "opens_on": campaign.opens_on, "closes_on": campaign.closes_on}
    _audit(session, campaign, "wishes.campaign_changed", actor, before, after)


def start(session: Session, campaign: WishesCampaign, actor: Actor) -> None:
    """Let wishes be made and taken in for a round; raises Conflict bad_state, Problem bad_period when it is over."""
    _check(campaign, DRAFT)
    if campaign.closes_on < current_site().today():
        raise Problem("bad_period", N_("Its last day is over: change its days first."), field="closes_on")
    campaign.state = RUNNING
    session.flush()
    _audit(session, campaign, "wishes.campaign_started", actor, {"state": DRAFT}, {"state": RUNNING})


def close(session: Session, campaign: WishesCampaign, actor: Actor) -> None:
    """End a round; its wishes stay where they are. Raises Conflict bad_state."""
    _check(campaign, RUNNING)
    campaign.state = CLOSED
    session.flush()
    _audit(session, campaign, "wishes.campaign_closed", actor, {"state": RUNNING}, {"state": CLOSED})


def carry_over(session: Session, campaign: WishesCampaign, into: WishesCampaign, actor: Actor) -> int:
    """Take the wishes of a closed round that nobody claimed into another one, before others; returns how many.

    Expired ones come back to the wall, and all of them are there for the full time again. A wish of the actor's own
    household stays. Raises Problem same_campaign, Conflict bad_state.
    """
    _check(campaign, CLOSED)
    if into.id == campaign.id:
        raise Problem("same_campaign", N_("Choose another round to take them into."), field="into")
    _check(into, DRAFT, RUNNING)
    wishes = unclaimed(session, campaign, lock=True)
    days = expire_days_by_area(session, {wish.area_id for wish in wishes}) if wishes else {}
    now, count = current_site().now(), 0
    for wish in wishes:
        if not actor.unrestricted and conflicted(session, wish, actor):
            continue
        if wish.state == EXPIRED:
            taking.relist(session, wish, actor, days[wish.area_id])
            session.flush()
        else:
            session.execute(
                update(WishesWish)
                .where(WishesWish.id == wish.id, WishesWish.state == PUBLISHED)
                .values(priority=WishesWish.priority + 1, expires_at=expires_at(now, days[wish.area_id]))
                .execution_options(synchronize_session=False)
            )
            session.refresh(wish)
        wish.campaign_id = into.id
        note(session, wish, "carry", actor, wish.state, wish.state, into.title)
        count += 1
    session.flush()
    if count:
        audit.write(
            session, actor, "wishes.campaign_carried", "wishes.campaign", campaign.public_id,
            area_id=campaign.area_id, count=count, after={"into": into.public_id},
        )  # fmt: skip
    return count


def _check(campaign: WishesCampaign, *states: str) -> None:
    if campaign.state not in states:
        raise Conflict("bad_state", N_("The round has gone on meanwhile. Look at it again before you go on."))


def _audit(
    session: Session,
    campaign: WishesCampaign,
    event: str,
    actor: Actor,
    before: dict[str, object] | None,
    after: dict[str, object],
) -> None:
    audit.write(
        session, actor, event, "wishes.campaign", campaign.public_id, area_id=campaign.area_id,
        before=before, after=after,
    )  # fmt: skip
