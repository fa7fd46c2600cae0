"""One's own record on the phone: the five blocks, one session with evaluation and dispute, and leaders' evaluations."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    CONFIRMED,
    N_,
    ActivityKind,
    Entry,
    Objection,
    Paged,
    Person,
    Problem,
    canonical_ids,
    current_actor,
    current_site,
    flash_done,
    groups,
    list_args,
    missing,
    own_person,
    read_scope,
    show,
    signed_in,
    unit_of_work,
)

from ..models import VolunteerCredit
from ..teams.queries import leads
from . import cases, evaluations
from .commendations import LEVELS
from .evaluations import SIDE_TITLES, Said, together
from .models import LEADER, VOLUNTEER
from .objecting import DISPUTE
from .own_record import record_of
from .views_sessions import case_of, session_facts

blueprint = Blueprint("volunteer_record_me", __name__)

View = Response | tuple[str, int]
SHOWN = 5


def _own(session: Session) -> Person:
    person = own_person(session)
    if person is None:
        missing()
    return person


@blueprint.get("/me/volunteer/record")
@signed_in
def record() -> View:
    """The five blocks of one's own record."""
    with read_scope() as session:
        found = record_of(session, _own(session), entries=SHOWN)
        return show(
            "volunteer/record/mine.html",
            record=found,
            all_scores=together(found.scores),
            levels=LEVELS,
            side_titles=SIDE_TITLES,
            today=current_site().today(),
            leading=bool(leads(session, found.rows)),
        )


# --- one session ---


@blueprint.get("/me/volunteer/record/<entry>")
@signed_in
def one(entry: str) -> View:
    """One session of one's own: how its minutes came about, what one says of it, and disputing its hours."""
    with read_scope() as session:
        return _page(session, _own_entry(session, entry))


def _own_entry(session: Session, public_id: str) -> Entry:
    """A session of service of the reader's own, under any of their rows; else 404."""
    rows = groups(session, [_own(session).id])
    found = session.scalar(
        select(Entry)
        .join(ActivityKind, ActivityKind.id == Entry.kind_id)
        .where(
            Entry.public_id == public_id,
            Entry.person_id.in_([row for several in rows.values() for row in several]),
            ActivityKind.service.is_(True),
        )
    )
    if found is None:
        missing()
    return found


def _page(
    session: Session, entry: Entry, status: int = 200, refused: Problem | None = None, part: str = ""
) -> View:
    kept = canonical_ids(session, [entry.person_id])[entry.person_id]
    facts = session_facts(session, entry)
    days_left = evaluations.days_of(session, entry.area_id) - (current_site().today() - entry.local_date).days
    own_side = current_actor().account_id
    return show(
        "volunteer/record/mine_one.html",
        status,
        mine=evaluations.own_of(session, entry.id, kept),
        can_evaluate=entry.status == CONFIRMED and days_left >= 0,
        can_dispute=not any(
            one.objection.subject_type == DISPUTE and one.objection.state == "open" for one in facts["cases"]
        ),
        own_case=lambda objection: _raised(objection, own_side),
        form=request.form,
        refused=refused,
        part=part,
        **facts,
    )


def _raised(objection: Objection, account: int | None) -> bool:
    return account is not None and objection.raised_by_account == account


@blueprint.post("/me/volunteer/record/<entry>/evaluation")
@signed_in
def evaluate(entry: str) -> View:
    """What the volunteer says of the activity; with a complaint somebody who had no part in it answers."""
    form = request.form
    said = Said(VOLUNTEER, evaluations.as_score(form.get("score", "")), form.get("words", ""))
    try:
        with unit_of_work() as session:
            row = evaluations.evaluate(session, _own_entry(session, entry), said, current_actor())
            if form.get("complaint") == "1":
                cases.complain(session, row, said.words, "", current_actor())
    except Problem as problem:
        with read_scope() as session:
            return _page(session, _own_entry(session, entry), 422, problem, "evaluation")
    flash_done(N_("Thank you. It is on record."))
    return redirect(url_for("volunteer_record_me.one", entry=entry), 303)


@blueprint.post("/me/volunteer/record/<entry>/dispute")
@signed_in
def dispute(entry: str) -> View:
    """Dispute the hours of one's own session."""
    try:
        with unit_of_work() as session:
            cases.dispute(session, _own_entry(session, entry), _claim(request.form), current_actor())
    except Problem as problem:
        with read_scope() as session:
            return _page(session, _own_entry(session, entry), 422, problem, "dispute")
    flash_done(N_("Your objection is with the staff. Somebody who had no part in it will answer."))
    return redirect(url_for("volunteer_record_me.one", entry=entry), 303)


def _claim(form: Any) -> str:
    """The words of a dispute, with the times claimed in front; the words themselves are needed."""
    words, times = form.get("text", "").strip(), [form.get(name, "").strip()[:5] for name in ("from", "to")]
    return f"[{times[0] or '?'}–{times[1] or '?'}] {words}" if words and any(times) else words


@blueprint.post("/me/volunteer/record/<entry>/evidence/<objection>")
@signed_in
def evidence(entry: str, objection: str) -> View:
    """Add to a dispute or complaint about one's own session, on whichever side one stands."""
    try:
        with unit_of_work() as session:
            found = case_of(session, _own_entry(session, entry), objection)
            objector = _raised(found, current_actor().account_id) or found.subject_type == DISPUTE
            cases.add_evidence(
                session, found, request.form.get("words", ""), current_actor(), objector=objector
            )
    except Problem as problem:
        with read_scope() as session:
            return _page(session, _own_entry(session, entry), 422, problem, "evidence")
    flash_done(N_("It is on record; both sides and whoever answers read it."))
    return redirect(url_for("volunteer_record_me.one", entry=entry), 303)


# --- leaders ---


@blueprint.get("/me/volunteer/evaluate")
@signed_in
def to_evaluate() -> View:
    """Sessions of the teams that one leads, those not evaluated yet first."""
    args = list_args(size=20)
    with read_scope() as session:
        kept, teams = _leading(session)
        rows, total = evaluations.of_teams(session, teams, kept, limit=args.size, offset=args.offset)
        return show(
            "volunteer/record/to_evaluate.html",
            page=Paged(rows, total, args.page, args.size),
            best=evaluations.BEST,
        )


def _leading(session: Session) -> tuple[int, set[int]]:
    """The reader's kept id and the teams they lead; 404 for somebody who leads none."""
    kept, rows = next(iter(groups(session, [_own(session).id]).items()))
    teams = leads(session, rows)
    if not teams:
        missing()
    return kept, teams


@blueprint.post("/me/volunteer/evaluate/<entry>")
@signed_in
def evaluate_member(entry: str) -> View:
    """What a leader says of a session of their team."""
    form = request.form
    said = Said(LEADER, evaluations.as_score(form.get("score", "")), form.get("words", ""))
    with unit_of_work() as session:
        _kept, teams = _leading(session)
        credit = VolunteerCredit
        found = session.scalar(
            select(Entry)
            .join(credit, credit.entry_id == Entry.id)
            .where(Entry.public_id == entry, credit.team_id.in_(teams))
        )
        if found is None:
            missing()
        row = evaluations.evaluate(session, found, said, current_actor())
        if form.get("complaint") == "1":
            cases.complain(session, row, said.words, "", current_actor())
    flash_done(N_("Thank you. It is on record."))
    return redirect(url_for("volunteer_record_me.to_evaluate"), 303)
