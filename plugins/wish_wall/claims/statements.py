"""The statements of a claim, each built once: many claim at the same moment, and building costs more than running.

Parameters: ``wish`` and ``area`` (ids), ``wisher`` (person), ``household`` (or None) and ``submitted`` of the wish,
``kept`` (kept ids of the team), ``places``, ``now``, ``limit`` (of open claims) and ``unit`` (id of the organisation).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    or_,
    select,
    true,
    update,
)

from pointsys.plugin import Person, PersonAlias, UtcDateTime, ruling_setting, table_of

from ..finding import is_on
from ..models import (
    ACTIVE,
    CLAIMED,
    LIVE,
    PUBLISHED,
    RELEASED,
    WishesClaim,
    WishesClaimMember,
    WishesHouseholdMember,
    WishesWish,
)
from ..settings import CONTACT_DAYS, OPEN_CLAIMS

# The settings that a claim asks for, in the order of the columns.
SETTINGS = (OPEN_CLAIMS, CONTACT_DAYS)

_person, _alias = table_of(Person), table_of(PersonAlias)
_wish, _claim = table_of(WishesWish).c, table_of(WishesClaim).c
_member = table_of(WishesClaimMember).c


def _number(name: str) -> Any:
    return bindparam(name, type_=Integer)


def _settings() -> list[Any]:
    return [
        ruling_setting(_number("area"), key).label(f"setting_{place}") for place, key in enumerate(SETTINGS)
    ]


def _wishers_name() -> Any:
    """The name on the kept row of ``wisher``: what an answer needs is read before anybody has to wait for it."""
    kept, of_wisher = _person.alias("wishing"), _alias.alias("of_wishing")
    merged = select(of_wisher.c.kept_id).where(of_wisher.c.merged_id == _number("wisher")).scalar_subquery()
    query = select(kept.c.name).where(kept.c.id == func.coalesce(merged, _number("wisher")))
    return query.scalar_subquery().label("wisher_name")


@lru_cache
def settings_alone() -> Any:
    """The settings of ``area`` as JSON, who wishes and whether micro-wishes are on, for a claim without people."""
    return select(*_settings(), _wishers_name(), is_on(_number("area")).label("on"))


@lru_cache
def hold_people() -> Any:
    """The people ``given`` with their kept rows, held until the transaction ends; the settings, and who wishes."""
    given = _person.alias("given")
    return (
        select(
            given.c.id.label("given"), _person.c.id.label("kept"), _person.c.public_id, _person.c.closed,
            _person.c.left_on, _person.c.died_on, *_settings(), _wishers_name(),
        )
        .select_from(
            given.outerjoin(_alias, _alias.c.merged_id == given.c.id).join(
                _person, _person.c.id == func.coalesce(_alias.c.kept_id, given.c.id)
            )
        )
        .where(given.c.id.in_(bindparam("given", expanding=True)))
        .order_by(_person.c.id)
        # Weak enough to let entries of these people be recorded meanwhile.
        .with_for_update(key_share=True, of=_person)
    )  # fmt: skip


@lru_cache
def take_places(for_unit: bool) -> Any:
    """The one UPDATE: it changes the wish only if nothing speaks against the claim, and returns what it is then."""
    places = _number("places")
    return (
        update(table_of(WishesWish))
        .where(_wish.id == _number("wish"), _wish.state == PUBLISHED, _wish.taken + places <= _wish.slots)
        .where(is_on(_wish.area_id), ~of_the_home(), ~is_on_it(for_unit), ~has_too_many(for_unit))
        .values(
            taken=_wish.taken + places,
            state=case((_wish.taken + places == _wish.slots, CLAIMED), else_=PUBLISHED),
            frozen_at=func.coalesce(_wish.frozen_at, bindparam("now", type_=UtcDateTime())),
        )
        .returning(_wish.taken, _wish.state, _wish.frozen_at)
    )


@lru_cache
def over_limit() -> Any:
    """Whether somebody of ``kept`` has as many open claims as somebody may have."""
    return select(has_too_many(for_unit=False))


@lru_cache
def why_not(for_unit: bool) -> Any:
    """What speaks against a claim, and what is left of the wish."""
    return select(
        _wish.state,
        is_on(_wish.area_id).label("on"),
        (_wish.slots - _wish.taken).label("left"),
        of_the_home().label("of_the_home"),
        is_on_it(for_unit).label("on_it"),
        has_too_many(for_unit).label("too_many"),
    ).where(_wish.id == _number("wish"))


def _of_team(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a column names somebody of the team, under any of their rows."""
    kept = bindparam("kept", expanding=True, type_=Integer)
    return or_(column.in_(kept), column.in_(select(_alias.c.merged_id).where(_alias.c.kept_id.in_(kept))))


def of_the_home() -> ColumnElement[bool]:
    """Whether somebody of the team is the wisher, or has lived with them since the wish was handed in."""
    wisher = _number("wisher")
    own, theirs = (table_of(WishesHouseholdMember).alias(name) for name in ("own_home", "their_home"))
    of_wisher = _alias.alias("of_wisher")
    kept = func.coalesce(
        select(of_wisher.c.kept_id).where(of_wisher.c.merged_id == wisher).scalar_subquery(), wisher
    )
    rows = select(_alias.c.merged_id).where(_alias.c.kept_id == kept)
    homes = select(theirs.c.household_id).where(
        _lived_there(theirs), or_(theirs.c.person_id == kept, theirs.c.person_id.in_(rows))
    )
    shared = or_(own.c.household_id.in_(homes), own.c.household_id == _number("household"))
    lives_there = select(own.c.id).where(_of_team(own.c.person_id), _lived_there(own), shared)
    return or_(_of_team(_wish.person_id), exists(lives_there))


def _lived_there(member: Any) -> ColumnElement[bool]:
    """Whether a row of a household counts for the wish: nobody opens the way by leaving one."""
    return or_(member.c.ended_at.is_(None), member.c.ended_at > bindparam("submitted", type_=UtcDateTime()))


def is_on_it(for_unit: bool) -> ColumnElement[bool]:
    """Whether somebody of the team, or the organisation, has a live claim on the wish."""
    there = exists(
        select(_member.id).where(
            _member.wish_id == _number("wish"), _member.live == true(), _of_team(_member.person_id)
        )
    )
    if not for_unit:
        return there
    held = select(_claim.id).where(
        _claim.wish_id == _number("wish"), _claim.organisation_id == _number("unit"), _claim.state.in_(LIVE)
    )
    return or_(there, exists(held))


def has_too_many(for_unit: bool) -> ColumnElement[bool]:
    """Whether somebody of the team has as many open claims as somebody may have; those of units do not count, nor those
    in which they were named and did not agree.

    What was given back or left counts for a day more: claiming shows who wishes, and nobody is to read one after the
    other.
    """
    if for_unit:
        return false()
    human = func.coalesce(_alias.c.kept_id, _member.person_id)
    since = bindparam("since", type_=UtcDateTime())
    query = (
        select(human)
        .select_from(
            table_of(WishesClaimMember)
            .join(table_of(WishesClaim), _claim.id == _member.claim_id)
            .outerjoin(_alias, _alias.c.merged_id == _member.person_id)
        )
        .where(
            _of_team(_member.person_id), _claim.organisation_id.is_(None), _member.agreed_at.is_not(None),
            or_(
                and_(_member.live == true(), _claim.state == ACTIVE),
                and_(_claim.state == RELEASED, _claim.ended_at > since),
                _member.left_at > since,
            ),
        )
        .group_by(human)
        .having(func.count() >= _number("limit"))
    )  # fmt: skip
    return exists(query)
