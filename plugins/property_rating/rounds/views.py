"""Pages that read: the rounds of an area, one round with its entrants, one entrant with sheets, vetoes and appeals.

What is done is posted to ``views_acts``; drafting is in ``views_draft``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    Attachment,
    ListColumn,
    Paged,
    Publicity,
    area_scope,
    current_actor,
    current_area,
    current_site,
    export_asked,
    list_args,
    may_here,
    photo_in,
    read_scope,
    send_list,
    send_picture,
    show,
    who_acts,
)

from ..ballots.counting import Turnout, turnout
from ..schemes.models import PropertySchemeVersion
from ..schemes.numbers import bare
from ..schemes.words import part_title
from . import appealing, papers, queries, ruling, services, sheets, words
from .events import ACTIONS
from .finding import entrants_of, round_below
from .here import entrant_here, round_here
from .impartial import second_person_asked
from .models import COLLECTING, COMPUTED, DRAFT, FINAL, PUBLICITY, SUPERSEDED, PropertyEntrant, PropertyRound
from .notices import is_down, is_running, notice_of_round, result_words
from .records import OPEN, PropertyAppeal
from .tally import ballots_round, changed_since_tally
from .upheld import objected, unanswered

blueprint = Blueprint("property_rounds", __name__, template_folder="../templates")
blueprint.add_app_template_filter(result_words, "property_result")
blueprint.add_app_template_filter(papers.percent, "property_percent")
blueprint.add_app_template_filter(part_title, "property_part")
blueprint.add_app_template_filter(bare, "property_number")

VIEW = "property.view"
_ROUNDS = (
    ListColumn(N_("Title"), lambda row: row.title),
    ListColumn(N_("Period"), lambda row: row.period),
    ListColumn(N_("Area"), lambda row: row.area),
    ListColumn(N_("Rating scheme"), lambda row: f"{row.scheme} v{row.scheme_no}"),
    ListColumn(N_("Organiser"), lambda row: row.organiser),
    ListColumn(N_("State"), lambda row: gettext(words.STATES[row.state])),
    ListColumn(N_("Estates"), lambda row: row.entrants, "count"),
    ListColumn(N_("Last day for ballots"), lambda row: row.collect_until, "date"),
)
_ENTRANTS = (
    ListColumn(N_("Place in order"), lambda row: row.place, "count"),
    ListColumn(N_("Estate"), lambda row: row.estate),
    ListColumn(N_("Property company"), lambda row: row.company),
    ListColumn(N_("Votes there are"), lambda row: row.entrant.households, "count"),
    ListColumn(N_("Ballots"), lambda row: row.entrant.ballots, "count"),
    ListColumn(N_("Score"), lambda row: bare(row.entrant.score)),
    ListColumn(N_("Result"), lambda row: result_words(row.entrant) if row.entrant.status else ""),
    ListColumn(N_("Number"), lambda row: row.number),
)


@blueprint.get("/a/<code>/property/rounds")
@area_scope(VIEW)
def index(code: str) -> Any:
    """Rounds of the area, and those of an area above in which its estates take part."""
    args = list_args("state", "period", size=20)
    area_id = current_area().id
    with read_scope() as session:

        def fetch(page: int, size: int) -> Paged[queries.RoundLine]:
            rows, total = queries.rounds_seen(
                session, area_id, query=args.q, state=args["state"], period=args["period"], limit=size,
                offset=(page - 1) * size,
            )  # fmt: skip
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Rating rounds"), _ROUNDS, fetch)
        return show(
            "property/rounds.html",
            args=args,
            page=fetch(args.page, args.size),
            periods=queries.periods_seen(session, area_id),
            words=words,
            today=current_site().today(),
        )


@blueprint.get("/a/<code>/property/rounds/<round>")
@area_scope(VIEW)
def page(code: str, round: str) -> Any:
    """One round: where it stands, what comes next, its estates, appeals, and every change."""
    args = list_args("result", size=50)
    area_id = current_area().id
    with read_scope() as session:
        found = round_here(session, round)
        lines = _filtered(queries.lines_of(session, found, area_id), args.q, args["result"])

        def fetch(number: int, size: int) -> Paged[queries.EntrantLine]:
            return Paged.cut(lines, number, size)

        if export_asked():
            return send_list(N_("Result of a rating round"), _ENTRANTS, fetch)
        notice = notice_of_round(session, found)
        version = session.get_one(PropertySchemeVersion, found.scheme_version_id)
        here = {line.entrant.id for line in lines}
        return show(
            "property/round.html",
            round=found,
            version=version,
            held=round_below(session, current_area(), round) is not None,
            replaced=session.get(PropertyRound, found.replaces_id) if found.replaces_id else None,
            successor=_successor(session, found),
            args=args,
            page=fetch(args.page, args.size),
            lines=lines,
            turnout=_turnout(session, found, lines) if found.state == COLLECTING else {},
            lacking=_lacking(session, found, lines),
            candidates=services.candidates(session, found) if found.state == DRAFT else [],
            changed=changed_since_tally(session, found) if found.state == COMPUTED else False,
            unanswered=unanswered(session, found) if found.state == COMPUTED else [],
            objected=found.state == COMPUTED and objected(session, found),
            own_request=bool(found.withdrawal_asked_by)
            and who_acts(session, current_actor()).did(
                found.withdrawal_asked_by_account, found.withdrawal_asked_by
            ),
            notice=notice,
            running=is_running(notice),
            own_notice=_published_by_reader(session, found, notice),
            down=is_down(notice),
            appeals=_appeals(session, found, here),
            history=queries.history_of(session, found, area_id),
            actions=ACTIONS,
            words=words,
            today=current_site().today(),
        )


def _turnout(
    session: Session, round_: PropertyRound, lines: Sequence[queries.EntrantLine]
) -> dict[int, Turnout]:
    """Entrant of the lines -> who took part in the round whose ballots count."""
    source = ballots_round(session, round_)
    found = turnout(session, source)
    by_estate = {one.estate_id: found[one.id] for one in entrants_of(session, source)}
    return {
        line.entrant.id: by_estate[line.entrant.estate_id]
        for line in lines
        if line.entrant.estate_id in by_estate
    }


def _successor(session: Session, round_: PropertyRound) -> PropertyRound | None:
    """The round that has taken the place of a superseded one."""
    if round_.state != SUPERSEDED:
        return None
    query = select(PropertyRound).where(
        PropertyRound.replaces_id == round_.id, PropertyRound.state.in_((FINAL, SUPERSEDED))
    )
    return session.scalar(query.limit(1))


def _published_by_reader(session: Session, round_: PropertyRound, notice: Publicity | None) -> bool:
    """Whether the reader published what could be made final now, where somebody else has to do that."""
    actor = current_actor()
    if notice is None or round_.state != PUBLICITY or is_running(notice) or actor.unrestricted:
        return False
    return second_person_asked(session, round_.area_id) and who_acts(session, actor).did(
        notice.posted_by_account, notice.posted_by
    )


def _filtered(lines: list[queries.EntrantLine], query: str, result: str) -> list[queries.EntrantLine]:
    return [
        line
        for line in lines
        if (query in line.estate or query in line.company)
        and (not result or result in (line.entrant.status, line.entrant.list_place))
    ]


def _lacking(
    session: Session, round_: PropertyRound, lines: list[queries.EntrantLine]
) -> dict[int, list[str]]:
    """Entrant -> titles of the parts that nobody has rated, while that can be done."""
    if round_.state not in sheets.OPEN_STATES:
        return {}
    found = sheets.missing_sheets(session, round_, [line.entrant for line in lines])
    return {entrant: [_title(part) for part in parts] for entrant, parts in found.items()}


def _title(part: Any) -> str:
    return str(gettext(part.title if part is sheets.BASE else part_title(part)))


def _appeals(
    session: Session, round_: PropertyRound, here: set[int]
) -> list[tuple[PropertyAppeal, queries.EntrantLine, str]]:
    """Appeals with their estates, and why the reader cannot rule on them ("" where they may)."""
    rows = [one for one in appealing.appeals_of(session, round_) if one.entrant_id in here]
    lines = {line.entrant.id: line for line in queries.lines_of(session, round_)} if rows else {}
    waiting = [one for one in rows if one.state == OPEN] if may_here("property.rule") else []
    hindered = ruling.hindrances(session, round_, waiting, current_actor())
    told = {key: str(gettext(refusal.message)) for key, refusal in hindered.items()}
    return [(one, lines[one.entrant_id], told.get(one.id, "")) for one in rows]


@blueprint.get("/a/<code>/property/rounds/<round>/estates/<entrant>")
@area_scope(VIEW)
def entrant(code: str, round: str, entrant: str) -> Any:
    """One estate in a round: its sheets with their evidence, vetoes, the company's reply, and how the score came."""
    with read_scope() as session:
        found = round_here(session, round)
        row = entrant_here(session, found, entrant)
        scheme = services.scheme_of(session, found)
        return show(
            "property/round_entrant.html",
            round=found,
            line=queries.lines_of(session, found, only=row.id)[0],
            scheme=scheme,
            parts=[(part.id, _title(part)) for part in sheets.rater_parts(scheme)],
            sheets=queries.sheet_rows(session, [row.id]),
            earlier=queries.earlier_sheets(session, row.id),
            vetoes=queries.vetoes_by_entrant(session, [row.id]).get(row.id, []),
            counts=lambda veto: sheets.in_period(found, veto) and veto.status == "confirmed",
            reply=queries.replies_of(session, [row.id]).get(row.id),
            appeals=_appeals(session, found, {row.id}),
            changeable=found.state in sheets.OPEN_STATES,
            signing=found.state == PUBLICITY
            and is_running(notice_of_round(session, found))
            and may_here("property.assist"),
            held=round_below(session, current_area(), round) is not None,
            words=words,
            today=current_site().today(),
        )


@blueprint.get("/a/<code>/property/rounds/<round>/estates/<entrant>/photos/<photo>")
@area_scope(VIEW)
def photo(code: str, round: str, entrant: str, photo: str) -> Response:
    """A photo of a sheet's evidence."""
    with read_scope() as session:
        row = entrant_here(session, round_here(session, round), entrant)
        return send_picture(photo_of(session, row, photo))


def photo_of(session: Session, entrant: PropertyEntrant, public_id: str) -> Attachment:
    """A photo of a sheet of this entrant; 404 for any other."""
    return photo_in(
        (one for row in queries.sheet_rows(session, [entrant.id]) for one in row.photos), public_id
    )
