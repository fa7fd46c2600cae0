"""Tables of ``wallet``: what came in and went out of people's wallets, and what a place's shop offers.

``points_wallet_op`` only grows; a balance is the fold of a human being's operations and stands nowhere. The row of
``points_wallet`` is what writers of one person's operations lock.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.plugin import Base, BigId, append_only, new_public_id

EARN = "earn"
REDEEM = "redeem"
REVERSE = "reverse"
VOID = "void"


class PointsWallet(Base):
    """A person who has a wallet: the row that is locked while something goes in or out."""

    __tablename__ = "points_wallet"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    opened_at: Mapped[datetime]


class PointsShopItem(Base):
    """Something that a place gives for points; ``points`` in hundredths, ``stock`` None: as much as is asked for."""

    __tablename__ = "points_shop_item"
    __table_args__ = (
        Index("ix_points_shop_item_area", "area_id", "id"),
        CheckConstraint("stock >= 0", name="stock"),
        CheckConstraint("points > 0", name="points"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    title: Mapped[str] = mapped_column(String(60))
    detail: Mapped[str] = mapped_column(String(200))
    points: Mapped[int] = mapped_column(Integer)
    stock: Mapped[int | None] = mapped_column(Integer)
    offered: Mapped[bool] = mapped_column(Boolean)
    changed_at: Mapped[datetime]


class PointsWalletOp(Base):
    """One operation on a wallet; ``points`` in hundredths.

    "earn" (``ref`` the sheet that was confirmed, ``last_on`` the last day it can be spent, None: any), "redeem"
    (``item_id``, its ``title`` and how many, ``count``), "reverse" of an earn and "void" of a redemption (``undone_id``
    names it, once).
    """

    __tablename__ = "points_wallet_op"
    __table_args__ = (
        Index("ix_points_wallet_op_person", "person_id", "id"),
        Index("ix_points_wallet_op_area", "area_id", "id"),
        Index("ix_points_wallet_op_ref", "ref"),
        CheckConstraint("points >= 0", name="points"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    type: Mapped[str] = mapped_column(String(8))
    points: Mapped[int] = mapped_column(BigId)
    at: Mapped[datetime]
    earned_on: Mapped[date | None]
    last_on: Mapped[date | None]
    ref: Mapped[str] = mapped_column(String(60))
    key: Mapped[str] = mapped_column(String(100), unique=True)
    item_id: Mapped[int | None] = mapped_column(ForeignKey("points_shop_item.id"))
    title: Mapped[str] = mapped_column(String(60))
    count: Mapped[int] = mapped_column(Integer)
    undone_id: Mapped[int | None] = mapped_column(ForeignKey("points_wallet_op.id"), unique=True)
    reason: Mapped[str] = mapped_column(String(300))
    recorded_by: Mapped[str] = mapped_column(String(100))
    recorded_by_account: Mapped[int | None] = mapped_column(Integer)


append_only(
    "points_wallet_op",
    tuple(column.name for column in PointsWalletOp.__table__.columns),
    ("reason", "recorded_by"),
)
