"""Restoring: into a new place, verified there, and only then in the place of what stands; else nothing changes.

``restore`` goes through these steps, each of which may refuse: unpack, versions, load, compare, upgrade, open a sealed
value, shut the ways in, swap. With ``swap=False`` it is a drill: everything but the last step.
"""

from __future__ import annotations

import re
import shutil
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sqlalchemy import Engine, delete, select, update
from sqlalchemy.orm import Session

from pointsys.core import audit, schema
from pointsys.core.accounts.models import LoginSession, OneTimeLink, SignInCode
from pointsys.core.actors import Actor
from pointsys.core.audit.anchors import note_restore
from pointsys.core.backup import engines
from pointsys.core.backup.make import DATABASE, FILES, MANIFEST, described, read_member
from pointsys.core.backup.manifest import Manifest, Tell, missing_keys
from pointsys.core.crypto import CannotDecrypt
from pointsys.core.database import table_of
from pointsys.core.feeds import FeedToken
from pointsys.core.people.models import Person
from pointsys.core.people.records import id_number_of, phone_of
from pointsys.core.site import Site, work_folder
from pointsys.core.tokens.models import ApiToken
from pointsys.core.work_calendar import FILE_NAME
from pointsys.kit.problems import N_, Problem
from pointsys.kit.sealed import opening

MANIFEST_LIMIT = 64 * 1024 * 1024
SAMPLES = 200
MISSING_KEYS = N_(
    "This backup needs keys that this site has not (%(keys)s): import the key file from the time of the backup first."
)
_PART = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Restored:
    """What a restore or a drill found; ``kept`` is where the data from before lies, "" for none."""

    manifest: Manifest
    rows: int
    upgraded: list[str]
    kept: str


def restore(site: Site, url: str, source: Path, *, swap: bool, tell: Tell) -> Restored:
    """Bring back the backup ``source`` as the site's data; ``url`` is the address of the site's database.

    Raises Problem broken_file, wrong_key, other_engine, newer_backup, missing_plugin, restore_differs, site_running
    and those of the engines; whatever it raises, the data that stood stays as it was.
    """
    stamp = f"{site.local(site.now()):%Y%m%d%H%M%S}"
    folder = Path(tempfile.mkdtemp(prefix="restore-", dir=work_folder(site.home)))
    try:
        manifest = _unpack(site, source, folder)
        _check_versions(manifest, engines.engine_of(url))
        place = _Place(url, folder, stamp)
        try:
            place.load()
            upgraded = _verify(place.engine, manifest, tell)
            _shut_ways_in(place.engine, site)
            _settle(place.engine)
            place.engine.dispose()
            kept = _swap(site, place, folder, stamp) if swap else ""
        except BaseException:
            place.discard()
            raise
        if not swap:
            place.discard()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Restored(manifest, sum(manifest.tables.values()), upgraded, kept)


def _unpack(site: Site, source: Path, folder: Path) -> Manifest:
    """Open, unpack and check the archive; a member that no backup has is refused before it is written."""
    found: dict[str, dict[str, object]] = {}
    manifest: Manifest | None = None
    try:
        with opening(source, *site.keyring.latest().backup_keys) as stream:
            with tarfile.open(fileobj=stream, mode="r|gz") as archive:
                for member in archive:
                    if manifest is None:
                        manifest = _read_manifest(archive, member)
                        continue
                    if not _expected(member, manifest) or member.name in found:
                        raise broken()
                    path = folder / member.name
                    path.parent.mkdir(parents=True, exist_ok=True)
                    with path.open("wb") as written:
                        shutil.copyfileobj(read_member(archive, member), written)
                    found[member.name] = described(path)
    except (tarfile.TarError, EOFError, ValueError, OSError) as error:
        raise broken() from error
    if manifest is None or found != {DATABASE: manifest.database, **manifest.files}:
        raise broken()
    missing = missing_keys(manifest, site.keyring.latest())
    if missing:
        raise Problem("wrong_key", MISSING_KEYS, field="file", keys=", ".join(missing))
    return manifest


def _read_manifest(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Manifest:
    if member.name != MANIFEST or not member.isfile() or member.size > MANIFEST_LIMIT:
        raise broken()
    return Manifest.from_json(read_member(archive, member).read())


def _expected(member: tarfile.TarInfo, manifest: Manifest) -> bool:
    """Whether the manifest names this member, it is a plain file of that size, and its name stays inside the folder."""
    if not member.isfile():
        return False
    if member.name == DATABASE:
        return bool(member.size == manifest.database["bytes"])
    parts = PurePosixPath(member.name).parts
    inside = member.name == FILE_NAME or (len(parts) > 1 and parts[0] == FILES)
    safe = inside and all(_PART.fullmatch(part) for part in parts)
    return safe and member.size == manifest.files.get(member.name, {}).get("bytes")


def broken() -> Problem:
    """The refusal of a file that is not, or not any more, what ``backup`` wrote."""
    return Problem(
        "broken_file",
        N_("This file is damaged or cut short, or it is no backup: take another one."),
        field="file",
    )


def _check_versions(manifest: Manifest, engine: Engine) -> None:
    """Refuse what this program cannot hold: another engine, newer tables, tables of a plugin that is not here."""
    if manifest.engine != engine.dialect.name:
        raise Problem(
            "other_engine",
            N_(
                "This backup is of a site on %(theirs)s; this site is on %(ours)s. Set database_url accordingly."
            ),
            field="file",
            theirs=manifest.engine,
            ours=engine.dialect.name,
        )
    known = {component.name: schema.revisions(component) for component in schema.components()}
    for name, version in manifest.components.items():
        if name not in known:
            raise Problem(
                "missing_plugin",
                N_(
                    "This backup holds data of the plugin %(name)s, which is not installed here: install it first."
                ),
                field="file",
                name=name,
            )
        if version not in known[name]:
            raise Problem(
                "newer_backup",
                N_(
                    "This backup is of a newer version of the program (%(program)s): upgrade the program first."
                ),
                field="file",
                program=manifest.program,
            )


class _Place:
    """The new place: a file beside the site's, or a database beside the site's."""

    def __init__(self, url: str, folder: Path, stamp: str) -> None:
        from sqlalchemy import make_url

        self.site_url = make_url(url)
        self.folder = folder
        self.sqlite = self.site_url.get_backend_name() == "sqlite"
        self.name = str(self.site_url.database)
        self.new = f"{self.name}_restore_{stamp}"[:63]
        if self.sqlite:
            new_url = f"sqlite:///{folder / DATABASE}"
        else:
            new_url = self.site_url.set(database=self.new).render_as_string(hide_password=False)
        self.engine = engines.engine_of(new_url)
        self.url = new_url

    def load(self) -> None:
        """Make the database of the backup there."""
        if not self.sqlite:
            engines.create_database(self._server_url(), self.new)
            engines.load_postgresql(self.url, self.folder / DATABASE)

    def discard(self) -> None:
        """Leave nothing of the new place behind."""
        self.engine.dispose()
        if not self.sqlite:
            engines.drop_database(self._server_url(), self.new)

    def swap(self, stamp: str) -> str:
        """Put the new one in the place of the old one, and return the name of what is kept."""
        if self.sqlite:
            kept = Path(f"{self.name}.before-{stamp}")
            there = Path(self.name).exists()
            engines.swap_sqlite(Path(self.name), self.folder / DATABASE, kept)
            return str(kept) if there else ""
        kept_name = f"{self.name}_before_{stamp}"[:63]
        engines.swap_database(self._server_url(), self.name, self.new, kept_name)
        return kept_name

    def _server_url(self) -> str:
        return self.site_url.render_as_string(hide_password=False)


def _verify(engine: Engine, manifest: Manifest, tell: Tell) -> list[str]:
    """Compare with the manifest, bring to this program's version, check references, triggers and the keys."""
    counts, digests, components = engines.state_of(engine, tell)
    if (counts, digests, components) != (manifest.tables, manifest.digests, manifest.components):
        differing = sorted(name for name in manifest.tables if counts.get(name) != manifest.tables[name])
        differing += sorted(name for name in manifest.digests if digests.get(name) != manifest.digests[name])
        raise _differs(", ".join(dict.fromkeys(differing)) or "components")
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            row = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if row is not None:
            raise _differs(str(row[0]))
    upgraded = schema.upgrade(engine)
    complaints = schema.check(engine)
    if complaints:
        raise _differs(complaints[0])
    _open_samples(engine)
    return upgraded


def _shut_ways_in(engine: Engine, site: Site) -> None:
    """Let nothing come back that somebody ended since the backup: sessions, links, codes, tokens, feeds."""
    now = site.now()
    with engine.begin() as connection:
        for gone in (LoginSession, OneTimeLink, SignInCode):
            connection.execute(delete(table_of(gone)))
        for kept in (ApiToken, FeedToken):
            table = table_of(kept)
            connection.execute(update(table).where(table.c.revoked_at.is_(None)).values(revoked_at=now))


def _settle(engine: Engine) -> None:
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # The swap moves one file: what the write-ahead log holds has to be in it.
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def _differs(part: str) -> Problem:
    return Problem(
        "restore_differs",
        N_(
            "The restored data is not what was backed up (%(part)s). The site was left as it is; take another backup."
        ),
        field="file",
        part=part,
    )


def _open_samples(engine: Engine) -> None:
    """Open some sealed values: a key that fits by its mark has to fit in fact."""
    with Session(engine) as session:
        sealed = select(Person).where(Person.phone_sealed.is_not(None) | Person.id_number_sealed.is_not(None))
        for person in session.scalars(sealed.order_by(Person.id.desc()).limit(SAMPLES)):
            try:
                phone_of(person)
                id_number_of(person)
            except CannotDecrypt:
                raise _differs("person") from None


def _swap(site: Site, place: _Place, folder: Path, stamp: str) -> str:
    """Database first: if that is refused nothing has moved; the files follow by renames within one file system."""
    for suffix in ("-wal", "-shm"):
        (folder / f"{DATABASE}{suffix}").unlink(missing_ok=True)
    kept = place.swap(stamp)
    for name in (FILES, FILE_NAME):
        current, new = site.home / name, folder / name
        if current.exists():
            current.replace(site.home / f"{name}.before-{stamp}")
        if new.exists():
            new.replace(current)
    return kept


def audit_restore(session: Session, restored: Restored, actor: Actor) -> None:
    """The row of the audit log, in the restored data."""
    # The chain ends earlier now than heads outside tell: the file of heads says why.
    note_restore(session, actor)
    audit.write(
        session, actor, "backup.restored", "backup", restored.manifest.made_at[:64], count=restored.rows,
        after={"database": restored.manifest.database["sha256"], "program": restored.manifest.program},
    )  # fmt: skip
