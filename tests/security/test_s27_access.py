"""S-27, S-28: declarations that stop the start, and what becomes of refusals, old codes and roles taken back.

Every address by role, place and verb is walked in ``test_s27_matrix``.
"""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from pointsys.core.accounts.models import RoleGrant
from pointsys.core.accounts.services import end_role
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.areas.services import rename_area
from pointsys.core.audit import DENIED, AuditRow
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.web import access
from pointsys.web.access import UndeclaredRoute, public
from tests.browsers import Browser, SignIn, World
from tests.security.test_s27_matrix import same


def test_s28_a_foreign_person_looks_like_a_missing_one_and_the_try_is_on_record(
    app: Flask, worker: Browser, world: World
) -> None:
    own = world.codes["happy"]
    bodies = {
        (response.status_code, same(response.text, {pid}))
        for pid in (world.people["sunny"], world.people["street"], "zzzzzzzzzzzzzzzz")
        for response in [worker.get(f"/a/{own}/people/{pid}")]
    }
    assert len(bodies) == 1
    assert next(iter(bodies))[0] == 404
    with app.app_context(), read_scope() as session:
        refusals = select(func.count()).select_from(AuditRow).where(AuditRow.result == DENIED)
        assert session.scalar(refusals) == 3


def test_s28_a_foreign_area_looks_like_a_missing_one(worker: Browser, world: World) -> None:
    there = worker.get(f"/a/{world.codes['sunny']}/people")
    missing = worker.get("/a/990101001999/people")
    assert there.status_code == missing.status_code == 404
    assert same(there.text, {world.codes["sunny"]}) == same(missing.text, {"990101001999"})


def test_s28_an_area_in_a_filter_narrows_but_never_widens(worker: Browser, world: World) -> None:
    page = worker.page(f"/a/{world.codes['happy']}/people?area={world.codes['sunny']}")
    assert page.select("table.list") == []


def test_an_old_code_leads_on_those_who_may_know_and_nobody_else(
    app: Flask, sign_in: SignIn, world: World
) -> None:
    old = world.codes["sunny"]
    with app.app_context(), unit_of_work() as session:
        rename_area(
            session, session.get_one(Area, world.areas["sunny"]), "阳光社区", SYSTEM, code="990101001009"
        )
    own = sign_in(world.accounts["sunny_worker"]).get(f"/a/{old}/people")
    assert (own.status_code, own.location) == (301, "/a/990101001009/people")
    assert sign_in(world.accounts["worker"]).get(f"/a/{old}/people").status_code == 404


def test_s27_a_view_without_a_declaration_stops_the_start(app: Flask) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "open to the world")
    with pytest.raises(UndeclaredRoute, match="forgotten"):
        access.check_routes(app)


def test_an_area_scope_without_an_area_stops_the_start(app: Flask) -> None:
    app.add_url_rule("/nowhere", "nowhere", access.area_scope("people.view")(lambda: "x"))
    with pytest.raises(UndeclaredRoute, match="nowhere"):
        access.check_routes(app)


def test_a_permission_that_nobody_declares_stops_the_start(app: Flask) -> None:
    app.add_url_rule("/a/<code>/odd", "odd", access.area_scope("odd.permission")(lambda code: "x"))
    with pytest.raises(UndeclaredRoute, match=r"odd\.permission"):
        access.check_routes(app)


def test_a_declared_public_view_is_accepted(app: Flask) -> None:
    app.add_url_rule("/open", "open", public(lambda: "x"))
    access.check_routes(app)


def test_a_role_taken_back_counts_no_more_at_the_next_request(
    app: Flask, worker: Browser, world: World
) -> None:
    assert worker.get(f"/a/{world.codes['happy']}/people").status_code == 200
    with app.app_context(), unit_of_work() as session:
        grants = select(RoleGrant).where(RoleGrant.account_id == world.accounts["worker"])
        end_role(session, session.scalars(grants).one(), SYSTEM)
    assert worker.get(f"/a/{world.codes['happy']}/people").status_code == 404
