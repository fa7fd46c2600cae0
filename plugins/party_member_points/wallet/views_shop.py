"""What an area gives for points, and the rules of the wallet."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    ListColumn,
    Paged,
    Problem,
    area_scope,
    current_actor,
    current_area,
    export_asked,
    flash_done,
    list_args,
    may_here,
    missing,
    read_scope,
    require_again,
    send_list,
    set_setting,
    show,
    unit_of_work,
)

from . import shop
from .folding import printed
from .forms import ItemForm, RuleForm, points_of
from .models import PointsShopItem
from .rules import EXPIRIES, SETTING, WINDOWS, WalletRule, rule_of

blueprint = Blueprint("points_shop", __name__)

COLUMNS = (
    ListColumn(N_("What is given"), lambda row: row[0].title),
    ListColumn(N_("Area"), lambda row: row[1]),
    ListColumn(N_("Points"), lambda row: row[0].points, "hundredths"),
    ListColumn(N_("In stock"), lambda row: row[0].stock, "count"),
    ListColumn(N_("On offer"), lambda row: gettext("yes") if row[0].offered else gettext("no")),
)


@blueprint.get("/a/<code>/points/shop")
@area_scope("points.wallet")
def index(code: str) -> Any:
    """The items of the area and below, and the rules in words."""
    args = list_args("state")
    area_id = current_area().id
    with read_scope() as session:
        rows = shop.items_below(session, area_id, args.q, args["state"])

        def fetch(page: int, size: int) -> Paged[Any]:
            return Paged.cut(rows, page, size)

        if export_asked():
            return send_list(N_("Points shop"), COLUMNS, fetch)
        return show(
            "points/shop.html",
            args=args,
            page=fetch(args.page, args.size),
            rule=rule_of(session, area_id),
            expiries=EXPIRIES,
            windows=WINDOWS,
        )


@blueprint.route("/a/<code>/points/shop/new", methods=["GET", "POST"])
@area_scope("points.wallet")
def new(code: str) -> Any:
    """Add an item."""
    area = current_area()
    form = ItemForm(offered=True)
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                require_again(session, "points.wallet", area.id)
                shop.add_item(session, session.merge(area, load=False), _typed(form), current_actor())
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("The item is in the shop."))
            return redirect(url_for("points_shop.index", code=code), 303)
    return show("points/shop_item.html", _status(form), form=form, item=None)


@blueprint.route("/a/<code>/points/shop/<item>", methods=["GET", "POST"])
@area_scope("points.wallet")
def edit(code: str, item: str) -> Any:
    """Change an item, or take it off offer."""
    area_id = current_area().id
    with read_scope() as session:
        known = _item_here(session, item)
        form = ItemForm(
            title=known.title, detail=known.detail, points=printed(known.points), stock=known.stock,
            offered=known.offered,
        )  # fmt: skip
        title, stock = known.title, known.stock
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                require_again(session, "points.wallet", area_id)
                changed = shop.change_item(
                    session, _item_here(session, item), _typed(form), current_actor(), seen_stock=_seen()
                )
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("The item is changed.") if changed else N_("Nothing was changed."))
            return redirect(url_for("points_shop.index", code=code), 303)
    return show("points/shop_item.html", _status(form), form=form, item=item, title=title, stock=stock)


def _item_here(session: Session, public_id: str) -> PointsShopItem:
    found = shop.item_below(session, current_area().id, public_id)
    if found is None:
        missing()
    return found


def _typed(form: ItemForm) -> shop.ItemData:
    return shop.ItemData(
        form.title.data or "",
        form.detail.data or "",
        points_of(form.points.data, "points"),
        form.stock.data,
        bool(form.offered.data),
    )


def _seen() -> int | None:
    """The stock that stood on the form."""
    raw = request.form.get("seen_stock", "")
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 10 else None


def _status(form: ItemForm | RuleForm) -> int:
    return 422 if form.errors or form.problems else 200


@blueprint.route("/a/<code>/points/shop-rules", methods=["GET", "POST"])
@area_scope("points.scheme")
def rules(code: str) -> Any:
    """How long points last and how they are redeemed; what was earned keeps the day it was given."""
    area = current_area()
    with read_scope() as session:
        rule = rule_of(session, area.id)
    form = RuleForm(
        on=rule.on, expiry=rule.expiry, years=rule.years, once_per=rule.once_per,
        min_balance=printed(rule.min_balance), redeem_clears=rule.redeem_clears,
    )  # fmt: skip
    form.expiry.choices = [(key, gettext(text)) for key, text in EXPIRIES.items()]
    form.once_per.choices = [(key, gettext(text)) for key, text in WINDOWS.items()]
    if form.validate_on_submit():
        try:
            wanted = WalletRule(
                bool(form.on.data), form.expiry.data, form.years.data or 0, form.once_per.data,
                points_of(form.min_balance.data or "0", "min_balance", least=0), bool(form.redeem_clears.data),
            )  # fmt: skip
            with unit_of_work() as session:
                require_again(session, "points.scheme", area.id)
                place = session.merge(area, load=False)
                set_setting(session, place, SETTING, wanted.as_setting(), current_actor())
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("The rules of the wallet are changed."))
            back = "points_shop.index" if may_here("points.wallet") else "points_shop.rules"
            return redirect(url_for(back, code=code), 303)
    return show("points/shop_rules.html", _status(form), form=form)
