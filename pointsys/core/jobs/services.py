"""The life of a job in the table: queued, taken, renewed, finished, cancelled, or found abandoned.

Every move is one conditional UPDATE, so that of several processes one wins. Everything works in the caller's
transaction; the queue hears of a job when that is committed.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, Select, delete, func, select, update
from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.models import subtree
from pointsys.core.jobs.kinds import job_kind
from pointsys.core.jobs.models import CANCELLED, DONE, FAILED, OPEN, QUEUED, RUNNING, Job
from pointsys.core.jobs.queue import publish
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import after_commit
from pointsys.kit.problems import N_, Problem

# Renewed every half minute; a transaction of an import may hold other writers off for a minute.
LEASE = timedelta(minutes=3)
ATTEMPTS = 3
KEPT = timedelta(days=30)

LOST = N_(
    "This work was cut off %(attempts)s times and is not tried again. Start it anew, or tell the IT office."
)
NOT_REPEATABLE = N_("This work was cut off. Look how far it came, then start it anew.")
UNKNOWN_KIND = N_("Nothing here can do this work: the plugin that brought it is not loaded.")
FINISHED = N_("This work is finished already.")


def enqueue(
    session: Session, kind: str, area_id: int | None, args: Mapping[str, object], actor: Actor, total: int = 0
) -> Job:
    """A queued job of ``kind``, which a worker takes once the caller's transaction is committed.

    ``args`` are JSON values without personal data; ``total`` is the number of steps or rows, 0 if nobody knows. The
    same order by the same actor while the first still waits gives the first. Raises Problem unknown_job.
    """
    if job_kind(kind) is None:
        raise Problem("unknown_job", UNKNOWN_KIND)
    text = json.dumps(args, ensure_ascii=False, sort_keys=True)
    waiting = select(Job).where(
        Job.state == QUEUED, Job.kind == kind, Job.area_id == area_id, Job.args == text,
        Job.created_by == actor.label,
    )  # fmt: skip
    job = session.scalar(waiting.limit(1))
    if job is None:
        job = Job(
            kind=kind, area_id=area_id, args=text, state=QUEUED, total=total, created_by=actor.label,
            created_by_account=actor.account_id, created_at=current_site().now(),
        )  # fmt: skip
        session.add(job)
        session.flush()
        audit.write(session, actor, "job.queued", "job", job.public_id, area_id=area_id, after={"kind": kind})
    public_id = job.public_id
    after_commit(session, lambda: publish(public_id))
    return job


def cancel(session: Session, job: Job, actor: Actor) -> None:
    """Stop a job: at once while it waits, else before its next step; raises Problem job_finished."""
    if job.state not in OPEN:
        raise Problem("job_finished", FINISHED)
    waiting = update(Job).where(Job.id == job.id, Job.state == QUEUED)
    if not took(session, waiting.values(state=CANCELLED, finished_at=current_site().now())):
        session.execute(_quietly(update(Job).where(Job.id == job.id).values(cancel_asked=True)))
    session.refresh(job)
    audit.write(session, actor, "job.cancelled", "job", job.public_id, area_id=job.area_id)


def _quietly(statement: Any) -> Any:
    return statement.execution_options(synchronize_session=False)


def took(session: Session, statement: Any) -> bool:
    """Whether this conditional UPDATE found its row."""
    return cast("CursorResult[Any]", session.execute(_quietly(statement))).rowcount == 1


@dataclass(frozen=True)
class Claim:
    """A job that ``worker`` has taken for its ``attempt``; every later write names both."""

    id: int
    public_id: str
    kind: str
    area_id: int | None
    args: Mapping[str, Any]
    total: int
    attempt: int
    worker: str
    created_by: str
    created_by_account: int | None

    def still_mine(self) -> Any:
        """An UPDATE of this job that finds nothing once somebody else has it."""
        return update(Job).where(
            Job.id == self.id, Job.state == RUNNING, Job.worker == self.worker, Job.attempts == self.attempt
        )


def claim(session: Session, public_id: str, worker: str) -> Claim | None:
    """Take a queued job; None when another worker has it, or it waits no longer."""
    now = current_site().now()
    statement = update(Job).where(Job.public_id == public_id, Job.state == QUEUED)
    values = {
        "state": RUNNING, "worker": worker, "lease_until": now + LEASE, "attempts": Job.attempts + 1,
        "started_at": func.coalesce(Job.started_at, now), "cancel_asked": False,
    }  # fmt: skip
    if not took(session, statement.values(**values)):
        return None
    job = session.scalars(select(Job).where(Job.public_id == public_id)).one()
    session.refresh(job)
    return Claim(
        job.id, job.public_id, job.kind, job.area_id, json.loads(job.args), job.total, job.attempts, worker,
        job.created_by, job.created_by_account,
    )  # fmt: skip


def renew(session: Session, worker: str) -> int:
    """Say that a worker is alive: all its leases run on; returns how many."""
    mine = update(Job).where(Job.state == RUNNING, Job.worker == worker)
    statement = _quietly(mine.values(lease_until=current_site().now() + LEASE))
    return cast("CursorResult[Any]", session.execute(statement)).rowcount


def hand_back(session: Session, claimed: Claim) -> None:
    """Queue a job again that this process has no time left for; the attempt does not count."""
    statement = claimed.still_mine().values(
        state=QUEUED, worker="", lease_until=None, attempts=claimed.attempt - 1
    )
    if took(session, statement):
        after_commit(session, lambda: publish(claimed.public_id))


def hand_back_all(session: Session, worker: str) -> list[str]:
    """The same for everything that a worker still has when it must end; returns the jobs' outside ids."""
    mine = select(Job.public_id).where(Job.state == RUNNING, Job.worker == worker)
    names = list(session.scalars(mine))
    session.execute(
        _quietly(
            update(Job)
            .where(Job.state == RUNNING, Job.worker == worker)
            .values(state=QUEUED, worker="", lease_until=None, attempts=Job.attempts - 1)
        )
    )
    for name in names:
        after_commit(session, lambda name=name: publish(name))  # type: ignore[misc]
    return names


def finish(
    session: Session,
    claimed: Claim,
    state: str,
    actor: Actor,
    *,
    result: Mapping[str, object] | None = None,
    problem: Problem | None = None,
    values: Mapping[str, object] | None = None,
) -> bool:
    """Close a job as done, failed or cancelled; False when somebody else has taken it over meanwhile."""
    changes: dict[str, object] = {"state": state, "finished_at": current_site().now(), "lease_until": None}
    if state == DONE:
        # Nobody asks any more how many steps there would have been.
        changes |= {"done": func.coalesce(func.nullif(Job.total, 0), Job.done), "step": ""}
    if result:
        changes["result"] = json.dumps(result, ensure_ascii=False)
    if problem is not None:
        changes["problem"] = packed(problem)
    if not took(session, claimed.still_mine().values(**changes, **(values or {}))):
        return False
    audit.write(
        session, actor, "job.finished", "job", claimed.public_id, area_id=claimed.area_id,
        result=audit.OK if state == DONE else audit.FAILED, after={"state": state},
    )  # fmt: skip
    return True


def packed(problem: Problem) -> str:
    """A problem as the table keeps it."""
    params = {key: value if isinstance(value, int) else str(value) for key, value in problem.params.items()}
    return json.dumps([problem.code, problem.message, params], ensure_ascii=False)


def problem_of(job: Job) -> Problem | None:
    """Why a job failed."""
    if not job.problem:
        return None
    code, message, params = json.loads(job.problem)
    return Problem(code, message, **params)


def sweep(session: Session) -> list[str]:
    """Queue abandoned jobs again, or fail those that were tried often enough; returns what waits, oldest first."""
    now = current_site().now()
    abandoned = select(Job).where(Job.state == RUNNING, Job.lease_until < now).order_by(Job.id)
    for job in session.scalars(abandoned.with_for_update(skip_locked=True)):
        kind = job_kind(job.kind)
        job.worker, job.lease_until = "", None
        if job.cancel_asked:
            job.state, job.finished_at = CANCELLED, now
        elif kind is not None and kind.repeatable and job.attempts < ATTEMPTS:
            job.state = QUEUED
        else:
            job.state, job.finished_at = FAILED, now
            repeatable = kind is None or kind.repeatable
            job.problem = packed(
                Problem("job_lost", LOST, attempts=job.attempts)
                if repeatable
                else Problem("job_cut_off", NOT_REPEATABLE)
            )
            audit.write(
                session, SYSTEM, "job.finished", "job", job.public_id, area_id=job.area_id,
                result=audit.FAILED, after={"state": FAILED},
            )  # fmt: skip
    session.flush()
    return list(session.scalars(select(Job.public_id).where(Job.state == QUEUED).order_by(Job.id)))


def forget_old(session: Session, now: datetime) -> int:
    """Drop the rows of jobs that ended a month ago; the audit log keeps that they were."""
    old = delete(Job).where(Job.finished_at < now - KEPT)
    return cast("CursorResult[Any]", session.execute(_quietly(old))).rowcount


def jobs_in(area_id: int, account_id: int | None = None, states: Collection[str] = ()) -> Select[Any]:
    """The jobs of an area and those below it, of one account if given, the newest first; a query for lists."""
    query = select(Job).where(Job.area_id.in_(subtree(area_id))).order_by(Job.id.desc())
    if account_id is not None:
        query = query.where(Job.created_by_account == account_id)
    return query.where(Job.state.in_(list(states))) if states else query


def job_open(session: Session, public_id: str) -> bool:
    """Whether a job waits or is at work; False where there is none."""
    return session.scalar(select(Job.state).where(Job.public_id == public_id)) in OPEN


def find_job(session: Session, public_id: str) -> Job | None:
    """The job with this outside id."""
    return session.scalar(select(Job).where(Job.public_id == public_id))
