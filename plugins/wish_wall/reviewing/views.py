"""The office's pages: what waits for a decision, one wish with what the scanner finds, referrals, and settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

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
    list_args,
    read_scope,
    require_again,
    send_list,
    set_setting,
    show,
    unit_of_work,
)

from ..asking.households import household_names
from ..finding import wish_below
from ..people import conflicted
from ..scanning import ACCOUNT, ADDRESS, ID_NUMBER, ILLNESS, NAME, NEED, PHONE, masked, pieces, scan
from ..settings import rules_in
from ..words import CATEGORIES, code_of
from . import queries, services, setting
from .queries import ReferralLine, WaitingLine

blueprint = Blueprint("wishes_reviewing", __name__)

View = Response | tuple[str, int]
REVIEW = "wishes.review"
blueprint.add_app_template_filter(code_of, "referral_code")

FOUND: Mapping[str, str] = {
    PHONE: N_("phone"),
    ID_NUMBER: N_("ID number"),
    ACCOUNT: N_("account"),
    ADDRESS: N_("address"),
    ILLNESS: N_("illness"),
    NEED: N_("hardship"),
    NAME: N_("name"),
}
DONE = {
    "publish": N_("The wish is on the wall."),
    "return": N_("The wish is sent back: who made it reads why and changes it."),
    "reject": N_("The wish is not taken: who made it reads why."),
    "convert": N_("The wish goes on as a referral: who made it follows its number."),
}
COLUMNS = (
    ListColumn(N_("Number"), lambda row: row.code),
    ListColumn(N_("Wish"), lambda row: row.title),
    ListColumn(N_("Wisher"), lambda row: row.name),
    ListColumn(N_("Area"), lambda row: row.area),
    ListColumn(N_("Handed in on"), lambda row: current_site().local(row.submitted_at).date(), "date"),
)
REFERRAL_COLUMNS = (
    ListColumn(N_("Number"), lambda row: row.code),
    ListColumn(N_("Wish"), lambda row: row.title),
    ListColumn(N_("Wisher"), lambda row: row.name),
    ListColumn(N_("Area"), lambda row: row.area),
    ListColumn(N_("Why"), lambda row: row.reason),
    ListColumn(N_("Passed on on"), lambda row: current_site().local(row.created_at).date(), "date"),
    ListColumn(N_("Answer"), lambda row: row.answer),
)


@blueprint.get("/a/<code>/wishes/review")
@area_scope(REVIEW)
def index(code: str) -> View:
    """Wishes that wait for a decision, the one that waits longest first."""
    args = list_args("category", sorts=queries.SORTS, sort="waiting")
    area_id = current_area().id
    with read_scope() as session:

        def fetch(page: int, size: int) -> Paged[WaitingLine]:
            rows, total = queries.waiting_page(
                session, area_id, args.q, args["category"], args.sort, limit=size, offset=(page - 1) * size
            )
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Wishes to be checked"), COLUMNS, fetch)
        page = fetch(args.page, args.size)
        return show(
            "wishes/review_index.html",
            args=args,
            page=page,
            categories=CATEGORIES,
            risky={row.id for row in page.rows if scan(f"{row.title}\n{row.public_text}", (row.name,))},
        )


@blueprint.get("/a/<code>/wishes/review/<wish>")
@area_scope(REVIEW)
def wish(code: str, wish: str) -> View:
    """One wish to decide on: what it says, what must be masked, and what may be done."""
    return _page(wish, None)


def _page(public_id: str, refused: Problem | None) -> View:
    with read_scope() as session:
        area = current_area()
        found = wish_below(session, area, public_id)
        names = services.names_of(session, found)
        typed: Mapping[str, str] = request.form if refused else {}
        title = typed.get("title", found.title)
        text = typed.get("public_text", found.public_text)
        title_finds, text_finds = scan(found.title, names), scan(found.public_text, names)
        left = [*scan(title, names), *scan(text, names)] if refused else []
        return show(
            "wishes/review_wish.html",
            422 if refused else 200,
            wish=found,
            wisher=queries.wisher_of(session, found),
            area=session.get_one(Area, found.area_id),
            household=household_names(session, found.person_id),
            conflict=conflicted(session, found, current_actor()),
            title_pieces=pieces(found.title, title_finds),
            text_pieces=pieces(found.public_text, text_finds),
            kinds=services.kinds_of([*title_finds, *text_finds]),
            left=services.kinds_of(left),
            found_words=FOUND,
            # What is offered is masked already; the reviewer makes sentences of it.
            title=masked(title, names),
            text=masked(text, names),
            reason=typed.get("reason", ""),
            refused=refused,
            rules=rules_in(session, found.area_id),
        )


@blueprint.post("/a/<code>/wishes/review/<wish>")
@area_scope(REVIEW)
def decide(code: str, wish: str) -> View:
    """Publish, return, reject or pass on."""
    area_id, outcome, form = current_area().id, request.form.get("outcome", ""), request.form
    try:
        with unit_of_work() as session:
            require_again(session, REVIEW, area_id)
            found = wish_below(session, current_area(), wish, lock=True)
            services.review(
                session,
                found,
                outcome,
                current_actor(),
                form.get("reason", ""),
                title=form.get("title"),
                public_text=form.get("public_text"),
            )
    except Refused:
        raise
    except Problem as problem:
        return _page(wish, problem)
    flash_done(DONE[outcome])
    return redirect(url_for("wishes_reviewing.index", code=code), 303)


@blueprint.post("/a/<code>/wishes/review/<wish>/text")
@area_scope(REVIEW)
def retext(code: str, wish: str) -> View:
    """Put another text on the wall, before the first claim."""
    area_id = current_area().id
    try:
        with unit_of_work() as session:
            require_again(session, REVIEW, area_id)
            found = wish_below(session, current_area(), wish, lock=True)
            services.retext(
                session,
                found,
                request.form.get("title", ""),
                request.form.get("public_text", ""),
                current_actor(),
            )
    except Refused:
        raise
    except Problem as problem:
        return _page(wish, problem)
    flash_done(N_("The wall shows the new text."))
    return redirect(url_for("wishes_reviewing.wish", code=code, wish=wish), 303)


@blueprint.get("/a/<code>/wishes/referrals")
@area_scope(REVIEW)
def referrals(code: str) -> View:
    """Wishes that were passed on, the open ones first."""
    args = list_args("state")
    area_id = current_area().id
    with read_scope() as session:

        def fetch(page: int, size: int) -> Paged[ReferralLine]:
            rows, total = queries.referrals_page(
                session, area_id, args.q, args["state"], limit=size, offset=(page - 1) * size
            )
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Referrals of wishes"), REFERRAL_COLUMNS, fetch)
        return show("wishes/review_referrals.html", args=args, page=fetch(args.page, args.size))


@blueprint.get("/a/<code>/wishes/referrals/<referral>")
@area_scope(REVIEW)
def referral(code: str, referral: str) -> View:
    """One referral: what it is about, and its answer."""
    with read_scope() as session:
        found, about = queries.referral_below(session, current_area(), referral)
        return show(
            "wishes/review_referral.html",
            referral=found,
            wish=about,
            wisher=queries.wisher_of(session, about),
            area=session.get_one(Area, found.area_id),
        )


@blueprint.post("/a/<code>/wishes/referrals/<referral>/answer")
@area_scope(REVIEW)
def answer(code: str, referral: str) -> View:
    """Say what was done about a referral."""
    area_id = current_area().id
    with flash_outcome(N_("Answered: who made the wish reads it on their page.")), unit_of_work() as session:
        require_again(session, REVIEW, area_id)
        found, about = queries.referral_below(session, current_area(), referral, lock=True)
        services.answer(session, found, about, request.form.get("answer", ""), current_actor())
    return redirect(url_for("wishes_reviewing.referral", code=code, referral=referral), 303)


@blueprint.route("/a/<code>/wishes/settings", methods=["GET", "POST"])
@area_scope("settings.edit")
def settings(code: str) -> View:
    """Limits and deadlines of wishes, for the area and what lies below it."""
    refused: Problem | None = None
    area_id = current_area().id
    if request.method == "POST":
        try:
            with unit_of_work() as session:
                require_again(session, "settings.edit", area_id)
                area = session.get_one(Area, area_id)
                before = setting.values_of(rules_in(session, area_id))
                for name, value in setting.read(request.form).items():
                    if value != before[name]:
                        set_setting(session, area, name, value, current_actor())
        except Problem as problem:
            refused = problem
        else:
            flash_done(N_("The settings are kept."))
            return redirect(url_for("wishes_reviewing.settings", code=code), 303)
    with read_scope() as session:
        shown: dict[str, Any] = setting.shown(rules_in(session, area_id))
        if refused:
            shown |= {name: request.form.get(name, "") for name in shown}
        return show(
            "wishes/review_settings.html",
            422 if refused else 200,
            fields=setting.FIELDS,
            values=shown,
            refused=refused,
        )
