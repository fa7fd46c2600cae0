"""REST of seconded cadres: posts, who holds them, the ledger, and the quarters for the sending unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Area,
    Problem,
    RestBlueprint,
    current_actor,
    current_area,
    missing,
    rest_fields,
    rest_person,
    subtree,
)

from . import queries, services, status
from .models import PointsCadrePost, PointsCadreStatus, PointsCadreTerm
from .schemas import (
    CadreNoteIn,
    CadreNoteOut,
    CadreSendIn,
    CadreStatusOut,
    PostIn,
    PostOut,
    PostsArgs,
    PostsPage,
    QuarterIn,
    ReviewIn,
    TermIn,
)

blueprint = RestBlueprint("points_rest_cadres", __name__, description="Seconded cadres")

CADRES = "points.cadres"


@blueprint.read("/areas/<code>/points/cadres", permission=CADRES, query=PostsArgs, answer=PostsPage)
def posts(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Posts of seconded cadres with who holds them, vacancies first"""
    filters = queries.Filters(args["q"], args["state"])
    rows, total = queries.posts_page(
        session, current_area().id, filters, limit=args["size"], offset=rest_fields.offset(args)
    )
    return rest_fields.paged([_line(row) for row in rows], total, args)


def _line(row: queries.PostLine) -> dict[str, Any]:
    return {**vars(row), "id": row.public_id, "since": row.from_on}


def _post(session: Session, public_id: str) -> PointsCadrePost:
    found = queries.post_here(session, current_area().id, public_id)
    if found is None:
        missing()
    return found


def _shown(session: Session, post: PointsCadrePost) -> Mapping[str, Any]:
    rows, _total = queries.posts_page(session, post.area_id, queries.Filters(), limit=None)
    return _line(next(row for row in rows if row.id == post.id))


@blueprint.create("/areas/<code>/points/cadres", permission=CADRES, body=PostIn, answer=PostOut)
def add(session: Session, given: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Add a post for a seconded cadre"""
    wanted = given["area"] or current_area().code
    area = session.scalar(select(Area).where(Area.code == wanted, Area.id.in_(subtree(current_area().id))))
    if area is None:
        raise Problem("unknown_area", N_("This area does not exist."), field="area")
    return _shown(session, services.add_post(session, area, given["title"], given["duties"], current_actor()))


@blueprint.create("/areas/<code>/points/cadres/<post>/terms", permission=CADRES, body=TermIn, answer=PostOut)
def assign(session: Session, given: dict[str, Any], code: str, post: str) -> Mapping[str, Any]:
    """Put somebody on a post"""
    found = _post(session, post)
    person = rest_person(session, given["person"])
    services.assign(session, found, person, given["unit"], given["since"], current_actor())
    return _shown(session, found)


@blueprint.create(
    "/areas/<code>/points/cadres/<post>/notes", permission=CADRES, body=CadreNoteIn, answer=CadreNoteOut
)
def note(session: Session, given: dict[str, Any], code: str, post: str) -> Mapping[str, Any]:
    """Write a line into the ledger of whoever held the post on that day"""
    term = services.term_on(session, _post(session, post), given["on"])
    row = services.note(
        session, term, given["on"], given["kind"], given["minutes"], given["text"], current_actor()
    )
    return {**given, "id": row.public_id}


def _quarter(one: PointsCadreStatus) -> Mapping[str, Any]:
    found = status.figures_of(one)
    return {
        "id": one.public_id, "period": one.period, "no": one.no, "state": one.state, "days": found.days,
        "notes": found.note_count, "activities": found.activities, "minutes": found.minutes, "review": one.review,
    }  # fmt: skip


@blueprint.create(
    "/areas/<code>/points/cadres/<post>/quarters", permission=CADRES, body=QuarterIn, answer=CadreStatusOut
)
def compute(session: Session, given: dict[str, Any], code: str, post: str) -> Mapping[str, Any]:
    """Freeze the figures of a quarter"""
    terms = queries.terms_of(session, _post(session, post).id)
    if not terms:
        raise Problem("bad_period", N_("Nobody has held this post yet."), field="period")
    term = session.get_one(PointsCadreTerm, terms[0].id)
    return _quarter(status.compute(session, term, given["period"], current_actor()))


def _status(session: Session, post: str, public_id: str) -> PointsCadreStatus:
    terms = [term.id for term in queries.terms_of(session, _post(session, post).id)]
    found = next((one for one in status.statuses_of(session, terms) if one.public_id == public_id), None)
    if found is None:
        missing()
    return found


@blueprint.create(
    "/areas/<code>/points/cadres/<post>/quarters/<quarter>/review",
    permission=CADRES,
    body=ReviewIn,
    answer=CadreStatusOut,
    status=200,
)
def review(session: Session, given: dict[str, Any], code: str, post: str, quarter: str) -> Mapping[str, Any]:
    """Review a quarter that somebody else computed"""
    found = _status(session, post, quarter)
    status.review(session, found, given["review"], current_actor())
    return _quarter(found)


@blueprint.create(
    "/areas/<code>/points/cadres/<post>/quarters/<quarter>/send",
    permission="points.letters",
    body=CadreSendIn,
    answer=CadreStatusOut,
    status=200,
)
def send(session: Session, given: dict[str, Any], code: str, post: str, quarter: str) -> Mapping[str, Any]:
    """Send a reviewed quarter to the unit as a numbered letter"""
    found = _status(session, post, quarter)
    status.feed_back(session, found, current_actor())
    return _quarter(found)
