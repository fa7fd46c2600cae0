"""``pointsys jobs``: do background work in a process of its own, list it, cancel it."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING

import click

from pointsys.commands.console import emit, json_option, progress, table
from pointsys.commands.frame import FAILED, site_app, site_command
from pointsys.commands.texts import _, sentence
from pointsys.kit.problems import N_, Problem

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from pointsys.core.jobs import Job

_LOOK_SECONDS = 0.5
_SHOWN = 50


@click.group(help=N_("Background work: do it in a process of its own, list it, cancel it."))
def jobs() -> None:
    """Commands about background work."""


@jobs.command(help=N_("Do background work until interrupted; for sites whose setting jobs is off."))
@click.option(
    "--threads", type=click.IntRange(1, 16), default=2, help=N_("How many jobs at once; 2 by default.")
)
@click.option("--wait", "job_id", help=N_("Show the progress of this job and end with it."))
@click.option("--once", is_flag=True, help=N_("Do what waits now, then end."))
@json_option
def run(threads: int, job_id: str | None, once: bool, as_json: bool) -> int:
    """Work; exit code 1 when the job that was waited for did not get done."""
    from pointsys.core import one_host
    from pointsys.core.jobs.running import run_waiting, worker_name
    from pointsys.serving.workers import Workers
    from pointsys.web.logging_json import start_logging, stop_logging

    with site_app() as app:
        if job_id is not None:
            _find_now(job_id)
        if once:
            one_host.refuse_second_host()
            done = run_waiting(worker_name())
            if as_json:
                emit({"done": done})
            else:
                click.echo(_("Jobs done: %(count)s.", count=done))
            return 0
        lines = start_logging(app.config["POINTSYS"].logs)
        ending = _until_interrupted()
        workers = Workers(app, threads=threads, stopping=ending.is_set)
        workers.start()
        try:
            if job_id is not None:
                return _watch(job_id, ending, as_json)
            click.echo(_("Doing background work (end with Ctrl-C)"), err=True)
            while not ending.wait(_LOOK_SECONDS):
                pass
        finally:
            workers.stop()
            stop_logging(lines)
    return 0


def _until_interrupted() -> threading.Event:
    """An event that SIGTERM and Ctrl-C set; a second Ctrl-C ends at once."""
    ending = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        return ending

    def on_signal(number: int, _frame: object) -> None:
        if number == signal.SIGINT:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        # Not from here: the waiting thread may hold the event's lock just now.
        threading.Thread(target=ending.set, daemon=True).start()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    return ending


def _watch(public_id: str, ending: threading.Event, as_json: bool) -> int:
    from pointsys.core.jobs.models import DONE, OPEN

    job = _find_now(public_id)
    with progress(_("Working"), job.total or None) as update:
        while job.state in OPEN and not ending.wait(_LOOK_SECONDS):
            job = _find_now(public_id)
            update(job.done)
    if as_json:
        emit(_as_json(job))
    else:
        click.echo(_line(job))
    return 0 if job.state == DONE else FAILED


@jobs.command(name="list", help=N_("List background work, the newest first."))
@click.option("--all", "everything", is_flag=True, help=N_("Also what has ended."))
@json_option
@site_command
def list_jobs(everything: bool, as_json: bool) -> None:
    """One line a job."""
    from sqlalchemy import select

    from pointsys.core.jobs.models import OPEN, Job
    from pointsys.core.unit_of_work import read_scope

    query = select(Job).order_by(Job.id.desc()).limit(_SHOWN)
    if not everything:
        query = query.where(Job.state.in_(OPEN))
    with read_scope() as session:
        found = list(session.scalars(query))
        if as_json:
            emit({"jobs": [_as_json(job) for job in found]})
            return
        rows = [(job.public_id, _state(job), _title(job), _how_far(job), job.created_by) for job in found]
    if rows:
        table(rows)
    else:
        click.echo(_("No background work."))


@jobs.command(help=N_("Cancel a job: at once while it waits, else before its next step."))
@click.argument("job_id")
@json_option
@site_command
def cancel(job_id: str, as_json: bool) -> None:
    """Cancel; what its finished steps did stands."""
    from pointsys.core.actors import operator
    from pointsys.core.jobs import cancel as cancel_job
    from pointsys.core.unit_of_work import unit_of_work

    with unit_of_work(drain=False) as session:
        job = _find(session, job_id)
        cancel_job(session, job, operator())
        state = job.state
    if as_json:
        emit({"id": job_id, "state": state})
    else:
        click.echo(_("Cancelled.") if state == "cancelled" else _("It ends at its next step."))


def _find(session: Session, public_id: str) -> Job:
    from pointsys.core.jobs.services import find_job

    job = find_job(session, public_id)
    if job is None:
        raise Problem("unknown_job", N_("There is no job with the id %(id)s."), id=public_id)
    return job


def _find_now(public_id: str) -> Job:
    """The job as it is now, for use outside the session."""
    from pointsys.core.unit_of_work import read_scope

    with read_scope() as session:
        job = _find(session, public_id)
        session.refresh(job)
        session.expunge(job)
        return job


def _state(job: Job) -> str:
    words = {
        "queued": _("Waiting"),
        "running": _("At work"),
        "done": _("Finished"),
        "failed": _("Not done"),
        "cancelled": _("Cancelled"),
    }
    return words[job.state]


def _title(job: Job) -> str:
    from pointsys.core.jobs.kinds import job_kind

    kind = job_kind(job.kind)
    return _(kind.title) if kind is not None else job.kind


def _how_far(job: Job) -> str:
    return f"{job.done}/{job.total}" if job.total else "-"


def _line(job: Job) -> str:
    from pointsys.core.jobs.services import problem_of

    problem = problem_of(job)
    return f"{_title(job)}: {_state(job)}" + (f". {sentence(problem)}" if problem else "")


def _as_json(job: Job) -> dict[str, object]:
    from pointsys.core.jobs.services import problem_of

    problem = problem_of(job)
    return {
        "id": job.public_id, "kind": job.kind, "state": job.state, "done": job.done, "total": job.total,
        "attempts": job.attempts, "created_by": job.created_by,
        "error": None if problem is None else {"code": problem.code, "message": sentence(problem)},
    }  # fmt: skip
