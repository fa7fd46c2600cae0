"""The description keeps its word: requests made from it, right ones and wrong ones, are answered as it says."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import select

from pointsys.core.activity_log.models import Activity, Entry
from pointsys.core.activity_log.record import record
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.people.models import Person
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import unit_of_work
from tests import factories
from tests.browsers import World
from tests.rest.conftest import MakeProgram, Program

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 8
# In the order of the description; a new operation has to be added here, and is tried from then on.
OPERATIONS = (
    "GET /api/v1/areas",
    "GET /api/v1/areas/{code}",
    "GET /api/v1/areas/{code}/children",
    "GET /api/v1/areas/{code}/people",
    "POST /api/v1/areas/{code}/people",
    "GET /api/v1/areas/{code}/people/{person}",
    "PATCH /api/v1/areas/{code}/people/{person}",
    "GET /api/v1/areas/{code}/kinds",
    "GET /api/v1/areas/{code}/activities",
    "POST /api/v1/areas/{code}/activities",
    "GET /api/v1/areas/{code}/activities/{activity}",
    "GET /api/v1/areas/{code}/log",
    "POST /api/v1/areas/{code}/log",
    "GET /api/v1/areas/{code}/log/{entry}",
    "POST /api/v1/areas/{code}/log/decisions",
    "GET /api/v1/areas/{code}/points/scores",
    "GET /api/v1/areas/{code}/points/scores/{person}",
    "GET /api/v1/areas/{code}/points/scores/{person}/outlook",
    "GET /api/v1/areas/{code}/points/rankings",
    "GET /api/v1/areas/{code}/volunteer/hours",
    "GET /api/v1/areas/{code}/volunteer/people/{person}",
)
# Objections, the steps of a year of points, lists of attendance and those of a volunteer need things in many states:
# their own tests try them, and those of security each of them by role and place.
OF_THE_YEAR = re.compile(
    r"/points/(?!scores|rankings)|/objections|/attendance/|/wishes|/property/|/volunteer/(?!hours|people/\{person\}$)"
)


@pytest.fixture
def engine_name() -> str:
    """Requests are read and answers written before and after the engine sees them."""
    return "sqlite"


@pytest.fixture
def ids(app: Flask, world: World) -> dict[str, str]:
    """What the parts of addresses are called here."""
    app.testing = False
    app.config["POINTSYS"] = replace(app.config["POINTSYS"], api_requests_per_minute=1_000_000)
    with app.app_context(), unit_of_work(drain=False) as session:
        area = session.get_one(Area, world.areas["happy"])
        for plugin in ("volunteer", "party_member_points"):
            switch_plugin(session, area, plugin, True, SYSTEM)
        person = session.get_one(Person, world.person_ids["happy"])
        record(session, area, [factories.make_draft(session, area, person)], SYSTEM, "form")
        return {
            "code": area.code,
            "person": person.public_id,
            "activity": session.scalars(select(Activity.public_id)).one(),
            "entry": session.scalars(select(Entry.public_id)).one(),
        }


@lru_cache(maxsize=1)
def described(app: Flask) -> Any:
    """The description, as read by the tool; the token is ours to send.

    Read once for an application, which the tests lend to each other: the tool looks for values to try in all modules.
    """
    generation = GenerationConfig(with_security_parameters=False)
    config = SchemathesisConfig(projects=ProjectsConfig(default=ProjectConfig(generation=generation)))
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app, config=config)


@lru_cache(maxsize=1)
def operations(app: Flask) -> dict[str, Any]:
    """The operations of the description by their label."""
    found = [result.ok() for result in described(app).get_all_operations()]
    return {operation.label: operation for operation in found}


def test_every_operation_is_described(app: Flask) -> None:
    labels = set(operations(app))
    assert set(OPERATIONS) <= labels
    assert {label for label in labels - set(OPERATIONS) if not OF_THE_YEAR.search(label)} == set()


def test_the_description_is_complete(app: Flask) -> None:
    answer = app.test_client().get("/api/v1/openapi.json")
    assert answer.json is not None
    assert answer.json["openapi"] == "3.1.0"
    assert answer.json["security"] == [{"token": []}]
    bare = [
        (path, method)
        for path, item in answer.json["paths"].items()
        for method, operation in item.items()
        if method in ("get", "post", "patch") and not operation.get("summary")
    ]
    assert bare == []
    etag = answer.headers["ETag"]
    again = app.test_client().get("/api/v1/openapi.json", headers={"If-None-Match": etag})
    assert again.status_code == 304


def make_sense(label: str, body: Any, ids: dict[str, str]) -> None:
    """Let a generated body name what there is, so that some of them are accepted."""
    if not isinstance(body, dict):
        return
    if label.endswith("/activities") and "kind" in body:
        body.update(kind="care", date="2026-07-01", starts_at=None, ends_at=None, break_minutes=0)
    if label.endswith("/decisions") and isinstance(body.get("entries"), list):
        body.update(entries=[ids["entry"]])
    drafts = body.get("entries") if label.endswith("/log") else None
    for draft in drafts if isinstance(drafts, list) else ():
        if isinstance(draft, dict) and "person" in draft:
            draft.pop("activity", None)
            draft.update(person=ids["person"], kind="care", title="走访", date="2026-07-01", quantity="1.5")
            draft.update(starts_at=None, ends_at=None)


@pytest.mark.parametrize("label", OPERATIONS)
def test_each_operation_answers_as_it_is_described(
    app: Flask, program: MakeProgram, ids: dict[str, str], label: str
) -> None:
    made: Program = program("worker")
    operation = operations(app)[label]
    cases = st.one_of(
        operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
        operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
    )

    @given(case=cases, known=st.sampled_from((True, True, False)))
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    def tried(case: Any, known: bool) -> None:
        parts = dict(case.path_parameters or {})
        # Most random addresses lead nowhere: the area is a real one, and what is in it most of the time.
        case.path_parameters = {
            name: ids[name] if known or name == "code" else value for name, value in parts.items()
        }
        if known:
            make_sense(label, case.body, ids)
        answer = case.call(headers={"Authorization": f"Bearer {made.secret}"})
        case.validate_response(answer, checks=CHECKS)

    tried()
