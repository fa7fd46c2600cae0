"""Issuing a record of participation, its paper, its register, and checking it from outside."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsys.core.activity_log.decisions import decide
from pointsys.core.activity_log.models import CONFIRMED
from pointsys.core.activity_log.record import record
from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.models import Area
from pointsys.core.documents import services
from pointsys.core.documents.models import Document
from pointsys.core.documents.participation import issue_participation
from pointsys.core.people.models import Person
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.browsers import Browser, SignIn, World, counted
from tests.factories import HAPPY, SUNNY, make_draft

DAY = date(2026, 7, 1)


@pytest.fixture
def served(app: Flask, world: World) -> World:
    """The person of grid1 has one confirmed entry."""
    with app.app_context(), unit_of_work(drain=False) as session:
        happy, person = (
            session.get_one(Area, world.areas["happy"]),
            session.get_one(Person, world.person_ids["grid1"]),
        )
        (row,) = record(
            session, happy, [make_draft(session, happy, person)], Actor("other", account_id=99), "test"
        )
        decide(session, [row.entry_id], CONFIRMED, "", SYSTEM)
    return world


@pytest.fixture
def document(app: Flask, served: World) -> tuple[str, str, str, str]:
    """Public id, number, check code and token of an issued record."""
    with app.app_context(), unit_of_work(drain=False) as session:
        made = issue_participation(
            session, session.get_one(Area, served.areas["happy"]), session.get_one(Person, served.person_ids["grid1"]),
            date(2026, 1, 1), date(2026, 7, 10), SYSTEM, title="参与记录证明",
        )  # fmt: skip
        return made.public_id, made.number, made.check_code, made.token


def test_a_worker_previews_issues_and_prints(worker: Browser, served: World) -> None:
    path = f"/a/{HAPPY}/people/{served.people['grid1']}/document"
    preview = worker.page(f"{path}?first=2026-01-01&last=2026-07-10")
    assert len(preview.select("tbody tr")) == 1
    issued = worker.post(path, {"first": "2026-01-01", "last": "2026-07-10"})
    assert issued.status_code == 303
    assert "CY-990101001001-2026-0001" in worker.page(issued.location).text
    pdf = worker.get(f"{issued.location}/pdf")
    assert (pdf.mimetype, pdf.data[:5]) == ("application/pdf", b"%PDF-")
    assert "CY-990101001001-2026-0001.pdf" in pdf.headers["Content-Disposition"]


def test_a_period_without_entries_is_refused_at_its_field(worker: Browser, served: World) -> None:
    path = f"/a/{HAPPY}/people/{served.people['grid1']}/document"
    response = worker.post(path, {"first": "2025-01-01", "last": "2025-02-01"})
    assert response.status_code == 422
    assert 'id="first-error"' in response.text


def test_documents_of_others_look_like_missing_ones(
    sign_in: SignIn, served: World, document: tuple[str, str, str, str]
) -> None:
    foreign = sign_in(served.accounts["sunny_worker"])
    assert foreign.get(f"/a/{HAPPY}/documents/{document[0]}").status_code == 404
    for path in ("", "/pdf", "/revoke"):
        assert foreign.get(f"/a/{SUNNY}/documents/{document[0]}{path}").status_code == 404
    path = f"/a/{SUNNY}/people/{served.people['grid1']}/document"
    assert foreign.get(path).status_code == 404


def test_a_grid_worker_sees_but_neither_issues_nor_revokes(
    sign_in: SignIn, served: World, document: tuple[str, str, str, str]
) -> None:
    browser = sign_in(served.accounts["secretary"])
    assert browser.get(f"/a/{HAPPY}/documents/{document[0]}").status_code == 200
    assert browser.get(f"/a/{HAPPY}/documents/{document[0]}/revoke").status_code == 403
    assert browser.get(f"/a/{HAPPY}/people/{served.people['grid1']}/document").status_code == 403


def test_anybody_checks_by_code_and_sees_a_masked_holder(
    client: FlaskClient, document: tuple[str, str, str, str]
) -> None:
    page = client.get(f"/verify/{document[3]}")
    assert page.status_code == 200
    assert "李*" in page.text
    assert "李一" not in page.text
    assert document[1] in page.text
    assert client.get("/verify/0123456789abcdef").status_code == 404


def test_number_and_check_code_lead_to_the_same_page(app: Flask, document: tuple[str, str, str, str]) -> None:
    browser = Browser(app)
    found = browser.post("/verify", {"number": document[1].lower(), "code": document[2].lower()})
    assert (found.status_code, found.location) == (303, f"/verify/{document[3]}")
    wrong = "0" * 8 if document[2] != "0" * 8 else "1" * 8
    assert browser.post("/verify", {"number": document[1], "code": wrong}).status_code == 422


def test_guessing_check_codes_is_slowed_down(app: Flask, document: tuple[str, str, str, str]) -> None:
    browser = Browser(app)
    codes = [f"0000{n:04d}" for n in range(30) if f"0000{n:04d}" != document[2]]
    answers = [browser.post("/verify", {"number": document[1], "code": code}).status_code for code in codes]
    assert answers[0] == 422
    assert answers[-1] == 429
    # The right pair has to wait as well, else waiting would tell which one it is.
    assert browser.post("/verify", {"number": document[1], "code": document[2]}).status_code == 429


def test_a_revoked_document_says_so_without_the_inner_reason(
    app: Flask, worker: Browser, client: FlaskClient, document: tuple[str, str, str, str]
) -> None:
    form = {"reason_class": "wrong_person", "reason": "发给了李一的邻居"}
    assert worker.post(f"/a/{HAPPY}/documents/{document[0]}/revoke", form).status_code == 303
    page = client.get(f"/verify/{document[3]}").text
    assert "邻居" not in page
    with app.app_context(), read_scope() as session:
        found = services.by_token(session, document[3])
        assert found is not None
        assert found.state == "revoked"
    assert "notice-danger" in page


def test_a_text_changed_behind_the_back_is_told(
    app: Flask, client: FlaskClient, worker: Browser, document: tuple[str, str, str, str]
) -> None:
    def forged(found: Document) -> bool:
        return False

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(services, "is_intact", forged)
        assert "notice-danger" in client.get(f"/verify/{document[3]}").text
        assert "notice-danger" in worker.get(f"/a/{HAPPY}/documents/{document[0]}").text


def test_the_register_costs_the_same_for_one_and_for_many(
    app: Flask, worker: Browser, served: World, document: tuple[str, str, str, str]
) -> None:
    with counted(app) as few:
        assert len(worker.page(f"/a/{HAPPY}/documents").select("tbody tr")) == 1
    with app.app_context(), unit_of_work(drain=False) as session:
        for _ in range(12):
            issue_participation(
                session, session.get_one(Area, served.areas["happy"]),
                session.get_one(Person, served.person_ids["grid1"]),
                date(2026, 1, 1), date(2026, 7, 10), SYSTEM, title="参与记录证明",
            )  # fmt: skip
    with counted(app) as many:
        assert len(worker.page(f"/a/{HAPPY}/documents?q={document[1][:5]}").select("tbody tr")) == 13
    assert len(many) == len(few)


def test_a_member_opens_their_own_documents_and_nobody_else_s(
    sign_in: SignIn, served: World, document: tuple[str, str, str, str]
) -> None:
    member = sign_in(served.accounts["member"])
    assert document[1] in member.page("/me/documents").text
    assert member.get(f"/me/documents/{document[0]}/pdf").data.startswith(b"%PDF-")
    stranger = sign_in(served.accounts["nobody"])
    assert document[1] not in stranger.page("/me/documents").text
    assert stranger.get(f"/me/documents/{document[0]}/pdf").status_code == 404
