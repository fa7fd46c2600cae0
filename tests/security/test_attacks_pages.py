"""A15, A17, A31, A34, A35, A82: markup in texts, ways back, administrators, and plugins that overreach."""

from __future__ import annotations

import pytest
from flask import Blueprint, Flask, g
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from pointsys.access import AREA
from pointsys.core.accounts import links
from pointsys.core.accounts import sessions as account_sessions
from pointsys.core.accounts.models import Account
from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.models import Area
from pointsys.core.audit import AuditRow
from pointsys.core.host import PluginError
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugin import Permission, area_scope
from tests.architecture.test_access import page_of, undeclared
from tests.browsers import Browser, World
from tests.conftest import MakeApp
from tests.core.demo_plugin import demo_host, make_plugin
from tests.security.conftest import Populated, state
from tests.security.realm import TREE
from tests.security.routes import MAY, routes, tell

MARKUP = "<img src=x onerror=alert(1)>"
PLACEHOLDERS = "{{7*7}}{{config}}%(n)s{0.__class__}${7*7}"


@pytest.fixture
def engine_name() -> str:
    """None of this depends on the engine."""
    return "sqlite"


def planted(site: Populated, text: str) -> list[str]:
    """Everything that the worker may type anything into holds ``text``; returns what the answers themselves said."""
    realm, worker = site.realm, site.browser("worker")
    here, things = f"/a/{realm.codes['happy']}", realm.things["happy"]
    name = f"张{text}"
    forms = (
        ("people/new", {"name": name[:100], "area": realm.codes["happy"], "note": text}),
        (f"people/{things['person']}/edit", {"name": name[:100], "note": text}),
        (
            "log/new",
            {
                "kind": "other", "other_kind": text, "title": text, "day": "2026-07-09", "hours": "1", "note": text,
                "place": text, "organiser": text, "person": things["person"], "act": "record",
            },
        ),
        (f"activities/{things['plan']}/plan", {"start": "13:00", "end": "14:00", "place": text, "organiser": text}),
        (f"publicity/{things['notice']}/objections", {"caller": text, "text": text}),
        ("log/new/people", {"names": text, "q": text}),
    )  # fmt: skip
    said = []
    for path, form in forms:
        answer = worker.post(f"{here}/{path}", form)
        assert answer.status_code < 500, path
        said.append(answer.text)
        if answer.location:
            said.append(worker.get(answer.location).text)
    return said


def looked_at(site: Populated, *queries: str) -> list[tuple[str, str]]:
    """Every page of the worker's area, and some of them with an argument."""
    worker, found = site.browser("worker"), []
    for route in routes(site.app, AREA, token=False):
        # Drawing a paper takes long, and shows no markup.
        drawn = route.endpoint.endswith((".pdf", ".export"))
        if route.verb == "GET" and not drawn and "worker" in MAY.get(str(route.access.permission), ()):
            path = route.path(site.realm.things["happy"])
            for query in ("", *queries) if not route.kinds else ("",):
                answer = worker.get(path + query)
                if answer.mimetype in ("text/html", "application/json"):
                    found.append((path + query, answer.text))
    return found


def test_a15_markup_in_any_text_is_inert_on_every_page_on_paper_and_in_charts(fresh: Populated) -> None:
    said = planted(fresh, MARKUP)
    pages = [("answer", text) for text in said] + looked_at(fresh, "?print=1")
    member = fresh.browser("member")
    public = Browser(fresh.app)
    pages += [(path, member.get(path).text) for path in ("/me", "/me/entries")]
    pages += [("public", public.get(f"/public/{fresh.realm.codes['happy']}/").text)]
    tell([path for path, text in pages if "<img src=x" in text])
    assert sum("&lt;img src=x" in text for _path, text in pages) >= 5


def test_a82_placeholders_in_a_text_stay_what_they_are(fresh: Populated) -> None:
    said = planted(fresh, PLACEHOLDERS)
    pages = [("answer", text) for text in said] + looked_at(fresh)
    secret = str(fresh.app.secret_key)
    tell([path for path, text in pages if secret in text or "SECRET_KEY" in text or "&lt;class" in text])
    assert sum("{{7*7}}" in text and "{{config}}" in text for _path, text in pages) >= 5
    assert sum("%(n)s" in text and "${7*7}" in text for _path, text in pages) >= 5


FORMS = (
    "//evil.example", "/\\evil.example", "/%09/evil.example", "https://evil.example", "https:evil.example",
    "///evil.example", "\\\\evil.example", "/%5cevil.example", "http:/evil.example", "//evil.example%2f..",
    "javascript:alert(1)", "/\t/evil.example",
)  # fmt: skip


@pytest.mark.parametrize("target", FORMS)
def test_a17_the_way_back_is_never_an_address_that_somebody_sent(fresh: Populated, target: str) -> None:
    names = ("next", "to", "back", "url", "return_to", "v_code")
    with fresh.app.app_context(), unit_of_work(drain=False) as session:
        token = links.create_link(session, links.SIGN_IN, account_id=fresh.realm.accounts["worker"])
    asked = dict.fromkeys(names, target)
    stranger = Browser(fresh.app)
    page = stranger.client.get("/sign-in", query_string=asked)
    assert 'href="' + target not in page.text
    assert 'action="' + target not in page.text
    answers = [
        stranger.client.post(
            f"/l/{token}", query_string=asked, data={**asked, "csrf_token": stranger.csrf()}
        ),
        stranger.client.post("/letters", data={**asked, "big": "1", "csrf_token": stranger.csrf()}),
        stranger.client.post("/language", data={**asked, "language": "en", "csrf_token": stranger.csrf()}),
        fresh.browser("worker").client.get("/me/security/confirm", query_string=asked),
    ]
    for answer in answers:
        assert answer.status_code < 500
        where = str(answer.location or "/")
        assert where.startswith("/"), where
        assert not where.startswith(("//", "/\\")), where
        assert "evil" not in where.partition("?")[0], where


# Whose data no administrator reads, and what the auditor does not change.
PERSONAL = ("people", "people/{person}", "log", "log/{entry}", "activities", "documents/{document}", "objections",
            "imports/{batch}", "files/{picture}", "points/members", "volunteer/hours", "report", "figures")  # fmt: skip


@pytest.mark.parametrize("role", ["system", "security", "auditor"])
def test_a31_administrators_read_nothing_of_people(fresh: Populated, role: str) -> None:
    things = fresh.realm.things["county"]
    browser = fresh.browser(role)
    wrong = []
    for path in PERSONAL:
        answer = browser.get(f"/a/{things['code']}/{path.format(**things)}")
        if answer.status_code != 403:
            wrong.append((path, answer.status_code))
    tell(wrong)
    with fresh.app.app_context(), read_scope() as session:
        denied = select(AuditRow.id).where(AuditRow.actor == role, AuditRow.result == "denied")
        assert len(session.scalars(denied).all()) == len(PERSONAL)


def test_a31_the_auditor_changes_nothing_by_any_form(fresh: Populated) -> None:
    auditor = fresh.browser("auditor")
    auditor.get("/me")
    before = state(fresh)
    wrong = []
    for route in routes(fresh.app, AREA, token=False):
        if route.verb == "POST" and "auditor" not in MAY[str(route.access.permission)]:
            fresh.forget_limits()
            status = auditor.post(route.path(fresh.realm.things["county"])).status_code
            if status != 403:
                wrong.append((route.rule.rule, status))
    tell(wrong)
    assert state(fresh) == before


@pytest.mark.parametrize("statement", [delete(AuditRow), update(AuditRow).values(actor="nobody")])
def test_a31_no_row_of_the_audit_log_is_deleted_or_altered_even_by_the_program(
    fresh: Populated, statement: object
) -> None:
    with (
        fresh.app.app_context(),
        pytest.raises(DBAPIError),
        unit_of_work(drain=False) as session,
    ):
        session.execute(statement)  # type: ignore[call-overload]


def test_a34_a_plugin_whose_page_declares_no_permission_is_refused_at_load(make_app: MakeApp) -> None:
    with pytest.raises(PluginError, match="declares no permission"):
        make_app(host=page_of(undeclared))


@area_scope("demo.view")
def greedy(code: str) -> str:
    return "seen"


def test_a35_a_plugin_that_lets_everybody_in_before_a_request_is_refused(make_app: MakeApp) -> None:
    def register_blueprints(app: Flask) -> None:
        blueprint = Blueprint("demo", __name__)
        blueprint.add_url_rule("/a/<code>/demo/", "page", greedy)
        app.register_blueprint(blueprint)

        @app.before_request
        def allow() -> None:
            g.actor = Actor("allowed", unrestricted=True)

    permission = Permission("demo.view", "See", ("community_worker",))
    module = make_plugin(
        "demo", derive=None, hooks={"register_blueprints": register_blueprints}, permissions=(permission,)
    )
    with pytest.raises(PluginError):
        make_app(host=demo_host(module))


def test_a35_a_plugin_cannot_give_a_role_a_permission_of_the_core() -> None:
    permission = Permission("people.view", "See", ("member",))
    with pytest.raises(PluginError, match=r"does not start with demo\."):
        demo_host(make_plugin("demo", derive=None, permissions=(permission,)))


def test_a35_what_a_plugin_allows_stays_inside_the_area_of_the_role(
    make_app: MakeApp, world: World, app: Flask
) -> None:
    """Its own page opens where the role is held, and is missing everywhere else, whatever the plugin says."""
    made = make_app(host=page_of(greedy))
    with made.app_context(), unit_of_work(drain=False) as session:
        switch_plugin(session, session.get_one(Area, world.areas["street"]), "demo", True, SYSTEM)
        account = session.get_one(Account, world.accounts["worker"])
        browser = Browser(made, account_sessions.open_session(session, account, "127.0.0.1", "test").token)
    answers = {place: browser.get(f"/a/{world.codes[place]}/demo/").status_code for place in world.codes}
    assert answers == {"street": 404, "happy": 200, "sunny": 404, "grid1": 200, "grid2": 200}
    assert set(answers) <= set(TREE)
