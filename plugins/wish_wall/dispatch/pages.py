"""What this part counts for an area's first page, and for the own page of whoever acts for a unit."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from flask_babel import gettext
from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import Area, Card, Counts, Person, accounts_of_people, current_site, groups, subtree

from ..models import ACTIVE, WishesClaim, WishesWish
from .linking import LINKS
from .models import WAITING, WishesDispatch, WishesLiaison, WishesOrganisation


def dashboard_counts(area: Area) -> Counts:
    """Answers of units that are late."""
    sent = (
        select(func.count(WishesDispatch.id))
        .join(WishesWish, WishesWish.id == WishesDispatch.wish_id)
        .where(WishesDispatch.state.in_(WAITING), WishesWish.area_id.in_(subtree(area.id)))
    )
    return (sent.where(WishesDispatch.due_on < current_site().today()).scalar_subquery(),)


def dashboard_cards(numbers: Sequence[Any]) -> Sequence[Card]:
    """A card where answers are late."""
    (late,) = numbers
    if not late:
        return ()
    return (
        Card(
            gettext("Wishes that a unit has not answered in time"),
            str(late),
            endpoint="wishes_dispatch.index",
            values={"state": "overdue"},
            permission="wishes.dispatch",
        ),
    )


def units_of(accounts: Collection[int]) -> Select[int]:
    """Ids of the organisations that some accounts act for today, as a sub-query for IN."""
    return (
        select(WishesLiaison.organisation_id)
        .join(WishesOrganisation, WishesOrganisation.id == WishesLiaison.organisation_id)
        .where(WishesLiaison.account_id.in_(accounts), LINKS.acting(WishesOrganisation.area_id))
    )


def member_cards(session: Session, person: Person) -> Sequence[Card]:
    """What the units that somebody acts for have to answer and to bring. Four statements."""
    rows = [row for several in groups(session, [person.id]).values() for row in several]
    accounts = accounts_of_people(session, rows)
    today, now = current_site().today(), current_site().now()
    answers = select(func.count(WishesDispatch.id)).where(
        WishesDispatch.state.in_(WAITING), WishesDispatch.organisation_id.in_(units_of(accounts))
    )
    claims = select(func.count(WishesClaim.id)).where(
        WishesClaim.state == ACTIVE, WishesClaim.organisation_id.in_(units_of(accounts))
    )
    silent = WishesClaim.contacted_at.is_(None) & (WishesClaim.contact_due <= now)
    row = session.execute(
        select(
            (answers.scalar_subquery() + claims.scalar_subquery()).label("all"),
            (
                answers.where(WishesDispatch.due_on < today).scalar_subquery()
                + claims.where(or_(silent, WishesClaim.deliver_due <= now)).scalar_subquery()
            ).label("late"),
        )
    ).one()
    if not row.all:
        return ()
    note = (
        gettext("of them late: %(count)s", count=row.late) if row.late else gettext("to answer, or to bring")
    )
    return (Card(gettext("My unit's wishes"), str(row.all), note, endpoint="wishes_unit.index"),)
