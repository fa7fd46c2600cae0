"""S-27, S-28: every address of the site, plugins and the interface for programs included, by role, place and verb.

The gate is asked for every combination without running the views, so that nothing is changed. Then every address that
names a thing is asked for real with things of the parent, of siblings, of the child's neighbours and of another town,
and must answer, byte for byte, what it answers to an id that does not exist.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.exceptions import HTTPException

from pointsys import access
from pointsys.access import AREA, SIGNED_IN
from pointsys.core.accounts import sessions as account_sessions
from pointsys.core.areas.services import path_to_code
from pointsys.core.audit import DENIED, AuditRow
from pointsys.core.permissions import role_table
from pointsys.core.switches import enabled_in
from pointsys.core.unit_of_work import read_scope
from tests.browsers import Browser
from tests.security.act import fill
from tests.security.acts import ACTS
from tests.security.conftest import Populated, state
from tests.security.realm import HOLDERS, NOWHERE, PLACES, above
from tests.security.routes import MAY, Route, expected, nowhere, routes, slug_of, tell

# The neighbour and the one of another town are there to own things; they may what the worker may.
ROLES = tuple(role for role in HOLDERS if role not in ("sunny_worker", "stranger"))
# Things of one's own that others of the area do not see, whatever they may.
PERSONAL = {"job", "export", "offer"}
# What is only there once something was done.
LATER = {"newest": NOWHERE, "person_name": "查无此人"}
# What an address has to be asked with.
ASKED = {
    "volunteer_rest_reports.figures": "?period=2026",
    "volunteer_rest_reports.teams": "?period=2026",
}


def test_the_table_of_roles_here_is_that_of_the_program_word_for_word(populated: Populated) -> None:
    """A new permission, or another role for an old one, is to be decided twice."""
    titles = {held[0]: name for name, held in HOLDERS.items() if held is not None and name != "stranger"}
    titles |= {"community_worker": "worker"}
    with populated.app.app_context():
        table = role_table().roles
    declared = {name: {titles[role] for role in roles if role in titles} for name, roles in table.items()}
    mine = {name: set(roles) - {"sunny_worker", "stranger"} for name, roles in MAY.items()}
    assert declared == mine, (
        "tell tests/security/routes.py (MAY) who is meant to have the permission, by hand"
    )


def test_every_argument_of_an_address_is_known_to_the_matrix(populated: Populated) -> None:
    for route in routes(populated.app):
        missing = set(route.kinds.values()) - set(populated.realm.things["happy"])
        assert not missing, f"{route.endpoint}: tests/security/realm.py makes no {missing} in its places"


def credentials(populated: Populated, role: str) -> dict[str, dict[str, str]]:
    """What a browser and what a program of this role sends along: by "cookie" and "token"."""
    browser = populated.sign_in(role)
    browser.get("/verify")
    kept = browser.client._cookies or {}
    cookies = "; ".join(f"{cookie.key}={cookie.value}" for cookie in kept.values())
    secret = populated.realm.secrets.get(role, "")
    return {
        "cookie": {"Cookie": cookies},
        "token": {"Authorization": f"Bearer {secret}"} if secret else {},
    }


def gate(app: Flask, route: Route, path: str, headers: dict[str, str]) -> int:
    """What is answered before the view is called: 200 if it would be. Nothing is kept of a refusal."""
    with app.test_request_context(path, method=route.verb, headers=headers):
        try:
            answer = app.preprocess_request()
        except HTTPException as refused:
            return refused.code or 500
        return 200 if answer is None else int(getattr(answer, "status_code", 200))


def remembered(ask: Callable[..., Any]) -> Callable[..., Any]:
    """A question to the database that is asked once for each of its arguments."""
    known: dict[tuple[Any, ...], Any] = {}

    def answer(session: Any, *args: Any) -> Any:
        if args not in known:
            known[args] = ask(session, *args)
        return known[args]

    return answer


@pytest.fixture
def unforged(populated: Populated, monkeypatch: pytest.MonkeyPatch) -> Iterator[Populated]:
    """The site without the check of forms' tokens, which would come before the question who asks."""
    populated.reset()
    populated.app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    # Nothing is written meanwhile: whoever asks and where is read once instead of before each of ten thousand looks.
    monkeypatch.setattr(access, "path_to_code", remembered(path_to_code))
    monkeypatch.setattr(access, "enabled_in", remembered(enabled_in))
    monkeypatch.setattr(account_sessions, "load_session", remembered(account_sessions.load_session))
    yield populated
    populated.app.config["WTF_CSRF_CHECK_DEFAULT"] = True


@pytest.mark.parametrize("role", ROLES)
def test_s27_every_address_of_an_area_answers_by_role_place_and_verb(unforged: Populated, role: str) -> None:
    populated, app = unforged, unforged.app
    headers = credentials(populated, role)
    wrong = []
    for route in routes(app, AREA):
        plugin, permission = bool(slug_of(app, route.endpoint)), str(route.access.permission)
        assert permission in MAY, f"{route.endpoint} needs {permission}: say in MAY who is meant to have it"
        sent = headers["token" if route.access.token else "cookie"]
        for place in PLACES:
            right = expected(role, place, permission, plugin=plugin)
            if route.access.token and not sent:
                right = 401
            found = gate(app, route, route.path(populated.realm.things[place]), sent)
            if found != right:
                wrong.append((route.verb, route.rule.rule, place, found, right))
    tell(wrong)


def test_s27_nobody_gets_to_see_anything_of_an_area_without_signing_in(unforged: Populated) -> None:
    wrong = []
    for route in [*routes(unforged.app, AREA), *routes(unforged.app, SIGNED_IN)]:
        path = route.path(unforged.realm.things["happy"])
        found = gate(unforged.app, route, path, {})
        if found != (401 if route.access.token else 302):
            wrong.append((route.verb, path, found))
    tell(wrong)


def test_a14_looking_at_an_address_that_acts_does_nothing(fresh: Populated) -> None:
    """What a messenger looks at to show a preview stays as it was; an act has to be sent."""
    before = [state(fresh), fresh.browser("worker"), state(fresh)][-1]
    wrong = []
    browser = fresh.browser("worker")
    for route in routes(fresh.app, AREA, token=False):
        if route.verb == "GET" or "GET" in (route.rule.methods or ()):
            continue
        path = route.path(fresh.realm.things["happy"])
        fresh.forget_limits()
        # A page of another address may stand there as well, and looking at it is no act either.
        found = {browser.get(path).status_code, browser.client.head(path).status_code}
        wrong += [(path, status) for status in found - {200, 302, 403, 404, 405}]
    tell(wrong)
    assert state(fresh) == before


def same(text: str, ids: set[str]) -> str:
    """An answer without what differs from one request to the next: form tokens, request ids and the id asked for."""
    text = re.sub(r'(name="csrf_token" (?:content|value)=")[^"]*', r"\1", text)
    text = re.sub(r"(data-print-mark>)[^<]*", r"\1", text)
    text = re.sub(r'("request_id": ?")[^"]*', r"\1", text)
    text = re.sub(r'(name="idempotency_key" value=")[^"]*', r"\1", text)
    for one in sorted((one for one in ids if len(one) > 8), key=len, reverse=True):
        text = text.replace(one, "…")
    return text


BY_ENDPOINT = {(act.endpoint, act.verb): act for act in ACTS}


def ask(populated: Populated, browser: Browser, route: Route, path: str, role: str) -> tuple[int, str]:
    """Status and text of one real request, with the form or the body that the address is made for."""
    act = BY_ENDPOINT.get((route.endpoint, route.verb))
    held = HOLDERS[role]
    own = populated.realm.things[held[1]] if held else {}
    fields = fill(dict(act.fields), {**own, **LATER}, populated.realm) if act else {}
    if route.access.token:
        headers = {"Authorization": f"Bearer {populated.realm.secrets[role]}", "Idempotency-Key": "k" * 12}
        if route.verb == "PATCH":
            headers["If-Match"] = '"x"'
        body = None if route.verb == "GET" else fields
        answer = populated.app.test_client().open(path, method=route.verb, json=body, headers=headers)
    elif route.verb == "GET":
        answer = browser.get(path)
    else:
        answer = browser.post(path, fields)
    return answer.status_code, answer.data.decode("utf-8", "replace")


# Whoever lives or works in a place may know of the rounds of the places above it: their estate may be kept there,
# and rounds of wishes hold below. A company is kept once for all below, and so are schemes.
AROUND = {
    "property_companies.company", "property_companies.link", "property_companies.unlink",
    "property_companies.change", "property_companies.close", "property_rest_registry.company",
    "property_standing.company", "property_standing.add", "property_measures.ask",
    "property_rest_standing.company", "property_rest_standing.add", "property_rest_standing.ask",
    "property_schemes.version", "property_schemes.download", "property_rest_schemes.version",
    "property_rest_ballots.cast", "property_rest_rounds.appeal", "property_rest_rounds.support",
    "property_rest_rounds.retract", "wishes_campaigns.campaign",
}  # fmt: skip


@pytest.mark.parametrize("role", [role for role in ROLES if HOLDERS[role]])
def test_s28_what_is_elsewhere_answers_byte_for_byte_like_what_is_nowhere(
    fresh: Populated, role: str
) -> None:
    held = HOLDERS[role]
    assert held is not None
    own, browser, realm = held[1], fresh.sign_in(role), fresh.realm
    foreign = {place for place in PLACES if own not in above(place)}
    # Of several places above one, the nearest stands for all.
    foreign -= {"county"} if "street" in foreign else set()
    foreign -= {"street"} if "happy" in foreign else set()
    wrong, tried = [], 0
    for route in routes(fresh.app, AREA):
        if not route.kinds or role not in MAY.get(str(route.access.permission), ()):
            continue
        fresh.forget_limits()
        code = realm.codes[own]
        none = nowhere(route.kinds)
        path = route.path(none, code)
        status, text = ask(fresh, browser, route, path, role)
        if status != 404:
            wrong.append((route.verb, path, status, "nowhere"))
        right = same(text, {path, *none.values()})
        for place in sorted(foreign - above(own) if route.endpoint in AROUND else foreign):
            tried += 1
            path = route.path(realm.things[place], code)
            found = ask(fresh, browser, route, path, role)
            ids = {path.partition("?")[0], *(realm.things[place][kind] for kind in route.kinds.values())}
            if (found[0], same(found[1], ids)) != (404, right):
                wrong.append((route.verb, path, found[0], place))
    tell(wrong)
    if tried:
        with fresh.app.app_context(), read_scope() as session:
            denied = session.scalar(
                select(func.count()).select_from(AuditRow).where(AuditRow.result == DENIED)
            )
        assert denied is not None
        assert denied >= tried, "every try with something of elsewhere is on record"


@pytest.mark.parametrize("role", [role for role in ROLES if HOLDERS[role]])
def test_s27_what_a_role_may_look_at_it_does_see(fresh: Populated, role: str) -> None:
    held = HOLDERS[role]
    assert held is not None
    own, browser, realm = held[1], fresh.sign_in(role), fresh.realm
    wrong = []
    for route in routes(fresh.app, AREA):
        if route.verb != "GET" or role not in MAY.get(str(route.access.permission), ()):
            continue
        path = route.path(realm.things[own]) + ASKED.get(route.endpoint, "")
        status, _text = ask(fresh, browser, route, path, role)
        personal = PERSONAL & set(route.kinds.values()) and status == 404
        if status not in (200, 204, 302, 303) and not personal and (route.endpoint, own) not in EMPTY:
            wrong.append((route.rule.rule, own, status))
    tell(wrong)


# Where there is nothing to see although one may, and why.
EMPTY = {
    **{
        (
            "points_awards.notice",
            place,
        ): "what is awarded is praise, and a letter is written of what is taken off"
        for place in ("street", "happy")
    },
    ("audit_chain.proof", "street"): "there is one chain for the whole site",
    ("imports.errors", "street"): "the rows of an import that was carried out are gone",
    ("imports.errors", "happy"): "the rows of an import that was carried out are gone",
    ("documents.show_one", "grid1"): "a community issues the documents of its grids",
    ("documents.pdf", "grid1"): "a community issues the documents of its grids",
    (
        "wishes_rest_asking.one",
        "happy",
    ): "a unit's liaison knows of the wall, and this wish waits to be checked",
}


# What is public may be objected to by anybody who is signed in.
FOR_ALL = {"notice"}
# Whoever stands before the picture may scan it: a list says that its code has run out, and nothing else.
SCANNED = {"attendance_scan.here", "attendance_scan.press", "attendance_scan.queued"}


@pytest.mark.parametrize("role", ["member", "worker"])
def test_s28_what_is_somebody_elses_answers_on_ones_own_pages_like_what_is_nowhere(
    fresh: Populated, role: str
) -> None:
    """Nearness is no right: things of the same area that are another person's are missing too."""
    browser, realm, wrong = fresh.browser(role), fresh.realm, []
    tried = 0
    for route in routes(fresh.app, SIGNED_IN, token=False):
        if not route.kinds or FOR_ALL & set(route.kinds.values()) or route.endpoint in SCANNED:
            continue
        none = nowhere(route.kinds)
        path = route.path(none)
        right = ask(fresh, browser, route, path, role)
        for place in ("happy", "grid2", "sunny", "town"):
            tried += 1
            path_there = route.path(realm.things[place])
            found = ask(fresh, browser, route, path_there, role)
            ids = {path_there, *(realm.things[place][kind] for kind in route.kinds.values())}
            if (found[0], same(found[1], ids)) != (404, same(right[1], {path, *none.values()})):
                wrong.append((route.verb, path_there, found[0], place))
    tell(wrong)
    assert tried >= 12
