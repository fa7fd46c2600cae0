"""The way of a batch: sealed rows, stale previews, processes that die, expiry, and undoing (R-03)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from pointsys.config import Config
from pointsys.core.activity_log.models import Entry
from pointsys.core.activity_log.policy import OFF, SECOND_PERSON
from pointsys.core.actors import SYSTEM, Actor, Grant
from pointsys.core.areas.models import Area
from pointsys.core.areas.services import find_area
from pointsys.core.audit import AuditRow
from pointsys.core.batches import Batch, BatchRow
from pointsys.core.imports import runner, staging
from pointsys.core.imports.report import ERROR
from pointsys.core.imports.runner import apply_batch
from pointsys.core.imports.steps import Choices, file_digest
from pointsys.core.imports.undo import undo_batch
from pointsys.core.imports.wizard import check_batch, remap, stage_sheet
from pointsys.core.pending import pending_count
from pointsys.core.people.models import Person, PersonArea
from pointsys.core.people.services import PersonData, create_person
from pointsys.core.settings import set_setting
from pointsys.core.site import Site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from pointsys.kit.spreadsheet import read_rows
from tests.conftest import FixedClock
from tests.factories import HAPPY, STREET, make_account
from tests.sheets import LOG_HEADER, counts, csv_of, id_number, log, people, plant_tree

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = (("姓名", "手机", "身份证号"), ("张伟", "13800001234", id_number(15)), ("李静", "13800001235", ""))
LOG = (
    LOG_HEADER,
    ("2026-07-01", "清洁家园", "志愿服务", "张伟", "13800001234", "09:00", "11:00"),
    ("2026-07-01", "清洁家园", "志愿服务", "李静", "13800001235", "09:00", "11:00"),
)


@pytest.fixture(autouse=True)
def _tree(site: Site) -> None:
    plant_tree()


def area_id(code: str = HAPPY) -> int:
    """The id of an area."""
    with read_scope() as session:
        area = find_area(session, code)
        assert area is not None
        return area.id


def staged(kind: str, *rows: tuple[str, ...], actor: Actor = SYSTEM, check: bool = True) -> int:
    """A sheet up to its preview, as the browser brings it."""
    data = csv_of(*rows)
    workbook = read_rows(data, "sheet.csv")
    batch_id, _ = stage_sheet(kind, workbook, "sheet.csv", file_digest(data), area_id(), actor, Choices())
    if check:
        check_batch(batch_id, actor)
    return batch_id


def state(batch_id: int) -> str:
    """The state of a batch."""
    with read_scope() as session:
        return session.get_one(Batch, batch_id).state


def number_of(model: type) -> int:
    """The rows of a table."""
    with read_scope() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_staged_rows_are_sealed_and_gone_when_the_batch_is_applied() -> None:
    batch_id = staged("people", *PEOPLE)

    with read_scope() as session:
        dump = b"".join(session.scalars(select(BatchRow.payload)))
        columns = str(session.execute(text("SELECT * FROM batch")).all())
        rows = list(staging.read_rows(session, session.get_one(Batch, batch_id), ["created"]))
    for secret in ("张伟", "13800001234", id_number(15)):
        assert secret.encode() not in dump
        assert secret not in columns
    assert [row.cells for row in rows] == [list(row) for row in PEOPLE[1:]]
    apply_batch(batch_id, SYSTEM, skip_errors=False)
    assert (state(batch_id), number_of(BatchRow), number_of(Person)) == ("committed", 0, 2)


def test_a_preview_changes_nothing_but_the_batch() -> None:
    marks = staged("people", *PEOPLE, ("王芳", "1", ""))

    assert number_of(Person) == 0
    with read_scope() as session:
        outcome = staging.outcome_of(session.get_one(Batch, marks))
        assert (outcome.counts["created"], outcome.counts[ERROR]) == (2, 1)
        assert pending_count(session) == 0


def test_rows_at_fault_stop_a_batch_unless_they_are_to_be_left_out() -> None:
    batch_id = staged("people", *PEOPLE, ("王芳", "1", ""))

    with pytest.raises(Problem) as caught:
        apply_batch(batch_id, SYSTEM, skip_errors=False)
    assert (caught.value.code, state(batch_id), number_of(Person)) == ("has_errors", "staged", 0)
    apply_batch(batch_id, SYSTEM, skip_errors=True)
    assert number_of(Person) == 2
    with read_scope() as session:
        kept = list(staging.read_rows(session, session.get_one(Batch, batch_id)))
    # The rows at fault stay for a day, to be given back with their reasons.
    assert [(row.number, row.verdict) for row in kept] == [(1, "raw"), (4, "error")]


def test_a_roster_that_changed_after_the_preview_is_noticed() -> None:
    batch_id = staged("people", *PEOPLE)
    with unit_of_work(drain=False) as session:
        create_person(session, PersonData("张伟", area_id(), phone="13800001234"), SYSTEM)

    with pytest.raises(Problem) as caught:
        apply_batch(batch_id, SYSTEM, skip_errors=False)
    assert (caught.value.code, state(batch_id), number_of(Person)) == ("stale_preview", "staged", 1)
    check_batch(batch_id, SYSTEM)
    assert apply_batch(batch_id, SYSTEM, skip_errors=False).counts["updated"] == 1


def test_pressing_twice_applies_once() -> None:
    batch_id = staged("people", *PEOPLE)
    apply_batch(batch_id, SYSTEM, skip_errors=False)

    with pytest.raises(Problem) as caught:
        apply_batch(batch_id, SYSTEM, skip_errors=False)
    assert (caught.value.code, number_of(Person)) == ("batch_closed", 2)


def test_columns_mapped_by_hand_make_the_preview() -> None:
    rows = [("谁", "手机"), ("张伟", "13800001234")]
    batch_id = staged("people", *rows, check=False)
    assert state(batch_id) == "mapping"
    with unit_of_work(drain=False) as session:
        batch = session.get_one(Batch, batch_id)
        with pytest.raises(Problem) as caught:
            remap(session, batch, 0, {1: "phone"}, Choices(), SYSTEM)
        assert caught.value.code == "missing_columns"
        remap(session, batch, 0, {0: "name", 1: "phone"}, Choices(), SYSTEM)
    check_batch(batch_id, SYSTEM)

    assert apply_batch(batch_id, SYSTEM, skip_errors=False).counts["created"] == 1
    assert counts(people(("谁", "手机"), ("张伟", "13800001234"))) == {"unchanged": 1}


def test_a_sheet_without_titles_can_be_mapped_by_position() -> None:
    batch_id = staged("people", ("张伟", "13800001234"), ("李静", "13800001235"), check=False)
    with unit_of_work(drain=False) as session:
        remap(session, session.get_one(Batch, batch_id), -1, {0: "name", 1: "phone"}, Choices(), SYSTEM)
    check_batch(batch_id, SYSTEM)

    assert apply_batch(batch_id, SYSTEM, skip_errors=False).counts["created"] == 2


def test_what_lies_about_for_a_day_is_cleared_away(clock: FixedClock) -> None:
    old = staged("people", *PEOPLE)
    clock.advance(hours=25)
    staged("people", *PEOPLE)

    assert state(old) == "discarded"
    assert number_of(BatchRow) == len(PEOPLE)


def test_a_discarded_batch_leaves_an_audit_row_and_nothing_else() -> None:
    batch_id = staged("people", *PEOPLE)
    with unit_of_work(drain=False) as session:
        staging.discard(session, session.get_one(Batch, batch_id), SYSTEM)

    assert (state(batch_id), number_of(BatchRow), number_of(Person)) == ("discarded", 0, 0)
    with read_scope() as session:
        events = session.scalars(select(AuditRow.event).where(AuditRow.object_type == "batch")).all()
    assert events == ["import.staged", "import.discarded"]


def worker(area: int) -> Actor:
    """A community worker with an account."""
    with unit_of_work(drain=False) as session:
        account = make_account(session, "community_worker", session.get_one(Area, area))
        return Actor(account.login, account_id=account.id, grants=(Grant("community_worker", area),))


def test_what_a_workers_sheet_brings_waits_however_short_it_is_unless_the_area_says_otherwise() -> None:
    people(*PEOPLE)
    actor = worker(area_id())
    other = [LOG[0], *[("2026-07-02", *row[1:]) for row in LOG[1:]]]

    waiting = apply_batch(staged("activity_log", *LOG, actor=actor), actor, skip_errors=False)
    with unit_of_work(drain=False) as session:
        set_setting(session, session.get_one(Area, area_id()), SECOND_PERSON, OFF, SYSTEM)
    alone = apply_batch(staged("activity_log", *other, actor=actor), actor, skip_errors=False)
    assert (waiting.confirmed, alone.confirmed) == (False, True)
    with read_scope() as session:
        assert (
            session.scalars(select(Entry.status).order_by(Entry.id)).all()
            == ["pending"] * 2 + ["confirmed"] * 2
        )


def test_undoing_a_roster_takes_only_those_away_whom_nobody_used() -> None:
    people(*PEOPLE)
    log(*LOG[1:2])
    with unit_of_work(drain=False) as session:
        batch = session.scalars(select(Batch).where(Batch.kind == "people")).one()
        undone = undo_batch(session, batch, SYSTEM, "弄错了社区")

    assert (undone.people, undone.in_use) == (1, 1)
    with read_scope() as session:
        here = session.scalars(select(Person.name).where(Person.left_on.is_(None))).all()
    assert here == ["张伟"]
    assert counts(people(*PEOPLE)) == {"updated": 1, "unchanged": 1}
    with read_scope() as session:
        spans = session.execute(select(PersonArea.from_on, PersonArea.to_on)).all()
    assert spans == [(None, None)] * 2


def test_undoing_needs_a_reason_and_happens_once() -> None:
    people(*PEOPLE)
    codes = []
    for reason in (" ", "弄错了", "弄错了"):
        try:
            with unit_of_work(drain=False) as session:
                undo_batch(session, session.scalars(select(Batch)).one(), SYSTEM, reason)
        except Problem as problem:
            codes.append(problem.code)
    assert codes == ["reason_needed", "not_committed"]


KILL = """
import os, signal, sys
from pathlib import Path
from pointsys.app import create_app
from pointsys.config import Config
from pointsys.core.actors import operator
from pointsys.core.areas.services import find_area
from pointsys.core.imports import runner, staging
from pointsys.core.unit_of_work import read_scope
home, url, phase, keys, file = sys.argv[1:]
def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)
if phase == "staging":
    runner.mark_staged = die
elif phase == "applying":
    staging.set_outcome, keep = (lambda *a: die() if runner_applying() else keep(*a)), staging.set_outcome
def runner_applying():
    return sys._getframe(2).f_code.co_name == "_apply"
app = create_app(Config(home=Path(home), database_url=url), web=False)
with app.app_context():
    with read_scope() as session:
        area = find_area(session, "990101001001")
        session.expunge(area)
    progress = die if phase == "checking" else (lambda p, done, total: die() if p == phase == "deriving" else None)
    runner.import_file("people", Path(file), "sheet.csv", area, operator(), progress=progress)
    die()
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("phase", "people_there", "batch_state"),
    [
        ("checking", 0, None),
        ("staging", 0, "staging"),
        ("applying", 0, "applying"),
        ("derived", 2, "committed"),
    ],
)
def test_r03_a_killed_process_leaves_all_or_nothing(
    phase: str,
    people_there: int,
    batch_state: str | None,
    site_config: Config,
    tmp_path: Path,
    clock: FixedClock,
) -> None:
    file = tmp_path / "sheet.csv"
    file.write_bytes(csv_of(*PEOPLE))
    child = subprocess.run(
        [sys.executable, "-c", KILL, str(tmp_path), site_config.database_url, phase, "", str(file)],
        cwd=ROOT, capture_output=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip

    assert child.returncode == -signal.SIGKILL, child.stderr.decode()
    assert number_of(Person) == people_there
    with read_scope() as session:
        batch = session.scalars(select(Batch)).one_or_none()
        assert (batch.state if batch else None) == batch_state
        if batch is None or batch.state == "committed":
            return
        session.expunge(batch)
    assert batch.state in ("staging", "applying")
    with unit_of_work(drain=False) as session:
        batch = session.get_one(Batch, batch.id)
        clock.now = batch.beat_at + timedelta(minutes=3)
        assert staging.is_interrupted(batch)
        staging.discard(session, batch, SYSTEM)
    assert (state(batch.id), number_of(BatchRow)) == ("discarded", 0)


def test_r03_an_interrupted_import_can_be_resumed(clock: FixedClock) -> None:
    batch_id = staged("people", *PEOPLE)
    with unit_of_work(drain=False) as session:
        session.get_one(Batch, batch_id).state = "applying"
    with pytest.raises(Problem) as caught:
        apply_batch(batch_id, SYSTEM, skip_errors=False)
    assert caught.value.code == "batch_busy"
    clock.advance(minutes=3)

    assert apply_batch(batch_id, SYSTEM, skip_errors=False).counts["created"] == 2


def test_a_permission_lost_meanwhile_stops_the_import() -> None:
    batch_id = staged("people", *PEOPLE)

    def refuse(_session: object) -> None:
        raise Problem("not_allowed", "No longer.")

    with pytest.raises(Problem, match="No longer"):
        apply_batch(batch_id, SYSTEM, skip_errors=False, permit=refuse)
    assert (state(batch_id), number_of(Person)) == ("staged", 0)


def test_a_long_reason_for_late_entries_is_refused() -> None:
    with pytest.raises(Problem) as caught:
        log(*LOG[1:], accept_late="长" * 201)
    assert caught.value.code == "text_too_long"


def test_statistics_are_refreshed_after_a_large_import(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []
    monkeypatch.setattr(runner, "refresh_statistics", lambda session: done.append(1))
    runner.derive(rows=10)
    assert done == []
    runner.derive(rows=5_000)
    assert done == [1]
    with unit_of_work(drain=False) as session:
        assert find_area(session, STREET) is not None
