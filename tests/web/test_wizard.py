"""The first-run wizard: six steps that only collect, one act that makes the site, and the slips afterwards."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from pointsys.config import load_config
from pointsys.core.accounts import links as account_links
from pointsys.core.accounts import passwords as account_passwords
from pointsys.core.accounts.models import Account, LoginSession, RoleGrant
from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.models import Area
from pointsys.core.settings import AreaSetting, get_settings
from pointsys.core.setup.drafts import keep_step
from pointsys.core.setup.models import SetupDraft
from pointsys.core.startup import root_area, start_site
from pointsys.core.switches import enabled_in
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from tests.browsers import Browser
from tests.conftest import FixedClock, MakeApp
from tests.core.demo_plugin import demo_host, make_plugin
from tests.factories import HAPPY, PASSWORD, STREET

# What only looks at values is the same on both engines.
on_one_engine = pytest.mark.parametrize("engine_name", ["sqlite"])
STEPS = ("unit", "areas", "people", "scheme", "plugins", "data")
UNIT = {
    "code": HAPPY,
    "level": "community",
    "name": "幸福社区",
    "unit_name": "",
    "seal_text": "",
    "phone": "",
}
PEOPLE = {
    "system_name": "周系统", "system_login": "zhou",
    "security_name": "吴安全", "security_login": "wu",
    "audit_name": "郑审计", "audit_login": "zheng",
    "worker_name": "王社工", "worker_login": "wang",
    "runner": "worker",
}  # fmt: skip


def first_run_token(app: Flask) -> str:
    with app.app_context(), unit_of_work() as session:
        return account_links.create_link(session, account_links.FIRST_RUN, valid=timedelta(hours=1))


class Walk:
    """One browser on its way through the wizard."""

    def __init__(self, app: Flask, token: str = "") -> None:
        self.app = app
        self.token = token or first_run_token(app)
        self.browser = Browser(app)

    def page(self, step: str, status: int = 200) -> BeautifulSoup:
        return self.browser.page(f"/first-run/{self.token}/{step}", status)

    def shown(self, step: str) -> dict[str, Any]:
        """The form of a step as it is filled in."""
        values: dict[str, Any] = {}
        for field in self.page(step).select("form.setup input, form.setup select, form.setup textarea"):
            name, kind = str(field.get("name")), field.get("type")
            if name == "csrf_token":
                continue
            if field.name == "select":
                values[name] = str(field.select_one("option[selected]")["value"])  # type: ignore[index]
            elif kind == "checkbox":
                values.setdefault(name, []).extend([field["value"]] if field.has_attr("checked") else [])
            elif kind != "radio" or field.has_attr("checked"):
                values[name] = field.text.strip("\n") if field.name == "textarea" else field.get("value", "")
        return values

    def send(self, step: str, values: Mapping[str, Any] | None = None, go: str = "next") -> TestResponse:
        """Send a step as it is filled in, but for ``values``."""
        form = {**self.shown(step), **(values or {}), "go": go}
        return self.browser.post(f"/first-run/{self.token}/{step}", form)

    def clicked(self, **changes: Mapping[str, Any]) -> Walk:
        """Go through every step."""
        for step in STEPS:
            given = {"unit": UNIT, "people": PEOPLE}.get(step, {})
            answer = self.send(step, {**given, **changes.get(step, {})})
            assert answer.status_code == 303, (step, answer.text)
        return self

    def told(self, **changes: Mapping[str, Any]) -> Walk:
        """The same without the pages: six visits a test add up."""
        with self.app.app_context(), unit_of_work() as session:
            for step in STEPS:
                given = {"unit": UNIT, "people": PEOPLE}.get(step, {})
                keep_step(session, step, {**given, **changes.get(step, {})})
        return self

    def make(self, version: str | None = None) -> TestResponse:
        """Press the last button."""
        form = self.page("summary").select_one('input[name="version"]')
        assert form is not None
        version = str(form["value"]) if version is None else version
        return self.browser.post(f"/first-run/{self.token}/summary", {"version": version})


@pytest.fixture
def walk(app: Flask) -> Walk:
    return Walk(app)


def roles_by_login(session: Session) -> dict[str, set[str]]:
    rows = session.execute(
        select(Account.login, RoleGrant.role).join(RoleGrant, RoleGrant.account_id == Account.id)
    )
    found: dict[str, set[str]] = {}
    for login, role in rows:
        found.setdefault(login, set()).add(role)
    return found


def site_is_empty(app: Flask) -> bool:
    with app.app_context(), read_scope() as session:
        tables = (Area, Account, RoleGrant, AreaSetting)
        return all(session.scalar(select(func.count()).select_from(table)) == 0 for table in tables)


def test_the_whole_way_makes_the_site_and_signs_its_maker_in(walk: Walk, app: Flask) -> None:
    walk.clicked(unit={"seal_text": "幸福社区居委会", "phone": "0571-1234 5678"}, areas={"grid": "2"})
    assert site_is_empty(app), "nothing is in force before the last button"
    made = walk.make()
    assert (made.status_code, made.location) == (303, "/set-up/done")
    done = walk.browser.page("/set-up/done")
    assert "幸福社区" in done.text
    assert "wang" in done.text
    assert walk.browser.get(f"/a/{HAPPY}/people").status_code == 200
    with app.app_context(), read_scope() as session:
        root = root_area(session)
        assert root is not None
        assert session.scalars(select(Area.code).order_by(Area.code)).all() == [
            HAPPY, f"{HAPPY}001", f"{HAPPY}002",
        ]  # fmt: skip
        assert roles_by_login(session) == {
            "zhou": {"system_admin"},
            "wu": {"security_admin"},
            "zheng": {"audit_admin"},
            "wang": {"community_worker"},
        }
        assert {a.login: a.name for a in session.scalars(select(Account))}["wu"] == "吴安全"
        keys = ("site.unit_name", "site.seal_text", "site.supervision_phone")
        assert get_settings(session, root.id, keys) == {
            "site.unit_name": "幸福社区",
            "site.seal_text": "幸福社区居委会",
            "site.supervision_phone": "0571-1234 5678",
        }
        assert {"volunteer", "party_member_points"} <= enabled_in(session, root.id)
        # Names of people do not stay behind.
        assert session.scalar(select(func.count()).select_from(SetupDraft)) == 0


def test_what_is_filled_in_already_makes_a_site(walk: Walk, app: Flask) -> None:
    quick = walk.send("unit", go="summary")
    assert quick.location.endswith("/summary")
    assert walk.make().status_code == 303
    with app.app_context(), read_scope() as session:
        assert len(session.scalars(select(Area)).all()) == 4
        assert len(roles_by_login(session)) == 4


def test_the_link_leads_to_the_first_step_that_is_open(walk: Walk) -> None:
    def leads_to() -> str:
        return walk.browser.get(f"/first-run/{walk.token}").location.rpartition("/")[2]

    assert leads_to() == "unit"
    walk.send("unit", UNIT)
    assert leads_to() == "areas"
    walk.told()
    assert leads_to() == "summary"


def test_going_back_keeps_what_was_typed_good_or_not(walk: Walk) -> None:
    walk.send("unit", UNIT)
    back = walk.send("people", {"system_login": "x"}, go="back")
    assert (back.status_code, back.location.rpartition("/")[2]) == (303, "areas")
    assert walk.shown("people")["system_login"] == "x"
    assert walk.page("summary", 422).select_one('a[href$="/people"].btn') is not None


def test_another_browser_with_the_link_goes_on_where_the_first_one_stopped(walk: Walk, app: Flask) -> None:
    walk.send("unit", UNIT)
    assert Walk(app, walk.token).shown("unit")["name"] == "幸福社区"
    # A restart prints another link; the draft is the site's.
    assert Walk(app).shown("unit")["name"] == "幸福社区"


@on_one_engine
def test_steps_are_marked_as_done_here_and_open(walk: Walk) -> None:
    walk.send("unit", UNIT)
    marks = [item["class"] for item in walk.page("areas").select(".steps-bar li")]
    assert marks == [["step-done"], ["step-here"], *[["step-open"]] * 5]


@on_one_engine
@pytest.mark.parametrize(
    ("step", "values", "field"),
    [
        ("unit", {"code": ""}, "code"),
        ("unit", {"code": "12"}, "code"),
        ("unit", {"code": "abc"}, "code"),
        ("unit", {"code": STREET, "level": "community"}, "code"),
        ("unit", {"code": f"{HAPPY}001"}, "code"),
        ("unit", {"name": " "}, "name"),
        ("unit", {"name": "长" * 101}, "name"),
        ("unit", {"unit_name": "长" * 101}, "unit_name"),
        ("unit", {"phone": "call me"}, "phone"),
        ("areas", {"how": "paste", "text": ""}, "text"),
        ("areas", {"how": "paste", "text": "110101001001 外地社区"}, "text"),
        ("areas", {"how": "paste", "text": f"{HAPPY}001 一\n{HAPPY}001 二"}, "text"),
        ("areas", {"how": "template", "grid": "x"}, "grid"),
        ("areas", {"how": "template", "grid": "100"}, "grid"),
        ("areas", {"how": "template", "grid": "-1"}, "grid"),
        ("people", {"system_name": ""}, "system_name"),
        ("people", {"audit_login": ""}, "audit_login"),
        ("people", {"worker_login": "w"}, "worker_login"),
        ("people", {"security_login": "zhou"}, "security_name"),
        ("people", {"worker_name": "长" * 31}, "worker_name"),
    ],
)  # fmt: skip
def test_a_bad_value_is_refused_at_its_field_and_kept(
    walk: Walk, app: Flask, step: str, values: dict[str, str], field: str
) -> None:
    walk.send("unit", UNIT)
    base = {"unit": UNIT, "people": PEOPLE}.get(step, {})
    refused = walk.send(step, {**base, **values})
    assert refused.status_code == 422
    page = BeautifulSoup(refused.data, "html.parser")
    assert page.select_one(f"#{field}-error") is not None, page.text
    walk.page("summary", 422)
    assert site_is_empty(app)


@on_one_engine
@pytest.mark.parametrize(
    ("step", "values"),
    [
        ("areas", {"how": "magic"}),
        ("people", {"runner": "root"}),
        ("scheme", {"party_member_points-scheme": "../../etc/passwd"}),
        ("plugins", {"plugins": ["no_such_plugin"]}),
        ("data", {"data": "everything"}),
        ("unit", {"level": "galaxy"}),
    ],
)
def test_a_choice_that_was_not_offered_is_refused(walk: Walk, step: str, values: dict[str, Any]) -> None:
    walk.send("unit", UNIT)
    base = {"unit": UNIT, "people": PEOPLE}.get(step, {})
    assert walk.send(step, {**base, **values}).status_code == 422


@on_one_engine
@pytest.mark.parametrize("step", ["unknown", "summary/x", ""])
def test_there_are_no_other_steps(walk: Walk, step: str) -> None:
    assert walk.browser.get(f"/first-run/{walk.token}/{step}").status_code == 404


def test_a_preview_names_what_a_template_makes(walk: Walk) -> None:
    walk.send("unit", {**UNIT, "code": STREET, "level": "subdistrict", "name": "平安街道"})
    looked = walk.send("areas", {"how": "template", "community": "2", "grid": "3"}, go="look")
    assert looked.status_code == 200
    lines = BeautifulSoup(looked.data, "html.parser").select(".setup-tree li")
    assert len(lines) == 2 + 2 * 3
    assert walk.make().status_code == 303
    with walk.app.app_context(), read_scope() as session:
        communities = session.scalars(select(Area.code).where(Area.level == "community"))
        assert set(communities) == {"990101001001", "990101001002"}
        assert session.scalar(select(func.count()).where(Area.level == "grid")) == 6


@on_one_engine
def test_a_preview_marks_the_lines_at_fault(walk: Walk) -> None:
    walk.send("unit", UNIT)
    text = f"{HAPPY}001 东网格\n110101001001 外地社区"
    looked = walk.send("areas", {"how": "paste", "text": text}, go="look")
    assert looked.status_code == 422
    page = BeautifulSoup(looked.data, "html.parser")
    assert len(page.select(".setup-tree li")) == 2
    assert "外地社区" in page.select_one(".setup-fault").text  # type: ignore[union-attr]


def test_names_of_grids_alone_are_enough_below_a_community(walk: Walk) -> None:
    walk.told(areas={"how": "paste", "text": "东风里网格\n\n  西风里网格 \n"})
    walk.make()
    with walk.app.app_context(), read_scope() as session:
        query = select(Area.code, Area.name).where(Area.level == "grid").order_by(Area.code)
        grids = [tuple(row) for row in session.execute(query)]
        assert grids == [(f"{HAPPY}001", "东风里网格"), (f"{HAPPY}002", "西风里网格")]


def test_a_list_may_have_several_levels(walk: Walk) -> None:
    walk.told(
        unit={"code": STREET, "level": "subdistrict", "name": "平安街道"},
        areas={"how": "paste", "text": f"{HAPPY} 幸福社区\n{HAPPY}001 第1网格"},
    )
    walk.make()
    with walk.app.app_context(), read_scope() as session:
        assert len(session.scalars(select(Area)).all()) == 3
        # Above a community the daily work is the office's.
        assert roles_by_login(session)["wang"] == {"subdistrict_office"}


def test_one_sign_in_name_may_hold_several_posts_and_the_summary_says_what_follows(walk: Walk) -> None:
    walk.told(people={f"{post}_{what}": value for post in ("system", "security", "audit", "worker")
                      for what, value in (("name", "王社工"), ("login", "wang"))})  # fmt: skip
    assert walk.page("summary").select_one(".notice-warning") is not None
    walk.make()
    with walk.app.app_context(), read_scope() as session:
        assert roles_by_login(session) == {
            "wang": {"system_admin", "security_admin", "audit_admin", "community_worker"}
        }
    assert walk.browser.page(f"/a/{HAPPY}/people").select_one('.notice-bar a[href="/separation"]') is not None


@on_one_engine
def test_with_four_people_nothing_is_said_of_separation(walk: Walk) -> None:
    walk.told()
    assert walk.page("summary").select_one(".notice-warning") is None
    walk.make()
    assert walk.browser.page(f"/a/{HAPPY}/people").select_one('a[href="/separation"]') is None


def test_whoever_is_none_of_the_people_in_charge_is_not_signed_in(walk: Walk) -> None:
    walk.told(people={"runner": "nobody"})
    walk.make()
    assert len(walk.browser.page("/set-up/done").select("form[action='/set-up/slips']")) == 1
    assert walk.browser.get(f"/a/{HAPPY}/people").status_code == 302
    with walk.app.app_context(), read_scope() as session:
        assert session.scalar(select(func.count()).select_from(LoginSession)) == 0


@on_one_engine
def test_the_chosen_preset_is_published(walk: Walk) -> None:
    walk.told(scheme={"party_member_points-scheme": "community-simple"})
    walk.make()
    page = walk.browser.page(f"/a/{HAPPY}/points/scheme")
    assert "社区积分简明办法" in page.text


@on_one_engine
def test_no_scheme_and_no_plugin_may_be_chosen(walk: Walk) -> None:
    walk.told(scheme={"party_member_points-scheme": "none"}, plugins={"plugins": ["volunteer"]})
    walk.make()
    with walk.app.app_context(), read_scope() as session:
        root = root_area(session)
        assert root is not None
        assert enabled_in(session, root.id) == {"volunteer"}


def test_the_link_works_once(walk: Walk, app: Flask) -> None:
    walk.told()
    late = Walk(app, walk.token)
    version = str(late.page("summary").select_one('input[name="version"]')["value"])  # type: ignore[index]
    walk.make()
    for step in (*STEPS, "summary"):
        assert late.browser.get(f"/first-run/{walk.token}/{step}").status_code == 410
        assert late.browser.post(f"/first-run/{walk.token}/{step}", {"version": version}).status_code == 410
    assert late.browser.get(f"/first-run/{walk.token}").status_code == 410
    # What comes after is for the browser that made the site.
    assert late.browser.get("/set-up/done").status_code == 404
    assert late.browser.post("/set-up/slips").status_code == 404


def test_an_expired_link_opens_nothing(walk: Walk, clock: FixedClock) -> None:
    clock.advance(hours=2)
    assert walk.browser.get(f"/first-run/{walk.token}/unit").status_code == 410
    assert walk.browser.post(f"/first-run/{walk.token}/unit", UNIT).status_code == 410


def test_a_change_in_another_window_is_seen_before_it_is_applied(walk: Walk, app: Flask) -> None:
    walk.told()
    version = str(walk.page("summary").select_one('input[name="version"]')["value"])  # type: ignore[index]
    Walk(app, walk.token).send("unit", {**UNIT, "name": "别的社区"})
    refused = walk.make(version)
    assert refused.status_code == 422
    assert "别的社区" in refused.text
    assert site_is_empty(app)
    assert walk.make().status_code == 303


def test_a_plugin_that_fails_in_the_last_step_leaves_an_empty_site_and_a_good_link(
    make_app: MakeApp, clock: FixedClock
) -> None:
    faults = [Problem("no_preset", "The preset is missing.")]

    def area_started(session: Session, area: Area, actor: Actor) -> None:
        if faults:
            raise faults.pop()

    app = make_app(host=demo_host(make_plugin("volunteer", hooks={"area_started": area_started})))
    walk = Walk(app).told()
    refused = walk.make()
    assert refused.status_code == 422
    assert "The preset is missing." in refused.text
    assert site_is_empty(app)
    assert walk.make().status_code == 303
    assert not site_is_empty(app)


@on_one_engine
def test_a_plugin_whose_question_fails_asks_nothing(make_app: MakeApp) -> None:
    def setup_choices() -> object:
        raise ValueError("broken")

    app = make_app(host=demo_host(make_plugin("volunteer", hooks={"setup_choices": setup_choices})))
    walk = Walk(app).told()
    assert walk.make().status_code == 303


def test_a_site_that_init_made_keeps_its_area(walk: Walk, app: Flask) -> None:
    with app.app_context(), unit_of_work() as session:
        start_site(session, HAPPY, "幸福社区", SYSTEM)
    assert "code" not in walk.shown("unit")
    for step in STEPS:
        assert walk.send(step, {"plugins": {"plugins": ["volunteer"]}}.get(step, {})).status_code == 303
    assert walk.page("data").select_one('input[value="demo"]') is None
    assert walk.make().status_code == 303
    with app.app_context(), read_scope() as session:
        root = root_area(session)
        assert root is not None
        assert root.code == HAPPY
        assert enabled_in(session, root.id) == {"volunteer"}


LINK = re.compile(r"/l/([\w-]+)")


def slips_of(walk: Walk) -> dict[str, str]:
    """Login -> token of the slips that the page shows."""
    page = BeautifulSoup(walk.browser.post("/set-up/slips").data, "html.parser")
    found = {}
    for slip in page.select(".slip"):
        login, _site, link = (dd.text for dd in slip.select("dd"))
        assert slip.select_one("svg path") is not None
        found[login] = LINK.search(link)[1]  # type: ignore[index]
    return found


def test_each_slip_signs_one_person_in_once(walk: Walk, app: Flask) -> None:
    walk.told().make()
    slips = slips_of(walk)
    assert set(slips) == {"zhou", "wu", "zheng", "wang"}
    holder = Browser(app)
    used = holder.post(f"/l/{slips['wu']}")
    assert (used.status_code, used.location) == (303, "/me/password")
    assert holder.post("/me/password", {"password": PASSWORD, "again": PASSWORD}).status_code == 303
    assert holder.get(f"/a/{HAPPY}/accounts").status_code == 200
    assert holder.get(f"/a/{HAPPY}/people").status_code == 403
    assert Browser(app).post(f"/l/{slips['wu']}").status_code == 410


def test_printing_slips_again_voids_the_first_ones(walk: Walk, app: Flask) -> None:
    walk.told().make()
    first, second = slips_of(walk), slips_of(walk)
    assert Browser(app).get(f"/l/{first['zhou']}").status_code == 410
    assert Browser(app).get(f"/l/{second['zhou']}").status_code == 200


@on_one_engine
def test_slips_expire_after_three_days(walk: Walk, app: Flask, clock: FixedClock) -> None:
    walk.told().make()
    slips = slips_of(walk)
    clock.advance(hours=71)
    assert Browser(app).get(f"/l/{slips['zhou']}").status_code == 200
    clock.advance(hours=2)
    assert Browser(app).get(f"/l/{slips['zhou']}").status_code == 410


def test_there_are_no_slips_for_somebody_with_a_password(walk: Walk, app: Flask) -> None:
    walk.told().make()
    with app.app_context(), unit_of_work() as session:
        account = session.scalars(select(Account).where(Account.login == "zhou")).one()
        account_passwords.set_password(session, account, PASSWORD, SYSTEM)
    assert set(slips_of(walk)) == {"wu", "zheng", "wang"}


def test_the_page_of_the_end_closes_after_two_hours_and_with_ones_password(
    walk: Walk, app: Flask, clock: FixedClock
) -> None:
    walk.told().make()
    clock.advance(minutes=119)
    assert walk.browser.get("/set-up/done").status_code == 200
    clock.advance(minutes=2)
    assert walk.browser.get("/set-up/done").status_code == 404
    assert walk.browser.post("/set-up/slips").status_code == 404


def test_after_ones_password_is_set_no_more_slips_are_made(walk: Walk) -> None:
    walk.told().make()
    assert walk.browser.post("/me/password", {"password": PASSWORD, "again": PASSWORD}).status_code == 303
    assert walk.browser.post("/set-up/slips").status_code == 404


@on_one_engine
def test_a_demonstration_takes_the_place_of_the_area_and_keeps_the_people_in_charge(
    app: Flask, walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pointsys.demo import in_place
    from pointsys.demo.make import make_demo

    monkeypatch.setattr(in_place, "make_demo", lambda: make_demo(people=120, days=30))
    threads = []
    start = in_place.start
    monkeypatch.setattr(in_place, "start", lambda made: threads.append(start(made)))
    walk.told(people={"system_login": "admin"}, data={"data": "demo"})
    assert walk.make().status_code == 303
    # Told of from the first page on.
    assert walk.browser.page("/set-up/done").select_one("#demonstration") is not None
    threads[0].join(120)
    done = walk.browser.page("/set-up/done")
    assert done.select_one("#demonstration .notice-success") is not None
    with app.app_context(), read_scope() as session:
        root = root_area(session)
        assert root is not None
        assert (root.code, root.name) == (STREET, "平安街道")
        assert get_settings(session, root.id, ("site.unit_name",)) == {"site.unit_name": "平安街道"}
        roles = roles_by_login(session)
        assert roles["wang"] == {"subdistrict_office"}
        # The story's own administrator has the same name and is the same account.
        assert roles["admin"] == {"system_admin"}
        assert {"worker-lin", "security", "audit"} <= set(roles)
    # Everybody is told on every page that nothing is real.
    assert Browser(app).page("/sign-in").select_one(".notice-bar") is not None
    assert load_config(app.config["POINTSYS"].home, {}).demo is True
