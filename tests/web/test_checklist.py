"""The card of first steps on the workbench: ticked by what there is, gone when all is done or it is put away."""

from __future__ import annotations

from flask import Flask

from pointsys.core.accounts import services as accounts
from pointsys.core.activity_log.record import record
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.backup import BACKUP_AT
from pointsys.core.people.models import Person
from pointsys.core.settings import set_setting
from pointsys.core.startup import start_site
from pointsys.core.unit_of_work import unit_of_work
from tests.browsers import Browser, SignIn, World, counted
from tests.factories import HAPPY, make_draft


def items(browser: Browser, code: str) -> dict[str, bool]:
    """Title -> ticked."""
    page = browser.page(f"/a/{code}/")
    return {
        line.text.split("已完成")[0].strip(): "ticked" in (line.get("class") or ())
        for line in page.select("#checklist li")
    }


def test_a_new_site_is_led_to_its_first_steps(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work() as session:
        root = start_site(session, HAPPY, "幸福社区", SYSTEM)
        account = accounts.create_account(session, "wang", SYSTEM)
        accounts.grant_role(session, account, "community_worker", root, SYSTEM)
        made = account.id
    browser = sign_in(made)
    page = browser.page(f"/a/{HAPPY}/")
    assert len(items(browser, HAPPY)) == 4
    assert not any(items(browser, HAPPY).values())
    # Each leads to the page that does it.
    for link in page.select("#checklist a"):
        assert browser.get(str(link["href"]), follow_redirects=True).status_code == 200, link


def test_what_is_there_is_ticked(app: Flask, worker: Browser, world: World) -> None:
    code = world.codes["happy"]
    before = items(worker, code)
    assert list(before.values()) == [True, False, False, False]
    with app.app_context(), unit_of_work() as session:
        area = session.get_one(Area, world.areas["happy"])
        person = session.get_one(Person, world.person_ids["grid1"])
        record(session, area, [make_draft(session, area, person)], SYSTEM, "test", confirm=False)
    assert list(items(worker, code).values()) == [True, True, False, False]
    with app.app_context(), unit_of_work() as session:
        area = session.get_one(Area, world.areas["happy"])
        person = session.get_one(Person, world.person_ids["grid2"])
        record(session, area, [make_draft(session, area, person)], SYSTEM, "test", confirm=True)
    assert list(items(worker, code).values()) == [True, True, True, False]


def test_everybody_sees_the_steps_that_are_theirs_and_none_when_those_are_done(
    app: Flask, admin: Browser, sign_in: SignIn, world: World
) -> None:
    assert list(items(admin, world.codes["street"]).values()) == [True, False]
    assert items(sign_in(world.accounts["secretary"]), world.codes["happy"]) == {}
    with app.app_context(), unit_of_work() as session:
        set_setting(session, session.get_one(Area, world.areas["street"]), BACKUP_AT, "2026-07-10", SYSTEM)
    assert items(admin, world.codes["street"]) == {}


def test_putting_it_away_holds_for_the_area_and_below(
    app: Flask, worker: Browser, sign_in: SignIn, world: World
) -> None:
    code = world.codes["happy"]
    assert worker.post(f"/a/{code}/checklist").status_code == 303
    assert items(worker, code) == {}
    assert items(worker, world.codes["grid1"]) == {}
    assert items(sign_in(world.accounts["sunny_worker"]), world.codes["sunny"]) != {}


def test_whoever_may_not_record_may_not_put_it_away(sign_in: SignIn, world: World) -> None:
    code = world.codes["happy"]
    assert sign_in(world.accounts["secretary"]).post(f"/a/{code}/checklist").status_code == 403
    assert sign_in(world.accounts["sunny_worker"]).post(f"/a/{code}/checklist").status_code == 404


def test_the_list_costs_one_statement(app: Flask, worker: Browser, world: World) -> None:
    with counted(app) as statements:
        worker.get(f"/a/{world.codes['happy']}/")
    about = [text for text in statements if "EXISTS" in text and "area_setting" in text]
    assert len(about) == 1
