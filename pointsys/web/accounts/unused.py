"""Accounts that nobody uses: which end next, disabling some of them at once, and after how many days it happens."""

from __future__ import annotations

from datetime import timedelta

from flask import redirect, request, url_for
from sqlalchemy import func, select

from pointsys.core.accounts import services
from pointsys.core.accounts.models import Account
from pointsys.core.accounts.unused import DAYS_RANGE, WARNED, set_unused_days, unused_days, unused_since
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem
from pointsys.web.access import area_scope, current_actor, current_area, require_again
from pointsys.web.accounts.frame import View, account_here, blueprint, lines, managed, not_oneself
from pointsys.web.frame import flash_outcome, show
from pointsys.web.lists import Paged, list_args
from pointsys.web.scope import missing

MOST = 500


@blueprint.get("/a/<code>/accounts/unused")
@area_scope("accounts.manage")
def unused(code: str) -> View:
    """Accounts not used for so long that they end within fourteen days, those that end first at the top."""
    args = list_args(sorts=("rest",), sort="rest")
    with read_scope() as session:
        days = unused_days(session)
        limit = current_site().now() - timedelta(days=days) + WARNED
        query = select(Account).where(managed(), unused_since(limit))
        total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
        order = func.coalesce(Account.last_seen_at, Account.created_at)
        rows = session.scalars(query.order_by(order, Account.id).limit(args.size).offset(args.offset)).all()
        page = Paged(lines(session, rows), total, args.page, args.size)
        return show(
            "accounts/unused.html", page=page, days=days, warned=WARNED.days, range=DAYS_RANGE,
            top=current_area().parent_id is None, own=current_actor().account_id,
        )  # fmt: skip


@blueprint.post("/a/<code>/accounts/unused/disable")
@area_scope("accounts.manage")
def disable_picked(code: str) -> View:
    """Disable the picked accounts; one that is not unused any more stops all of it."""
    picked = list(dict.fromkeys(request.form.getlist("id")))
    with flash_outcome(N_("%(n)s accounts are disabled."), n=len(picked)), unit_of_work() as session:
        require_again(session, "accounts.manage", current_area().id)
        if not 0 < len(picked) <= MOST:
            raise Problem("bad_selection", N_("Select between 1 and %(most)s accounts."), most=MOST)
        for public_id in picked:
            found = account_here(session, public_id)
            not_oneself(found)
            if found.disabled_at is None:
                services.disable_account(session, found, current_actor())
    return redirect(url_for("accounts.unused", code=code), 303)


@blueprint.post("/a/<code>/accounts/unused/days")
@area_scope("accounts.manage")
def choose_days(code: str) -> View:
    """Choose after how many days; for the whole site, so only at its top."""
    area = current_area()
    if area.parent_id is not None:
        missing()
    text = request.form.get("days", "").strip()
    days = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0
    with (
        flash_outcome(N_("Accounts are disabled after %(days)s days without use."), days=days),
        unit_of_work() as session,
    ):
        require_again(session, "accounts.manage", current_area().id)
        set_unused_days(session, current_area(), days, current_actor())
    return redirect(url_for("accounts.unused", code=code), 303)
