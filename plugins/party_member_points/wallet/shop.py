"""What places give for points: the items of an area's shop, and changing them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import N_, Actor, Area, Problem, ancestors, audit, clean_text, current_site, subtree

from .models import PointsShopItem
from .services import audit_of

MOST_POINTS = 1_000_000_00
MOST_STOCK = 1_000_000


@dataclass(frozen=True)
class ItemData:
    """An item as it is typed; ``points`` in hundredths, ``stock`` None for as much as is asked for."""

    title: str
    detail: str
    points: int
    stock: int | None
    offered: bool


def items_for(session: Session, area_id: int, *, offered: bool = True) -> Sequence[PointsShopItem]:
    """Items that can be redeemed in an area: its own and those of the areas above it, by points. One statement."""
    query = select(PointsShopItem).where(PointsShopItem.area_id.in_(ancestors(area_id)))
    if offered:
        query = query.where(PointsShopItem.offered.is_(True))
    return session.scalars(query.order_by(PointsShopItem.points, PointsShopItem.id)).all()


STATES = ("offered", "not_offered")


def items_below(
    session: Session, area_id: int, words: str = "", state: str = ""
) -> Sequence[tuple[PointsShopItem, str]]:
    """Items of an area and below with the area's name, those on offer first; in one statement.

    ``words`` is a part of the title, ``state`` one of ``STATES``.
    """
    query = (
        select(PointsShopItem, Area.name)
        .join(Area, Area.id == PointsShopItem.area_id)
        .where(PointsShopItem.area_id.in_(subtree(area_id)))
        .order_by(PointsShopItem.offered.desc(), PointsShopItem.points, PointsShopItem.id)
    )
    return [
        (item, area)
        for item, area in session.execute(query)
        if words in item.title and (state not in STATES or item.offered == (state == "offered"))
    ]


def item_below(session: Session, area_id: int, public_id: str) -> PointsShopItem | None:
    """An item of an area or below; None for every other one."""
    return session.scalar(
        select(PointsShopItem).where(
            PointsShopItem.public_id == public_id, PointsShopItem.area_id.in_(subtree(area_id))
        )
    )


def item_for(session: Session, area_id: int, public_id: str) -> PointsShopItem | None:
    """An item that can be redeemed in an area; None for every other one."""
    return session.scalar(
        select(PointsShopItem).where(
            PointsShopItem.public_id == public_id, PointsShopItem.area_id.in_(ancestors(area_id))
        )
    )


def checked(data: ItemData) -> ItemData:
    """The same with clean texts; raises Problem bad_title, bad_points or bad_stock."""
    title, detail = clean_text(data.title), clean_text(data.detail)
    if not 1 <= len(title) <= 60:
        raise Problem("bad_title", N_("Give it a name of at most 60 characters."), field="title")
    if len(detail) > 200:
        raise Problem("bad_detail", N_("Write %(most)s characters at most."), field="detail", most=200)
    if not 1 <= data.points <= MOST_POINTS:
        raise Problem("bad_points", N_("Give points above zero, with two decimals at most."), field="points")
    if data.stock is not None and not 0 <= data.stock <= MOST_STOCK:
        raise Problem(
            "bad_stock", N_("Give how many there are, or leave it empty for no limit."), field="stock"
        )
    return ItemData(title, detail, data.points, data.stock, data.offered)


def add_item(session: Session, area: Area, data: ItemData, actor: Actor) -> PointsShopItem:
    """A new item of an area's shop."""
    data = checked(data)
    item = PointsShopItem(area_id=area.id, changed_at=current_site().now(), **vars(data))
    session.add(item)
    session.flush()
    audit.write(
        session, actor, "points.item_added", "points_shop_item", item.public_id, area_id=area.id,
        after=audit_of(item),
    )  # fmt: skip
    return item


def change_item(
    session: Session, item: PointsShopItem, data: ItemData, actor: Actor, *, seen_stock: int | None
) -> bool:
    """Change an item; redemptions keep what stood on them. Returns whether anything changed.

    ``seen_stock`` is the stock that stood on the form: raises Problem stock_changed where somebody redeemed meanwhile
    and another stock is asked for.
    """
    data = checked(data)
    session.refresh(item, with_for_update=True)
    if data.stock == seen_stock:
        data = replace(data, stock=item.stock)
    elif item.stock != seen_stock:
        raise Problem(
            "stock_changed", N_("Some were redeemed while you typed: open the item anew and count again."),
            field="stock",
        )  # fmt: skip
    before, wanted = audit_of(item), vars(data)
    if all(getattr(item, name) == value for name, value in wanted.items()):
        return False
    for name, value in wanted.items():
        setattr(item, name, value)
    item.changed_at = current_site().now()
    session.flush()
    audit.write(
        session, actor, "points.item_changed", "points_shop_item", item.public_id, area_id=item.area_id,
        before=before, after=audit_of(item),
    )  # fmt: skip
    return True
