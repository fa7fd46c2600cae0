"""S-40, S-41: keys change while the site works; nothing is lost, looked up in vain, or there twice."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Condition, Event, Thread

import pytest
from flask import Flask
from sqlalchemy import LargeBinary, Table, func, select, update
from sqlalchemy.orm import Session

from pointsys.config import Config
from pointsys.core.accounts.models import Account
from pointsys.core.accounts.services import create_account
from pointsys.core.actors import operator
from pointsys.core.areas.models import Area
from pointsys.core.audit import AuditRow
from pointsys.core.batches import PEOPLE as PEOPLE_SHEET
from pointsys.core.batches import Batch
from pointsys.core.crypto import CannotDecrypt, index_version_of
from pointsys.core.database import Base, db
from pointsys.core.imports import staging
from pointsys.core.people import search
from pointsys.core.people.matching import PeopleIndex
from pointsys.core.people.models import Person
from pointsys.core.people.records import ID_NUMBER, PHONE, PersonData, phone_of
from pointsys.core.people.services import create_person, update_person
from pointsys.core.privacy.models import PersonVault
from pointsys.core.rotation import begin as beginning
from pointsys.core.rotation import move as moving
from pointsys.core.rotation.begin import begin, prepare
from pointsys.core.rotation.counts import in_use, present_keys
from pointsys.core.rotation.move import move
from pointsys.core.sealed_columns import CORE
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from tests.conftest import FixedClock
from tests.core import rotating as rotating_site
from tests.core.rotating import add_person, change, id_number, in_transaction, keyed_app, phone, used, values
from tests.factories import make_tree

PEOPLE = 24
DEADLINE = 60


class Killed(BaseException):
    """What a kill looks like from inside: nothing after it runs."""


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "BATCH", 5)


@pytest.fixture
def rotating(site_config: Config, clock: FixedClock) -> Iterator[Flask]:
    """A site with people in it, its context pushed."""
    app = keyed_app(site_config, clock)
    with app.app_context():
        with unit_of_work(drain=False) as session:
            area = make_tree(session)["grid1"]
            for number in range(PEOPLE):
                add_person(session, area, number)
        yield app
        db.engine.dispose()


@pytest.fixture
def other(rotating: Flask, site_config: Config, clock: FixedClock) -> Iterator[Flask]:
    """Another process of the site, which read the key file before anything changed."""
    app = keyed_app(site_config, clock)
    yield app
    with app.app_context():
        db.engine.dispose()


def _found(query: str) -> list[str]:
    """Names of those whom a search by phone or ID number finds."""
    with read_scope() as session:
        condition = search._exact_condition(query)
        assert condition is not None
        return sorted(session.scalars(select(Person.name).where(condition)))


def _area(session: Session) -> Area:
    return session.scalars(select(Area).join(Person, Person.area_id == Area.id).limit(1)).one()


def test_s40_everything_stands_under_the_new_keys_and_says_what_it_said(rotating: Flask) -> None:
    before = values()

    result = change()

    assert values() == before
    assert (result.left, result.broken) == (0, set())
    assert dict(used().data) == {2: 2 * PEOPLE}
    assert dict(used().index) == {2: 2 * PEOPLE}
    assert _found(phone(3)) == ["王0006甲", "王0007甲"]
    assert _found(id_number(7)) == ["王0007甲"]


@pytest.mark.parametrize(("purpose", "versions"), [("data", (2, 1)), ("index", (1, 2))])
def test_s40_one_kind_of_key_changes_alone(rotating: Flask, purpose: str, versions: tuple[int, int]) -> None:
    change(purpose)

    assert (set(used().data), set(used().index)) == ({versions[0]}, {versions[1]})
    assert _found(id_number(7)) == ["王0007甲"]


def test_keys_change_again_and_again(rotating: Flask) -> None:
    before = values()
    for _turn in range(3):
        change()

    assert values() == before
    assert (set(used().data), set(used().index)) == ({4}, {4})
    assert _found(id_number(7)) == ["王0007甲"]


def test_a_change_leaves_its_rows_in_the_audit_log(rotating: Flask) -> None:
    change()

    with read_scope() as session:
        rows = session.execute(
            select(AuditRow.event, AuditRow.object_id)
            .where(AuditRow.object_type == "keys")
            .order_by(AuditRow.id)
        ).all()
    assert [tuple(row) for row in rows] == [
        ("keys.changed", "index 2"),
        ("keys.changed", "data 2"),
        ("keys.moved", "data 2, index 2"),
    ]


class Load:
    """Writers and readers of another process, as fast as they can, until told to end; what goes wrong is kept."""

    def __init__(self, app: Flask, writers: int) -> None:
        self.app = app
        self.added: dict[int, str] = {}
        self.wrong: list[str] = []
        self._acts = 0
        self._ticked = Condition()
        self._over = Event()
        self._threads = [Thread(target=self._run, args=(number,)) for number in range(writers)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(DEADLINE)

    def wait_for_acts(self, number: int = 3) -> None:
        """Return once that many more acts are done: so the change and the others really take turns."""
        with self._ticked:
            goal = self._acts + number
            assert self._ticked.wait_for(lambda: self._acts >= goal or self.wrong, DEADLINE)

    def _run(self, writer: int) -> None:
        with self.app.app_context():
            number = 100 + 300 * writer
            try:
                while not self._over.is_set():
                    self._act(number)
                    number += 1
                    db.session.remove()
                    with self._ticked:
                        self._acts += 1
                        self._ticked.notify_all()
            except BaseException as error:  # noqa: BLE001  (told by the test)
                self.wrong.append(repr(error))
                with self._ticked:
                    self._ticked.notify_all()
            finally:
                db.session.remove()

    def _act(self, number: int) -> None:
        known = number % PEOPLE
        with unit_of_work(drain=False) as session:
            person = add_person(session, _area(session), number)
            self.added[number] = person.public_id
        with unit_of_work(drain=False) as session:
            person = session.scalars(select(Person).where(Person.name == f"王{number:04d}甲")).one()
            changes = PersonData(person.name, person.area_id, phone=phone(5000 + number))
            update_person(session, person, changes, operator())
        for query, name in (
            (id_number(known), f"王{known:04d}甲"),
            (id_number(number), f"王{number:04d}甲"),
            (phone(5000 + number), f"王{number:04d}甲"),
        ):
            if name not in _found(query):
                self.wrong.append(f"{query} does not find {name}")
        for taken in (known, number):
            self._add_twice(taken)

    def _add_twice(self, taken: int) -> None:
        try:
            with unit_of_work(drain=False) as session:
                data = PersonData("李重", _area(session).id, id_number=id_number(taken))
                create_person(session, data, operator())
        except Problem as problem:
            if problem.code == "person_exists":
                return
        self.wrong.append(f"{taken} was added twice")


def test_s40_keys_change_under_load(rotating: Flask, other: Flask) -> None:
    before = values()
    with Load(other, writers=3) as load:
        load.wait_for_acts()
        begin(("data", "index"), operator(), rest=lambda seconds: load.wait_for_acts())
        result = move(operator(), step=lambda done, total: load.wait_for_acts(1), rest=lambda seconds: None)
        load.wait_for_acts()
    # Another process sees the new file within a second; what it sealed before that is moved now.
    last = move(operator(), step=lambda done, total: None, rest=lambda seconds: None)

    assert load.wrong == []
    assert not result.broken
    assert last.left == 0
    after = values()
    assert {public_id: after[public_id] for public_id in before} == before
    for number, public_id in load.added.items():
        assert after[public_id][1] == id_number(number)
    assert len(after) == PEOPLE + len(load.added)
    assert (set(used().data), set(used().index)) == ({2}, {2})


def _die_in_the_middle(done: int, total: int) -> None:
    if done >= total // 3:
        raise Killed


@pytest.mark.parametrize("place", ["pause", "switched", "moving", "batch"])
def test_a_change_goes_on_from_wherever_it_was_cut_off(
    rotating: Flask, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    before = values()

    def killed(*_args: object, **_kwargs: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        if place == "pause":
            patch.setattr(rotating_site, "no_rest", killed)
        if place == "switched":
            patch.setattr(beginning, "_index_from", killed)
        if place == "batch":
            execute = moving._execute
            patch.setattr(moving, "_execute", lambda *args: killed(execute(*args)))
        with pytest.raises(Killed):
            change(step=_die_in_the_middle if place == "moving" else lambda done, total: None)
    assert values() == before
    assert _found(id_number(7)) == ["王0007甲"]

    change()

    assert values() == before
    assert (set(used().data), set(used().index)) == ({2}, {2})
    assert set(current_site().keyring.latest(look=True).data_keys) == {1, 2}


SCRIPT = """
import os, sys
from pathlib import Path
from pointsys.app import create_app
from pointsys.config import Config
from pointsys.core.actors import operator
from pointsys.core.rotation import move as moving
from pointsys.core.rotation.begin import begin
moving.BATCH = 5
config = Config(home=Path(sys.argv[1]), database_url=sys.argv[2], allow_plain_http=True)
with create_app(config, web=False).app_context():
    begin(("data", "index"), operator(), rest=lambda seconds: None)
    execute = moving._execute
    def die(*args):
        execute(*args)
        if len(done) == 3:
            os.kill(os.getpid(), 9)
    done = []
    moving._execute = die
    moving.move(operator(), step=lambda *args: done.append(args), rest=lambda seconds: None)
"""


def test_s40_a_process_that_is_killed_while_keys_change_loses_nothing(
    rotating: Flask, site_config: Config
) -> None:
    before = values()
    url = "" if db.engine.dialect.name == "sqlite" else site_config.sqlalchemy_url
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(site_config.home), url],
        cwd=root, env={**os.environ, "PYTHONPATH": str(root)}, timeout=DEADLINE, check=False,
    )  # fmt: skip
    assert done.returncode == -9
    assert set(used().data) == {1, 2}
    assert values() == before

    change()

    assert values() == before
    assert (set(used().data), set(used().index)) == ({2}, {2})
    assert set(current_site().keyring.latest().data_keys) == {1, 2}


def _half(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Killed):
        change(step=_die_in_the_middle)
    assert set(used().index) == {1, 2}


def test_s41_an_id_number_is_unique_whichever_key_it_was_indexed_under(
    rotating: Flask, other: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    _half(monkeypatch)

    def add(number: int) -> None:
        with unit_of_work(drain=False) as session:
            create_person(
                session, PersonData("李重", _area(session).id, id_number=id_number(number)), operator()
            )

    with other.app_context():
        for number in range(PEOPLE):
            with pytest.raises(Problem) as refused:
                add(number)
            assert refused.value.code == "person_exists"
    with read_scope() as session:
        assert session.scalar(select(func.count()).select_from(Person)) == PEOPLE


def test_s41_rows_with_one_phone_have_one_index_at_any_moment(
    rotating: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def families() -> set[int]:
        with read_scope() as session:
            counts = select(func.count()).where(Person.phone_index.is_not(None)).group_by(Person.phone_index)
            return set(session.scalars(counts))

    _half(monkeypatch)
    assert families() == {2}
    with read_scope() as session:
        people = session.scalars(select(Person).order_by(Person.id)).all()
        old = next(p for p in people if p.phone_index and index_version_of(p.phone_index) == 1)
        twin, number = old.id, phone_of(old)
    with unit_of_work(drain=False) as session:
        area = _area(session)
        added = create_person(session, PersonData("张三", area.id, phone=number), operator())
        assert added.phone_index == session.scalar(select(Person.phone_index).where(Person.id == twin))
    assert families() == {2, 3}


def test_a_process_with_the_old_file_in_mind_reads_and_finds_what_stands_under_new_keys(
    rotating: Flask, other: Flask
) -> None:
    with other.app_context():
        # It looked at the file a moment ago, and does not know anything else.
        stale = current_site().keyring.latest()
        assert set(stale.data_keys) == {1}
    change()

    with other.app_context(), read_scope() as session:
        person = session.scalars(select(Person).where(Person.name == "王0006甲")).one()
        assert person.phone_sealed is not None
        assert stale.decrypt(PHONE, person.public_id, person.phone_sealed) == phone(3)
        assert person.phone_index in current_site().keyring.blind_indexes(PHONE, phone(3))
        assert present_keys(session).index_version == 2


def test_a_process_without_the_new_key_fails_closed(rotating: Flask, tmp_path: Path) -> None:
    old = current_site().keyring.source
    assert old is not None
    content = old.path.read_bytes()
    change()
    old.path.write_bytes(content)
    current_site().keyring.latest(look=True)

    with read_scope() as session:
        person = session.scalars(select(Person).limit(1)).one()
        with pytest.raises(CannotDecrypt):
            phone_of(person)
    with pytest.raises(Problem) as refused:
        in_transaction(lambda session: add_person(session, _area(session), 99))
    assert refused.value.code == "missing_key"


def test_a_damaged_value_stays_as_it_is_and_holds_nobody_up(rotating: Flask) -> None:
    with unit_of_work(drain=False) as session:
        one, two = session.scalars(select(Person).order_by(Person.id).limit(2))
        damaged = two.phone_sealed
        session.execute(update(Person).where(Person.id == one.id).values(phone_sealed=damaged))

    result = change()

    assert len(result.broken) == 1
    assert result.left >= 1
    with read_scope() as session:
        assert session.scalar(select(Person.phone_sealed).where(Person.id == one.id)) == damaged
    assert used().data[2] == 2 * PEOPLE - 1


def test_keys_can_be_made_before_they_are_used(rotating: Flask) -> None:
    first = prepare(("data", "index"))
    again = prepare(("data", "index"))
    assert set(first.data_keys) == set(first.index_keys) == {1, 2}
    assert again == first
    assert (set(used().data), set(used().index)) == ({1}, {1})
    with unit_of_work(drain=False) as session:
        added = add_person(session, _area(session), 50)
        assert added.phone_index is not None
        assert index_version_of(added.phone_index) == 1

    change()

    keys = current_site().keyring.latest()
    assert keys.data_keys == first.data_keys
    assert keys.index_keys == first.index_keys
    assert (set(used().data), set(used().index)) == ({2}, {2})


def test_new_keys_are_made_on_demand_although_a_change_is_not_finished(
    rotating: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = values()
    _half(monkeypatch)

    change(anew=True)

    assert values() == before
    assert (set(used().data), set(used().index)) == ({3}, {3})


def test_every_column_that_could_hold_sealed_values_is_listed() -> None:
    """A new binary column of the core is either listed or said here to be something else."""
    sealed = {(c.table, c.sealed) for c in CORE}
    indexes = {(c.table, c.index) for c in CORE if c.index}
    binary = {
        (table.name, column.name)
        for mapper in Base.registry.mappers
        if mapper.class_.__module__.startswith("pointsys.core.")
        for table in [mapper.local_table]
        if isinstance(table, Table)
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    others = binary - sealed - indexes
    assert sealed <= binary
    assert {f"{table}.{name}" for table, name in others} == OTHERS


def test_every_listed_column_is_moved(rotating: Flask) -> None:
    """Rows of a staged import, the second factor of an account and the data of a frozen person among them."""
    with unit_of_work(drain=False) as session:
        area = _area(session)
        batch = staging.create_batch(session, area, PEOPLE_SHEET, "a.csv", "0" * 64, operator(), {}, 12)
        rows = [staging.StagedRow(number, "created", values=f"row {number}") for number in range(12)]
        staging.add_rows(session, batch.id, batch.public_id, rows)
        account = create_account(session, "worker1", operator())
        account.totp = current_site().keyring.encrypt("account.totp", account.public_id, "secret")
        person = session.scalars(select(Person).order_by(Person.id).limit(1)).one()
        box = current_site().keyring.encrypt("person_vault.data", person.public_id, "data")
        session.add(PersonVault(person_id=person.id, sealed=box, frozen_at=current_site().now()))
        batch_id, account_id, person_id = batch.id, account.id, person.id

    assert change("data").left == 0

    assert dict(used().data) == {2: 2 * PEOPLE + 12 + 1 + 1}
    keyring = current_site().keyring
    with read_scope() as session:
        assert [row.values for row in staging.read_rows(session, session.get_one(Batch, batch_id))] == [
            f"row {number}" for number in range(12)
        ]
        account = session.get_one(Account, account_id)
        assert keyring.decrypt("account.totp", account.public_id, account.totp or b"") == "secret"
        public_id = session.get_one(Person, person_id).public_id
        box = session.get_one(PersonVault, person_id).sealed
        assert keyring.decrypt("person_vault.data", public_id, box) == "data"


def test_an_import_knows_everybody_while_keys_change(
    rotating: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    _half(monkeypatch)
    with read_scope() as session:
        index = PeopleIndex(session, None)
        people = [(f"王{n:04d}甲", phone(n // 2), id_number(n)) for n in range(PEOPLE)]
        index.load(people)
        by_both = [index.match(*row).kind for row in people]
        by_phone = [index.match(name, number, None).kind for name, number, _ in people]
    assert set(by_both) == {"id_number"}
    assert set(by_phone) == {"phone_name"}


# Binary columns whose content is not sealed by ``core.crypto``.
OTHERS = {"audit.mark", "audit.nonce", "audit_block.digests", "decision.mark", "entry.mark"}


def test_the_indexes_of_two_versions_are_told_apart(rotating: Flask) -> None:
    old = current_site().keyring.blind_index(ID_NUMBER, id_number(1))
    change()
    new, *others = current_site().keyring.latest().blind_indexes(ID_NUMBER, id_number(1))

    assert others == [old]
    assert (len(old), len(new)) == (32, 34)
    assert (index_version_of(old), index_version_of(new)) == (1, 2)
    with read_scope() as session:
        assert in_use(session).index[1] == 0
