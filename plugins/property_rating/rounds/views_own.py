"""One's own pages: the results of a company for those who act for it, and those of an estate for its owners.

A company sees indicators, evidence and what it may do; owners see the result and can appeal together. Neither sees who
voted, and who supports an appeal is told to nobody.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    Document,
    current_actor,
    document_pdf,
    flash_outcome,
    missing,
    read_scope,
    rows_of_actor,
    send_picture,
    show,
    signed_in,
    unit_of_work,
)

from ..registry.here import own_companies
from ..schemes.words import part_title
from . import appealing, own, queries, services, sheets, words
from .models import PropertyEntrant, PropertyRound
from .notices import is_running
from .records import COMPANY, GATHERING, OPEN, OWNERS, PropertyAppeal
from .views import photo_of

blueprint = Blueprint("property_company", __name__)


@blueprint.get("/me/property")
@signed_in
def index() -> Any:
    """Results of the companies that one acts for, and rounds in which they are being rated."""
    actor = current_actor()
    with read_scope() as session:
        linked = bool(own_companies(session))
        return show(
            "property/company_own.html",
            linked=linked,
            results=own.results_of_companies(session, actor),
            coming=own.rounds_of_companies(session, actor),
            waiting=_waiting(session, COMPANY),
            running=is_running,
            words=words,
        )


def _waiting(session: Session, side: str) -> list[tuple[own.OwnResult, PropertyAppeal, bool]]:
    """Appeals of rounds that are published no more, each with whether the reader can withdraw it."""
    actor = current_actor()
    rows = own.waiting_appeals(session, actor, side)
    return [(row, appeal, appealing.may_retract(session, appeal, actor)) for row, appeal in rows]


def _company_result(session: Session, entrant: str) -> own.OwnResult:
    rows = own.results_of_companies(session, current_actor())
    return next((row for row in rows if row.line.public_id == entrant), None) or missing()


@blueprint.get("/me/property/results/<entrant>")
@signed_in
def result(entrant: str) -> Any:
    """One result of one's company: indicators with their evidence, the reply, and the appeal."""
    with read_scope() as session:
        found = _company_result(session, entrant)
        row, scheme = found.line.entrant, services.scheme_of(session, found.round)
        return show(
            "property/company_result.html",
            result=found,
            scheme=scheme,
            titles={part.id: gettext(part.title or part_title(part)) for part in sheets.rater_parts(scheme)},
            sheets=queries.sheet_rows(session, [row.id]),
            vetoes=[
                veto
                for veto in queries.vetoes_by_entrant(session, [row.id]).get(row.id, [])
                if sheets.in_period(found.round, veto) and veto.status == "confirmed"
            ],
            reply=queries.replies_of(session, [row.id]).get(row.id),
            appeals=[one for one in appealing.appeals_of(session, found.round) if one.entrant_id == row.id],
            running=is_running(found.notice) and found.round.state == "publicity",
            may_retract=[
                one.id
                for one in appealing.live_appeals(session, [row.id])
                if one.side == COMPANY and found.round.state in ("publicity", "computed")
            ],
            may_appeal=not any(one.side == COMPANY for one in appealing.live_appeals(session, [row.id])),
            own_side=COMPANY,
            words=words,
        )


@blueprint.get("/me/property/results/<entrant>/photos/<photo>")
@signed_in
def photo(entrant: str, photo: str) -> Response:
    """A photo of the evidence for one's company."""
    with read_scope() as session:
        return send_picture(photo_of(session, _company_result(session, entrant).line.entrant, photo))


@blueprint.get("/me/property/results/<entrant>/pdf")
@signed_in
def pdf(entrant: str) -> Response:
    """The paper of a final result of one's company."""
    with read_scope() as session:
        document_id = _company_result(session, entrant).line.entrant.document_id
        if document_id is None:
            missing()
        document = session.get_one(Document, document_id)
        response = Response(document_pdf(document), mimetype="application/pdf")
        response.headers["Content-Disposition"] = f'inline; filename="{document.number}.pdf"'
        return response


def _posted(act: Any, done: str, place: str) -> Any:
    with flash_outcome(done), unit_of_work() as session:
        act(session)
    return redirect(place, 303)


@blueprint.post("/me/property/results/<entrant>/reply")
@signed_in
def reply(entrant: str) -> Any:
    """Write the company's words."""

    def act(session: Session) -> None:
        found = _company_result(session, entrant)
        own.reply(
            session, found.round, found.line.entrant, request.form.get("text", "")[:3000], current_actor()
        )

    place = url_for("property_company.result", entrant=entrant, _anchor="reply")
    return _posted(act, N_("Your reply is recorded; it is shown beside the result."), place)


@blueprint.post("/me/property/results/<entrant>/appeal")
@signed_in
def appeal(entrant: str) -> Any:
    """Appeal for one's company."""

    def act(session: Session) -> None:
        found = _company_result(session, entrant)
        appealing.raise_appeal(
            session, found.round, found.line.entrant, request.form.get("text", "")[:3000], current_actor()
        )

    place = url_for("property_company.result", entrant=entrant, _anchor="appeals")
    return _posted(
        act, N_("The appeal is raised: nothing becomes final before somebody has ruled on it."), place
    )


@blueprint.post("/me/property/results/<entrant>/appeals/<appeal>/retract")
@signed_in
def retract(entrant: str, appeal: str) -> Any:
    """Take back the appeal of one's company."""

    def act(session: Session) -> None:
        if not _retracted_waiting(session, COMPANY, appeal):
            found = _company_result(session, entrant)
            _retract(session, found.round, found.line.entrant, appeal)

    return _posted(act, N_("The appeal is withdrawn."), url_for("property_company.index"))


def _retracted_waiting(session: Session, side: str, public_id: str) -> bool:
    """Withdraw an appeal of a round that is published no more; False where it is none of those."""
    for row, appeal, _mine in _waiting(session, side):
        if appeal.public_id == public_id:
            reason = request.form.get("reason", "")[:600]
            appealing.retract(session, row.round, appeal, current_actor(), reason)
            return True
    return False


def _retract(session: Session, round_: PropertyRound, entrant: PropertyEntrant, public_id: str) -> None:
    found = appealing.appeal_in(session, round_, public_id)
    if found is None or found.entrant_id != entrant.id:
        missing()
    appealing.retract(session, round_, found, current_actor(), request.form.get("reason", "")[:600])


@blueprint.get("/me/property/estates")
@signed_in
def estates() -> Any:
    """Results of the estates in which one owns a dwelling, with the appeals that owners raise together."""
    actor = current_actor()
    with read_scope() as session:
        results = own.results_of_owner(session, actor)
        shown = [_of_owner(session, row) for row in results[: own.MOST_SHOWN]]
        waiting = _waiting(session, OWNERS)
        return show("property/owner_results.html", results=shown, waiting=waiting, words=words)


def _of_owner(session: Session, row: own.OwnResult) -> dict[str, Any]:
    """A result with what its owner may do about it, asked for only while it is published."""
    running = row.round.state == "publicity" and is_running(row.notice)
    entrant, rows = row.line.entrant, rows_of_actor(session, current_actor())
    votes = appealing.votes_of(session, row.round, rows).get(entrant.id, 0) if running else 0
    pending = row.round.state == "publicity"
    live = appealing.live_appeals(session, [entrant.id]) if pending else []
    ours = next((one for one in live if one.side == OWNERS), None)
    return {
        "result": row,
        "running": running,
        "votes": votes,
        "needed": appealing.votes_needed(session, row.round, entrant) if votes else 0,
        "appeal": ours,
        "supports": ours is not None and bool(rows & appealing.supporters_of(session, ours)),
        "open": ours is not None and ours.state in (GATHERING, OPEN),
        "may_retract": ours is not None and appealing.may_retract(session, ours, current_actor()),
    }


def _owned(session: Session, entrant: str) -> tuple[PropertyRound, PropertyEntrant]:
    rows = own.results_of_owner(session, current_actor())
    found = next((row for row in rows if row.line.public_id == entrant), None)
    if found is None:
        missing()
    return found.round, found.line.entrant


@blueprint.post("/me/property/estates/<entrant>/appeal")
@signed_in
def owner_appeal(entrant: str) -> Any:
    """Appeal as an owner, gathering supporters where one's votes are too few."""

    def act(session: Session) -> None:
        round_, row = _owned(session, entrant)
        text = request.form.get("text", "")[:3000]
        appealing.raise_appeal(session, round_, row, text, current_actor(), gather=True)

    done = N_("It is written down. As soon as enough owners support it, the appeal is raised.")
    return _posted(act, done, url_for("property_company.estates"))


@blueprint.post("/me/property/estates/<entrant>/retract/<appeal>")
@signed_in
def owner_retract(entrant: str, appeal: str) -> Any:
    """Take back an appeal of owners as the first of them."""

    def act(session: Session) -> None:
        if not _retracted_waiting(session, OWNERS, appeal):
            round_, row = _owned(session, entrant)
            _retract(session, round_, row, appeal)

    done = N_("You stand behind this appeal no more. If other owners hold enough votes, it stays theirs.")
    return _posted(act, done, url_for("property_company.estates"))


@blueprint.post("/me/property/estates/<entrant>/support/<appeal>")
@signed_in
def support(entrant: str, appeal: str) -> Any:
    """Support an appeal of owners."""

    def act(session: Session) -> None:
        round_, row = _owned(session, entrant)
        found = appealing.appeal_in(session, round_, appeal)
        if found is None or found.entrant_id != row.id:
            missing()
        appealing.join_appeal(session, round_, found, current_actor())

    return _posted(act, N_("Your support is counted."), url_for("property_company.estates"))
