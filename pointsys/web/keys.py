"""The site's keys for the security administrator: which there are, what stands under each, and changing them.

The keys themselves are never shown. Retiring and copying them needs a terminal: the file is the operator's.
"""

from __future__ import annotations

import json

from flask import Blueprint, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.access import area_scope, current_actor, current_area, current_path, require_again
from pointsys.core.jobs import enqueue, services
from pointsys.core.jobs.models import CANCELLED, DONE, FAILED, OPEN, QUEUED, RUNNING, Job
from pointsys.core.rotation.jobs import KIND
from pointsys.core.rotation.models import DATA, INDEX
from pointsys.core.rotation.status import key_status
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem
from pointsys.web.frame import flash_outcome, flash_problem, show
from pointsys.web.scope import missing

blueprint = Blueprint("keys", __name__)

View = Response | tuple[str, int]

PURPOSES = {DATA: N_("Seals phones, ID numbers and second factors"), INDEX: N_("Finds phones and ID numbers")}
STATES = {"present": (N_("in use"), "ok"), "old": (N_("old"), "off"), "next": (N_("prepared"), "wait")}
WORK = {
    QUEUED: (N_("Waiting"), "wait"),
    RUNNING: (N_("At work"), "wait"),
    DONE: (N_("Finished"), "ok"),
    FAILED: (N_("Not done"), "no"),
    CANCELLED: (N_("Cancelled"), "off"),
}
# What may be changed from here: value of the form -> purposes.
CHOICES = {"both": (DATA, INDEX), DATA: (DATA,), INDEX: (INDEX,)}


def _last_job(session: Session) -> Job | None:
    return session.scalar(select(Job).where(Job.kind == KIND).order_by(Job.id.desc()).limit(1))


def _work(job: Job | None) -> dict[str, object]:
    running = job is not None and job.state == RUNNING and job.total
    return {
        "job": job,
        "work": WORK,
        "open": job is not None and job.state in OPEN,
        "share": min(100, 100 * job.done // job.total) if job is not None and running else None,
        "problem": services.problem_of(job) if job is not None else None,
        "result": json.loads(job.result) if job is not None else {},
    }


@blueprint.get("/a/<code>/keys")
@area_scope("keys.manage")
def page(code: str) -> View:
    """Versions, values under each, and the last change; of the whole site."""
    root = current_path()[0]
    if root.code != code:
        return redirect(url_for("keys.page", code=root.code))
    with read_scope() as session:
        return show(
            "keys/page.html", status=key_status(session), purposes=PURPOSES, states=STATES,
            **_work(_last_job(session)),
        )  # fmt: skip


def _root_only() -> None:
    """There are keys for the whole site alone: whoever manages a part of it does not change them."""
    if current_area().parent_id is not None:
        missing()


@blueprint.get("/a/<code>/keys/progress")
@area_scope("keys.manage")
def progress(code: str) -> View:
    """How far the change is, for the page to ask each second; once it has ended the page is loaded anew."""
    _root_only()
    with read_scope() as session:
        values = _work(_last_job(session))
        if not values["open"]:
            answer = Response(status=204)
            answer.headers["HX-Refresh"] = "true"
            return answer
        return show("keys/_progress.html", **values)


@blueprint.post("/a/<code>/keys/rotate")
@area_scope("keys.manage")
def rotate(code: str) -> View:
    """Order a change of keys, or going on with one."""
    _root_only()
    purposes = CHOICES.get(request.form.get("purposes", ""), CHOICES["both"])
    root = current_path()[0]
    try:
        with unit_of_work(drain=False) as session:
            require_again(session, "keys.manage", current_area().id)
            enqueue(session, KIND, root.id, {"purposes": list(purposes)}, current_actor())
    except Problem as problem:
        flash_problem(problem)
    return redirect(url_for("keys.page", code=root.code), 303)


@blueprint.post("/a/<code>/keys/cancel")
@area_scope("keys.manage")
def cancel(code: str) -> View:
    """Let the change rest: what was moved stands, and both keys stay until it goes on."""
    _root_only()
    with (
        flash_outcome(N_("It ends at the next step. What it did so far stands.")),
        unit_of_work(drain=False) as session,
    ):
        require_again(session, "keys.manage", current_area().id)
        job = _last_job(session)
        if job is None:
            raise Problem("job_finished", services.FINISHED)
        services.cancel(session, job, current_actor())
    return redirect(url_for("keys.page", code=current_path()[0].code), 303)
