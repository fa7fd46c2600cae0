"""Background work of an area: what waits and runs, how far it is, cancelling it, and fetching what it made.

Everybody sees what they started themselves; administrators see that there is more, and may stop it. The file is for
the one who started the job alone, as long as they may still see the area.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from flask import Blueprint, redirect, send_file, url_for
from flask_babel import gettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.access import area_scope, current_actor, current_area, may, require_again
from pointsys.core.jobs import kinds, results, services
from pointsys.core.jobs.models import CANCELLED, DONE, FAILED, OPEN, QUEUED, RUNNING, Job
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_
from pointsys.web.frame import flash_outcome, show
from pointsys.web.list_export import ListColumn, export_asked, local, send_list
from pointsys.web.lists import Paged, list_args
from pointsys.web.scope import in_area, missing

blueprint = Blueprint("jobs", __name__)

View = Response | tuple[str, int]

STATES = {
    QUEUED: (N_("Waiting"), "wait"),
    RUNNING: (N_("At work"), "wait"),
    DONE: (N_("Finished"), "ok"),
    FAILED: (N_("Not done"), "no"),
    CANCELLED: (N_("Cancelled"), "off"),
}


def _sees_all() -> bool:
    return may("site.health")


def _job(session: Session, public_id: str) -> Job:
    job = services.find_job(session, public_id)
    if job is None or job.area_id is None or not in_area(session, job.area_id):
        missing()
    if job.created_by_account != current_actor().account_id and not _sees_all():
        missing()
    return job


def _values(job: Job) -> dict[str, object]:
    kind = kinds.job_kind(job.kind)
    return {
        "job": job,
        "title": kind.title if kind is not None else job.kind,
        "states": STATES,
        "open": job.state in OPEN,
        "share": min(100, 100 * job.done // job.total) if job.total and job.state == RUNNING else None,
        "problem": services.problem_of(job),
        "result": json.loads(job.result),
        "own": job.created_by_account == current_actor().account_id,
        "has_file": results.path_of(job) is not None,
    }


def _columns(titles: Mapping[str, str]) -> list[ListColumn]:
    return [
        ListColumn(N_("What"), lambda job: str(gettext(titles.get(job.kind, job.kind)))),
        ListColumn(N_("State"), lambda job: str(gettext(STATES[job.state][0]))),
        ListColumn(N_("Started by"), lambda job: job.created_by),
        ListColumn(N_("Ordered"), lambda job: local(job.created_at)),
        ListColumn(N_("Ended"), lambda job: local(job.finished_at)),
    ]


@blueprint.get("/a/<code>/jobs")
@area_scope("jobs.view")
def index(code: str) -> View:
    """One's own jobs here and below, the newest first."""
    args = list_args("state", size=20)
    account = None if _sees_all() else current_actor().account_id or 0
    states = [args["state"]] if args["state"] in STATES else []
    with read_scope() as session:
        query = services.jobs_in(current_area().id, account, states)
        total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
        titles = {item.name: item.title for item in kinds.declared()}

        def fetch(page: int, size: int) -> Paged[Job]:
            return Paged(
                list(session.scalars(query.offset((page - 1) * size).limit(size))), total, page, size
            )

        if export_asked():
            return send_list(N_("Background work"), _columns(titles), fetch)
        page = fetch(args.page, args.size)
        return show("jobs/index.html", args=args, page=page, states=STATES, titles=titles)


@blueprint.get("/a/<code>/jobs/<job>")
@area_scope("jobs.view")
def job(code: str, job: str) -> View:
    """One job: how far it is, or how it ended."""
    with read_scope() as session:
        return show("jobs/job.html", **_values(_job(session, job)))


@blueprint.get("/a/<code>/jobs/<job>/progress")
@area_scope("jobs.view")
def progress(code: str, job: str) -> View:
    """How far it is, for the page to ask each second; once it has ended the page is loaded anew."""
    with read_scope() as session:
        values = _values(_job(session, job))
        if not values["open"]:
            answer = Response(status=204)
            answer.headers["HX-Refresh"] = "true"
            return answer
        return show("jobs/_progress.html", **values)


@blueprint.post("/a/<code>/jobs/<job>/cancel")
@area_scope("jobs.view")
def cancel(code: str, job: str) -> View:
    """Stop it."""
    with (
        flash_outcome(N_("It ends at the next step. What it did so far stands.")),
        unit_of_work(drain=False) as session,
    ):
        found = _job(session, job)
        require_again(session, "jobs.view", current_area().id)
        services.cancel(session, found, current_actor())
    return redirect(url_for("jobs.job", code=code, job=job), 303)


@blueprint.get("/a/<code>/jobs/<job>/file")
@area_scope("jobs.view")
def file(code: str, job: str) -> View:
    """The file that it made, for the one who started it."""
    with read_scope() as session:
        found = _job(session, job)
        path = results.path_of(found)
        if path is None or found.created_by_account != current_actor().account_id:
            missing()
        name, kind = found.file_name, found.file_type
    answer: Response = send_file(path, kind, as_attachment=True, download_name=name, conditional=False)
    return answer
