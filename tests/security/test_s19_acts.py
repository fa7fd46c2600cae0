"""S-19, S-30, A13, A24, A25, A27: each address that writes, done as it is meant to be, forged, overloaded and crossed.

The list of ``acts`` is held against the addresses there are: one that writes and stands in no list fails here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from pointsys.core.audit import DENIED, AuditRow
from pointsys.core.unit_of_work import read_scope
from tests.browsers import Browser
from tests.conftest import FixedClock
from tests.security.act import Act, address, fill, picture
from tests.security.acts import ACTS, ELSEWHERE, SILENT
from tests.security.conftest import NOW, Populated, counts, state
from tests.security.realm import NOWHERE, PLACES, above
from tests.security.routes import MAY, ODD, Route, routes, tell
from tests.security.test_s27_matrix import same

WRITES = {"POST", "PUT", "PATCH", "DELETE"}
# What the fields of an act name, in the words of an attacker who adds more of them.
MORE = {
    "points": "9999", "role": "system_admin", "area_id": "1", "status": "confirmed", "person_id": "1", "id": "1",
    "account_id": "1", "recorded_by": "stranger", "confirmed": "1", "is_admin": "1", "state": "confirmed",
}  # fmt: skip


@pytest.fixture
def site(fresh: Populated) -> Populated:
    """The filled site at the hour it was filled."""
    clock = fresh.app.extensions["pointsys"].clock
    assert isinstance(clock, FixedClock)
    clock.now = NOW
    return fresh


def route_of(site: Populated, act: Act) -> Route:
    """The rule that an act is sent to."""
    return next(r for r in routes(site.app) if r.endpoint == act.endpoint and r.verb == act.verb)


def prepared(site: Populated, act: Act) -> dict[str, str]:
    """The things of an act, with what has to be there before, at the time it is done."""
    clock = site.app.extensions["pointsys"].clock
    clock.now = NOW
    things = dict(site.realm.things[act.place])
    if act.before is not None:
        things |= act.before(site, act)
    clock.advance(days=act.days)
    return things


def send(
    site: Populated, act: Act, things: dict[str, str], fields: dict[str, object], **more: object
) -> TestResponse:
    """The act's request."""
    route = route_of(site, act)
    path = address(act, route, things, site.realm)
    if route.access.token:
        headers = {
            "Authorization": f"Bearer {site.realm.secrets[act.role]}",
            "Idempotency-Key": "key-of-an-act",
        }
        client = site.app.test_client()
        if act.verb == "PATCH":
            headers["If-Match"] = client.get(path, headers=headers).headers["ETag"]
        return client.open(path, method=act.verb, json=fields, headers=headers)
    browser = site.browser(act.role)
    if act.upload:
        return browser.post(
            path, {**fields, act.upload: picture()}, content_type="multipart/form-data", **more
        )
    return browser.post(path, fields, **more)


def rows_since(site: Populated, last: int) -> list[AuditRow]:
    """Audit rows after this one."""
    with site.app.app_context(), read_scope() as session:
        found = list(session.scalars(select(AuditRow).where(AuditRow.id > last).order_by(AuditRow.id)))
        session.expunge_all()
        return found


def last_row(site: Populated) -> int:
    """The newest audit row."""
    with site.app.app_context(), read_scope() as session:
        return session.scalars(select(AuditRow.id).order_by(AuditRow.id.desc()).limit(1)).one()


def test_s19_every_address_that_writes_is_tried_here(populated: Populated) -> None:
    tried = {act.endpoint for act in ACTS}
    written = {route.endpoint for route in routes(populated.app) if route.verb in WRITES}
    unknown = sorted(written - tried - set(SILENT) - set(ELSEWHERE))
    assert not unknown, (
        f"{unknown} take POST, PUT, PATCH or DELETE: add to tests/security/acts.py who sends what there and which "
        f"event of the audit log comes of it (or to SILENT, with the reason why nothing outlives the answer)"
    )
    gone = sorted((tried | set(SILENT) | set(ELSEWHERE)) - written)
    assert not gone, f"{gone} are addresses no more: take them out of tests/security/acts.py"


def leaves_its_row(site: Populated, act: Act) -> TestResponse:
    """Do the act as it is meant to be done, and look for its event with who did it."""
    things = prepared(site, act)
    before = last_row(site)
    answer = send(site, act, things, fill(dict(act.fields), things, site.realm))
    assert answer.status_code in (200, 201, 303), (answer.status_code, answer.text[-3000:])
    rows = rows_since(site, before)
    assert act.event in [row.event for row in rows], [row.event for row in rows]
    who = {row.actor.split("/")[0] for row in rows if row.event == act.event}
    assert who == {act.role}
    return answer


@pytest.mark.parametrize("act", [act for act in ACTS if not act.fields], ids=lambda act: act.endpoint)
def test_s19_every_write_leaves_its_row(site: Populated, act: Act) -> None:
    """Those with fields are done in the test of A24, once for both."""
    leaves_its_row(site, act)


def test_s19_looking_leaves_nothing_and_silent_addresses_leave_no_trace(site: Populated) -> None:
    worker, office = site.sign_in("worker"), site.sign_in("office")
    before, last = state(site), last_row(site)
    wrong = []
    for route in routes(site.app):
        if route.endpoint in SILENT and route.verb == "POST" and route.rule.rule.startswith("/a/"):
            # Whoever may not look is written down.
            browser = worker if "worker" in MAY[str(route.access.permission)] else office
            browser.post(
                route.path(site.realm.things["happy"]), {"names": "王小五", "text": "接龙\n1. 王小五"}
            )
            if [row.event for row in rows_since(site, last)]:
                wrong.append(route.rule.rule)
    tell(wrong)
    assert state(site) == before


Forgery = Callable[[Populated, Browser], dict[str, Any]]
FORGERIES: dict[str, Forgery] = {
    "without a token": lambda site, browser: {"data": {}},
    "with the token of another": lambda site, browser: {"data": {"csrf_token": site.sign_in("stranger").csrf() + "x"}},
    "as text that happens to be JSON": lambda site, browser: {
        "data": json.dumps({"csrf_token": browser.csrf()}), "content_type": "text/plain",
    },
    "from another site": lambda site, browser: {
        "data": {"csrf_token": browser.csrf()}, "headers": {"Origin": "https://evil.example"},
    },
    "from another site, by fetch": lambda site, browser: {
        "data": {"csrf_token": browser.csrf()}, "headers": {"Sec-Fetch-Site": "cross-site"},
    },
}  # fmt: skip


@pytest.mark.parametrize("how", FORGERIES)
def test_a13_a_forged_request_changes_nothing_anywhere(site: Populated, how: str) -> None:
    wrong = []
    browsers: dict[str, Browser] = {}
    before = None
    for route in routes(site.app, token=False):
        if route.verb not in WRITES:
            continue
        act = next((act for act in ACTS if act.endpoint == route.endpoint), None)
        role, place = (act.role, act.place) if act else ("worker", "happy")
        browser = browsers.setdefault(role, site.sign_in(role))
        before = before or state(site)
        request = FORGERIES[how](site, browser)
        if act and isinstance(request["data"], dict):
            request["data"] |= dict.fromkeys(act.fields, "x")
        answer = browser.client.post(route.path(site.realm.things[place]), **request)
        if answer.status_code != 403:
            wrong.append((route.rule.rule, answer.status_code))
    tell(wrong)
    assert state(site) == before


@pytest.mark.parametrize("act", [act for act in ACTS if act.fields], ids=lambda act: act.endpoint)
def test_a24_fields_that_a_form_does_not_have_change_nothing(site: Populated, act: Act) -> None:
    plain = (leaves_its_row(site, act).status_code, counts(site))
    site.reset()
    things = prepared(site, act)
    given = fill(dict(act.fields), things, site.realm)
    answer = send(site, act, things, {**{k: v for k, v in MORE.items() if k not in given}, **given})
    if answer.status_code == 422 and "rest" in act.endpoint.partition(".")[0].split("_"):
        return  # Programs are told that the field is unknown.
    assert (answer.status_code, counts(site)) == plain


def crossed(act: Act) -> list[str]:
    """Places that whoever acts sees nothing of."""
    return [
        place for place in ("street", "sunny", "town") if place in PLACES and act.home not in above(place)
    ]


@pytest.mark.parametrize(
    "act", [act for act in ACTS if act.named and crossed(act)], ids=lambda act: act.endpoint
)
def test_a25_a_form_that_names_something_of_elsewhere_is_refused_like_one_that_names_nothing(
    site: Populated, act: Act
) -> None:
    """S-30, A27: nested and batched ids are asked for like those of an address, and nothing is done by halves."""
    things = prepared(site, act)
    own = fill(dict(act.fields), things, site.realm)
    before, last = state(site), last_row(site)
    for name in act.named:
        answers = {}
        nowhere = {kind: ODD.get(kind, NOWHERE) for kind in things}
        for place in ("", *crossed(act)):
            foreign = site.realm.things[place] if place else nowhere
            template = json.loads(re_place(json.dumps(act.fields[name])))
            value = fill(template, foreign, site.realm)
            if isinstance(own[name], list) and isinstance(value[0], str):
                value = [*own[name], value[0]]
            answer = send(site, act, things, {**own, name: value})
            ids = {str(thing) for thing in foreign.values() if len(str(thing)) > 8}
            answers[place] = (answer.status_code, answer.location, same(answer.text, ids))
            assert answer.status_code < 500, (name, place)
        assert state(site) == before, name
        found = {(status, bool(location)) for status, location, _text in answers.values()}
        assert len(found) == 1, (name, {place: a[:2] for place, a in answers.items()})
        texts = {said for _status, _location, said in answers.values()}
        assert len(texts) == 1, (name, "the answers differ")
    done = [row.event for row in rows_since(site, last) if row.result != DENIED]
    assert act.event not in done


# What ``before`` makes is there for one place alone: of another, something of the same kind is tried.
LIKE = {"newest": "activity", "fresh": "account"}


def re_place(text: str) -> str:
    """``{grid1.person}`` as ``{person}``: whatever place it was of, another one is tried."""
    return re.sub(r"\{(?:\w+\.)?(\w+)\}", lambda found: "{" + LIKE.get(found[1], found[1]) + "}", text)
