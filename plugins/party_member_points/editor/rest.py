"""REST of schemes: what is published, linting a file, and drafts on their way; the rules are those of the pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Area,
    Problem,
    RestBlueprint,
    current_actor,
    current_area,
    rest_fields,
    subtree,
)

from ..models import PointsSchemeVersion
from ..schemes import publications_of, rules_of
from . import checking, differences, services, trial
from .models import PointsSchemeDraft, PointsSchemeTrial
from .schemas import (
    DraftDecisionIn,
    DraftDetail,
    DraftPatch,
    DraftsArgs,
    DraftsPage,
    DraftStepIn,
    LintIn,
    LintOut,
    SchemeDetail,
    SchemesOut,
    TrialDetail,
    TrialIn,
    TrialOut,
)
from .views import draft_here
from .views_published import published_here
from .views_trial import in_words

blueprint = RestBlueprint("points_rest_schemes", __name__, description="Scoring schemes and their drafts")

DRAFTS = "/areas/<code>/points/drafts"
ONE = f"{DRAFTS}/<draft>"
WRITING, DECIDING = "points.scheme", "points.approve"


@blueprint.read("/areas/<code>/points/schemes", permission="points.view", answer=SchemesOut)
def published(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Published schemes that rule here, the newest first"""
    ruling = rules_of(session, current_area().id).publications
    rows = publications_of(session, ruling[0].area_id) if ruling else []
    return {"items": [_scheme(row) for row in rows]}


@blueprint.read("/areas/<code>/points/schemes/<publication>", permission="points.view", answer=SchemeDetail)
def scheme(session: Session, args: dict[str, Any], code: str, publication: str) -> Mapping[str, Any]:
    """One published scheme with its file"""
    row = published_here(session, publication)
    return {**_scheme(row), "format": row.format, "text": row.text}


def _scheme(row: PointsSchemeVersion) -> dict[str, Any]:
    return {
        "id": services.publication_key(row), "scheme": row.scheme_id, "title": row.title,
        "effective_from": row.effective_from, "published_at": row.published_at, "sha256": row.sha256,
    }  # fmt: skip


@blueprint.create(
    "/areas/<code>/points/lint", permission=WRITING, body=LintIn, answer=LintOut, status=200, key_needed=False
)
def lint(session: Session, given: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Lint a scheme file; nothing is kept"""
    checked = checking.check(services.as_toml(given["text"], given["format"]))
    return {"ok": checked.sound, "findings": _findings(checked)}


def _findings(checked: checking.Checked) -> list[dict[str, Any]]:
    return [
        {"code": r.code, "place": r.place, "line": r.line, "message": r.says, "error": r.error}
        for r in checked.remarks
    ]


@blueprint.read(DRAFTS, permission=WRITING, query=DraftsArgs, answer=DraftsPage)
def drafts(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Drafts of an area and below, the last changed first"""
    draft = PointsSchemeDraft
    query = select(draft).where(draft.area_id.in_(subtree(current_area().id)))
    if args["state"]:
        query = query.where(draft.state == args["state"])
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = session.scalars(
        query.order_by(draft.changed_at.desc(), draft.id.desc())
        .limit(args["size"])
        .offset(rest_fields.offset(args))
    )
    return rest_fields.paged([_draft(row) for row in rows], total, args)


def _draft(row: PointsSchemeDraft) -> dict[str, Any]:
    return {
        "id": row.public_id, "scheme": row.scheme_id, "title": row.title, "state": row.state,
        "effective_from": row.effective_from, "sha256": row.sha256,
    }  # fmt: skip


def _detail(session: Session, row: PointsSchemeDraft) -> dict[str, Any]:
    checked = checking.check(row.text)
    old = services.published_data(services.compared_with(session, row))
    changes = differences.changes(old, checked.data) if checked.data is not None else []
    return {
        **_draft(row),
        "text": row.text,
        "findings": _findings(checked),
        "changes": [vars(change) for change in changes],
        "steps": [
            {"act": e.act, "by": e.actor, "at": e.at, "reason": e.reason, "sha256": e.sha256}
            for e in services.events_of(session, row)
        ],
    }


@blueprint.create(DRAFTS, permission=WRITING, body=LintIn, answer=DraftDetail)
def begin(session: Session, given: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Begin a draft with a file"""
    text = services.as_toml(given["text"], given["format"])
    area = session.get_one(Area, current_area().id)
    return _detail(session, services.create(session, area, text, current_actor()))


@blueprint.read(ONE, permission=WRITING, answer=DraftDetail)
def one(session: Session, args: dict[str, Any], code: str, draft: str) -> Mapping[str, Any]:
    """One draft with its text, what the linter says and what it changes"""
    return _detail(session, draft_here(session, draft))


def _loaded(session: Session, code: str, draft: str) -> dict[str, Any]:
    return _detail(session, draft_here(session, draft))


@blueprint.change(ONE, permission=WRITING, body=DraftPatch, answer=DraftDetail, load=_loaded)
def change(session: Session, found: dict[str, Any], given: dict[str, Any]) -> Mapping[str, Any]:
    """Put another text in the place of a draft's"""
    row = draft_here(session, found["id"])
    services.save(session, row, services.as_toml(given["text"], "toml"), row.revision, current_actor())
    return _detail(session, row)


@blueprint.create(f"{ONE}/steps", permission=WRITING, body=DraftStepIn, answer=DraftDetail)
def step(session: Session, given: dict[str, Any], code: str, draft: str) -> Mapping[str, Any]:
    """Submit a draft, take it back or withdraw it"""
    row, actor = draft_here(session, draft), current_actor()
    if given["step"] == "submit":
        if given["first_day"] is None:
            raise Problem("bad_date", N_("Give a date as 2026-03-07."), field="from")
        services.submit(session, row, given["first_day"], given["reason"], actor)
    elif given["step"] == "take_back":
        services.take_back(session, row, actor)
    else:
        services.withdraw(session, row, given["reason"], actor)
    return _detail(session, row)


@blueprint.create(f"{ONE}/decisions", permission=DECIDING, body=DraftDecisionIn, answer=DraftDetail)
def decision(session: Session, given: dict[str, Any], code: str, draft: str) -> Mapping[str, Any]:
    """Approve a submitted draft, return it, or publish an approved one"""
    row, actor = draft_here(session, draft), current_actor()
    if given["decision"] == "approve":
        services.approve(session, row, given["reason"], actor)
    elif given["decision"] == "return":
        services.give_back(session, row, given["reason"], actor)
    else:
        services.publish_draft(session, row, actor)
    return _detail(session, row)


@blueprint.create(f"{ONE}/trials", permission=WRITING, body=TrialIn, answer=TrialOut)
def order(session: Session, given: dict[str, Any], code: str, draft: str) -> Mapping[str, Any]:
    """Try a draft on the real data of a period; ask for the outcome after that"""
    row = draft_here(session, draft)
    return _trial(row, trial.order(session, row, given["period"], given["whole"], current_actor()))


def _trial(row: PointsSchemeDraft, found: PointsSchemeTrial) -> dict[str, Any]:
    return {
        "done": found.computed_at is not None, "fresh": found.sha256 == row.sha256, "period": found.period,
        "whole": found.whole, "people": found.people, "changed": found.changed, "regraded": found.regraded,
    }  # fmt: skip


@blueprint.read(f"{ONE}/trial", permission=WRITING, query=rest_fields.PageArgs, answer=TrialDetail)
def outcome(session: Session, args: dict[str, Any], code: str, draft: str) -> Mapping[str, Any]:
    """The latest dry run of a draft: who changes, and why"""
    row = draft_here(session, draft)
    found = services.latest_trial(session, row)
    if found is None:
        raise Problem("not_tried", N_("This draft was not tried on real data yet."))
    lines, total = trial.lines_of(session, found, limit=args["size"], offset=rest_fields.offset(args))
    items = [
        {
            "id": shown.public_id,
            "name": shown.name,
            "total_before": shown.line.total_before,
            "total_after": shown.line.total_after,
            "grade_before": shown.line.grade_before,
            "grade_after": shown.line.grade_after,
            "why": [in_words(reason) for reason in shown.why],
        }
        for shown in lines
    ]
    return {**_trial(row, found), **rest_fields.paged(items, total, args)}
