"""Every role of the demonstration walks through the pages that it is offered, and none of them breaks.

On PostgreSQL: most tests of pages and tests/e2e's look at whole pages are on SQLite, which takes statements that
PostgreSQL refuses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException

from pointsys.commands.links import sign_in_link
from pointsys.core.permissions import ROLE_TITLES
from pointsys.core.unit_of_work import unit_of_work
from pointsys.demo.accounts import shown_accounts
from pointsys.demo.make import make_demo

LINK = re.compile(r'href="(/[^"#]*)')
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@pytest.fixture(params=[pytest.param("postgresql", marks=pytest.mark.postgres)])
def engine_name(request: pytest.FixtureRequest) -> str:
    """One engine: see above."""
    return str(request.param)


@pytest.fixture
def links(app: Flask) -> dict[str, str]:
    """Role -> path of a sign-in link, in a small demonstration."""
    with app.app_context():
        make_demo(people=200, days=100)
        with unit_of_work() as session:
            return {
                part.role: sign_in_link(session, account, "") for part, account in shown_accounts(session)
            }


def _endpoint(app: Flask, path: str) -> str | None:
    try:
        return str(app.url_map.bind("localhost").match(urlsplit(path).path)[0])
    except HTTPException:
        return None


def _walk(app: Flask, client: FlaskClient, start: str) -> Iterator[tuple[str, int]]:
    """Path and status of the pages that can be reached by links, one of each kind."""
    seen: set[str] = set()
    waiting, known = [start], {start}
    while waiting:
        path = waiting.pop(0)
        endpoint = _endpoint(app, path)
        if endpoint is None or endpoint == "static" or endpoint.endswith(".static") or endpoint in seen:
            continue
        seen.add(endpoint)
        answer = client.get(path)
        yield path, answer.status_code
        if answer.mimetype == "text/html":
            found = {unescape(link) for link in LINK.findall(answer.text)} - known
            known |= found
            waiting += sorted(found)
        answer.close()


@pytest.mark.slow
def test_no_page_that_a_role_is_offered_breaks_or_is_refused(app: Flask, links: dict[str, str]) -> None:
    assert set(links) == set(ROLE_TITLES)
    for role, link in links.items():
        client = app.test_client()
        token = TOKEN.search(client.get(link).text)
        assert token is not None
        signed_in = client.post(link, data={"csrf_token": token[1]})
        assert signed_in.status_code == 303, role
        walked = list(_walk(app, client, "/"))
        assert len(walked) >= 4, role
        assert [(role, path, status) for path, status in walked if status >= 400] == []
