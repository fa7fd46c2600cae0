"""Alerts: counted by day, new again when it happens again, and never looked at by the one they are about."""

from __future__ import annotations

import ast
from contextlib import suppress

import pytest
from sqlalchemy import select

from pointsys.core import alerts
from pointsys.core.actors import Actor
from pointsys.core.alerts import KINDS, SecurityAlert, mark_seen, open_count, raise_alert
from pointsys.core.audit import AuditRow
from pointsys.core.site import Site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from tests.architecture.sources import CODE, python_files, tree
from tests.conftest import FixedClock

SECURITY = Actor("security", 1)


def test_the_same_again_adds_to_the_count_and_is_new_again(site: Site, clock: FixedClock) -> None:
    with unit_of_work() as session:
        raise_alert(session, "unmask.many", "worker", by="worker", count=51)
        alert = session.scalars(select(SecurityAlert)).one()
        mark_seen(session, alert, SECURITY)
        assert open_count(session) == 0
    clock.advance(minutes=5)
    with unit_of_work() as session:
        raise_alert(session, "unmask.many", "worker", by="worker", count=101)
    with read_scope() as session:
        alert = session.scalars(select(SecurityAlert)).one()
        assert (alert.count, alerts.detail_of(alert), alert.seen_at) == (2, {"count": 101}, None)
        assert open_count(session) == 1
        assert (
            session.scalars(select(AuditRow).where(AuditRow.event == "alert.seen")).one().actor == "security"
        )
    clock.advance(days=1)
    with unit_of_work() as session:
        raise_alert(session, "unmask.many", "worker")
        assert open_count(session) == 2


def test_an_alert_of_an_act_that_is_undone_is_not_raised(site: Site) -> None:
    with suppress(ZeroDivisionError), unit_of_work() as session:
        raise_alert(session, "export.many", "worker")
        raise ZeroDivisionError
    with read_scope() as session:
        assert open_count(session) == 0


def test_nobody_looks_away_from_an_alert_about_themselves(site: Site) -> None:
    with unit_of_work() as session:
        raise_alert(session, "admin.granted", "zhang", by="security")
        alert = session.scalars(select(SecurityAlert)).one()
        with pytest.raises(Problem) as refused:
            mark_seen(session, alert, SECURITY)
        assert refused.value.code == "own_alert"
        assert open_count(session) == 1


def test_old_alerts_go_only_when_somebody_looked_at_them(site: Site, clock: FixedClock) -> None:
    with unit_of_work() as session:
        raise_alert(session, "export.many", "one")
        mark_seen(session, session.scalars(select(SecurityAlert)).one(), SECURITY)
        raise_alert(session, "export.many", "two")
    clock.advance(days=500)
    with unit_of_work() as session:
        alerts.clear(session, site.now())
        assert session.scalars(select(SecurityAlert.subject)).all() == ["two"]


def test_every_alert_that_the_code_raises_has_words() -> None:
    raised = set()
    for path in python_files(*CODE):
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.Call):
                continue
            if ast.unparse(node.func).endswith("raise_alert"):
                raised |= {a.value for a in node.args[1:2] if isinstance(a, ast.Constant)}
            named = [keyword.value for keyword in node.keywords if keyword.arg == "alert"]
            raised |= {a.value for a in named if isinstance(a, ast.Constant) and a.value}
    assert raised
    assert raised - set(KINDS) == set()
