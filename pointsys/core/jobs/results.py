"""Files that jobs leave for a day: random names below ``home/tmp/jobs``, readable for the site's account alone."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pointsys.core.jobs.models import Job
from pointsys.core.site import current_site, work_folder

KEPT = timedelta(hours=24)


def temp_folder() -> Path:
    """``home/tmp``: nothing in here is needed for longer than a day."""
    return current_site().home / "tmp"


def folder() -> Path:
    """Where the files of jobs lie."""
    return temp_folder() / "jobs"


def new_path() -> Path:
    """A path for a new file; the folder is there."""
    place = folder()
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = place / secrets.token_hex(16)
    path.touch(mode=0o600)
    return path


def remove(name: object) -> None:
    """Take a file away, if there is one."""
    if name:
        (folder() / str(name)).unlink(missing_ok=True)


def path_of(job: Job) -> Path | None:
    """The job's file, while it is kept."""
    if not job.file or job.expires_at is None or job.expires_at <= current_site().now():
        return None
    path = folder() / job.file
    return path if path.is_file() else None


def forget_expired(session: Session, now: datetime) -> int:
    """Delete files whose day is over and take them off their jobs; returns how many."""
    expired = select(Job.id, Job.file).where(Job.file != "", Job.expires_at <= now)
    rows = session.execute(expired).all()
    for _id, name in rows:
        remove(name)
    if rows:
        session.execute(
            update(Job)
            .where(Job.id.in_([row.id for row in rows]))
            .values(file="")
            .execution_options(synchronize_session=False)
        )
    return len(rows)


def use_temp_folder(home: Path) -> None:
    """Let this process and its children keep their temporary files below ``home/tmp``, uploads being read included.

    There they belong to the site's account alone, and ``clear_temp`` finds what a killed process left (S-24).
    """
    os.environ["TMPDIR"] = tempfile.tempdir = str(work_folder(home))


@contextmanager
def in_temp_folder(home: Path) -> Iterator[None]:
    """The same for the time of a block."""
    before = os.environ.get("TMPDIR"), tempfile.tempdir
    use_temp_folder(home)
    try:
        yield
    finally:
        variable, tempfile.tempdir = before
        if variable is None:
            os.environ.pop("TMPDIR", None)
        else:
            os.environ["TMPDIR"] = variable


def clear_temp(now: datetime) -> int:
    """Delete what has lain below ``home/tmp`` for longer than a day, the deepest first; returns how many files."""
    count = 0
    if not temp_folder().is_dir():
        return 0
    for path in sorted(temp_folder().rglob("*"), reverse=True):
        if path.is_dir():
            if path.parent != temp_folder() and not any(path.iterdir()) and _is_old(path, now):
                path.rmdir()
        elif _is_old(path, now):
            path.unlink(missing_ok=True)
            count += 1
    return count


def _is_old(path: Path, now: datetime) -> bool:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC) + KEPT < now
