"""Deny by default: every address declares who may open it, and one that does not stops the start."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Blueprint, Flask

from pointsys.core.host import Host, PluginError
from pointsys.plugin import Permission, area_scope, signed_in
from pointsys.web.access import AREA, PUBLIC, UndeclaredRoute, access_of, check_routes, public
from pointsys.web.session import is_static
from tests.browsers import Browser, SignIn, World
from tests.conftest import MakeApp
from tests.core.demo_plugin import demo_host, make_plugin


def endpoints(app: Flask) -> dict[str, str]:
    """Endpoint -> one of its addresses, without the files that everybody may have."""
    return {rule.endpoint: rule.rule for rule in app.url_map.iter_rules() if not is_static(rule.endpoint)}


def test_every_address_declares_who_may_open_it(bare_app: Flask) -> None:
    assert [name for name in endpoints(bare_app) if access_of(bare_app, name) is None] == []
    check_routes(bare_app)


def test_every_address_of_an_area_needs_a_permission_there(bare_app: Flask) -> None:
    wide = [
        rule
        for name, rule in endpoints(bare_app).items()
        if rule.startswith(("/a/<code>/", "/api/v1/areas/<code>"))
        and (
            (access := access_of(bare_app, name)) is None or access.scope != AREA or access.permission is None
        )
    ]
    assert wide == []


# What is published is read by everybody: each of these shows masked names or none.
PUBLISHED = {
    "publicity.public_show", "publicity.public_print", "public.area", "verify.ask", "verify.check", "verify.check_json",
    "volunteer_public.index", "volunteer_public.page", "wishes_wall_public.index", "wishes_wall_public.wish",
    "property_reception_public.index", "property_results_public.index", "property_results_public.table",
    "property_results_public.estate", "property_results_public.company", "property_results_public.compare",
    "property_results_public.scheme", "property_results_public.scheme_file",
}  # fmt: skip
# Calendar programs cannot sign in: the address itself is the secret.
SECRET = {"feed.ics", "volunteer_calendar.ics"}
# How programs talk to the site is no secret; what they get to see takes a token.
DESCRIBED = {"rest_docs.openapi", "rest_docs.page", "rest_docs.file"}
# A code that a screen shows leads to the page with the button, which takes an account; a device at the door has none,
# and the end of its address is the secret.
AT_THE_DOOR = {
    "attendance_scan.arrive", "attendance_kiosk.page", "attendance_kiosk.press", "attendance_kiosk.queued",
}  # fmt: skip
# Whoever holds a slip votes for its dwelling, without an account.
BY_SLIP = {
    "property_ballots_public.enter", "property_ballots_public.start", "property_ballots_public.answer",
    "property_ballots_public.thanks",
}  # fmt: skip


def test_only_the_way_in_is_open_to_everybody(bare_app: Flask) -> None:
    public = {
        name
        for name in endpoints(bare_app)
        if (access := access_of(bare_app, name)) and access.scope == PUBLIC
    }
    own = {name for name in public if name.partition(".")[0] in ("auth", "wizard", "health")}
    assert public == own | PUBLISHED | SECRET | DESCRIBED | AT_THE_DOOR | BY_SLIP


def page_of(view: object, rule: str = "/a/<code>/demo/") -> Host:
    """A host with one plugin that adds one page."""

    def register_blueprints(app: Flask) -> None:
        blueprint = Blueprint("demo", __name__)
        blueprint.add_url_rule(rule, "page", view)  # type: ignore[arg-type]
        app.register_blueprint(blueprint)

    permission = Permission("demo.view", "See", ("community_worker",))
    return demo_host(
        make_plugin(
            "demo", derive=None, hooks={"register_blueprints": register_blueprints}, permissions=(permission,)
        )
    )


def undeclared(code: str) -> str:
    return "anybody"


@area_scope("demo.other")
def unknown_permission(code: str) -> str:
    return "nobody"


@area_scope("demo.view")
def without_area() -> str:
    return "nowhere"


@signed_in
def own_page() -> str:
    return "mine"


@pytest.mark.parametrize(
    ("view", "rule", "words"),
    [
        (undeclared, "/a/<code>/demo/", "declares no permission"),
        (unknown_permission, "/a/<code>/demo/", "demo.other"),
        (without_area, "/me/demo", "no <code>"),
        (own_page, "/demo", "outside"),
    ],
)
def test_an_address_that_does_not_stops_the_start(
    make_app: MakeApp, view: object, rule: str, words: str
) -> None:
    with pytest.raises(PluginError, match=words):
        make_app(host=page_of(view, rule))


def test_an_address_of_the_core_that_does_not_stops_the_start_as_well(app: Flask) -> None:
    app.view_functions["sudden"] = lambda: "anybody"
    app.url_map.add(app.url_rule_class("/sudden", endpoint="sudden", methods={"GET"}))

    with pytest.raises(UndeclaredRoute, match="sudden"):
        check_routes(app)
    app.view_functions["sudden"] = public(lambda: "anybody")
    check_routes(app)


def test_a_view_added_after_the_start_is_not_found(app: Flask, worker: Browser) -> None:
    app.view_functions["sudden"] = lambda: "anybody"
    app.url_map.add(app.url_rule_class("/sudden", endpoint="sudden", methods={"GET"}))

    assert worker.get("/sudden").status_code == 404


def test_everything_but_the_way_in_sends_strangers_to_sign_in(app: Flask, world: World) -> None:
    stranger = Browser(app)
    open_to_strangers = []
    for name in endpoints(app):
        access = access_of(app, name)
        rules = [r for r in app.url_map.iter_rules(name) if "GET" in (r.methods or ())]
        if access is None or access.scope == PUBLIC or not rules:
            continue
        values: dict[str, Any] = dict.fromkeys(rules[0].arguments, "1")
        if "code" in values:
            values["code"] = world.codes["happy"]
        with app.test_request_context():
            address = app.url_for(name, **values)
        answer = stranger.get(address)
        turned_away = answer.status_code == 401 and "WWW-Authenticate" in answer.headers
        if access.token and turned_away:
            continue
        if not (answer.status_code == 302 and answer.location.startswith("/sign-in")):
            open_to_strangers.append((address, answer.status_code))
    assert open_to_strangers == []


def test_ones_own_page_of_a_plugin_exists_only_where_it_is_on(
    make_app: MakeApp, world: World, sign_in: SignIn
) -> None:
    made = make_app(host=page_of(own_page, "/me/demo"))
    token = sign_in(world.accounts["member"]).client.get_cookie("pointsys")
    assert token is not None
    browser = made.test_client()
    browser.set_cookie("pointsys", token.value)

    assert browser.get("/me/demo").status_code == 404
