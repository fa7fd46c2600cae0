"""Staff's pages of rounds with a theme."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext, lazy_gettext
from sqlalchemy.orm import Session
from wtforms import DateField, StringField, TextAreaField

from pointsys.plugin import (
    N_,
    Area,
    Form,
    ListColumn,
    Paged,
    Problem,
    area_scope,
    at_most,
    chosen_day,
    current_actor,
    current_area,
    current_site,
    export_asked,
    flash_done,
    flash_problem,
    list_args,
    needed,
    read_scope,
    require_again,
    send_list,
    show,
    unit_of_work,
)

from . import queries, services, sheets
from .models import CLOSED, COLOURS, WishesCampaign
from .queries import CampaignLine
from .services import COLOUR_WORDS, MOST_ABOUT, MOST_TITLE, STATES, CampaignData

blueprint = Blueprint("wishes_campaigns", __name__)

PERMISSION = "wishes.campaign"
BADGES = {"draft": "wait", "running": "ok", "closed": "off"}
COLUMNS = (
    ListColumn(N_("Round of wishes"), lambda row: row.title),
    ListColumn(N_("Area"), lambda row: row.area),
    ListColumn(N_("First day"), lambda row: row.opens_on, "date"),
    ListColumn(N_("Last day"), lambda row: row.closes_on, "date"),
    ListColumn(N_("State"), lambda row: gettext(STATES[row.state])),
    ListColumn(N_("Collected"), lambda row: row.collected, "count"),
    ListColumn(N_("Waiting for somebody"), lambda row: row.waiting, "count"),
    ListColumn(N_("Being fulfilled"), lambda row: row.claimed, "count"),
    ListColumn(N_("Come true"), lambda row: row.realized, "count"),
    ListColumn(N_("Expired"), lambda row: row.expired, "count"),
)


class CampaignForm(Form):
    """What a round is."""

    title = StringField(lazy_gettext("Title"), [needed(), at_most(MOST_TITLE)])
    opens_on = DateField(lazy_gettext("First day"), [needed()])
    closes_on = DateField(lazy_gettext("Last day"), [needed()])
    about = TextAreaField(lazy_gettext("About the round"), [at_most(MOST_ABOUT)])
    colour = StringField(lazy_gettext("Colour"), default=COLOURS[0])

    def data_given(self) -> CampaignData:
        """What was typed, after validation."""
        return CampaignData(
            self.title.data or "", chosen_day(self.opens_on), chosen_day(self.closes_on), self.about.data or "",
            self.colour.data or "",
        )  # fmt: skip


@blueprint.get("/a/<code>/wishes/rounds")
@area_scope(PERMISSION)
def index(code: str) -> Any:
    """Rounds of the area and below, and of those above that hold here."""
    args = list_args("state", size=20)
    area_id = current_area().id
    state = args["state"] if args["state"] in STATES else ""
    with read_scope() as session:
        rows = queries.lines_below(session, area_id, args.q, state)

        def fetch(page: int, size: int) -> Paged[CampaignLine]:
            return Paged.cut(rows, page, size)

        if export_asked():
            return send_list(N_("Rounds of wishes"), COLUMNS, fetch)
        return show(
            "wishes/campaigns.html",
            args=args,
            page=fetch(args.page, args.size),
            states=STATES,
            badges=BADGES,
            sheets=queries.sheets_below(session, area_id)[:5],
            sheet_states=sheets.STATES,
        )


@blueprint.route("/a/<code>/wishes/rounds/new", methods=["GET", "POST"])
@area_scope(PERMISSION)
def new(code: str) -> Any:
    """Prepare a round."""
    form = CampaignForm()
    if form.validate_on_submit():
        area_id = current_area().id
        try:
            with unit_of_work() as session:
                require_again(session, PERMISSION, area_id)
                area = session.get_one(Area, area_id)
                made = services.add(session, area, form.data_given(), current_actor()).public_id
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("The round is prepared. Start it when wishes may be made for it."))
            return redirect(url_for("wishes_campaigns.campaign", code=code, campaign=made), 303)
    return _form(form, None)


def _form(form: CampaignForm, found: CampaignLine | None) -> tuple[str, int]:
    return show(
        "wishes/campaign_edit.html",
        422 if form.errors or form.problems else 200,
        form=form,
        found=found,
        colours=COLOUR_WORDS,
        today=current_site().today(),
    )


@blueprint.get("/a/<code>/wishes/rounds/<campaign>")
@area_scope(PERMISSION)
def campaign(code: str, campaign: str) -> Any:
    """One round: how far it is, its sheets, and what can be done with it."""
    area_id = current_area().id
    with read_scope() as session:
        found = queries.campaign_below(session, area_id, campaign, above=True)
        (line,) = queries.lines_below(session, area_id, only=found.id)
        return show(
            "wishes/campaign.html",
            line=line,
            own=_own(session, area_id, found),
            states=STATES,
            badges=BADGES,
            sheets=queries.sheets_below(session, area_id, found),
            sheet_states=sheets.STATES,
            unclaimed=len(queries.unclaimed(session, found)) if found.state == CLOSED else 0,
            others=[one for one in queries.open_for(session, found.area_id) if one.id != found.id],
            running=found in queries.running(session, area_id, current_site().today()),
        )


def _own(session: Session, area_id: int, found: WishesCampaign) -> bool:
    """Whether it can be changed here; a round of an area above is changed there."""
    from pointsys.plugin import subtree

    return found.area_id in set(session.scalars(subtree(area_id)))


@blueprint.route("/a/<code>/wishes/rounds/<campaign>/edit", methods=["GET", "POST"])
@area_scope(PERMISSION)
def edit(code: str, campaign: str) -> Any:
    """Say something else of a round."""
    area_id = current_area().id
    with read_scope() as session:
        found = queries.campaign_below(session, area_id, campaign)
        (line,) = queries.lines_below(session, area_id, only=found.id)
    form = CampaignForm(obj=line)
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                require_again(session, PERMISSION, area_id)
                row = queries.campaign_below(session, area_id, campaign, lock=True)
                services.change(session, row, form.data_given(), current_actor())
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("The round is changed."))
            return redirect(url_for("wishes_campaigns.campaign", code=code, campaign=campaign), 303)
    return _form(form, line)


def _act(code: str, campaign: str, act: Callable[[Session, WishesCampaign], object], done: str) -> Any:
    area_id = current_area().id
    try:
        with unit_of_work() as session:
            require_again(session, PERMISSION, area_id)
            count = act(session, queries.campaign_below(session, area_id, campaign, lock=True))
    except Problem as problem:
        flash_problem(problem)
    else:
        flash_done(done, n=count)
    return redirect(url_for("wishes_campaigns.campaign", code=code, campaign=campaign), 303)


@blueprint.post("/a/<code>/wishes/rounds/<campaign>/start")
@area_scope(PERMISSION)
def start(code: str, campaign: str) -> Any:
    """Let wishes be made for a round."""
    return _act(
        code,
        campaign,
        lambda session, found: services.start(session, found, current_actor()),
        N_("The round runs: wishes handed in from its first day on belong to it."),
    )


@blueprint.post("/a/<code>/wishes/rounds/<campaign>/close")
@area_scope(PERMISSION)
def close(code: str, campaign: str) -> Any:
    """End a round."""
    return _act(
        code,
        campaign,
        lambda session, found: services.close(session, found, current_actor()),
        N_("The round is closed. Its wishes stay on the wall until they expire."),
    )


@blueprint.post("/a/<code>/wishes/rounds/<campaign>/carry")
@area_scope(PERMISSION)
def carry(code: str, campaign: str) -> Any:
    """Take unclaimed wishes over into another round."""
    into, area_id = request.form.get("into", ""), current_area().id

    def act(session: Session, found: WishesCampaign) -> int:
        other = queries.campaign_below(session, area_id, into, lock=True)
        return services.carry_over(session, found, other, current_actor())

    return _act(code, campaign, act, N_("Taken over: %(n)s wishes. They are listed before others now."))


def day_of(raw: str) -> date | None:
    """A day from a form; None for anything else."""
    try:
        return date.fromisoformat(raw.strip()[:10])
    except ValueError:
        return None
