"""Redeeming: find the member, choose what is given, hand it over with the receipt; taking a redemption back."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    ListColumn,
    Paged,
    Person,
    Problem,
    area_scope,
    current_actor,
    current_area,
    current_site,
    export_asked,
    flash_done,
    flash_outcome,
    flash_problem,
    list_args,
    missing,
    new_public_id,
    read_scope,
    require_again,
    send_list,
    show,
    subtree,
    unit_of_work,
)

from . import reading, services, shop
from .folding import printed
from .models import PointsWalletOp
from .reading import STATES, RedemptionLine
from .rules import rule_of

blueprint = Blueprint("points_wallet", __name__)
blueprint.add_app_template_filter(printed, "wallet_points")

REDEMPTIONS = (
    ListColumn(N_("Number"), lambda row: row.public_id),
    ListColumn(N_("Date"), lambda row: current_site().local(row.at).date(), "date"),
    ListColumn(N_("Name"), lambda row: row.name),
    ListColumn(N_("Area"), lambda row: row.area),
    ListColumn(N_("What was given"), lambda row: row.title),
    ListColumn(N_("How many"), lambda row: row.count, "count"),
    ListColumn(N_("Points"), lambda row: row.points, "hundredths"),
    ListColumn(N_("By"), lambda row: row.recorded_by),
    ListColumn(N_("State"), lambda row: str(gettext(STATES[row.state]))),
)


@blueprint.get("/a/<code>/points/wallets")
@area_scope("points.wallet")
def index(code: str) -> Any:
    """Members of the area with what they can redeem: the first step is to find one."""
    args = list_args(size=20)
    area_id = current_area().id
    with read_scope() as session:
        rows, total = reading.holders_page(session, area_id, args.q, limit=args.size, offset=args.offset)
        return show(
            "points/wallets.html",
            args=args,
            page=Paged(rows, total, args.page, args.size),
            rule=rule_of(session, area_id),
        )


def _person_here(session: Session, public_id: str) -> Person:
    found = session.scalar(
        select(Person).where(
            Person.public_id == public_id, Person.area_id.in_(subtree(current_area().id)), Person.closed == ""
        )
    )
    if found is None:
        missing()
    return found


@blueprint.get("/a/<code>/points/wallets/<pid>")
@area_scope("points.wallet")
def person(code: str, pid: str) -> Any:
    """One member's wallet, and what can be given for it."""
    area_id = current_area().id
    with read_scope() as session:
        found = _person_here(session, pid)
        return show(
            "points/wallet_person.html",
            person=found,
            wallet=services.wallets_of(session, [found.id])[found.id],
            items=shop.items_for(session, area_id),
            rule=rule_of(session, found.area_id),
            key=new_public_id(),
        )


@blueprint.post("/a/<code>/points/wallets/<pid>/redeem")
@area_scope("points.wallet")
def redeem(code: str, pid: str) -> Any:
    """Give an item for points."""
    area = current_area()
    count = request.form.get("count", "1").strip()
    try:
        with unit_of_work() as session:
            require_again(session, "points.wallet", area.id)
            found = _person_here(session, pid)
            item = shop.item_for(session, area.id, request.form.get("item", ""))
            if item is None:
                raise Problem("no_item", N_("Choose what is given."), field="item")
            given = services.redeem(
                session, session.merge(area, load=False), found, item,
                int(count) if count.isascii() and count.isdigit() and len(count) < 4 else 0,
                current_actor(), key=_key(request.form.get("key", "")),
            ).public_id  # fmt: skip
    except Problem as problem:
        flash_problem(problem)
        return redirect(url_for("points_wallet.person", code=code, pid=pid), 303)
    flash_done(N_("Redeemed. Hand it over, and let the member sign the receipt."))
    return redirect(url_for("points_wallet.receipt", code=code, redemption=given), 303)


def _key(raw: str) -> str:
    """The form's own key with whose it is, so that nobody meets another one's."""
    return f"form:{current_actor().account_id}:{raw[:40]}" if raw else ""


@blueprint.get("/a/<code>/points/redemptions")
@area_scope("points.wallet")
def redemptions(code: str) -> Any:
    """What was given for points in the area and below."""
    args = list_args("state")
    area_id = current_area().id
    with read_scope() as session:

        def fetch(page: int, size: int) -> Paged[RedemptionLine]:
            rows, total = reading.redemptions(
                session, area_id, args.q, args["state"], limit=size, offset=(page - 1) * size
            )
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Redemptions"), REDEMPTIONS, fetch)
        return show("points/redemptions.html", args=args, page=fetch(args.page, args.size), states=STATES)


def _redemption_here(session: Session, public_id: str) -> PointsWalletOp:
    found = reading.redemption_below(session, current_area().id, public_id)
    if found is None:
        missing()
    return found


@blueprint.get("/a/<code>/points/redemptions/<redemption>")
@area_scope("points.wallet")
def receipt(code: str, redemption: str) -> Any:
    """The receipt of a redemption, to print and sign; and taking it back."""
    with read_scope() as session:
        found = _redemption_here(session, redemption)
        return show(
            "points/receipt.html",
            line=reading.line_of(session, found),
            balance=services.wallets_of(session, [found.person_id])[found.person_id].balance,
            states=STATES,
            most=services.MAX_REASON,
        )


@blueprint.post("/a/<code>/points/redemptions/<redemption>/void")
@area_scope("points.wallet")
def void(code: str, redemption: str) -> Any:
    """Take a redemption back."""
    area_id = current_area().id
    with flash_outcome(N_("Taken back: the points are in the wallet again.")), unit_of_work() as session:
        require_again(session, "points.wallet", area_id)
        found = _redemption_here(session, redemption)
        services.void(session, found, request.form.get("reason", ""), current_actor())
    return redirect(url_for("points_wallet.receipt", code=code, redemption=redemption), 303)
