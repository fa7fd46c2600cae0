"""Claiming: places of a wish go to a person with a team, to an organisation, or by the office to a unit.

One conditional UPDATE takes the places and asks everything that could speak against it; only when it changed nothing
is the reason looked for. Before it the people of the team are held, in one order, so that nobody passes the limit of
open claims by claiming twice at once. A claim is six statements in one transaction: hold the people (and read the
settings), take the places, the claim, its members, the line of the history, the row of the audit log.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, exists, false, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased
from sqlalchemy.orm.attributes import set_committed_value

from pointsys.plugin import (
    N_,
    Actor,
    Conflict,
    Person,
    PersonAlias,
    Problem,
    Refused,
    current_site,
    new_public_id,
    ruling_setting,
    table_of,
)

from .. import rules
from ..dispatch.models import WishesOrganisation
from ..events import note
from ..models import (
    ACTIVE,
    CLAIMED,
    EXPIRED,
    LIVE,
    PUBLISHED,
    WishesClaim,
    WishesClaimMember,
    WishesHouseholdMember,
    WishesWish,
)
from ..settings import CONTACT_DAYS, OPEN_CLAIMS, WishRules, rules_from


@dataclass(frozen=True)
class _Team:
    """The people of a claim under the rows that are kept, in team order, and the settings that rule the wish."""

    kept: tuple[int, ...]
    rules: WishRules


def claim(
    session: Session,
    wish: WishesWish,
    people: Sequence[int],
    qty: object,
    actor: Actor,
    organisation: WishesOrganisation | None = None,
) -> WishesClaim:
    """Take ``qty`` places of a wish for ``people`` (ids, the claimer first), or for an organisation with those of it.

    Raises Problem bad_qty or bad_team; Conflict not_open, no_slot, already_claimed_by_you or claim_limit; Refused
    same_household or forbidden. Six statements.
    """
    places = rules.check_qty(qty)
    team = _held(session, wish, people, organisation)
    site = current_site()
    now = site.now()
    taken = session.execute(
        _take(wish, team, places, organisation, now), execution_options={"synchronize_session": False}
    ).one_or_none()
    if taken is None:
        raise _why_not(session, wish, team, places, organisation)
    _told(wish, taken)
    return _keep(session, wish, team, places, actor, organisation, now, assigned=False)


def assign(session: Session, wish: WishesWish, organisation: WishesOrganisation, actor: Actor) -> WishesClaim:
    """Give every place of an expired wish to a unit; raises Conflict bad_state.

    ``wish`` is locked by the caller. Who of the unit takes part is said when it is brought.
    """
    rules.check_wish(rules.ASSIGN, wish.state)
    team = _held(session, wish, (), organisation)
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
    settings = [ruling_setting(wish.area_id, key).label(f"setting_{n}") for n, key in enumerate(_SETTINGS)]
    if not people:
        row = session.execute(select(*settings)).one()
        return _Team((), _rules(row))
    given = aliased(Person)
    query = (
        select(given.id, Person.id, Person.closed, Person.left_on, Person.died_on, *settings)
        .select_from(given)
        .outerjoin(PersonAlias, PersonAlias.merged_id == given.id)
        .join(Person, Person.id == func.coalesce(PersonAlias.kept_id, given.id))
        .where(given.id.in_(people))
        .order_by(Person.id)
        # Weak enough to let entries of these people be recorded meanwhile.
        .with_for_update(key_share=True, of=Person)
    )
    rows = session.execute(query).all()
    kept = {row[0]: row[1] for row in rows}
    today = current_site().today()
    gone = any(row.closed or row.died_on or (row.left_on and row.left_on <= today) for row in rows)
    if gone or len(kept) != len(people) or len(set(kept.values())) != len(people):
        raise bad_team()
    return _Team(tuple(kept[one] for one in people), _rules(rows[0]))


_SETTINGS = (OPEN_CLAIMS, CONTACT_DAYS)


def _rules(row: Any) -> WishRules:
    stored = [getattr(row, f"setting_{n}") for n in range(len(_SETTINGS))]
    return rules_from(
        {key: json.loads(text) for key, text in zip(_SETTINGS, stored, strict=True) if text is not None}
    )


def bad_team() -> Problem:
    """The refusal of a team."""
    return Problem(
        "bad_team",
        N_("Name everybody of the team once, at most %(most)s people who belong to the community."),
        field="team",
        most=rules.MOST_TEAM,
    )


def _take(
    wish: WishesWish, team: _Team, places: int, organisation: WishesOrganisation | None, now: datetime
) -> Any:
    """The one UPDATE: it changes the wish only if nothing speaks against the claim."""
    row = WishesWish
    query = update(row).where(row.id == wish.id, row.state == PUBLISHED, row.taken + places <= row.slots)
    if team.kept:
        query = query.where(~_of(team, row.person_id), ~_shares_household(wish, team), ~_is_on_it(wish, team))
    if organisation is None:
        query = query.where(~_has_too_many(team))
    else:
        query = query.where(~_holds_it(wish, organisation))
    state = case((row.taken + places == row.slots, CLAIMED), else_=PUBLISHED)
    values = {"taken": row.taken + places, "state": state, "frozen_at": func.coalesce(row.frozen_at, now)}
    return query.values(values).returning(row.taken, row.state, row.frozen_at)


def _of(team: _Team, column: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Whether a column names somebody of the team, under any of their rows."""
    merged = select(PersonAlias.merged_id).where(PersonAlias.kept_id.in_(team.kept))
    return or_(column.in_(team.kept), column.in_(merged))


def _shares_household(wish: WishesWish, team: _Team) -> ColumnElement[bool]:
    """Whether somebody of the team lives with the wisher: now, or when the wish was handed in."""
    theirs, own = aliased(WishesHouseholdMember), aliased(WishesHouseholdMember)
    alias = aliased(PersonAlias)
    kept = func.coalesce(
        select(alias.kept_id).where(alias.merged_id == wish.person_id).scalar_subquery(), wish.person_id
    )
    rows = select(PersonAlias.merged_id).where(PersonAlias.kept_id == kept)
    homes = select(theirs.household_id).where(
        theirs.ended_at.is_(None),
        or_(theirs.person_id == wish.person_id, theirs.person_id == kept, theirs.person_id.in_(rows)),
    )
    shared: ColumnElement[bool] = own.household_id.in_(homes)
    if wish.household_id is not None:
        shared = or_(shared, own.household_id == wish.household_id)
    return exists(select(own.id).where(_of(team, own.person_id), own.ended_at.is_(None), shared))


def _is_on_it(wish: WishesWish, team: _Team) -> ColumnElement[bool]:
    member = WishesClaimMember
    return exists(
        select(member.id).where(member.wish_id == wish.id, member.live.is_(True), _of(team, member.person_id))
    )


def _has_too_many(team: _Team) -> ColumnElement[bool]:
    """Whether somebody of the team has as many open claims as somebody may have; those of units do not count."""
    return exists(_too_many(team))


def _too_many(team: _Team) -> Any:
    member, row = WishesClaimMember, WishesClaim
    human = func.coalesce(PersonAlias.kept_id, member.person_id)
    return (
        select(human)
        .select_from(member)
        .join(row, row.id == member.claim_id)
        .outerjoin(PersonAlias, PersonAlias.merged_id == member.person_id)
        .where(
            _of(team, member.person_id), member.live.is_(True), row.state == ACTIVE,
            row.organisation_id.is_(None),
        )
        .group_by(human)
        .having(func.count() >= team.rules.open_claims)
    )  # fmt: skip


def _holds_it(wish: WishesWish, organisation: WishesOrganisation) -> ColumnElement[bool]:
    row = WishesClaim
    return exists(
        select(row.id).where(
            row.wish_id == wish.id, row.organisation_id == organisation.id, row.state.in_(LIVE)
        )
    )


def _told(wish: WishesWish, taken: Any) -> None:
    """Let the loaded wish know what the UPDATE did, without asking again."""
    for name in ("taken", "state", "frozen_at"):
        set_committed_value(wish, name, getattr(taken, name))


def _why_not(
    session: Session, wish: WishesWish, team: _Team, places: int, organisation: WishesOrganisation | None
) -> Problem:
    """Why the UPDATE changed nothing, the first reason in the order of the rules; one statement."""
    row = WishesWish
    home: ColumnElement[bool] = (
        or_(_of(team, row.person_id), _shares_household(wish, team)) if team.kept else false()
    )
    there = [_is_on_it(wish, team)] if team.kept else []
    there += [_holds_it(wish, organisation)] if organisation is not None else []
    many = _has_too_many(team) if organisation is None else false()
    query = select(row.state, row.slots - row.taken, home, or_(false(), *there), many).where(
        row.id == wish.id
    )
    state, left, of_the_home, on_it, too_many = session.execute(query).one()
    if state not in (PUBLISHED, CLAIMED):
        return rules.not_open()
    if of_the_home:
        return Refused(
            "same_household", N_("A wish is fulfilled by others than the wisher and those they live with.")
        )
    if on_it:
        return _already()
    if places <= left and too_many:
        return Conflict(
            "claim_limit",
            N_(
                "%(most)s claims at a time: bring what you have claimed, or give one back, before you take the next."
            ),
            most=team.rules.open_claims,
        )
    # Where nothing stands in the way any more, it went meanwhile: pressing again will do.
    return rules.no_slot()


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
        add_members(session, made, enumerate(team.kept))
    except IntegrityError as error:
        # Side by side with another claim by the same people; the transaction is lost with it.
        raise _already() from error
    note(session, wish, rules.ASSIGN if assigned else rules.CLAIM, actor, "", ACTIVE, claim=made)
    session.flush()
    return made


def add_members(session: Session, made: WishesClaim, people: Iterable[tuple[int, int]]) -> None:
    """Put people on a claim: pairs of place and kept id."""
    rows = [
        {
            "claim_id": made.id,
            "wish_id": made.wish_id,
            "person_id": person,
            "place": place,
            "live": True,
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
