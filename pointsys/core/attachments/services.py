"""Keeping pictures: file first, then row, so that a transaction undone leaves at most a file that nobody names.

``sweep_orphans`` removes such files; ``discard`` removes the file of a row that is gone, after the commit.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.actors import Actor
from pointsys.core.areas.models import subtree
from pointsys.core.attachments.models import Attachment
from pointsys.core.attachments.pictures import Picture, read_picture
from pointsys.core.database import new_public_id
from pointsys.core.people.groups import chunks
from pointsys.core.site import current_site
from pointsys.kit.problems import N_, Problem

FOLDER = "files"
ACTIVITY = "activity"
MAX_OF_ONE = 20
# A file younger than this may belong to a transaction that has not committed yet.
ORPHAN_AFTER = timedelta(hours=1)


def file_of(public_id: str) -> Path:
    """Where the file of a picture stands."""
    return current_site().home / FOLDER / public_id[:2] / f"{public_id}.jpg"


def store(
    session: Session,
    area_id: int,
    filename: str,
    data: bytes,
    actor: Actor,
    *,
    subject_type: str = "",
    subject_id: str = "",
) -> Attachment:
    """Keep an uploaded photo; raises Problem bad_image, image_too_large or too_many_photos."""
    picture = read_picture(data, filename)
    return keep(session, area_id, picture, actor, subject_type=subject_type, subject_id=subject_id)


def keep(
    session: Session, area_id: int, picture: Picture, actor: Actor, *, subject_type: str, subject_id: str
) -> Attachment:
    """Keep a picture that was read before the transaction began; the same one twice is one. Raises too_many_photos."""
    there = of_subject(session, subject_type, subject_id)
    for known in there:
        if known.sha256 == picture.sha256:
            return known
    if subject_id and len(there) >= MAX_OF_ONE:
        raise Problem(
            "too_many_photos", N_("At most %(most)s photos are kept here."), field="photos", most=MAX_OF_ONE
        )
    row = Attachment(
        public_id=new_public_id(),
        area_id=area_id,
        subject_type=subject_type,
        # What belongs to nothing yet must not look like a copy of its like.
        subject_id=subject_id or new_public_id(),
        sha256=picture.sha256,
        bytes=len(picture.data),
        width=picture.width,
        height=picture.height,
        created_at=current_site().now(),
        created_by=actor.label,
        created_by_account=actor.account_id,
    )
    _write(file_of(row.public_id), picture.data)
    session.add(row)
    session.flush()
    audit.write(
        session, actor, "attachment.stored", "attachment", row.public_id, area_id=area_id,
        after={"subject": f"{subject_type} {subject_id}", "sha256": row.sha256},
    )  # fmt: skip
    return row


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.chmod(0o600)
    # The site's clock, by which the sweep tells old files from young ones.
    stamp = current_site().now().timestamp()
    os.utime(part, (stamp, stamp))
    part.replace(path)


def of_subject(session: Session, subject_type: str, subject_id: str) -> list[Attachment]:
    """The pictures of something, the oldest first."""
    query = select(Attachment).where(
        Attachment.subject_type == subject_type, Attachment.subject_id == subject_id
    )
    return list(session.scalars(query.order_by(Attachment.id)))


def find_below(session: Session, area_id: int, public_id: str) -> Attachment | None:
    """The picture with this outside id, if it belongs to ``area_id`` or an area below."""
    query = select(Attachment).where(
        Attachment.public_id == public_id, Attachment.area_id.in_(subtree(area_id))
    )
    return session.scalar(query)


def remove(session: Session, pictures: Collection[Attachment], actor: Actor) -> list[str]:
    """Take pictures away; returns their outside ids, for ``discard`` once this is committed."""
    gone = [picture.public_id for picture in pictures]
    for picture in pictures:
        audit.write(
            session, actor, "attachment.removed", "attachment", picture.public_id, area_id=picture.area_id,
            before={"subject": f"{picture.subject_type} {picture.subject_id}", "sha256": picture.sha256},
        )  # fmt: skip
    if gone:
        session.execute(delete(Attachment).where(Attachment.public_id.in_(gone)))
    return gone


def discard(public_ids: Collection[str]) -> None:
    """Remove the files of rows that are gone; what fails is left to the sweep."""
    for public_id in public_ids:
        with suppress(OSError):
            file_of(public_id).unlink(missing_ok=True)


def sweep_orphans(session: Session) -> int:
    """Remove files older than an hour that no row names; returns how many. For the periodic jobs."""
    home, limit = current_site().home / FOLDER, (current_site().now() - ORPHAN_AFTER).timestamp()
    old = {
        path.stem: path
        for path in home.glob("*/*")
        if path.suffix in (".jpg", ".part") and path.is_file() and path.stat().st_mtime < limit
    }
    named: set[str] = set()
    for part in chunks(sorted(old)):
        named.update(session.scalars(select(Attachment.public_id).where(Attachment.public_id.in_(part))))
    gone = [path for name, path in old.items() if name not in named or path.suffix == ".part"]
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)
