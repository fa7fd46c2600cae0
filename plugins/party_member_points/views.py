"""Pages: one's own points, and an area's ranking, sheet and scheme."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    ActivityKind,
    Actor,
    ListArgs,
    ListColumn,
    Paged,
    Problem,
    ancestors,
    area_scope,
    current_actor,
    current_area,
    drain,
    export_asked,
    flash_done,
    flash_problem,
    get_setting,
    list_args,
    mask_name,
    may,
    may_here,
    read_scope,
    send_list,
    set_setting,
    show,
    signed_in,
    subtree,
    unit_of_work,
    waiting_in,
)

from . import pages, picture, rankings, schemes, sheets, words
from .mapping import QUANTITIES, QUANTITY_TITLES, SERVICE, SETTING, Rule, read_mapping, write_mapping
from .reading import asked_for, explained, fresh_member, refresh
from .schemes import NAME, AskedSheet

blueprint = Blueprint(
    "points", __name__, template_folder="templates", static_folder="static", static_url_path="/static/points"
)
blueprint.add_app_template_filter(pages.signed, "points_signed")

RANKING_SIZES = (20, 50, 100)
# A page waits for so many people's scores; a larger crowd is left to the next round of draining.
AT_ONCE = 200
# Modes whose value comes with the event itself, which an activity does not bring.
_AWARDED = frozenset({"table", "manual"})


@dataclass(frozen=True)
class RankLine:
    """One line of a ranking as the reader may see it; ``public_id`` only for those who may open the person."""

    rank: int
    name: str
    total: str
    grade: str
    own: bool
    waits: bool
    public_id: str | None


@blueprint.get("/me/points")
@signed_in
def mine() -> Any:
    """One's own points: the total, categories against their caps, and why each entry counts as it does."""
    person_id = current_actor().person_id
    if person_id is None:
        abort(404)
    args = list_args("period")
    with read_scope() as session:
        member = fresh_member(session, person_id)
        context = explained(session, person_id, member, args["period"])
        why = context["why"]
        graded = why is not None and why.score.status == sheets.GRADED
        return show(
            "points/mine.html",
            args=args,
            ring=picture.ring(why) if graded else None,
            next_grade=picture.next_grade(why) if graded else None,
            position=picture.position(session, person_id, why.score) if graded else [],
            **context,
        )


@blueprint.get("/a/<code>/points/ranking")
@area_scope("points.ranking")
def ranking(code: str) -> Any:
    """The first of an area or a branch; names are masked for those who may not see the list."""
    area, actor = current_area(), current_actor()
    args = list_args("period", "branch", "top", "by")
    if args["by"] in rankings.GROUPS and args["by"]:
        return _group_ranking(args)
    top = int(args["top"]) if args["top"] in map(str, RANKING_SIZES) else RANKING_SIZES[0]
    with read_scope() as session:
        asked = asked_for(session, area.id, args["period"])
        rows, people = _lines(session, area.id, asked, branch=args["branch"], limit=top)
        mine = None
        if actor.person_id is not None:
            mine = sheets.place_of(
                session, area.id, asked.scheme_id, asked.period, actor.person_id, args["branch"]
            )
        named = may_here("points.view")
        return show(
            "points/ranking.html",
            lines=_rank_lines(rows, mine, named),
            people=people,
            own=mine,
            named=named,
            args=args,
            asked=asked,
            top=top,
            sizes=RANKING_SIZES,
            branches=sheets.branch_names(session, area.id),
            waiting=pages.waiting_note(waiting_in(session, NAME, area.id)),
            groups=rankings.GROUPS,
        )


def _group_ranking(args: ListArgs) -> Any:
    """Branches, communities or home units by their average."""
    area = current_area()
    with read_scope() as session:
        asked = asked_for(session, area.id, args["period"])
        lines = rankings.group_lines(session, area.id, asked.scheme_id, asked.period, args["by"])
        waiting = pages.waiting_note(waiting_in(session, NAME, area.id))
        return show(
            "points/ranking_groups.html",
            lines=lines,
            asked=asked,
            args=args,
            groups=rankings.GROUPS,
            waiting=waiting,
            fewest=rankings.FEWEST,
        )


def _lines(
    session: Session, area_id: int, asked: AskedSheet, **narrowed: Any
) -> tuple[list[sheets.Line], int]:
    """Lines of a sheet; those that time has passed by are computed anew first."""
    rows, total = sheets.lines(session, area_id, asked.scheme_id, asked.period, **narrowed)
    old = [row.person_id for row in rows if row.old and not row.waits]
    if 0 < len(old) <= AT_ONCE:
        refresh(old)
        rows, total = sheets.lines(session, area_id, asked.scheme_id, asked.period, **narrowed)
    return rows, total


def _rank_lines(rows: Sequence[sheets.Line], mine: sheets.Line | None, named: bool) -> list[RankLine]:
    own_id = mine.person_id if mine else None
    return [
        RankLine(
            row.rank,
            row.name if named or row.person_id == own_id else mask_name(row.name),
            row.total,
            row.grade or "",
            row.person_id == own_id,
            row.waits or row.old,
            row.public_id if named else None,
        )
        for row in rows
    ]


@blueprint.get("/a/<code>/points/sheet")
@area_scope("points.view")
def sheet(code: str) -> Any:
    """Everybody's points of a period by category, best total first."""
    area = current_area()
    args = list_args("period", "branch")
    with read_scope() as session:
        asked = asked_for(session, area.id, args["period"])
        rows, total = _lines(
            session, area.id, asked, branch=args["branch"], query=args.q, limit=args.size, offset=args.offset
        )
        if export_asked():

            def fetch(page: int, size: int) -> Paged[sheets.Line]:
                part, everybody = _lines(
                    session, area.id, asked, branch=args["branch"], query=args.q, limit=size,
                    offset=(page - 1) * size,
                )  # fmt: skip
                return Paged(part, everybody, page, size)

            return send_list(N_("Points sheet"), _columns(asked), fetch)
        counted, scored, average = sheets.overview(session, area.id, asked.scheme_id, asked.period)
        return show(
            "points/sheet.html",
            page=Paged(rows, total, args.page, args.size),
            args=args,
            asked=asked,
            categories=asked.publication.scheme.category_titles if asked.publication else {},
            members=counted,
            scored=scored,
            average=average,
            branches=sheets.branch_names(session, area.id),
            waiting=pages.waiting_note(waiting_in(session, NAME, area.id)),
        )


def _columns(asked: AskedSheet) -> list[ListColumn]:
    """What the sheet shows; points stay numbers."""
    titles = asked.publication.scheme.category_titles if asked.publication else {}
    categories = [
        ListColumn(title, lambda row, name=name: pages.as_number(row.categories.get(name, "")), "hundredths")  # type: ignore[misc]
        for name, title in titles.items()
    ]
    return [
        ListColumn(N_("Rank"), lambda row: row.rank, "count"),
        ListColumn(N_("Name"), lambda row: row.name),
        *categories,
        ListColumn(N_("Total"), lambda row: pages.as_number(row.total), "hundredths"),
        ListColumn(N_("Grade"), lambda row: row.grade or ""),
    ]


@blueprint.get("/a/<code>/points/scheme")
@area_scope("points.view")
def scheme(code: str) -> Any:
    """The scheme that rules here in words, and which kinds of activity count."""
    area = current_area()
    with read_scope() as session:
        asked = asked_for(session, area.id, "")
        told = words.in_words(asked.publication.scheme) if asked.publication else None
        published = schemes.publications_of(session, asked.publication.area_id) if asked.publication else []
        mapping = read_mapping(get_setting(session, area.id, SETTING, {}))
        kinds = [(kind, mapping.of(kind.code, kind.service)) for kind in _kinds(session, area.id)]
        return show(
            "points/scheme.html",
            told=told,
            published=published,
            here=bool(published) and published[0].area_id == area.id,
            kinds=kinds,
            items=_choosable(asked),
            quantities=QUANTITY_TITLES,
        )


def _kinds(session: Session, area_id: int) -> list[ActivityKind]:
    """The kinds that are known here, above or below."""
    near = or_(
        ActivityKind.area_id.is_(None),
        ActivityKind.area_id.in_(ancestors(area_id)),
        ActivityKind.area_id.in_(subtree(area_id)),
    )
    return list(
        session.scalars(
            select(ActivityKind).where(near).order_by(ActivityKind.area_id.is_not(None), ActivityKind.id)
        )
    )


def _choosable(asked: AskedSheet) -> dict[str, str]:
    """Items that an activity can count as, with their titles."""
    if asked.publication is None:
        return {}
    items = asked.publication.scheme.versions[-1].items.values()
    return {
        item.id: item.title or item.id for item in items if item.kind != "veto" and item.mode not in _AWARDED
    }


@blueprint.post("/a/<code>/points/scheme/mapping")
@area_scope("points.scheme")
def save_mapping(code: str) -> Any:
    """Say which kinds of activity count as which item, here and below."""
    area_id = current_area().id
    try:
        with unit_of_work(drain=False) as session:
            if not may(session, current_actor(), "points.scheme", area_id):
                abort(403)
            people = _save_mapping(session, area_id, current_actor())
    except Problem as problem:
        flash_problem(problem)
    else:
        _compute(people)
        flash_done(N_("The mapping is saved; the points of %(num)s members follow it."), num=len(people))
    return redirect(url_for("points.scheme", code=code), 303)


def _save_mapping(session: Session, area_id: int, actor: Actor) -> list[int]:
    area = current_area()
    items = _choosable(asked_for(session, area_id, ""))
    stored = dict(read_mapping(get_setting(session, area_id, SETTING, {})).rules)
    for kind in _kinds(session, area_id):
        item = request.form.get(f"item-{kind.id}")
        if item is None:
            continue
        quantity = request.form.get(f"quantity-{kind.id}", "")
        if item and (item not in items or quantity not in QUANTITIES):
            raise Problem("bad_mapping", N_("Choose one of the values offered."))
        rule = Rule(item, quantity) if item else None
        stored.pop(kind.code, None)
        if rule != (SERVICE if kind.service else None):
            stored[kind.code] = rule
    set_setting(session, area, SETTING, write_mapping(stored), actor)
    return schemes.mark_members(session, area_id)


@blueprint.post("/a/<code>/points/scheme/preset")
@area_scope("points.approve")
def publish_preset(code: str) -> Any:
    """Publish the sample scheme where no scheme rules yet."""
    area_id = current_area().id
    try:
        with unit_of_work(drain=False) as session:
            if not may(session, current_actor(), "points.approve", area_id):
                abort(403)
            if schemes.rules_of(session, area_id).publications:
                raise Problem("scheme_rules", N_("A scheme rules here already."))
            schemes.publish(
                session, current_area(), schemes.preset(), "toml", schemes.PRESET_FROM, current_actor()
            )
            people = schemes.mark_members(session, area_id)
    except Problem as problem:
        flash_problem(problem)
    else:
        _compute(people)
        flash_done(N_("The sample scheme is published."))
    return redirect(url_for("points.scheme", code=code), 303)


def _compute(people: Collection[int]) -> None:
    """Compute a community's scores at once; a larger crowd's follow in the background."""
    if 0 < len(people) <= AT_ONCE:
        drain(people=people)
