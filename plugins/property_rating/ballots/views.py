"""Pages of staff: rounds and their turnout, slips, poster, and what was answered once it is counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, request, url_for
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Area,
    ListColumn,
    Paged,
    Problem,
    area_scope,
    base_url,
    current_actor,
    current_area,
    current_site,
    export_asked,
    flash_problem,
    list_args,
    missing,
    read_scope,
    require_again,
    send_list,
    show,
    unit_of_work,
)

from ..rounds.finding import entrant_in
from ..rounds.here import own_round, round_reached
from ..rounds.models import PUBLICITY, PropertyRound
from . import casting, counting, listing, roll, slips
from .listing import EstateLine, RoundLine
from .models import METHODS
from .words import METHODS as METHOD_WORDS
from .words import REFUSED

blueprint = Blueprint(
    "property_ballots", __name__, template_folder="../templates", static_folder="../static",
    static_url_path="/static/property",
)  # fmt: skip

View = Any
ROUNDS = (
    ListColumn(N_("Rating round"), lambda row: row.title),
    ListColumn(N_("Area"), lambda row: row.area),
    ListColumn(N_("Ballots until"), lambda row: row.until, "date"),
    ListColumn(N_("Votes there are"), lambda row: row.households, "count"),
    ListColumn(N_("Ballots"), lambda row: row.voted, "count"),
)
ESTATES = (
    ListColumn(N_("Estate"), lambda row: row.estate),
    ListColumn(N_("Area"), lambda row: row.area),
    ListColumn(N_("Votes there are"), lambda row: row.turnout.households, "count"),
    ListColumn(N_("Ballots"), lambda row: row.turnout.voted, "count"),
    ListColumn(N_("Ballots needed"), lambda row: row.required, "count"),
    *(
        ListColumn(METHOD_WORDS[method], lambda row, place=place: row.ways[place], "count")  # type: ignore[misc]
        for place, method in enumerate(METHODS)
    ),
)
ANSWERS = (
    ListColumn(N_("Estate"), lambda row: row[0]),
    ListColumn(N_("Question"), lambda row: row[1]),
    ListColumn(N_("Answer"), lambda row: row[2]),
    ListColumn(N_("Ballots"), lambda row: row[3], "count"),
)


@blueprint.get("/a/<code>/property/ballots")
@area_scope("property.view")
def index(code: str) -> View:
    """Rounds that take ballots, and those that did."""
    args = list_args("state")
    with read_scope() as session:
        today = current_site().today()
        rows = listing.rounds_reaching(session, current_area().id, today, args.q, args["state"])
        page: Paged[RoundLine] = Paged.whole(rows)
        if export_asked():
            return send_list(N_("Owners' ballots"), ROUNDS, lambda _page, _size: page)
        return show("property/ballots.html", args=args, page=page)


@blueprint.get("/a/<code>/property/rounds/<round>/turnout")
@area_scope("property.view")
def turnout(code: str, round: str) -> View:
    """Who took part, without any result; comes anew every minute while ballots come in."""
    args = list_args()
    with read_scope() as session:
        found = round_reached(session, round)
        rows = listing.estates_of(session, found, current_area().id, args.q)
        page: Paged[EstateLine] = Paged.whole(rows)
        if export_asked():
            return send_list(N_("Turnout"), ESTATES, lambda _page, _size: page)
        refused = counting.refused(session, found)
        return show(
            "property/turnout.html", args=args, page=page, round=found, open=casting.is_open(found),
            counted=found.computed_at is not None, refused=[(REFUSED[code], n) for code, n in refused.items()],
            words=list(METHOD_WORDS.values()), signing=found.state == PUBLICITY,
            assisted=listing.assisted_percent(rows),
        )  # fmt: skip


@blueprint.get("/a/<code>/property/rounds/<round>/answers")
@area_scope("property.view")
def answers(code: str, round: str) -> View:
    """What was answered about each estate, once the round is counted and where five or more ballots came in."""
    args = list_args()
    with read_scope() as session:
        found = round_reached(session, round)
        lines = listing.estates_of(session, found, current_area().id, args.q)
        told = listing.answers_in(session, found, lines)
        if export_asked():
            cells = [
                (one.estate, line.question, words, number)
                for one in told
                for line in one.lines
                for words, number, _face in line.answers
            ]
            out: Paged[Any] = Paged.whole(cells)
            return send_list(N_("Answers of the survey"), ANSWERS, lambda _page, _size: out)
        page = Paged.whole(told)
        return show("property/answers.html", args=args, page=page, round=found)


@blueprint.get("/a/<code>/property/rounds/<round>/poster")
@area_scope("property.view")
def poster(code: str, round: str) -> View:
    """A sheet for the wall: where to vote, and how."""
    import segno

    with read_scope() as session:
        found = round_reached(session, round)
        area = session.get_one(Area, found.area_id)
        address = base_url() + url_for("property_ballots_public.enter", code=area.code)
        picture = segno.make(address, error="m").svg_data_uri(scale=8, border=2)
        return show("property/poster.html", round=found, address=address, picture=picture)


@dataclass(frozen=True)
class Printed:
    """A slip on the page that is printed."""

    label: str
    code: str
    picture: str
    where: str


@blueprint.route("/a/<code>/property/rounds/<round>/slips", methods=["GET", "POST"])
@area_scope("property.round")
def make_slips(code: str, round: str) -> View:
    """Choose whose slips to make; the answer of the form is the page to print, and it is shown once."""
    with read_scope() as session:
        found = own_round(session, round)
        lines = listing.estates_of(session, found, current_area().id)
        chosen = request.form.get("entrant", "")
        if request.method == "GET" or chosen not in {line.public_id for line in lines}:
            return _choose(session, found, lines)
    building, again = request.form.get("building", ""), request.form.get("again") == "1"
    try:
        printed, title, organiser = _made(round, chosen, building, again=again)
    except Problem as problem:
        flash_problem(problem)
        with read_scope() as session:
            found = own_round(session, round)
            return _choose(session, found, lines, status=422)
    return show("property/slips_print.html", slips=printed, title=title, organiser=organiser, round=round)


def _choose(session: Session, round_: PropertyRound, lines: list[EstateLine], status: int = 200) -> View:
    from ..rounds.finding import entrants_of

    entrants = entrants_of(session, round_)
    estates = {entrant.estate_id: entrant.public_id for entrant in entrants}
    return show(
        "property/slips.html", status, round=round_, lines=lines, open=casting.is_open(round_),
        buildings=slips.buildings_of(session, entrants), estates=estates, chosen=request.form, most=slips.MOST,
    )  # fmt: skip


def _made(round_id: str, entrant_id: str, building: str, *, again: bool) -> tuple[list[Printed], str, str]:
    import segno

    area_id = current_area().id
    with unit_of_work(drain=False) as session:
        require_again(session, "property.round", area_id)
        found = own_round(session, round_id)
        entrant = entrant_in(session, found, entrant_id)
        if entrant is None:
            missing()
        voters = slips.rows_for(session, entrant, building, only_new=not again)
        made = slips.make(session, found, voters, current_actor())
        labels = roll.labels_of(session, voters)
        code = session.get_one(Area, found.area_id).code
        title, organiser = found.title, found.organiser
    printed = []
    # As somebody types it: browsers add the scheme themselves.
    where = (base_url() + url_for("property_ballots_public.enter", code=code)).partition("://")[2]
    for slip in made:
        address = base_url() + url_for("property_ballots_public.start", code=code, slip=slip.token)
        picture = segno.make(address, error="m").svg_data_uri(scale=3, border=1)
        printed.append(Printed(labels[slip.voter_id], slips.grouped(slip.token), picture, where))
    return printed, title, organiser
