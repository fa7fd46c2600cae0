"""R-05 on pages: a form that is sent twice acts once, and both presses arrive at the same page."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from flask import Flask
from sqlalchemy import func, select

from pointsys.core.people.models import Person
from pointsys.core.unit_of_work import read_scope
from tests.browsers import Browser, SignIn, World


def people(app: Flask) -> int:
    with app.app_context(), read_scope() as session:
        return session.scalar(select(func.count()).select_from(Person)) or 0


def key_on(browser: Browser, path: str) -> str:
    """The key of the form on a page."""
    found = re.search(r'name="idempotency_key" value="([^"]+)"', browser.get(path).text)
    assert found is not None
    return found[1]


def test_a_form_sent_twice_acts_once(app: Flask, worker: Browser, world: World) -> None:
    path = f"/a/{world.codes['happy']}/people/new"
    keys = {key_on(worker, path), key_on(worker, path)}
    assert len(keys) == 2
    form = {"name": "吴七", "area": world.codes["happy"], "idempotency_key": keys.pop()}
    first, again = worker.post(path, form), worker.post(path, form)
    assert (first.status_code, again.status_code) == (303, 303)
    assert first.location == again.location
    assert people(app) == 6
    changed = worker.post(path, {**form, "name": "郑八"})
    assert changed.status_code == 422
    assert people(app) == 6
    assert worker.post(path, {**form, "name": "郑八", "idempotency_key": keys.pop()}).status_code == 303


def test_a_refused_form_may_be_corrected(app: Flask, worker: Browser, world: World) -> None:
    path = f"/a/{world.codes['happy']}/people/new"
    form = {"name": "吴七", "area": world.codes["happy"], "idempotency_key": key_on(worker, path)}
    assert worker.post(path, {**form, "phone": "1"}).status_code == 422
    assert worker.post(path, form).status_code == 303
    assert people(app) == 6


def test_a_key_made_by_hand_is_no_failure(app: Flask, worker: Browser, world: World) -> None:
    path = f"/a/{world.codes['happy']}/people/new"
    for key in ("", "x", "钥匙" * 100):
        form = {"name": "吴七", "area": world.codes["happy"], "idempotency_key": key}
        assert worker.post(path, form).status_code == 303
    assert people(app) == 8


def test_two_presses_at_the_same_moment_act_once(app: Flask, sign_in: SignIn, world: World) -> None:
    path = f"/a/{world.codes['happy']}/people/new"
    browsers = [sign_in(world.accounts["worker"]) for _ in range(4)]
    key = key_on(browsers[0], path)
    gate = Barrier(len(browsers))

    def press(browser: Browser) -> str | None:
        gate.wait()
        return browser.post(
            path, {"name": "吴七", "area": world.codes["happy"], "idempotency_key": key}
        ).location

    with ThreadPoolExecutor(len(browsers)) as pool:
        places = set(pool.map(press, browsers))
    assert len(places) == 1
    assert people(app) == 6
