"""S-27, S-28: every address of the site, tried by every role in its own area, above, below, beside and nowhere.

What is expected is written down here a second time, as a table of roles, so that a change of the program's own
table without a change of this one is noticed.
"""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.routing import Rule

from pointsys.core.accounts.models import Account, RoleGrant
from pointsys.core.accounts.services import end_role
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.areas.services import rename_area
from pointsys.core.audit import DENIED, AuditRow
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.web import access
from pointsys.web.access import AREA, UndeclaredRoute, access_of, public
from tests.browsers import Browser, SignIn, World

STAFF = {"office", "worker", "sunny_worker"}
EVERYBODY = {*STAFF, "grid_worker", "secretary"}
MAY = {
    "areas.view": {"admin", *EVERYBODY},
    "areas.edit": {"admin", "office"},
    "people.view": EVERYBODY,
    "people.edit": STAFF,
    "people.unmask": STAFF,
    "exports.view": {"admin", *EVERYBODY},
    "exports.approve": STAFF,
    "people.import": STAFF,
    "log.view": EVERYBODY,
    "log.record": {*STAFF, "grid_worker"},
    "log.import": STAFF,
    "log.decide": STAFF,
    "publicity.view": EVERYBODY,
    "publicity.publish": STAFF,
    "objections.view": EVERYBODY,
    "objections.answer": STAFF,
    "documents.view": EVERYBODY,
    "documents.issue": STAFF,
    "jobs.view": {"admin", *EVERYBODY},
    "site.health": {"admin"},
    "plugins.switch": {"admin", "office"},
    "settings.edit": {"admin", "office"},
    "accounts.manage": {"admin"},
    "accounts.members": STAFF,
    "keys.manage": {"admin"},
    "alerts.view": {"admin"},
    "audit.view": {"admin", "office"},
    "audit.manage": {"admin"},
}
HOLDS = {
    "admin": "street",
    "office": "street",
    "worker": "happy",
    "sunny_worker": "sunny",
    "grid_worker": "grid1",
    "secretary": "happy",
    "member": "grid1",
    "nobody": "",
}
ABOVE = {
    "street": {"street"},
    "happy": {"street", "happy"},
    "sunny": {"street", "sunny"},
    "grid1": {"street", "happy", "grid1"},
    "grid2": {"street", "happy", "grid2"},
}


def area_rules(app: Flask, plugins: bool) -> list[Rule]:
    """The addresses of areas; those of plugins or those of the core."""
    slugs = {info.slug for info in app.extensions["pointsys"].host.plugins.values()}
    found = []
    for rule in app.url_map.iter_rules():
        declared = access_of(app, rule.endpoint)
        of_plugin = rule.endpoint.partition(".")[0].partition("_")[0] in slugs
        # What takes tokens is walked in tests/rest.
        if declared and declared.scope == AREA and not declared.token and of_plugin == plugins:
            found.append(rule)
    return found


def address(app: Flask, rule: Rule, place: str, world: World, account: str) -> str:
    """The rule's address with things that exist in ``place``."""
    values = {
        "code": world.codes[place],
        "pid": world.people[place],
        "area_code": world.codes[place],
        "aid": account,
        "name": next(iter(app.extensions["pointsys"].host.plugins), "volunteer"),
    }
    return re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", lambda m: values.get(m[1], "1"), rule.rule)


# Of these an address gets things that exist in the place; of others (entries, batches) there may be none.
KNOWN_THINGS = {"code", "pid", "area_code"}
OPEN = {200, 302}


def expected(role: str, place: str, allowed: set[str]) -> set[int]:
    """The answers that are right."""
    if HOLDS[role] not in ABOVE[place]:
        return {404}
    return OPEN if role in allowed else {403}


def without_tokens(text: str) -> str:
    """The page without its CSRF tokens, which change every second."""
    return "\n".join(line for line in text.splitlines() if "csrf_token" not in line)


def methods(rule: Rule) -> list[str]:
    """The methods an address takes."""
    return sorted((rule.methods or set()) & {"GET", "POST"})


# The walks take many requests and ask nothing that differs by engine.
on_one_engine = pytest.mark.parametrize("engine_name", ["sqlite"])


@on_one_engine
@pytest.mark.parametrize("role", sorted(HOLDS))
def test_s27_every_address_of_an_area_answers_by_role_and_place(
    app: Flask, sign_in: SignIn, world: World, role: str
) -> None:
    with app.app_context(), read_scope() as session:
        account = str(session.scalar(select(Account.public_id).where(Account.login == "worker")))
    browser = sign_in(world.accounts[role])
    wrong = []
    for rule in area_rules(app, plugins=False):
        declared = access_of(app, rule.endpoint)
        assert declared is not None
        assert declared.permission is not None
        for place in ABOVE:
            path = address(app, rule, place, world, account)
            right = expected(role, place, MAY[declared.permission])
            for method in methods(rule):
                if method == "POST" and right == OPEN:
                    continue  # what the allowed ones do is tested with each page
                status = (browser.get(path) if method == "GET" else browser.post(path)).status_code
                nothing_there = right == OPEN and status == 404 and not rule.arguments <= KNOWN_THINGS
                if status not in right and not nothing_there:
                    wrong.append((method, path, rule.endpoint, place, status, right))
    assert wrong == []


@on_one_engine
@pytest.mark.parametrize("role", ["admin", "worker", "member"])
def test_s27_pages_of_a_plugin_that_is_off_are_missing_for_everybody(
    app: Flask, sign_in: SignIn, world: World, role: str
) -> None:
    browser = sign_in(world.accounts[role])
    wrong = [
        (method, path, status)
        for rule in area_rules(app, plugins=True)
        for place in ("street", "happy", "sunny")
        for method in methods(rule)
        if (path := address(app, rule, place, world, "x"))
        and (status := (browser.get(path) if method == "GET" else browser.post(path)).status_code) != 404
    ]
    assert wrong == []


@on_one_engine
@pytest.mark.parametrize("role", ["admin", "worker", "sunny_worker", "grid_worker", "member", "nobody"])
def test_pages_of_a_plugin_keep_to_their_areas(app: Flask, sign_in: SignIn, world: World, role: str) -> None:
    host = app.extensions["pointsys"].host
    with app.app_context(), unit_of_work(drain=False) as session:
        for name in host.plugins:
            switch_plugin(session, session.get_one(Area, world.areas["happy"]), name, True, SYSTEM)
    browser = sign_in(world.accounts[role])
    wrong = []
    for rule in area_rules(app, plugins=True):
        for place in ("street", "happy", "sunny", "grid1"):
            path = address(app, rule, place, world, "x")
            for method in methods(rule):
                inside = place in ("happy", "grid1") and HOLDS[role] in ABOVE[place]
                if method == "POST" and inside:
                    continue
                status = (browser.get(path) if method == "GET" else browser.post(path)).status_code
                if status not in ({200, 302, 303, 403, 404} if inside else {404}):
                    wrong.append((method, path, status))
    assert wrong == []


@on_one_engine
def test_whoever_is_not_signed_in_gets_nothing_but_the_way_to_the_sign_in_page(
    app: Flask, world: World
) -> None:
    browser = Browser(app)
    for rule in area_rules(app, plugins=False):
        for place in ("happy", "sunny"):
            path = address(app, rule, place, world, "x")
            for method in methods(rule):
                response = browser.get(path) if method == "GET" else browser.post(path)
                assert response.status_code == 302, path
                assert response.location.startswith("/sign-in")


def test_s28_a_foreign_person_looks_like_a_missing_one_and_the_try_is_on_record(
    app: Flask, worker: Browser, world: World
) -> None:
    own = world.codes["happy"]
    bodies = {
        (response.status_code, without_tokens(response.text))
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
    assert without_tokens(there.text) == without_tokens(missing.text)


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
