"""Doing one job: take it, call its kind with a way to tell its progress, write down how it ended."""

from __future__ import annotations

import logging
import os
import platform
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from pointsys.core.accounts.models import Account, RoleGrant
from pointsys.core.actors import Actor, Grant
from pointsys.core.jobs import results
from pointsys.core.jobs.kinds import job_kind
from pointsys.core.jobs.models import CANCELLED, DONE, FAILED, RUNNING, Job
from pointsys.core.jobs.services import ATTEMPTS, UNKNOWN_KIND, Claim, claim, finish, hand_back, sweep
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem

# Progress is written at most this often: each time is a commit.
EVERY_SECONDS = 1.0
BROKEN = N_("Something went wrong on our side. Start it anew; if it happens again, tell the IT office.")
GONE = N_("The account that started this is disabled, so it was not done.")

log = logging.getLogger(__name__)


class Cancelled(BaseException):
    """Somebody cancelled the job; what its finished steps did stands.

    Like the next two no Exception: whoever calls ``step`` in between must not take it for a failure.
    """


class HandedBack(BaseException):
    """The process has to end: the job goes back into the queue."""


class LeaseLost(BaseException):
    """Another worker has the job: whatever this one would write is not wanted."""


def worker_name() -> str:
    """This process among all that do jobs."""
    return f"{platform.node()[:80]}:{os.getpid()}"


class JobRun:
    """What a kind's ``run`` is given: its arguments, who started it, and the ways to tell progress and keep a file."""

    def __init__(self, claimed: Claim, actor: Actor, stopping: Callable[[], bool]) -> None:
        self.public_id = claimed.public_id
        self.args: Mapping[str, Any] = claimed.args
        self.area_id = claimed.area_id
        self.attempt = claimed.attempt
        self.actor = actor
        self._claimed = claimed
        self._stopping = stopping
        self._told = (time.monotonic(), "")
        self.kept: dict[str, object] = {}

    def step(self, done: int, total: int | None = None, text: str = "") -> None:
        """Tell how far the work is (``text``: of the catalog); call it between units of work, never inside one.

        Raises Cancelled or HandedBack when the work is to end here; let both pass.
        """
        if self._stopping():
            raise HandedBack
        when, before = self._told
        if text == before and done != total and time.monotonic() - when < EVERY_SECONDS:
            return
        self._told = (time.monotonic(), text)
        changes: dict[str, object] = {"done": done, "step": text}
        if total is not None:
            changes["total"] = total
        with unit_of_work(drain=False) as session:
            mine = self._claimed.still_mine().values(**changes).returning(Job.cancel_asked)
            row = session.execute(mine.execution_options(synchronize_session=False)).first()
        if row is None:
            raise LeaseLost
        if row.cancel_asked:
            raise Cancelled

    def file(self, name: str, content_type: str) -> Path:
        """Where to write the result, a file that the one who started the job may fetch for 24 hours as ``name``."""
        path = results.new_path()
        self.kept = {"file": path.name, "file_name": name[:200], "file_type": content_type[:100]}
        return path


def run_job(public_id: str, worker: str, stopping: Callable[[], bool] = lambda: False) -> str | None:
    """Do one job if it still waits; returns its new state, None if it was not ours to do. Raises nothing of the job's.

    Raises the database's error where even the outcome could not be written; the lease then ends by itself.
    """
    with unit_of_work(drain=False) as session:
        claimed = claim(session, public_id, worker)
        actor = None if claimed is None else _actor_of(session, claimed)
    if claimed is None:
        return None
    run = JobRun(claimed, actor or Actor(claimed.created_by), stopping)
    problem: Problem | None = None
    result: Mapping[str, object] | None = None
    try:
        if actor is None:
            raise Problem("account_disabled", GONE)
        kind = job_kind(claimed.kind)
        if kind is None:
            raise Problem("unknown_job", UNKNOWN_KIND)
        result = kind.run(run)
        state = DONE
    except Problem as refused:
        state, problem = FAILED, refused
    except Cancelled:
        state = CANCELLED
    except LeaseLost:
        results.remove(run.kept.get("file"))
        return None
    except HandedBack:
        return _again(claimed, run)
    except OperationalError as error:
        log.warning("job %s: the database refused: %s", claimed.public_id, type(error.orig).__name__)
        if claimed.attempt < ATTEMPTS:
            # The lease ends, and the sweep tries it once more when the database may be back.
            results.remove(run.kept.get("file"))
            return RUNNING
        state, problem = FAILED, Problem("failed", BROKEN)
    except Exception:
        log.exception("job %s of kind %s failed", claimed.public_id, claimed.kind)
        state, problem = FAILED, Problem("failed", BROKEN)
    return _end(claimed, run, state, result, problem)


def _again(claimed: Claim, run: JobRun) -> str:
    results.remove(run.kept.get("file"))
    with unit_of_work(drain=False) as session:
        hand_back(session, claimed)
    return "queued"


def _end(
    claimed: Claim, run: JobRun, state: str, result: Mapping[str, object] | None, problem: Problem | None
) -> str | None:
    values: dict[str, object] = {}
    if state == DONE and run.kept:
        values = {**run.kept, "expires_at": current_site().now() + results.KEPT}
    else:
        results.remove(run.kept.get("file"))
    with unit_of_work(drain=False) as session:
        mine = finish(session, claimed, state, run.actor, result=result, problem=problem, values=values)
    if not mine:
        results.remove(run.kept.get("file"))
        return None
    return state


def _actor_of(session: Session, claimed: Claim) -> Actor | None:
    """Who started the job, with the roles that they have now; None if they may not sign in any more."""
    if claimed.created_by_account is None:
        # The command line or the system itself.
        return Actor(claimed.created_by, unrestricted=True)
    account = session.get(Account, claimed.created_by_account)
    if account is None or account.disabled_at is not None:
        return None
    grants = session.execute(
        select(RoleGrant.role, RoleGrant.area_id).where(
            RoleGrant.account_id == account.id, RoleGrant.ended_at.is_(None)
        )
    )
    return Actor(
        account.login,
        account_id=account.id,
        person_id=account.person_id,
        grants=tuple(Grant(role, area_id) for role, area_id in grants),
        account=account.public_id,
    )


def run_waiting(worker: str | None = None) -> int:
    """Do everything that waits, in this thread; returns how many jobs were done. For commands and tests."""
    done = 0
    while True:
        with unit_of_work(drain=False) as session:
            waiting = sweep(session)
        if not waiting:
            return done
        for public_id in waiting:
            done += run_job(public_id, worker or worker_name()) is not None


def state_of(public_id: str) -> str | None:
    """The state of a job; None where there is none with this id."""
    with read_scope() as session:
        return session.scalar(select(Job.state).where(Job.public_id == public_id))
