"""Claiming: places of a wish go to a person with a team, to an organisation, or by the office to a unit.

One conditional UPDATE (``statements``) takes the places and asks everything that could speak against it; only when it
changed nothing is the reason looked for. Before it the people of the team are held, in one order, so that nobody passes
the limit of open claims by claiming twice at once. A claim is six statements in one transaction: hold the people (and
read the settings), take the places, the claim, its members, the line of the history, the row of the audit log.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from pointsys.plugin import (
    N_,
    Actor,
    Conflict,
    Problem,
    Refused,
    current_site,
    new_public_id,
    table_of,
)

from .. import rules
from ..dispatch.models import WishesOrganisation
from ..events import note
from ..models import (
    ACTIVE,
    CLAIMED,
    EXPIRED,
    PUBLISHED,
    WishesClaim,
    WishesClaimMember,
    WishesWish,
)
from ..settings import WishRules, rules_from
from . import statements

# What was given back counts towards the limit of open claims for so long.
GIVEN_BACK = timedelta(days=1)


@dataclass(frozen=True)
class _Team:
    """The people of a claim under the rows that are kept, in team order, and the settings that rule the wish.

    ``on``: whether micro-wishes are switched on where it is; for people the UPDATE asks that.
    """

    kept: tuple[int, ...]
    public_ids: tuple[str, ...]
    wisher: str
    rules: WishRules
    on: bool = True


@dataclass(frozen=True)
class Taken:
    """A claim that was just made, with the outside ids of its people in team order, and the name of who wishes."""

    claim: WishesClaim
    people: tuple[str, ...]
    wisher: str


def claim(
    session: Session,
    wish: WishesWish,
    people: Sequence[int],
    qty: object,
    actor: Actor,
    organisation: WishesOrganisation | None = None,
) -> WishesClaim:
    """``take``, for those who need no more than the claim."""
    return take(session, wish, people, qty, actor, organisation).claim


def take(
    session: Session,
    wish: WishesWish,
    people: Sequence[int],
    qty: object,
    actor: Actor,
    organisation: WishesOrganisation | None = None,
) -> Taken:
    """Take ``qty`` places of a wish for ``people`` (ids, the claimer first), or for an organisation with those of it.

    Whoever answers from what this gives reads nothing while others wait for the wish. Raises Problem bad_qty or
    bad_team; Conflict not_open, no_slot, already_claimed_by_you or claim_limit; Refused same_household or forbidden.
    Six statements.
    """
    # One more than any wish has is too many already, and no database counts as far as somebody may type.
    places = min(rules.check_qty(qty), rules.MOST_PLACES + 1)
    team = _held(session, wish, people, organisation)
    site = current_site()
    now = site.now()
    asked = {
        "wish": wish.id, "wisher": wish.person_id, "household": wish.household_id, "submitted": wish.submitted_at,
        "kept": team.kept, "places": places, "now": now, "since": now - GIVEN_BACK, "limit": team.rules.open_claims,
        "unit": None if organisation is None else organisation.id,
    }  # fmt: skip
    # What was full when it was read needs no UPDATE to be refused; whether there is room, only the UPDATE says.
    full = wish.state != PUBLISHED or wish.taken + places > wish.slots
    taken = (
        None
        if full
        else session.execute(statements.take_places(organisation is not None), asked).one_or_none()
    )
    if taken is None:
        raise _why_not(session, asked)
    for name in ("taken", "state", "frozen_at"):
        # The loaded wish knows what the UPDATE did, without asking again.
        set_committed_value(wish, name, getattr(taken, name))
    made = _keep(session, wish, team, places, actor, organisation, now, assigned=False)
    return Taken(made, team.public_ids, team.wisher)


def assign(session: Session, wish: WishesWish, organisation: WishesOrganisation, actor: Actor) -> WishesClaim:
    """Give every place of an expired wish to a unit; raises Conflict bad_state, or not_open where the plugin is off.

    ``wish`` is locked by the caller. Who of the unit takes part is said when it is brought.
    """
    rules.check_wish(rules.ASSIGN, wish.state)
    team = _held(session, wish, (), organisation)
    if not team.on:
        raise rules.not_open()
    now = current_site().now()
    places = wish.slots - wish.taken
    wish.taken, wish.state, wish.ended_at = wish.slots, CLAIMED, None
    wish.frozen_at = wish.frozen_at or now
    return _keep(session, wish, team, places, actor, organisation, now, assigned=True)


def _held(
    session: Session, wish: WishesWish, people: Sequence[int], organisation: WishesOrganisation | None
) -> _Team:
    """The team, held until the transaction ends; raises Problem bad_team or Refused forbidden."""
    if not people and organisation is None:
        raise Refused("forbidden", N_("Only people of the roster and organisations claim wishes."))
    if len(set(people)) != len(people) or len(people) > rules.MOST_TEAM:
        raise bad_team()
    about = {"area": wish.area_id, "wisher": wish.person_id}
    if not people:
        row = session.execute(statements.settings_alone(), about).one()
        return _Team((), (), row.wisher_name, _rules(row), row.on)
    rows = session.execute(statements.hold_people(), {"given": list(people), **about}).all()
    kept = {row.given: row.kept for row in rows}
    outside = {row.given: row.public_id for row in rows}
    today = current_site().today()
    gone = any(row.closed or row.died_on or (row.left_on and row.left_on <= today) for row in rows)
    if gone or len(kept) != len(people) or len(set(kept.values())) != len(people):
        raise bad_team()
    return _Team(
        tuple(kept[one] for one in people),
        tuple(outside[one] for one in people),
        rows[0].wisher_name,
        _rules(rows[0]),
    )


def _rules(row: Any) -> WishRules:
    stored = [getattr(row, f"setting_{place}") for place in range(len(statements.SETTINGS))]
    return rules_from(
        {
            key: json.loads(text)
            for key, text in zip(statements.SETTINGS, stored, strict=True)
            if text is not None
        }
    )


def bad_team() -> Problem:
    """The refusal of a team."""
    return Problem(
        "bad_team",
        N_("Name everybody of the team once, at most %(most)s people who belong to the community."),
        field="team",
        most=rules.MOST_TEAM,
    )


def _why_not(session: Session, asked: Mapping[str, Any]) -> Problem:
    """Why the UPDATE changed nothing, the first reason in the order of the rules; one statement."""
    found = session.execute(statements.why_not(asked["unit"] is not None), asked).one()
    if found.state not in (PUBLISHED, CLAIMED) or not found.on:
        return rules.not_open()
    if found.of_the_home:
        return Refused(
            "same_household", N_("A wish is fulfilled by others than the wisher and those they live with.")
        )
    if found.on_it:
        return _already()
    if asked["places"] <= found.left and found.too_many:
        return _claim_limit(asked["limit"])
    # Where nothing stands in the way any more, it went meanwhile: pressing again will do.
    return rules.no_slot()


def _claim_limit(most: int) -> Conflict:
    return Conflict(
        "claim_limit",
        N_(
            "%(most)s claims at a time, with what was given back within a day: bring what you have claimed, then "
            "take the next."
        ),
        most=most,
    )


def check_limit(session: Session, claim: WishesClaim, people: Sequence[int]) -> None:
    """Refuse people who have as many open claims as somebody may have; they are held until the transaction ends.

    For people who agree to be of the team of an active claim. Raises Problem bad_team, Conflict claim_limit. Three
    statements.
    """
    if claim.state != ACTIVE:
        return
    team = _held(session, session.get_one(WishesWish, claim.wish_id), people, None)
    asked = {
        "kept": team.kept, "since": current_site().now() - GIVEN_BACK, "limit": team.rules.open_claims,
    }  # fmt: skip
    if session.scalar(statements.over_limit(), asked):
        raise _claim_limit(team.rules.open_claims)


def _already() -> Conflict:
    return Conflict("already_claimed_by_you", N_("You, or somebody of the team, are on this wish already."))


def _keep(
    session: Session,
    wish: WishesWish,
    team: _Team,
    places: int,
    actor: Actor,
    organisation: WishesOrganisation | None,
    now: datetime,
    *,
    assigned: bool,
) -> WishesClaim:
    made = WishesClaim(
        public_id=new_public_id(),
        wish_id=wish.id,
        person_id=team.kept[0] if team.kept and organisation is None else None,
        organisation_id=None if organisation is None else organisation.id,
        assigned=assigned,
        qty=places,
        state=ACTIVE,
        claimed_at=now,
        claimed_by=actor.label,
        claimed_by_account=actor.account_id,
        contact_due=rules.contact_due(now, team.rules.contact_days),
    )
    session.add(made)
    try:
        session.flush()
        # Whoever claims has agreed; the others were named and have not been asked yet.
        add_members(session, made, enumerate(team.kept), claimer=made.person_id)
    except IntegrityError as error:
        # Side by side with another claim by the same people; the transaction is lost with it.
        raise _already() from error
    note(session, wish, rules.ASSIGN if assigned else rules.CLAIM, actor, "", ACTIVE, claim=made)
    session.flush()
    return made


def add_members(
    session: Session, made: WishesClaim, people: Iterable[tuple[int, int]], claimer: int | None = None
) -> None:
    """Put people on a claim: pairs of place and kept id; all but the claimer are named and still to be asked."""
    rows = [
        {
            "claim_id": made.id,
            "wish_id": made.wish_id,
            "person_id": person,
            "place": place,
            "live": True,
            "agreed_at": made.claimed_at if person == claimer else None,
            "left_at": None,
            "entry_id": None,
        }
        for place, person in people
    ]
    if rows:
        session.execute(insert(table_of(WishesClaimMember)), rows)


def relist(session: Session, wish: WishesWish, actor: Actor, expire_days: int) -> None:
    """Put an expired wish on the wall again, one step further up; raises Conflict bad_state. ``wish`` is locked."""
    rules.check_wish(rules.RELIST, wish.state)
    now = current_site().now()
    wish.state, wish.priority, wish.ended_at = PUBLISHED, wish.priority + 1, None
    wish.published_at, wish.expires_at = now, rules.expires_at(now, expire_days)
    note(session, wish, rules.RELIST, actor, EXPIRED, PUBLISHED)
    session.flush()
