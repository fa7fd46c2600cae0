"""Making a backup: the database as it is at one moment, all files, a manifest; sealed, and named only when whole."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

import pointsys
from pointsys.core import audit
from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.backup import BACKUP_AT, engines
from pointsys.core.backup.manifest import FORMAT, Manifest, Tell, key_mark, needed_keys
from pointsys.core.rotation.counts import in_use, present_keys
from pointsys.core.settings import set_setting
from pointsys.core.site import Site, work_folder
from pointsys.core.work_calendar import FILE_NAME
from pointsys.kit.problems import N_, Problem
from pointsys.kit.sealed import sealing

SUFFIX = ".pointsys-backup"
DATABASE = "database"
MANIFEST = "manifest.json"
FILES = "files"
# When the last backup was made and how large it is; beside the database, because a restore must not turn it back.
LAST = "backup-last.json"
# A quarter of the site's size is the least that compression and sealing leave room for.
_SPARE = 50 * 1024 * 1024


@dataclass(frozen=True)
class Made:
    """A finished backup."""

    path: Path
    bytes: int
    manifest: Manifest


def make_backup(site: Site, engine: Engine, target: Path, *, tell: Tell) -> Made:
    """Write a backup of the running site to ``target``, a file that is not there yet or a folder.

    Raises Problem file_exists, no_folder, disk_full, pg_dump_missing or pg_dump_failed; no partial file is left.
    """
    now = site.now()
    if target.is_dir():
        target = target / f"pointsys-{site.local(now):%Y%m%d-%H%M%S}{SUFFIX}"
    if target.exists():
        raise Problem(
            "file_exists",
            N_("%(name)s is there already: choose another name."),
            field="file",
            name=target.name,
        )
    if not target.parent.is_dir():
        raise Problem("no_folder", N_("There is no folder %(name)s."), field="file", name=target.parent)
    partial = target.with_name(f".{target.name}.partial")
    try:
        with tempfile.TemporaryDirectory(prefix="backup-", dir=work_folder(site.home)) as folder:
            manifest = _collect(site, engine, Path(folder), now, tell)
            _write(site, manifest, Path(folder) / DATABASE, partial)
        partial.replace(target)
    except OSError as error:
        raise Problem(
            "disk_full",
            N_(
                "The backup could not be written (%(text)s). Nothing was kept; free some space or choose another disk."
            ),
            field="file",
            text=error.strerror or type(error).__name__,
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    made = Made(target, target.stat().st_size, manifest)
    _note(site, made)
    return made


def _collect(site: Site, engine: Engine, folder: Path, now: datetime, tell: Tell) -> Manifest:
    """Copy the database into ``folder`` and describe it and the files."""
    copy = folder / DATABASE
    name = engine.dialect.name
    keys = _keys(site, engine)
    if name == "sqlite":
        source = Path(str(engine.url.database))
        _check_space(folder, source)
        engines.copy_sqlite(source, copy, lambda done, total: tell(DATABASE, done, total))
        beside = engines.engine_of(f"sqlite:///{copy}")
        try:
            counts, digests, components = engines.state_of(beside, tell)
        finally:
            beside.dispose()
        _settle(copy)
    else:
        counts, digests, components = engines.dump_postgresql(engine, copy, tell)
    return Manifest(
        format=FORMAT,
        program=pointsys.__version__,
        made_at=now.isoformat(),
        engine=name,
        components=components,
        key=key_mark(site.keyring.latest()),
        tables=counts,
        digests=digests,
        database=described(copy),
        files={name: described(path) for name, path in site_files(site.home)},
        # Asked before and after: a change of keys may go on meanwhile.
        keys=keys | _keys(site, engine),
    )


def _keys(site: Site, engine: Engine) -> dict[str, str]:
    with engine.connect() as connection:
        keyring = present_keys(connection)
        return needed_keys(keyring, in_use(connection))


def _check_space(folder: Path, source: Path) -> None:
    if source.exists() and shutil.disk_usage(folder).free < source.stat().st_size + _SPARE:
        raise Problem(
            "disk_full",
            N_(
                "The backup could not be written (%(text)s). Nothing was kept; free some space or choose another disk."
            ),
            field="file",
            text="no space left",
        )


def _settle(copy: Path) -> None:
    """Reading the copy in WAL mode leaves a log beside it, which has to be empty by now."""
    for suffix in ("-wal", "-shm"):
        copy.with_name(copy.name + suffix).unlink(missing_ok=True)


def site_files(home: Path) -> Iterator[tuple[str, Path]]:
    """What belongs to the site beside its database: (name in the archive, path); keys and settings stay out."""
    if (home / FILE_NAME).is_file():
        yield FILE_NAME, home / FILE_NAME
    for path in sorted((home / FILES).rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield path.relative_to(home).as_posix(), path


def described(path: Path) -> dict[str, Any]:
    """Size and SHA-256 of a file."""
    with path.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    return {"bytes": path.stat().st_size, "sha256": sha256}


def _write(site: Site, manifest: Manifest, database: Path, partial: Path) -> None:
    with (
        sealing(partial, site.keyring.latest().backup_key) as stream,
        gzip.GzipFile(fileobj=stream, mode="wb", compresslevel=3, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w|") as archive,
    ):
        _add_bytes(archive, MANIFEST, manifest.to_json())
        archive.add(database, DATABASE, recursive=False, filter=_plain)
        for name in manifest.files:
            archive.add(site.home / name, name, recursive=False, filter=_plain)


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Nothing about the machine and its accounts goes into the archive."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o600
    return member


def _add_bytes(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(_plain(member), io.BytesIO(content))


def _note(site: Site, made: Made) -> None:
    text = json.dumps({"at": made.manifest.made_at, "bytes": made.bytes, "name": made.path.name})
    partial = site.home / f"{LAST}.new"
    partial.write_text(text, encoding="utf-8")
    partial.replace(site.home / LAST)


def last_backup(home: Path) -> dict[str, Any] | None:
    """When (``at``, ISO), how large (``bytes``) and under which ``name`` the last backup was made; None for never."""
    try:
        found = json.loads((home / LAST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def audit_backup(session: Session, made: Made, actor: Actor) -> None:
    """The row of the audit log; written after the copy, so that the copy does not contain its own making."""
    root = session.scalar(select(Area).where(Area.parent_id.is_(None)))
    if root is not None:
        set_setting(session, root, BACKUP_AT, made.manifest.made_at[:10], actor)
    audit.write(
        session, actor, "backup.made", "backup", made.path.name[:64], count=sum(made.manifest.tables.values()),
        after={"bytes": made.bytes, "database": made.manifest.database["sha256"]},
    )  # fmt: skip


def remove_older(folder: Path, keep: int) -> list[Path]:
    """Delete all but the newest ``keep`` backups that this program named in ``folder``; returns the deleted ones."""
    found = sorted(folder.glob(f"pointsys-????????-??????{SUFFIX}"), reverse=True)
    for path in found[keep:]:
        path.unlink()
    return found[keep:]


def read_member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> BinaryIO:
    """The content of a plain member; the caller has checked that it is one."""
    stream = archive.extractfile(member)
    assert stream is not None
    return stream  # type: ignore[return-value]
