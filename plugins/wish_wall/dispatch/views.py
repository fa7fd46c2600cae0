"""Staff's pages of wishes that are sent to organisations: the list, the rules by category, sending and calling back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, redirect, request, url_for

from pointsys.plugin import (
    N_,
    Area,
    ListColumn,
    Paged,
    Problem,
    Refused,
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
    read_scope,
    require_again,
    send_list,
    show,
    unit_of_work,
)

from ..finding import wish_below
from ..models import CATEGORIES
from . import organisations, queries, routes, services
from .deadlines import MOST_DAYS
from .queries import OVERDUE, DispatchFilters, DispatchLine
from .services import STATES, USUAL_DAYS, Sending, due_in

blueprint = Blueprint("wishes_dispatch", __name__)

PERMISSION = "wishes.dispatch"
WORDS = {"waiting": N_("waits for an answer"), OVERDUE: N_("overdue"), **STATES}
BADGES = {"sent": "wait", "accepted": "info", "answered": "ok", "returned": "no", "recalled": "off"}
COLUMNS = (
    ListColumn(N_("Number"), lambda row: row.label),
    ListColumn(N_("Wish"), lambda row: row.title),
    ListColumn(N_("Unit"), lambda row: row.organisation),
    ListColumn(N_("Area"), lambda row: row.area),
    ListColumn(N_("Sent on"), lambda row: current_site().local(row.sent_at).date(), "date"),
    ListColumn(N_("Answer by"), lambda row: row.due_on, "date"),
    ListColumn(N_("State"), lambda row: _state_words(row)),
    ListColumn(N_("Reminders"), lambda row: row.reminders, "count"),
    ListColumn(N_("Answer"), lambda row: row.answer),
)


def _state_words(row: DispatchLine) -> str:
    from flask_babel import gettext

    words = str(gettext(WORDS[row.state]))
    return f"{words} · {gettext(WORDS[OVERDUE])}" if row.overdue else words


@blueprint.get("/a/<code>/wishes/dispatch")
@area_scope(PERMISSION)
def index(code: str) -> Any:
    """Wishes that were sent: those that wait first, by their last day."""
    args = list_args("state", "organisation", "category")
    area_id = current_area().id
    filters = DispatchFilters(
        args.q, args["organisation"], args["state"] if args["state"] in WORDS else "", args["category"]
    )
    with read_scope() as session:

        def fetch(page: int, size: int) -> Paged[DispatchLine]:
            rows, total = queries.sent_from(session, area_id, filters, limit=size, offset=(page - 1) * size)
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Wishes sent to units"), COLUMNS, fetch)
        return show(
            "wishes/dispatch_list.html",
            args=args,
            page=fetch(args.page, args.size),
            units=organisations.organisations_below(session, area_id, above=True),
            states=WORDS,
            badges=BADGES,
            categories=CATEGORIES,
        )


@blueprint.get("/a/<code>/wishes/dispatch/open")
@area_scope(PERMISSION)
def waiting(code: str) -> Any:
    """Wishes that could be sent, with the rule that each falls under."""
    args = list_args("category")
    area_id = current_area().id
    wanted = (args["category"],) if args["category"] in CATEGORIES else CATEGORIES
    with read_scope() as session:
        wishes = routes.sendable(session, area_id, wanted)
        return show(
            "wishes/dispatch_open.html",
            args=args,
            wishes=wishes,
            # Each goes by the rule of its own area.
            routes=routes.routes_over(session, {area_id, *(one.area_id for one in wishes)}),
            categories=CATEGORIES,
            most=routes.MOST_AT_ONCE,
        )


@blueprint.post("/a/<code>/wishes/dispatch/open")
@area_scope(PERMISSION)
def send_all(code: str) -> Any:
    """Send the wishes that were picked, each by the rule of its category."""
    area_id = current_area().id
    try:
        with unit_of_work() as session:
            require_again(session, PERMISSION, area_id)
            area = session.get_one(Area, area_id)
            done = routes.send_by_routes(session, area, request.form.getlist("id"), current_actor())
    except Problem as problem:
        flash_problem(problem)
        return redirect(url_for("wishes_dispatch.waiting", code=code), 303)
    flash_done(
        N_("Sent: %(sent)s. Without a rule: %(without)s. Gone on meanwhile: %(refused)s."),
        sent=done.sent, without=done.without, refused=done.refused,
    )  # fmt: skip
    return redirect(url_for("wishes_dispatch.index", code=code), 303)


@blueprint.get("/a/<code>/wishes/dispatch/rules")
@area_scope(PERMISSION)
def rules(code: str) -> Any:
    """Where wishes of each category go."""
    area_id = current_area().id
    with read_scope() as session:
        return show(
            "wishes/dispatch_rules.html",
            routes=routes.routes_in(session, area_id),
            units=organisations.organisations_below(session, area_id, above=True),
            categories=CATEGORIES,
            usual=USUAL_DAYS,
            most=MOST_DAYS,
        )


@blueprint.post("/a/<code>/wishes/dispatch/rules")
@area_scope(PERMISSION)
def set_rules(code: str) -> Any:
    """Keep the rules of an area."""
    area_id = current_area().id
    with (
        flash_outcome(N_("The rules are kept. They hold for wishes that are sent from now on.")),
        unit_of_work() as session,
    ):
        require_again(session, PERMISSION, area_id)
        area = session.get_one(Area, area_id)
        for category in CATEGORIES:
            unit = request.form.get(f"organisation-{category}", "")
            days = _whole(request.form.get(f"days-{category}", ""))
            routes.set_route(session, area, category, unit, days, current_actor())
    return redirect(url_for("wishes_dispatch.rules", code=code), 303)


def _whole(raw: str) -> int:
    raw = raw.strip()
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 5 else 0


@blueprint.get("/a/<code>/wishes/wish/<wish>/send")
@area_scope(PERMISSION)
def send(code: str, wish: str) -> Any:
    """Choose a unit for one wish."""
    return _send_page(wish, None)


def _send_page(wish: str, refused: Problem | None) -> Any:
    """The page to send a wish from; after a refusal with what was typed."""
    area_id = current_area().id
    typed: Mapping[str, str] = request.form if refused else {}
    with read_scope() as session:
        found = wish_below(session, session.get_one(Area, area_id), wish)
        route = routes.routes_in(session, found.area_id).get(found.category)
        try:
            due_on: date | None = due_in(route.days if route else USUAL_DAYS)
        except Problem:
            # The calendar does not know the year: whoever sends it chooses the day.
            due_on = None
        return show(
            "wishes/dispatch_send.html",
            422 if refused else 200,
            refused=refused,
            wish=found,
            chosen=typed.get("organisation", route.organisation.public_id if route else ""),
            due_on=typed.get("due_on", due_on.isoformat() if due_on else "")[:10],
            asked=typed.get("request", ""),
            today=current_site().today(),
            units=organisations.organisations_below(session, found.area_id, above=True),
            earlier=queries.of_wish(session, found),
            sendable=found.state in services.SENDABLE and found.taken < found.slots,
            states=WORDS,
            badges=BADGES,
            most=services.MOST_WORDS,
        )


@blueprint.post("/a/<code>/wishes/wish/<wish>/send")
@area_scope(PERMISSION)
def send_one(code: str, wish: str) -> Any:
    """Send one wish to a unit."""
    area_id = current_area().id
    try:
        with unit_of_work() as session:
            require_again(session, PERMISSION, area_id)
            found = wish_below(session, session.get_one(Area, area_id), wish, lock=True)
            unit = organisations.taking(session, found.area_id, request.form.get("organisation", ""))
            what = Sending(unit, _day(request.form.get("due_on", "")), request.form.get("request", ""))
            made = services.send(session, found, what, current_actor()).public_id
    except Refused:
        raise
    except Problem as problem:
        return _send_page(wish, problem)
    flash_done(N_("The wish is on its way. Its unit sees it on its own page and is reminded in time."))
    return redirect(url_for("wishes_dispatch.page", code=code, dispatch=made), 303)


def _day(raw: str) -> date:
    try:
        return date.fromisoformat(raw.strip()[:10])
    except ValueError:
        raise Problem("bad_due", N_("Choose the last day to answer."), field="due_on") from None


@blueprint.get("/a/<code>/wishes/dispatch/<dispatch>")
@area_scope(PERMISSION)
def page(code: str, dispatch: str) -> Any:
    """One wish that was sent, with what happened to it."""
    with read_scope() as session:
        found = queries.one_below(session, current_area().id, dispatch)
        if found is None:
            missing()
        return show(
            "wishes/dispatch_page.html",
            line=queries.line_of(session, found),
            steps=queries.steps_of(session, found),
            states=WORDS,
            badges=BADGES,
            most=services.MOST_WORDS,
        )


@blueprint.post("/a/<code>/wishes/dispatch/<dispatch>/recall")
@area_scope(PERMISSION)
def recall(code: str, dispatch: str) -> Any:
    """Call a wish back from its unit."""
    area_id = current_area().id
    with flash_outcome(N_("The wish is called back. It can be sent elsewhere.")), unit_of_work() as session:
        require_again(session, PERMISSION, area_id)
        row, wish = services.dispatch_below(session, area_id, dispatch)
        services.recall(session, row, wish, request.form.get("reason", ""), current_actor())
    return redirect(url_for("wishes_dispatch.page", code=code, dispatch=dispatch), 303)
