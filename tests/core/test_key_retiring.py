"""Old keys go once nothing stands under them, and come back with their file; backups say which keys they need."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select, update

from pointsys.cli import cli
from pointsys.config import Config
from pointsys.core.actors import operator
from pointsys.core.backup.make import make_backup
from pointsys.core.backup.restore import restore
from pointsys.core.crypto import CannotDecrypt, new_keyring
from pointsys.core.database import db
from pointsys.core.key_file import load_or_create, merged, read_keyring, write_keyring
from pointsys.core.people.models import Person
from pointsys.core.people.records import PHONE
from pointsys.core.rotation import move as moving
from pointsys.core.rotation.begin import begin
from pointsys.core.rotation.retire import RETIRE_AFTER, retire
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from tests.conftest import FixedClock
from tests.core.rotating import add_person, change, keyed_app, phone, values
from tests.factories import make_tree

PEOPLE = 3


@pytest.fixture
def engine_name() -> str:
    """What is tried here does not depend on the engine."""
    return "sqlite"


@pytest.fixture
def rotating(site_config: Config, clock: FixedClock) -> Iterator[Flask]:
    """A site with three people, its context pushed."""
    app = keyed_app(site_config, clock)
    with app.app_context():
        with unit_of_work(drain=False) as session:
            area = make_tree(session)["grid1"]
            for number in range(PEOPLE):
                add_person(session, area, number)
        yield app
        db.engine.dispose()


def _refused(code: str, act: Callable[[], object]) -> Problem:
    with pytest.raises(Problem) as refused:
        act()
    assert refused.value.code == code
    return refused.value


def test_s40_old_keys_go_when_nothing_stands_under_them(
    rotating: Flask, clock: FixedClock, tmp_path: Path
) -> None:
    before = values()
    with read_scope() as session:
        person = session.scalars(select(Person).where(Person.name == "王0000甲")).one()
        copied, public_id = person.phone_sealed or b"", person.public_id
    target = tmp_path / "old.keys"
    _refused("nothing_to_retire", lambda: retire(target, operator()))
    change()
    _refused("too_early", lambda: retire(target, operator()))
    clock.advance(minutes=RETIRE_AFTER.total_seconds() // 60)

    old = retire(target, operator())

    assert (old.data, old.index, old.backups) == ((1,), (1,), 0)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    keys = current_site().keyring.latest()
    assert (set(keys.data_keys), set(keys.index_keys)) == ({2}, {2})
    assert values() == before
    # Whoever kept a copy of the database from before has nothing without the file that was taken out.
    with pytest.raises(CannotDecrypt):
        keys.decrypt(PHONE, public_id, copied)
    assert read_keyring(target).decrypt(PHONE, public_id, copied) == phone(0)


def test_old_keys_stay_while_a_value_stands_under_them(
    rotating: Flask, clock: FixedClock, tmp_path: Path
) -> None:
    with read_scope() as session:
        old = session.scalars(select(Person.phone_sealed).order_by(Person.id)).first()
    change()
    with unit_of_work(drain=False) as session:
        # Sealed by a process that had not looked at the file yet.
        session.execute(update(Person).where(Person.name == "王0000甲").values(phone_sealed=old))
    clock.advance(hours=1)

    assert _refused("keys_in_use", lambda: retire(tmp_path / "old.keys", operator())).params == {"count": 1}
    assert not (tmp_path / "old.keys").exists()

    change()
    clock.advance(hours=1)
    assert retire(tmp_path / "old.keys", operator()).data == (1,)


def test_old_keys_stay_until_a_change_has_come_to_its_end(
    rotating: Flask, clock: FixedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(moving, "_finish", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            change()
    clock.advance(hours=1)
    _refused("not_finished", lambda: retire(tmp_path / "old.keys", operator()))

    change()
    clock.advance(hours=1)

    assert retire(tmp_path / "old.keys", operator()).data == (1,)


def test_keys_are_not_written_over_another_file(rotating: Flask, clock: FixedClock, tmp_path: Path) -> None:
    change()
    clock.advance(hours=1)
    (tmp_path / "mine").write_text("precious")

    _refused("file_exists", lambda: retire(tmp_path / "mine", operator()))

    assert (tmp_path / "mine").read_text() == "precious"
    assert set(current_site().keyring.latest().data_keys) == {1, 2}


def _backup(place: Path) -> Path:
    return make_backup(current_site(), db.engine, place, tell=lambda *_: None).path


def _drill(path: Path) -> None:
    url = db.engine.url.render_as_string(hide_password=False)
    restore(current_site(), url, path, swap=False, tell=lambda *_: None)


def test_a_backup_is_restored_with_the_keys_of_its_time_and_stops_without_them(
    rotating: Flask, clock: FixedClock, tmp_path: Path
) -> None:
    before = _backup(tmp_path / "before")
    change("data", "index", "backup")
    after = _backup(tmp_path / "after")
    _drill(before)
    _drill(after)
    clock.advance(hours=1)
    retire(tmp_path / "old.keys", operator())

    _refused("wrong_key", lambda: _drill(before))
    _drill(after)

    file = current_site().keyring.source
    assert file is not None
    backup_key = read_keyring(tmp_path / "old.keys").other_backup_keys
    file.change(lambda keys: replace(keys, other_backup_keys=backup_key))
    # It opens, and says which keys its values need.
    assert _refused("wrong_key", lambda: _drill(before)).params == {"keys": "data 1, index 1"}
    file.change(lambda keys: merged(keys, read_keyring(tmp_path / "old.keys")))
    _drill(before)


def test_the_key_of_backups_changes_alone(rotating: Flask, tmp_path: Path) -> None:
    before = _backup(tmp_path / "before")
    old = current_site().keyring.latest().backup_key

    begun = begin(("backup",), operator(), rest=lambda seconds: None)

    assert begun.new == ("backup",)
    assert begun.keys.other_backup_keys == (old,)
    assert begun.keys.backup_key != old
    assert set(begun.keys.data_keys) == {1}
    _drill(before)


def test_the_file_of_another_site_is_not_taken(tmp_path: Path) -> None:
    own = new_keyring()
    with pytest.raises(ValueError, match="another site"):
        merged(own, new_keyring())
    with pytest.raises(ValueError, match="same version"):
        merged(own, replace(own, data_keys={1: b"x" * 32}))


def test_a_file_from_before_versions_is_completed_and_keeps_its_keys(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    first = new_keyring()
    write_keyring(path, first)
    raw = json.loads(path.read_text())
    for name in ("index_version", "other_index_keys", "other_backup_keys", "anchor_key", "backup_key"):
        del raw[name]
    path.write_text(json.dumps(raw))

    found = load_or_create(path)

    assert (found.data_keys, found.index_keys) == (first.data_keys, first.index_keys)
    assert found.secret_key == first.secret_key
    assert found.backup_key
    assert found.anchor_key
    assert read_keyring(path) == found
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_s45_a_key_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    load_or_create(path)
    path.chmod(0o644)

    load_or_create(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_s45_a_changed_key_file_is_still_its_owner_s_alone(rotating: Flask) -> None:
    change()
    file = current_site().keyring.source
    assert file is not None
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert [path.name for path in file.path.parent.glob("keys.json*")] in (
        ["keys.json", "keys.json.lock"], ["keys.json.lock", "keys.json"],
    )  # fmt: skip


Run = Callable[..., Any]


@pytest.fixture
def run(rotating: Flask, site_config: Config, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs ``pointsys key``; gives the object that it prints."""
    monkeypatch.setattr("time.sleep", lambda seconds: None)

    def run(*words: str | Path, code: int = 0) -> Any:
        result = CliRunner(env={"POINTSYS_HOME": str(site_config.home), "POINTSYS_DEBUG": "1"}).invoke(
            cli, ["key", *map(str, words), "--json"], obj=lambda **more: keyed_app(site_config, clock)
        )
        assert result.exit_code == code, result.output
        return json.loads(result.stdout)

    return run


def test_the_commands_change_show_and_retire_keys(run: Run, clock: FixedClock, tmp_path: Path) -> None:
    assert run("rotate", "--prepare") == {"prepared": {"data": 2, "index": 2}}
    assert [key["state"] for key in run("status")["keys"]] == ["present", "next", "present", "next"]

    rotated = run("rotate")
    assert rotated == {"new": ["data", "index"], "moved": 4 * PEOPLE, "broken": 0, "left": 0}
    assert [(key["purpose"], key["version"], key["state"], key["values"]) for key in run("status")["keys"]] == [
        ("data", 1, "old", 0), ("data", 2, "present", 2 * PEOPLE),
        ("index", 1, "old", 0), ("index", 2, "present", 2 * PEOPLE),
    ]  # fmt: skip

    assert run("retire", tmp_path / "old.keys", code=2)["error"]["code"] == "too_early"
    clock.advance(hours=1)
    assert run("retire", tmp_path / "old.keys")["data"] == [1]
    assert len(run("status")["keys"]) == 2
    run("import", tmp_path / "old.keys")
    assert [key["state"] for key in run("status")["keys"]] == ["old", "present", "old", "present"]
    write_keyring(tmp_path / "foreign.keys", new_keyring())
    assert run("import", tmp_path / "foreign.keys", code=2)["error"]["code"] == "other_keys"
