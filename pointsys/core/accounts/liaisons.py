"""Accounts that act for something that is no person (a unit, an organisation, a company): link, list, end.

Whoever keeps such things has a table of links of their own, with the columns ``public_id``, ``account_id``,
``from_on``, ``to_on`` (None: still; both days inside), ``linked_at`` and ``linked_by``, and those that name what the
account is linked to. ``AccountLinks`` is the rule that all these tables share: a link counts while its days last and
while the account holds the role of a liaison over the place; both can be taken away alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, or_, select
from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.accounts.holders import Holder, holders, logins_of
from pointsys.core.accounts.humans import own_accounts
from pointsys.core.accounts.models import RoleGrant
from pointsys.core.actors import Actor
from pointsys.core.areas.models import AreaClosure
from pointsys.core.database import Base
from pointsys.core.permissions import UNIT_LIAISON
from pointsys.core.site import current_site
from pointsys.kit.problems import N_, Conflict, Problem

Row = TypeVar("Row", bound=Base)
LISTED = 200


@dataclass(frozen=True)
class LinkLine:
    """A link as lists show it; ``login`` "" where the account is gone, ``ended_by`` None where nobody keeps it."""

    public_id: str
    login: str
    from_on: date
    to_on: date | None
    linked_by: str
    ended_by: str | None


@dataclass(frozen=True)
class AccountLinks(Generic[Row]):
    """Links of accounts in the table ``model``.

    ``linked`` and ``ended`` are the audit events, ``twice`` says that an account is linked already (a text of the
    catalog), ``refusal`` is the class of what is refused because of the state of the link.
    """

    model: type[Row]
    linked: str
    ended: str
    twice: str
    refusal: type[Problem] = Conflict

    def choices(self, session: Session, area_id: int) -> list[Holder]:
        """Accounts that can be linked to something of an area: liaisons over it, by login. One statement."""
        return holders(session, UNIT_LIAISON, area_id)

    def link(
        self, session: Session, body: Base, area_id: int, account: str, actor: Actor, /, **target: int
    ) -> Row:
        """Let an account (outside id) act for ``body`` from today on.

        ``target`` are the columns of the link that name what it is for, ``area_id`` the area whose liaisons can be
        chosen. Nobody links an account of their own. Raises Problem not_a_liaison or own_matter, and ``refusal``
        already_linked.
        """
        # Locked, so that two who link at once do not both find nothing.
        session.refresh(body, with_for_update=True)
        holder = next((one for one in self.choices(session, area_id) if one.public_id == account), None)
        if holder is None:
            raise Problem(
                "not_a_liaison",
                N_(
                    "Choose an account with the role of a liaison over this area; accounts are given by the"
                    " administrator."
                ),
                field="account",
            )
        if not actor.unrestricted and holder.account_id in own_accounts(session, actor):
            raise Problem("own_matter", N_("Somebody else has to link your own account."), field="account")
        table: Any = self.model
        same = select(table.id).filter_by(account_id=holder.account_id, to_on=None, **target)
        if session.scalar(same.limit(1)) is not None:
            raise self.refusal("already_linked", self.twice, field="account")
        row = table(
            account_id=holder.account_id, from_on=current_site().today(), linked_at=current_site().now(),
            linked_by=actor.label, **target,
        )  # fmt: skip
        session.add(row)
        session.flush()
        audit.write(
            session, actor, self.linked, table.__tablename__, row.public_id, area_id=area_id,
            after={"account": holder.public_id, **target},
        )  # fmt: skip
        made: Row = row
        return made

    def find(self, session: Session, public_id: str, *where: ColumnElement[bool]) -> Row | None:
        """The link of this outside id, locked, as far as it fulfils ``where``."""
        table: Any = self.model
        query = select(self.model).where(table.public_id == public_id, *where)
        return session.scalar(query.with_for_update())

    def end(self, session: Session, row: Row, area_id: int, actor: Actor) -> None:
        """End a locked link at once; raises ``refusal`` link_ended."""
        link: Any = row
        if link.to_on is not None:
            raise self.refusal("link_ended", N_("This link was ended already."))
        self.close(row, actor)
        session.flush()
        audit.write(
            session, actor, self.ended, row.__tablename__, link.public_id, area_id=area_id,
            before={"account": link.account_id},
        )  # fmt: skip

    def close(self, row: Row, actor: Actor) -> None:
        """End a link along with what it is for, whose audit row tells it: yesterday was its last day."""
        link: Any = row
        link.to_on = current_site().today() - timedelta(days=1)
        # Not every table remembers who ended a link.
        if hasattr(link, "ended_at"):
            link.ended_at, link.ended_by = current_site().now(), actor.label

    def lasting(self, day: date | None = None) -> ColumnElement[bool]:
        """The condition that a link's days hold ``day`` (None: today)."""
        table: Any = self.model
        day = day or current_site().today()
        return and_(table.from_on <= day, or_(table.to_on.is_(None), table.to_on >= day))

    def acting(self, area_id: SQLColumnExpression[int], day: date | None = None) -> ColumnElement[bool]:
        """The condition that a link lasts and its account still holds the role over the area in a column."""
        table: Any = self.model
        held = (
            select(RoleGrant.id)
            .join(AreaClosure, AreaClosure.ancestor_id == RoleGrant.area_id)
            .where(
                RoleGrant.account_id == table.account_id,
                RoleGrant.role == UNIT_LIAISON,
                RoleGrant.ended_at.is_(None),
                AreaClosure.descendant_id == area_id,
            )
        )
        return and_(self.lasting(day), held.exists())

    def lines(self, session: Session, **target: int) -> list[LinkLine]:
        """Links for ``target``, those that last first, at most ``LISTED``; two statements."""
        table: Any = self.model
        query = select(self.model).filter_by(**target).order_by(table.to_on.is_not(None), table.id.desc())
        rows: list[Any] = list(session.scalars(query.limit(LISTED)))
        logins = logins_of(session, {row.account_id for row in rows})
        return [
            LinkLine(
                row.public_id, logins.get(row.account_id, ""), row.from_on, row.to_on, row.linked_by,
                getattr(row, "ended_by", None),
            )
            for row in rows
        ]  # fmt: skip
