"""Work on an import that outlasts a request: a job, found again through the batch it works on.

Small sheets are done at once, because somebody waits for the answer. What a job did not get done it notes with the
batch as well, whose page says so; a job that its process left is taken up again by another.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.actors import Actor
from pointsys.core.imports.jobs import APPLY, CHECK
from pointsys.core.jobs import Job, enqueue
from pointsys.core.jobs.models import OPEN
from pointsys.core.unit_of_work import unit_of_work

# Up to here somebody waits for the answer without wondering.
INLINE_ROWS = 2_000


def is_large(rows: int) -> bool:
    """Whether a sheet of so many rows is a job."""
    return rows > INLINE_ROWS


def job_of(session: Session, batch_id: int, area_id: int) -> Job | None:
    """The job that waits or works for a batch."""
    query = select(Job).where(
        Job.kind.in_((CHECK, APPLY)), Job.area_id == area_id, Job.state.in_(OPEN),
        # The arguments are JSON with sorted keys, of which the batch is the first.
        Job.args.like(f'{{"batch": {batch_id}%'),
    )  # fmt: skip
    return next((job for job in session.scalars(query) if _names(job, batch_id)), None)


def _names(job: Job, batch_id: int) -> bool:
    return job.args.removeprefix(f'{{"batch": {batch_id}')[:1] in (",", "}")


def order(kind: str, batch_id: int, area_id: int, actor: Actor, rows: int, **args: object) -> None:
    """Order a job for a batch, unless one waits or works for it already."""
    values: Mapping[str, object] = {"batch": batch_id, "rows": rows, **args}
    with unit_of_work(drain=False) as session:
        if job_of(session, batch_id, area_id) is None:
            enqueue(session, kind, area_id, values, actor, total=rows)
