"""The frame around every page: sign-in state, headers, error pages, choices of the reader."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests.browsers import Browser


def test_whoever_is_not_signed_in_is_sent_to_the_sign_in_page(client: FlaskClient) -> None:
    response = client.get("/")
    assert response.status_code == 302
    assert response.location.startswith("/sign-in")


def test_a_missing_page_says_what_to_do_next_in_chinese(client: FlaskClient) -> None:
    response = client.get("/nothing-here")
    assert response.status_code == 404
    assert 'lang="zh-Hans-CN"' in response.text


def test_a_choice_of_letters_is_remembered(worker: Browser) -> None:
    worker.post("/letters", {"big": "1"})
    assert 'class="big"' in worker.get("/sign-in", follow_redirects=True).text
