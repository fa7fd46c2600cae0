"""Imports too large to wait for, as jobs: making the preview of a batch, and applying it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from pointsys.core import permissions
from pointsys.core.batches import COMMITTED, STAGED, Batch
from pointsys.core.imports import staging
from pointsys.core.jobs.kinds import JobKind
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem

if TYPE_CHECKING:
    from pointsys.core.jobs.running import JobRun

CHECK = "imports.check"
APPLY = "imports.apply"
STEPS = {
    "checking": N_("Checking the rows"),
    "staging": N_("Keeping the rows"),
    "applying": N_("Importing"),
    "deriving": N_("Computing"),
}
BROKEN = N_("Something went wrong on our side. Nothing was imported; try again, or tell the IT office.")


def _state(batch_id: int) -> str:
    with read_scope() as session:
        return session.get_one(Batch, batch_id).state


def _note(batch_id: int, problem: Problem) -> None:
    """Keep the reason with the batch, too: that is the page where somebody waits for it."""
    with unit_of_work(drain=False) as session:
        staging.note_problem(session.get_one(Batch, batch_id), problem)


def _told(run: JobRun, phase: str, done: int, total: int) -> None:
    run.step(done, total, STEPS.get(phase, ""))


def check(run: JobRun) -> Mapping[str, object]:
    """Make the preview of ``args["batch"]``; doing it twice gives the same preview."""
    from pointsys.core.imports import wizard

    batch_id = int(run.args["batch"])
    if _state(batch_id) == STAGED:
        return {}
    try:
        wizard.check_batch(batch_id, run.actor, lambda *progress: _told(run, *progress))
    except Problem as problem:
        _note(batch_id, problem)
        raise
    except Exception:
        _note(batch_id, Problem("failed", BROKEN))
        raise
    return {}


def apply(run: JobRun) -> Mapping[str, object]:
    """Make ``args["batch"]`` real, unless that was done already; its rows are one transaction."""
    from pointsys.core.imports import runner

    batch_id, rows = int(run.args["batch"]), int(run.args["rows"])
    if _state(batch_id) != COMMITTED:
        try:
            _apply(run, batch_id)
        except Problem as problem:
            _note(batch_id, problem)
            raise
        except Exception:
            _note(batch_id, Problem("failed", BROKEN))
            raise
    failed = runner.derive(lambda *progress: _told(run, *progress), rows)
    return {"derive_failed": list(failed)}


def _apply(run: JobRun, batch_id: int) -> None:
    from pointsys.core.imports import runner

    def permit(session: Session) -> None:
        if not permissions.may(session, run.actor, str(run.args["permission"]), int(run.area_id or 0)):
            raise Problem("not_allowed", N_("You may not import here any more."))

    # Nothing tells progress in the one transaction, so the job is cancelled before it or not at all.
    run.step(0, text=STEPS["applying"])
    runner.apply_batch(batch_id, run.actor, skip_errors=bool(run.args["skip"]), permit=permit)


JOBS = (
    JobKind(CHECK, N_("Preview of an import"), check),
    JobKind(APPLY, N_("Import"), apply),
)
