"""What is done with a round or an entrant: each act is posted, asks for its permission again, and leads back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, request, url_for
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Area,
    Problem,
    area_scope,
    current_actor,
    current_area,
    flash_done,
    flash_problem,
    missing,
    parse_date,
    read_photos,
    read_scope,
    require_again,
    show,
    unit_of_work,
)

from . import appealing, notices, publishing, ruling, services, sheets, tally, upheld, withdrawing
from .finding import entrant_in
from .here import entrant_here, own_round, round_here
from .models import COMPUTED, WITHDRAWN, PropertyEntrant, PropertyRound
from .records import PropertyAppeal, PropertyRaterSheet, PropertyVeto

blueprint = Blueprint("property_rounds_acts", __name__)

DECIDE, RATE, RULE = "property.round", "property.rate", "property.rule"
Act = Callable[[Session], Any]


def _act(permission: str, act: Act, done: str | Callable[[], str], place: str) -> Any:
    """One act in a unit of work of its own; ``done`` is the sentence for when it succeeds, ``place`` what follows."""
    area_id = current_area().id
    try:
        with unit_of_work() as session:
            require_again(session, permission, area_id)
            act(session)
    except Problem as problem:
        flash_problem(problem)
    else:
        flash_done(done if isinstance(done, str) else done())
    return redirect(place, 303)


def _page(code: str, round: str, anchor: str | None = None) -> str:
    return url_for("property_rounds.page", code=code, round=round, _anchor=anchor)


def _entrant(code: str, round: str, entrant: str, anchor: str) -> str:
    return url_for("property_rounds.entrant", code=code, round=round, entrant=entrant, _anchor=anchor)


def _text(name: str, most: int = 2000) -> str:
    return request.form.get(name, "")[: most + 1]


def _day(name: str) -> Any:
    """The day of a field, None for an empty one; raises Problem bad_dates."""
    text = request.form.get(name, "").strip()
    if not text:
        return None
    try:
        return parse_date(text)
    except Problem:
        raise Problem("bad_dates", N_("Write a date as 2026-03-07."), field=name) from None


@blueprint.post("/a/<code>/property/rounds/<round>/open")
@area_scope(DECIDE)
def open_(code: str, round: str) -> Any:
    """Open a drafted round."""
    done = N_(
        "The round is open. Print the slips or hang up the poster, and let raters fill in their sheets."
    )

    def act(session: Session) -> None:
        nonlocal done
        if services.open_round(session, own_round(session, round), current_actor()).reuses:
            done = N_("The round is open. Correct sheets and vetoes, then tally.")

    return _act(DECIDE, act, lambda: done, _page(code, round))


@blueprint.post("/a/<code>/property/rounds/<round>/withdraw")
@area_scope(DECIDE)
def withdraw(code: str, round: str) -> Any:
    """Withdraw a draft or a round that collects, or ask for it."""
    done = N_("The withdrawal is asked for. Somebody else of the office has to do it.")

    def act(session: Session) -> None:
        nonlocal done
        held = withdrawing.withdraw(session, own_round(session, round), _text("reason"), current_actor())
        if held.state == WITHDRAWN:
            done = N_("The round is withdrawn. Its estates are free for another one.")

    return _act(DECIDE, act, lambda: done, _page(code, round))


@blueprint.post("/a/<code>/property/rounds/<round>/keep")
@area_scope(DECIDE)
def keep(code: str, round: str) -> Any:
    """Let a round go on whose withdrawal was asked for."""
    return _act(
        DECIDE,
        lambda session: withdrawing.keep(session, own_round(session, round), current_actor()),
        N_("The round goes on."),
        _page(code, round),
    )


@blueprint.post("/a/<code>/property/rounds/<round>/tally")
@area_scope(DECIDE)
def count(code: str, round: str) -> Any:
    """Compute the results."""
    return _act(
        DECIDE,
        lambda session: tally.tally(session, own_round(session, round), current_actor(), _text("reason")),
        N_("The results are computed. Look through them, then publish them."),
        _page(code, round),
    )


@blueprint.route("/a/<code>/property/rounds/<round>/publish", methods=["GET", "POST"])
@area_scope(DECIDE)
def publish(code: str, round: str) -> Any:
    """Preview the notice, and post it."""
    typed, problem = request.form.get("days", "")[:10], None
    if request.method == "POST":
        try:
            _publish(round, int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 4 else 0)
        except Problem as refused:
            if refused.code != "bad_days":
                flash_problem(refused)
                return redirect(_page(code, round), 303)
            problem = refused
        else:
            flash_done(N_("The results are published: companies and owners can appeal until the last day."))
            return redirect(_page(code, round), 303)
    with read_scope() as session:
        found = own_round(session, round)
        area = session.get_one(Area, found.area_id)
        days = services.scheme_of(session, found).publicity_days
        ready = found.state == COMPUTED
        return show(
            "property/round_publish.html",
            422 if problem else 200,
            round=found,
            ready=ready,
            notice=notices.make_notice(session, area, found, days) if ready else None,
            days=typed if problem else days,
            problem=problem,
        )


def _publish(round: str, days: int) -> None:
    area_id = current_area().id
    with unit_of_work() as session:
        require_again(session, DECIDE, area_id)
        found = own_round(session, round)
        publishing.publish(session, found, days, current_actor(), shown=_text("shown", 64))


@blueprint.post("/a/<code>/property/rounds/<round>/down")
@area_scope(DECIDE)
def take_down(code: str, round: str) -> Any:
    """Withdraw the notice because of a mistake."""
    return _act(
        DECIDE,
        lambda session: publishing.take_down(
            session, own_round(session, round), _text("reason"), current_actor()
        ),
        N_("The notice is withdrawn. Put the mistake right, tally again, then publish for the full time."),
        _page(code, round),
    )


@blueprint.post("/a/<code>/property/rounds/<round>/final")
@area_scope(DECIDE)
def final(code: str, round: str) -> Any:
    """Make the results final."""
    return _act(
        DECIDE,
        lambda session: publishing.make_final(session, own_round(session, round), current_actor()),
        N_("The results are final; every estate with a result has its numbered paper."),
        _page(code, round),
    )


@blueprint.post("/a/<code>/property/rounds/<round>/estates/<entrant>/sheets")
@area_scope(RATE)
def sheet(code: str, round: str, entrant: str) -> Any:
    """Fill in a rater's sheet with its evidence."""
    try:
        photos = read_photos()
    except Problem as problem:
        flash_problem(problem)
        return redirect(_entrant(code, round, entrant, "fill"), 303)

    def act(session: Session) -> None:
        found = round_here(session, round)
        sheets.fill_sheet(
            session, found, entrant_here(session, found, entrant), _text("part", 40), _text("rater"),
            _text("value", 40), _text("evidence"), current_actor(), reason=_text("reason"), photos=photos,
        )  # fmt: skip

    return _act(RATE, act, N_("The sheet is recorded."), _entrant(code, round, entrant, "sheets"))


@blueprint.post("/a/<code>/property/rounds/<round>/estates/<entrant>/sheets/<sheet>/back")
@area_scope(RATE)
def sheet_back(code: str, round: str, entrant: str, sheet: str) -> Any:
    """Take a sheet back."""

    def act(session: Session) -> None:
        found = round_here(session, round)
        row = entrant_here(session, found, entrant)
        one = next((s for s in sheets.sheets_of(session, [row.id]) if s.public_id == sheet), None)
        if one is None:
            missing()
        _take_back(session, found, one)

    return _act(RATE, act, N_("The sheet is taken back."), _entrant(code, round, entrant, "sheets"))


def _take_back(session: Session, found: PropertyRound, one: PropertyRaterSheet) -> None:
    sheets.take_back_sheet(session, found, one, _text("reason"), current_actor())


@blueprint.post("/a/<code>/property/rounds/<round>/estates/<entrant>/vetoes")
@area_scope(DECIDE)
def veto(code: str, round: str, entrant: str) -> Any:
    """Record an event of the veto list."""

    def act(session: Session) -> None:
        found = own_round(session, round)
        sheets.record_veto(
            session, found, entrant_here(session, found, entrant), _text("event"), _text("status", 20),
            current_actor(), document_no=_text("document_no"), decided_on=_day("decided_on"),
            about=_text("about"), reason=_text("reason"),
        )  # fmt: skip

    return _act(DECIDE, act, N_("The event is recorded."), _entrant(code, round, entrant, "vetoes"))


@blueprint.post("/a/<code>/property/rounds/<round>/estates/<entrant>/vetoes/<veto>/back")
@area_scope(DECIDE)
def veto_back(code: str, round: str, entrant: str, veto: str) -> Any:
    """Take a veto back."""

    def act(session: Session) -> None:
        found = own_round(session, round)
        row = entrant_here(session, found, entrant)
        one = next((v for v in sheets.vetoes_of(session, [row.id]) if v.public_id == veto), None)
        if one is None:
            missing()
        _lift(session, found, one)

    return _act(DECIDE, act, N_("The event is taken back."), _entrant(code, round, entrant, "vetoes"))


def _lift(session: Session, found: PropertyRound, one: PropertyVeto) -> None:
    sheets.take_back_veto(session, found, one, _text("reason"), current_actor())


@blueprint.post("/a/<code>/property/rounds/<round>/appeals/<appeal>")
@area_scope(RULE)
def rule(code: str, round: str, appeal: str) -> Any:
    """Rule on an appeal."""

    def act(session: Session) -> None:
        found = round_here(session, round)
        ruling.rule(
            session, found, appeal_here(session, found, appeal), _text("outcome", 20), _text("reason"),
            current_actor(), heard_on=_day("heard_on"), hearing=_text("hearing"),
        )  # fmt: skip

    return _act(RULE, act, N_("The ruling is recorded."), _page(code, round, "appeals"))


def appeal_here(session: Session, round_: PropertyRound, public_id: str) -> PropertyAppeal:
    """The appeal of this address, if it is against a result of an estate of the page's area; 404 for any other."""
    found = appealing.appeal_in(session, round_, public_id)
    entrant = None if found is None else session.get_one(PropertyEntrant, found.entrant_id)
    inside = entrant and entrant_in(session, round_, entrant.public_id, current_area().id)
    if found is None or inside is None:
        missing()
    return found


@blueprint.post("/a/<code>/property/rounds/<round>/appeals/<appeal>/unchanged")
@area_scope(DECIDE)
def unchanged(code: str, round: str, appeal: str) -> Any:
    """Write down why an upheld appeal changes nothing of the score."""

    def act(session: Session) -> None:
        found = own_round(session, round)
        upheld.leave_score(
            session, found, appeal_here(session, found, appeal), _text("reason"), current_actor()
        )

    return _act(DECIDE, act, N_("It is written down; both sides read it."), _page(code, round, "appeals"))
