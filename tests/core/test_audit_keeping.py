"""S-20, S-21: how long audit rows are kept, and that no act goes without its row."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from pointsys.core import audit, health
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.areas.services import rename_area
from pointsys.core.audit import anchors, retention
from pointsys.core.audit.jobs import let_go, verify_and_note
from pointsys.core.audit.sealer import seal
from pointsys.core.audit.verify import verify
from pointsys.core.database import Base, create_triggers, drop_triggers
from pointsys.core.settings import set_setting
from pointsys.core.site import Site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from tests.conftest import FixedClock, MakeApp
from tests.factories import make_tree


@pytest.fixture
def app(make_app: MakeApp) -> Flask:
    """Nothing here needs a page."""
    return make_app(web=False)


@pytest.fixture
def root(site: Site) -> int:
    """The top area of a tree."""
    with unit_of_work(drain=False) as session:
        return make_tree(session)["street"].id


def keep(root: int, days: int) -> None:
    with unit_of_work(drain=False) as session:
        retention.set_keep_days(session, session.get_one(Area, root), days, SYSTEM)


def rows(event: str = "area.created") -> int:
    with read_scope() as session:
        found = session.scalar(text("SELECT count(*) FROM audit WHERE event = :event"), {"event": event})
    return int(found or 0)


@pytest.mark.parametrize(
    ("days", "code"), [(179, "kept_too_short"), (0, "kept_too_short"), (40_000, "kept_too_long")]
)
def test_s20_less_than_180_days_is_refused(root: int, days: int, code: str) -> None:
    with pytest.raises(Problem) as refused:
        keep(root, days)
    assert refused.value.code == code
    with read_scope() as session:
        assert retention.keep_days(session) == retention.DEFAULT_DAYS


def test_s20_a_shorter_time_put_in_by_sql_counts_as_180_days(root: int) -> None:
    with unit_of_work(drain=False) as session:
        set_setting(session, session.get_one(Area, root), retention.KEEP_DAYS, 7, SYSTEM)
    with read_scope() as session:
        assert retention.keep_days(session) == 180


def test_s20_rows_go_in_whole_blocks_once_their_time_is_over_and_the_chain_still_fits(
    root: int, clock: FixedClock
) -> None:
    keep(root, 180)
    seal()
    before = rows()
    clock.advance(days=179)
    let_go(clock.now)
    assert rows() == before
    clock.advance(days=2)
    let_go(clock.now)
    assert rows() == 0
    seal()
    report = verify()
    assert report.ok, report.findings
    assert report.pruned >= before
    assert rows(retention.PRUNED) == 1


def test_s20_rows_removed_early_or_without_a_word_are_found(root: int) -> None:
    seal()
    with unit_of_work(drain=False) as session:
        drop_triggers(session.connection(), {"audit", "audit_block"})
        session.execute(
            text("DELETE FROM audit WHERE id <= (SELECT last_id FROM audit_block WHERE position = 1)")
        )
        session.execute(
            text("UPDATE audit_block SET digests = NULL, pruned_at = sealed_at WHERE position = 1")
        )
        create_triggers(session.connection(), {"audit", "audit_block"})
    report = verify()
    assert report.first is not None
    assert report.first.code == "pruned"


def test_s21_where_no_audit_row_can_be_written_nothing_is_done(
    root: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with unit_of_work(drain=False) as session:
        drop_triggers(session.connection(), {"audit"})
        session.execute(text("ALTER TABLE audit RENAME TO audit_elsewhere"))
    try:
        with pytest.raises(Exception, match="audit"), unit_of_work(drain=False) as session:
            rename_area(session, session.get_one(Area, root), "新名字", SYSTEM)
    finally:
        with unit_of_work(drain=False) as session:
            session.execute(text("ALTER TABLE audit_elsewhere RENAME TO audit"))
            create_triggers(session.connection(), {"audit"})
    with read_scope() as session:
        assert session.get_one(Area, root).name == "平安街道"


def test_a_restored_backup_is_told_and_does_not_look_like_a_cut(root: int) -> None:
    seal()
    with read_scope() as session:
        kept = {
            name: [dict(row._mapping) for row in session.execute(Base.metadata.tables[name].select())]
            for name in ("audit", "audit_block")
        }
    for number in range(3):
        with unit_of_work(drain=False) as session:
            rename_area(session, session.get_one(Area, root), f"平安街道{number}", SYSTEM)
        seal()
    with unit_of_work(drain=False) as session:
        anchors.add_anchor(session, SYSTEM)
        drop_triggers(session.connection(), set(kept))
        for name, was in kept.items():
            session.execute(Base.metadata.tables[name].delete())
            session.execute(Base.metadata.tables[name].insert(), was)
        create_triggers(session.connection(), set(kept))
    assert not verify().ok
    with unit_of_work(drain=False) as session:
        anchors.note_restore(session, SYSTEM)
    seal()
    report = verify()
    assert report.ok, report.findings
    assert len(report.restores) == 1


def chain_check() -> health.Check:
    (found,) = health.checks({"chain"})
    return found


def test_the_health_of_the_site_tells_of_rows_that_wait_of_old_heads_and_of_a_failed_check(
    root: int, clock: FixedClock
) -> None:
    assert chain_check().ok
    clock.advance(minutes=11)
    assert chain_check().warning
    seal()
    assert chain_check().ok
    clock.advance(hours=27)
    assert chain_check().warning
    with unit_of_work(drain=False) as session:
        anchors.add_anchor(session, SYSTEM)
    seal()
    assert chain_check().ok
    with unit_of_work(drain=False) as session:
        drop_triggers(session.connection(), {"audit"})
        session.execute(text("DELETE FROM audit WHERE id = 2 OR event = 'area.created'"))
        create_triggers(session.connection(), {"audit"})
    report = verify_and_note(SYSTEM)
    assert not report.ok
    found = chain_check()
    assert (found.ok, found.warning) == (False, False)


def test_only_a_row_that_retention_marked_can_be_deleted(root: int) -> None:
    with pytest.raises(Exception, match="append-only"), unit_of_work(drain=False) as session:
        session.execute(text("DELETE FROM audit"))
    assert rows() > 0
    assert audit.OK == "ok"


def test_what_is_kept_counts_from_the_sealing(root: int, clock: FixedClock) -> None:
    keep(root, 180)
    clock.advance(days=400)
    seal()
    assert retention.prune(clock.now + timedelta(days=1)) == 0
