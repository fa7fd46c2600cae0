"""Each hook is called when its documentation says so, with the arguments it names; ``example_hooks`` answers them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from types import ModuleType

import pytest
from flask import Flask
from sqlalchemy import delete, insert, select

from pointsys.cli import cli
from pointsys.core import host as host_module
from pointsys.core.accounts.models import Account
from pointsys.core.activity_log.taking_part import leaders_of, refused_people, unlisted, who_is_expected
from pointsys.core.activity_log.told import calendar_items, device_uses
from pointsys.core.actors import SYSTEM, Actor, Grant, operator
from pointsys.core.areas.models import Area
from pointsys.core.database import db
from pointsys.core.imports.runner import import_file
from pointsys.core.people import consent
from pointsys.core.people.merging import merge_people, unmerge
from pointsys.core.people.models import Person
from pointsys.core.privacy.erasing import erase
from pointsys.core.privacy.own_copy import copy_of
from pointsys.core.public_page import upcoming
from pointsys.core.settings import get_setting
from pointsys.core.setup.offers import offered_choices
from pointsys.core.site import current_site
from pointsys.core.startup import start_site
from pointsys.core.switches import switch_plugin
from pointsys.core.tokens.services import Wanted, create_token
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from pointsys.web.feed import calendar_of
from tests.browsers import Browser, SignIn, World
from tests.conftest import MakeApp, RunCli
from tests.core import example_hooks
from tests.core.demo_plugin import demo_host
from tests.core.hook_world import card_texts, planned, preview, switch_on, take_part
from tests.factories import STREET


@pytest.fixture
def app(make_app: MakeApp) -> Flask:
    """The whole application with the example plugin and no other."""
    made = make_app(host=demo_host(example_hooks))
    with made.app_context():
        example_hooks.METADATA.create_all(db.engine)
    return made


@pytest.fixture
def on(app: Flask, world: World) -> World:
    """A sub-district whose first community has the plugin switched on."""
    with app.app_context():
        switch_on(world, "example")
    return world


def counted(world: World, place: str) -> int:
    with read_scope() as session:
        return example_hooks.count_of(session, world.person_ids[place])


def test_hook_register_blueprints(app: Flask, on: World, sign_in: SignIn) -> None:
    worker = sign_in(on.accounts["worker"])

    assert worker.get(f"/a/{on.codes['happy']}/example/").text == "Hello from 幸福社区"
    assert sign_in(on.accounts["office"]).get(f"/a/{on.codes['sunny']}/example/").status_code == 404


def test_hook_register_rest(app: Flask, on: World) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        account = session.get_one(Account, on.accounts["office"])
        actor = Actor(account.login, account.id, grants=(Grant("subdistrict_office", on.areas["street"]),))
        wanted = Wanted("test", ["people.view"], [on.areas["street"]], current_site().today())
        office = create_token(session, account, wanted, actor).secret
        account = session.get_one(Account, on.accounts["worker"])
        actor = Actor(account.login, account.id, grants=(Grant("community_worker", on.areas["happy"]),))
        wanted = Wanted("test", ["example.view"], [on.areas["happy"]], current_site().today())
        worker = create_token(session, account, wanted, actor).secret
    client = app.test_client()

    def ask(secret: str, place: str) -> tuple[int, object]:
        answer = client.get(
            f"/api/v1/areas/{on.codes[place]}/example", headers={"Authorization": f"Bearer {secret}"}
        )
        return answer.status_code, answer.json

    assert ask(worker, "happy") == (200, {"text": "Hello from 幸福社区"})
    assert ask(office, "happy")[0] == 403
    assert ask(office, "sunny")[0] == 404


@dataclass
class Installed:
    """An entry point as an installed package has it."""

    module: ModuleType
    name: str = "example"

    def load(self) -> ModuleType:
        return self.module


def test_hook_register_commands(
    app: Flask, world: World, run_cli: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host_module, "entry_points", lambda group: [Installed(example_hooks)])
    # The command line asks plugins once in a process; other tests of this one may have asked already.
    monkeypatch.setattr(cli, "_plugins_asked", False)
    monkeypatch.setattr(cli, "commands", dict(cli.commands))
    named = run_cli("example", "name", world.codes["happy"])
    unknown = run_cli("example", "name", "999999999999")

    assert named.stdout.strip() == "幸福社区"
    assert unknown.exit_code == 2


def test_hook_validate_entries(app: Flask, on: World) -> None:
    with app.app_context():
        with pytest.raises(Problem) as caught:
            take_part(on, start="06:00", end="19:00")
        assert caught.value.code == "too_long_a_day"
        assert counted(on, "grid1") == 0

        take_part(on, start="06:00", end="18:00")
        assert counted(on, "grid1") == 1


def test_hook_derive(app: Flask, on: World) -> None:
    with app.app_context():
        take_part(on, "grid1")
        take_part(on, "grid1", day=date(2026, 7, 2))
        take_part(on, "sunny")

        assert counted(on, "grid1") == 2
        # Where this person belongs the plugin is off.
        assert counted(on, "sunny") == 0


SHEET = "姓名,所属网格,Vest size\n李一,第1网格,XL\n吴新,第1网格,M\n"


def test_hook_people_imported(app: Flask, on: World) -> None:
    with app.app_context():
        with read_scope() as session:
            area = session.get_one(Area, on.areas["happy"])
        import_file("people", SHEET.encode(), "people.csv", area, operator())
        with read_scope() as session:
            vests = {
                session.get_one(Person, person_id).name: size
                for person_id, size in session.execute(select(example_hooks.VESTS))
            }

    assert vests["吴新"] == "M"


def test_hook_area_started(app: Flask) -> None:
    with app.app_context():
        with unit_of_work() as session:
            root = start_site(session, STREET, "平安街道", operator(), plugins=("example",))
            greeting = get_setting(session, root.id, "example.greeting", None)

    assert greeting == "Welcome to 平安街道"


def test_hook_setup_choices(app: Flask) -> None:
    with app.app_context():
        (asked,) = offered_choices(())["example"]
        # A plugin that is on has begun already.
        assert offered_choices(("example",)) == {}
        with unit_of_work() as session:
            chosen = {"example": {asked.key: asked.options[1].value}}
            root = start_site(session, STREET, "平安街道", operator(), plugins=("example",), choices=chosen)
            greeting = get_setting(session, root.id, "example.greeting", None)

    assert greeting == "Greetings to 平安街道"


def test_hook_merge_people(app: Flask, on: World) -> None:
    with app.app_context():
        take_part(on, "grid1")
        take_part(on, "grid2")
        with unit_of_work(drain=False) as session:
            switch_plugin(session, session.get_one(Area, on.areas["happy"]), "example", False, SYSTEM)
        with unit_of_work(drain=False) as session:
            first, second = (session.get_one(Person, on.person_ids[place]) for place in ("grid1", "grid2"))
            merge_people(session, first, second, SYSTEM)
        # The plugin is off by now, and is asked all the same.
        assert (counted(on, "grid1"), counted(on, "grid2")) == (2, 0)

        with unit_of_work(drain=False) as session:
            unmerge(session, session.get_one(Person, on.person_ids["grid2"]), SYSTEM)
        assert (counted(on, "grid1"), counted(on, "grid2")) == (1, 1)


def test_hook_erase_person(app: Flask, on: World) -> None:
    def vests() -> set[int]:
        with read_scope() as session:
            return set(session.scalars(select(example_hooks.VESTS.c.person_id)))

    with app.app_context():
        with unit_of_work(drain=False) as session:
            people = [{"person_id": on.person_ids[place], "size": "L"} for place in ("grid1", "grid2")]
            session.execute(insert(example_hooks.VESTS), people)
            # The plugin is off by now, and is asked all the same.
            switch_plugin(session, session.get_one(Area, on.areas["happy"]), "example", False, SYSTEM)
        with unit_of_work(drain=False) as session:
            erase(session, session.get_one(Person, on.person_ids["grid2"]), "request", SYSTEM)
        assert vests() == {on.person_ids["grid1"]}


def test_hook_export_person(app: Flask, on: World) -> None:
    with app.app_context():
        take_part(on, "grid2")
        with read_scope() as session:
            copy = copy_of(session, session.get_one(Person, on.person_ids["grid2"]))
    assert copy["plugins"]["example"] == {"entries": 1}


def test_hook_menu_items(app: Flask, on: World, sign_in: SignIn) -> None:
    def has_link(account: str, place: str) -> bool:
        page = sign_in(on.accounts[account]).page(f"/a/{on.codes[place]}/")
        return page.select_one(f'#menu a[href="/a/{on.codes[place]}/example/"]') is not None

    assert has_link("worker", "happy")
    assert not has_link("secretary", "happy"), "the page is not for this role"
    assert not has_link("sunny_worker", "sunny"), "the plugin is off there"


def test_hook_dashboard_cards(app: Flask, on: World, sign_in: SignIn) -> None:
    with app.app_context():
        take_part(on, "grid1")
        take_part(on, "grid2")
    address = f"/a/{on.codes['happy']}/"

    assert "2" in card_texts(sign_in(on.accounts["worker"]).page(address))["Entries counted"]
    assert "Entries counted" not in card_texts(sign_in(on.accounts["secretary"]).page(address))


def test_hook_dashboard_counts(app: Flask, on: World, sign_in: SignIn) -> None:
    with app.app_context():
        take_part(on, "grid1")
        take_part(on, "grid1", title="清扫楼道")
    address = f"/a/{on.codes['happy']}/"

    assert "1" in card_texts(sign_in(on.accounts["worker"]).page(address))["People counted"]
    assert "People counted" not in card_texts(sign_in(on.accounts["secretary"]).page(address))


def test_hook_report_sections(app: Flask, on: World, sign_in: SignIn) -> None:
    with app.app_context():
        take_part(on, "grid1")
        take_part(on, "grid2")
    address = f"/a/{on.codes['happy']}/report/2026-07"

    def cells(account: str) -> dict[str, list[str]]:
        page = sign_in(on.accounts[account]).page(address)
        return {
            part.select("h2")[0].get_text(): [cell.get_text() for cell in part.select("tbody th, tbody td")]
            for part in page.select(".report-part")
        }

    assert cells("worker")["Entries counted"] == ["2026-07", "2"]
    assert "Entries counted" not in cells("secretary")


def test_hook_figures(app: Flask, on: World, sign_in: SignIn) -> None:
    with app.app_context():
        take_part(on, "grid1")
    worker = sign_in(on.accounts["worker"])
    page = worker.page(f"/a/{on.codes['happy']}/figures")
    sunny = sign_in(on.accounts["sunny_worker"]).page(f"/a/{on.codes['sunny']}/figures")

    assert page.select_one("#figure-example-entries") is not None
    assert worker.get(f"/a/{on.codes['happy']}/figures/example-entries.csv").status_code == 200
    assert sunny.select_one("#figure-example-entries") is None


def test_hook_person_panels(app: Flask, on: World, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work() as session:
        session.execute(example_hooks.VESTS.insert(), [{"person_id": on.person_ids["grid1"], "size": "XL"}])
    worker = sign_in(on.accounts["worker"])
    page = worker.page(f"/a/{on.codes['happy']}/people/{on.people['grid1']}")

    assert [vest.get_text() for vest in page.select("p.vest")] == ["XL"]


def test_hook_member_cards(app: Flask, on: World, sign_in: SignIn) -> None:
    with app.app_context():
        take_part(on, "grid1")

    assert "1" in card_texts(sign_in(on.accounts["member"]).page("/me"))["My entries"]


def test_hook_public_blocks(app: Flask, on: World) -> None:
    with app.app_context():
        take_part(on, "grid1")
        take_part(on, "grid2")
        with unit_of_work() as session:
            person = session.get_one(Person, on.person_ids["grid1"])
            consent.give(session, person, consent.RANKING, "1", "paper", SYSTEM)
    address = f"/public/{on.codes['happy']}/"

    assert [part.get_text() for part in Browser(app).page(address).select("p.taking-part")] == ["1"]
    # Where the plugin is off, it has no part in the page.
    assert Browser(app).page(f"/public/{on.codes['street']}/").select("p.taking-part") == []


def test_hook_expected_effect(app: Flask, on: World, sign_in: SignIn) -> None:
    with app.app_context():
        take_part(on, "grid1", confirm=False)
    page = sign_in(on.accounts["member"]).page("/me")

    assert "+1" in page.get_text()


def test_hook_expected_of_drafts(app: Flask, on: World, sign_in: SignIn) -> None:
    text = preview(sign_in(on.accounts["worker"]), on)

    assert text.count('<span class="record-effect">+1</span>') == 2
    assert "合计 +2" in text


def test_hook_expected_people(app: Flask, on: World) -> None:
    activity = planned(app, on)

    with app.app_context(), read_scope() as session:
        found = who_is_expected(session, activity)
    both = {on.person_ids["grid1"], on.person_ids["grid2"]}
    assert {(person.person_id, person.role) for person in found} == {(one, "vest") for one in both}


def test_hook_may_attend(app: Flask, on: World) -> None:
    activity = planned(app, on)
    people = [on.person_ids["grid1"], on.person_ids["grid2"]]

    with app.app_context(), read_scope() as session:
        refused = refused_people(session, activity, people, current_site().now())
    assert {person: problem.code for person, problem in refused.items()} == {people[0]: "no_vest"}


def test_hook_activity_leaders(app: Flask, on: World) -> None:
    activity = planned(app, on)

    with app.app_context(), read_scope() as session:
        assert leaders_of(session, [activity]) == {activity: {on.person_ids["grid2"]}}


def test_hook_own_calendar(app: Flask, on: World) -> None:
    with app.app_context(), read_scope() as session:
        today = current_site().today()
        here, elsewhere = (session.get_one(Person, on.person_ids[place]) for place in ("grid1", "sunny"))
        assert [item.title for item in calendar_items(session, here, today)] == ["Fitting of vests"]
        assert calendar_items(session, elsewhere, today) == [], "the plugin is off there"
        text = calendar_of(session, here.id)
    assert text is not None
    assert b"SUMMARY:Fitting of vests" in text


def test_hook_devices_used(app: Flask, on: World) -> None:
    planned(app, on)

    with app.app_context(), read_scope() as session:
        today = current_site().today()
        area = session.get_one(Area, on.areas["happy"])
        found = device_uses(session, area, today, today)
    assert {use.person_id for use in found} == {on.person_ids["grid1"], on.person_ids["grid2"]}
    assert {use.device for use in found} == {"5f1d"}


def test_hook_unlisted_activities(app: Flask, on: World) -> None:
    activity = planned(app, on)
    with app.app_context(), read_scope() as session:
        assert unlisted(session, [activity]) == frozenset()
    with app.app_context(), unit_of_work() as session:
        session.execute(delete(example_hooks.VESTS))
    with app.app_context(), read_scope() as session:
        assert unlisted(session, [activity]) == {activity}
        areas = select(Area.id)
        assert upcoming(session, areas, current_site().today(), limit=5) == []
