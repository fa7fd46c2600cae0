"""Lists of the wallet's pages: members with what they hold, and redemptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from pointsys.plugin import N_, Area, Person, name_condition, subtree

from ..models import PointsMember
from .folding import Wallet
from .models import REDEEM, PointsWalletOp
from .services import wallets_of

STATES: Mapping[str, str] = {"given": N_("Given"), "voided": N_("Taken back")}


@dataclass(frozen=True)
class Holder:
    """A member with the wallet."""

    public_id: str
    name: str
    area: str
    wallet: Wallet


def holders_page(
    session: Session, area_id: int, query: str, *, limit: int, offset: int
) -> tuple[list[Holder], int]:
    """Members of an area and below by name, with their wallets. Four statements."""
    wanted = (
        select(Person.id, Person.public_id, Person.name, Area.name)
        .join(PointsMember, PointsMember.person_id == Person.id)
        .join(Area, Area.id == Person.area_id)
        .where(Person.area_id.in_(subtree(area_id)), Person.closed == "")
    )
    if query:
        wanted = wanted.where(name_condition(query))
    total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = session.execute(wanted.order_by(Person.sort_key, Person.id).limit(limit).offset(offset)).all()
    wallets = wallets_of(session, [row[0] for row in rows])
    return [Holder(row[1], row[2], row[3], wallets[row[0]]) for row in rows], total


@dataclass(frozen=True)
class RedemptionLine:
    """One redemption of a list; ``voided_at`` None while it stands."""

    public_id: str
    name: str
    area: str
    title: str
    count: int
    points: int
    at: datetime
    recorded_by: str
    voided_at: datetime | None
    voided_by: str
    reason: str

    @property
    def state(self) -> str:
        """One of ``STATES``."""
        return "given" if self.voided_at is None else "voided"


def _redemptions() -> tuple[Select[Any], Any]:
    undone = aliased(PointsWalletOp)
    columns: tuple[Any, ...] = (
        PointsWalletOp.public_id, Person.name, Area.name, PointsWalletOp.title, PointsWalletOp.count,
        PointsWalletOp.points, PointsWalletOp.at, PointsWalletOp.recorded_by, undone.at, undone.recorded_by,
        undone.reason,
    )  # fmt: skip
    query = (
        select(*columns)
        .join(Person, Person.id == PointsWalletOp.person_id)
        .join(Area, Area.id == PointsWalletOp.area_id)
        .outerjoin(undone, undone.undone_id == PointsWalletOp.id)
        .where(PointsWalletOp.type == REDEEM)
    )
    return query, undone


def _line(row: Any) -> RedemptionLine:
    values = [*row[:9], row[9] or "", row[10] or ""]
    return RedemptionLine(*values)


def redemptions(
    session: Session, area_id: int, query: str, state: str, *, limit: int, offset: int
) -> tuple[list[RedemptionLine], int]:
    """Redemptions of an area and below, the newest first, and how many. Two statements."""
    wanted, undone = _redemptions()
    wanted = wanted.where(PointsWalletOp.area_id.in_(subtree(area_id)))
    if query:
        wanted = wanted.where(name_condition(query))
    if state in STATES:
        wanted = wanted.where(undone.id.is_(None) if state == "given" else undone.id.is_not(None))
    total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = session.execute(wanted.order_by(PointsWalletOp.id.desc()).limit(limit).offset(offset))
    return [_line(row) for row in rows], total


def redemption_below(session: Session, area_id: int, public_id: str) -> PointsWalletOp | None:
    """A redemption of an area or below; None for every other one."""
    return session.scalar(
        select(PointsWalletOp).where(
            PointsWalletOp.public_id == public_id,
            PointsWalletOp.type == REDEEM,
            PointsWalletOp.area_id.in_(subtree(area_id)),
        )
    )


def line_of(session: Session, redemption: PointsWalletOp) -> RedemptionLine:
    """A redemption as lists show it."""
    query, _undone = _redemptions()
    return _line(session.execute(query.where(PointsWalletOp.id == redemption.id)).one())
