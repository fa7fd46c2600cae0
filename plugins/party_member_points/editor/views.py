"""Pages of drafts: the list, beginning one, one draft with its steps and what it changes, and the acts of its way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Area,
    ListColumn,
    Paged,
    Problem,
    area_scope,
    current_actor,
    current_area,
    current_site,
    drain,
    export_asked,
    flash_outcome,
    flash_problem,
    job_open,
    list_args,
    may,
    missing,
    parse_date,
    read_scope,
    send_list,
    show,
    subtree,
    unit_of_work,
)

from .. import presets
from ..models import PointsSchemeVersion
from ..schemes import mark_members, publications_of, rules_of
from . import checking, differences, services, trial, words
from .models import OPEN, STATES, PointsSchemeDraft
from .toml_text import write

blueprint = Blueprint("points_editor", __name__)

LARGEST_FILE = 2_000_000
# A page waits for so many people's scores; a larger crowd is left to the next round of draining.
AT_ONCE = 200


def draft_here(session: Session, public_id: str) -> PointsSchemeDraft:
    """The draft with this outside id of the page's area or below; 404 for any other."""
    found = session.scalar(
        select(PointsSchemeDraft).where(
            PointsSchemeDraft.public_id == public_id,
            PointsSchemeDraft.area_id.in_(subtree(current_area().id)),
        )
    )
    if found is None:
        missing()
    return found


@blueprint.get("/a/<code>/points/schemes")
@area_scope("points.scheme")
def index(code: str) -> Any:
    """The drafts here and below, the newest first, and what was published for this area."""
    args = list_args("state", size=20)
    draft = PointsSchemeDraft
    with read_scope() as session:
        query = select(draft, Area.name).join(Area, Area.id == draft.area_id)
        query = query.where(draft.area_id.in_(subtree(current_area().id)))
        if args["state"] in STATES:
            query = query.where(draft.state == args["state"])
        if args.q:
            query = query.where(draft.title.contains(args.q, autoescape=True))
        total = session.scalar(select(func.count()).select_from(query.subquery())) or 0

        def fetch(page: int, size: int) -> Paged[Any]:
            rows = session.execute(
                query.order_by(draft.changed_at.desc(), draft.id.desc()).limit(size).offset((page - 1) * size)
            )
            return Paged(list(rows), total, page, size)

        if export_asked():
            return send_list(N_("Drafts of schemes"), _columns(), fetch)
        return show(
            "points/drafts.html",
            args=args,
            page=fetch(args.page, args.size),
            states=words.STATES,
            published=publications_of(session, current_area().id),
            today=current_site().today(),
        )


def _columns() -> list[ListColumn]:
    from flask_babel import gettext

    return [
        ListColumn(N_("Title"), lambda row: row[0].title),
        ListColumn(N_("Area"), lambda row: row[1]),
        ListColumn(N_("State"), lambda row: str(gettext(words.STATES[row[0].state][0]))),
        ListColumn(N_("Takes effect on"), lambda row: row[0].effective_from, "date"),
        ListColumn(N_("Changed"), lambda row: current_site().local(row[0].changed_at).date(), "date"),
    ]


@blueprint.get("/a/<code>/points/schemes/new")
@area_scope("points.scheme")
def new(code: str) -> Any:
    """What a draft can begin with: what rules here, a shipped scheme, a file, or a few lines."""
    with read_scope() as session:
        ruling = rules_of(session, current_area().id).publications
        return show(
            "points/draft_new.html",
            ruling=ruling[-1] if ruling else None,
            presets=presets.shown(),
        )


@blueprint.post("/a/<code>/points/schemes/new")
@area_scope("points.scheme")
def begin(code: str) -> Any:
    """Begin a draft."""
    area_id = current_area().id
    try:
        with unit_of_work(drain=False) as session:
            _ask_again(session, "points.scheme", area_id)
            area = session.get_one(Area, area_id)
            draft = services.create(session, area, _beginning(session, area_id), current_actor())
            found = draft.public_id
    except Problem as problem:
        flash_problem(problem)
        return redirect(url_for("points_editor.new", code=code), 303)
    return redirect(url_for("points_editor_edit.edit", code=code, draft=found), 303)


def _beginning(session: Session, area_id: int) -> str:
    source = request.form.get("source", "")
    if source == "file":
        return _uploaded()
    if source == "ruling":
        ruling = rules_of(session, area_id).publications
        if ruling:
            return services.as_toml(ruling[-1].text, ruling[-1].format)
    if source in presets.SHOWN:
        return presets.text_of(source)
    if source == "blank":
        return presets.text_of("blank")
    raise Problem("bad_source", N_("Choose one of the values offered."), field="source")


def _uploaded() -> str:
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Problem("file_needed", N_("Choose a .toml or .json file."), field="file")
    raw = file.stream.read(LARGEST_FILE + 1)
    if len(raw) > LARGEST_FILE:
        raise Problem("scheme_too_large", N_("A scheme has at most 500,000 characters."), field="file")
    name = file.filename.lower()
    if not name.endswith((".toml", ".json")):
        raise Problem("bad_scheme_file", N_("A scheme is a .toml or a .json file."), field="file")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Problem(
            "bad_encoding",
            N_("%(file)s is not UTF-8: save it as UTF-8."),
            field="file",
            file=file.filename[:60],
        ) from None
    return services.as_toml(text, "json" if name.endswith(".json") else "toml")


@blueprint.get("/a/<code>/points/drafts/<draft>")
@area_scope("points.scheme")
def draft(code: str, draft: str) -> Any:
    """One draft: where it stands, who did what, what the linter says, what it changes and whom."""
    with read_scope() as session:
        found = draft_here(session, draft)
        base = services.compared_with(session, found)
        old = services.published_data(base)
        checked = checking.check(found.text)
        tried = services.latest_trial(session, found)
        approver = may(session, current_actor(), "points.approve", found.area_id)
        return show(
            "points/draft.html",
            draft=found,
            area_name=session.get_one(Area, found.area_id).name,
            states=words.STATES,
            acts=words.ACTS,
            kinds=words.KINDS,
            writable=found.state in OPEN,
            approver=approver,
            events=services.events_of(session, found),
            checked=checked,
            base=base,
            publication=session.get(PointsSchemeVersion, found.publication_id)
            if found.publication_id
            else None,
            changes=differences.changes(old, checked.data) if checked.data is not None else [],
            lines=_lines(base, old, found.text),
            trial=tried,
            at_work=tried is not None and tried.computed_at is None and job_open(session, tried.job),
            fresh=tried is not None and tried.sha256 == found.sha256,
            outcome=trial.outcome_of(tried) if tried is not None and tried.computed_at else None,
            periods=trial.offered_periods(session, found) if checked.sound else (),
            first_day=_first_day(found, checked.data),
            today=current_site().today(),
        )


def _lines(base: PointsSchemeVersion | None, old: object, text: str) -> list[differences.DiffLine]:
    if base is None:
        return []
    before = write(old) if isinstance(old, dict) and base.format == "json" else base.text
    return differences.text_difference(before, text)


def _first_day(found: PointsSchemeDraft, data: object) -> str:
    """The day from which the draft would rule: the one it was submitted for, else that of its newest version."""
    if found.effective_from is not None:
        return found.effective_from.isoformat()
    from .form import newest

    return str((newest(data) or {}).get("effective_from", ""))[:10]


Act = Callable[[Session, PointsSchemeDraft, Actor], object]


def _act(code: str, draft: str, permission: str, act: Act, done: str) -> Any:
    """Do one step of a draft, and go back to its page."""
    with flash_outcome(done), unit_of_work(drain=False) as session:
        found = draft_here(session, draft)
        _ask_again(session, permission, found.area_id)
        act(session, found, current_actor())
    return redirect(url_for("points_editor.draft", code=code, draft=draft), 303)


def _ask_again(session: Session, permission: str, area_id: int) -> None:
    if not may(session, current_actor(), permission, area_id):
        abort(403)


def _reason() -> str:
    return request.form.get("reason", "").strip()[: services.LONGEST_REASON]


@blueprint.post("/a/<code>/points/drafts/<draft>/submit")
@area_scope("points.scheme")
def submit(code: str, draft: str) -> Any:
    """Hand a draft in."""
    return _act(
        code, draft, "points.scheme", lambda s, d, a: services.submit(s, d, _day(), _reason(), a),
        N_("The draft is submitted: the sub-district approves and publishes it."),
    )  # fmt: skip


def _day() -> date:
    day = parse_date(request.form.get("from", ""))
    if day is None:
        raise Problem("bad_date", N_("Give a date as 2026-03-07."), field="from")
    return day


@blueprint.post("/a/<code>/points/drafts/<draft>/take-back")
@area_scope("points.scheme")
def take_back(code: str, draft: str) -> Any:
    """Take it back, to go on writing."""
    return _act(code, draft, "points.scheme", services.take_back, N_("You can write on it again."))


@blueprint.post("/a/<code>/points/drafts/<draft>/withdraw")
@area_scope("points.scheme")
def withdraw(code: str, draft: str) -> Any:
    """Put it away."""
    return _act(
        code, draft, "points.scheme", lambda s, d, a: services.withdraw(s, d, _reason(), a),
        N_("The draft is withdrawn; it stays readable."),
    )  # fmt: skip


@blueprint.post("/a/<code>/points/drafts/<draft>/return")
@area_scope("points.approve")
def give_back(code: str, draft: str) -> Any:
    """Return it with what is to be mended."""
    return _act(
        code, draft, "points.approve", lambda s, d, a: services.give_back(s, d, _reason(), a),
        N_("The draft is returned with your remark."),
    )  # fmt: skip


@blueprint.post("/a/<code>/points/drafts/<draft>/approve")
@area_scope("points.approve")
def approve(code: str, draft: str) -> Any:
    """Approve it."""
    return _act(
        code, draft, "points.approve", lambda s, d, a: services.approve(s, d, _reason(), a),
        N_("The draft is approved; publish it when the day has come."),
    )  # fmt: skip


@blueprint.post("/a/<code>/points/drafts/<draft>/publish")
@area_scope("points.approve")
def publish(code: str, draft: str) -> Any:
    """Freeze it as the scheme that rules, and score a community's members at once."""
    people: list[int] = []

    def act(session: Session, found: PointsSchemeDraft, actor: Actor) -> None:
        services.publish_draft(session, found, actor)
        people.extend(mark_members(session, found.area_id))

    answer = _act(
        code, draft, "points.approve", act,
        N_("The scheme is published and frozen. Points are computed anew."),
    )  # fmt: skip
    if 0 < len(people) <= AT_ONCE:
        drain(people=people)
    return answer


def default_first_day(today: date) -> str:
    """The day a further version takes effect unless somebody says otherwise: the first of next year."""
    return (date(today.year, 12, 31) + timedelta(days=1)).isoformat()
