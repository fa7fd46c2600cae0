"""Teams as staff, leaders and volunteers see them."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from pointsys.core.accounts import services as accounts
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.people.models import Person
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import unit_of_work
from pointsys.plugins.volunteer.teams import membership, services
from pointsys.plugins.volunteer.teams.models import VolunteerTeam
from tests.browsers import Browser, SignIn, World, counted
from tests.factories import make_person
from tests.rest.conftest import MakeProgram, program  # noqa: F401


@pytest.fixture
def engine_name() -> str:
    """Pages are tried on one engine; the services below are tried on both."""
    return "sqlite"


@pytest.fixture
def here(app: Flask, world: World) -> str:
    """The address of the community's part of the plugin, which is switched on."""
    with app.app_context(), unit_of_work(drain=False) as session:
        switch_plugin(session, session.get_one(Area, world.areas["street"]), "volunteer", True, SYSTEM)
    return f"/a/{world.codes['happy']}/volunteer"


def leader_of(app: Flask, world: World, sign_in: SignIn) -> Browser:
    """周二 of grid 2, signed in as a resident."""
    with app.app_context(), unit_of_work(drain=False) as session:
        account = accounts.create_account(session, "leader2", SYSTEM, person_id=world.person_ids["grid2"])
        accounts.grant_role(session, account, "resident", session.get_one(Area, world.areas["grid2"]), SYSTEM)
        found = account.id
    return sign_in(found)


def test_a_team_is_founded_led_asked_changed_and_dissolved(
    app: Flask, world: World, here: str, worker: Browser, sign_in: SignIn
) -> None:
    assert (
        "New team" in worker.page(f"{here}/teams").get_text()
        or "新建" in worker.page(f"{here}/teams").get_text()
    )
    form = {
        "name": "红马甲队",
        "area": world.codes["happy"],
        "host": "幸福社区居委会",
        "parent": "",
        "open_to_join": "y",
    }
    assert worker.post(f"{here}/teams/new", {**form, "area": world.codes["sunny"]}).status_code == 422
    assert worker.post(f"{here}/teams/new", {**form, "name": ""}).status_code == 422
    team = worker.post(f"{here}/teams/new", form).location
    public_id = team.rsplit("/", 1)[1]
    assert worker.post(f"{here}/teams/new", form).status_code == 422
    worker.page(team)
    sunny = sign_in(world.accounts["sunny_worker"])
    assert sunny.get(team.replace(world.codes["happy"], world.codes["sunny"])).status_code == 404

    take_in = {"names": "周二", "role": "leader", "joined_on": "2026-03-01"}
    assert worker.post(f"{team}/members", {**take_in, "names": "查无此人"}).status_code == 422
    assert worker.post(f"{team}/members", {**take_in, "names": ""}).status_code == 422
    with app.app_context(), unit_of_work(drain=False) as session:
        twin = make_person(session, session.get_one(Area, world.areas["grid1"]), "周二").public_id
    asked = worker.post(f"{team}/members", take_in)
    assert asked.status_code == 422
    assert twin in asked.text
    assert worker.post(f"{team}/members", {**take_in, "person": world.people["grid2"]}).status_code == 303

    member, leader = sign_in(world.accounts["member"]), leader_of(app, world, sign_in)
    own = f"/me/volunteer/teams/{public_id}"
    assert "红马甲队" in member.page("/me/volunteer/teams").get_text()
    assert "周二" in member.page(own).get_text()
    assert member.post(f"{own}/join", {"words": "周末有空"}).status_code == 303
    assert member.post(f"{own}/take-back").status_code == 303
    assert member.post(f"{own}/join", {"words": "周末有空"}).status_code == 303
    # Only who leads the team reads who asks and who belongs to it.
    assert "周末有空" not in str(member.page(own).select("form[action*=requests]"))
    page = leader.page(own)
    answer = str(page.select_one("form[action*='/requests/']")["action"])  # type: ignore[index]
    assert "周末有空" in page.get_text()
    assert member.post(answer, {"answer": "yes"}).status_code == 404
    assert leader.post(answer, {"answer": "no", "reason": ""}).status_code == 303
    assert leader.post(answer, {"answer": "yes"}).status_code == 303
    assert "李一" in leader.page(f"{own}?q=李").get_text()
    assert leader.post(f"{own}/about", {"about": "每周六清洁家园", "open_to_join": "y"}).status_code == 303
    assert "每周六清洁家园" in member.page(own).get_text()
    assert member.post(f"{own}/about", {"about": "x"}).status_code == 404
    draft = {"code": "G-1", "title": "绿化", "category": "environment", "from_on": "2026-07-01"}
    assert leader.post(f"{own}/projects/new", {**draft, "code": "绿"}).status_code == 422
    assert leader.post(f"{own}/projects/new", draft).status_code == 303
    assert member.get(f"{own}/projects/new").status_code == 404
    project = str(worker.page(f"{here}/projects?state=draft").select_one("td.lead a")["href"])  # type: ignore[index]
    worker.post(f"{project}/state", {"state": "approved"})
    worker.post(project, {**draft, "title": "楼道绿化"})
    assert "楼道绿化" in member.page(own).get_text()

    ends = [str(f["action"]) for f in leader.page(own).select("form[action$='/end']")]
    assert len(ends) == 1
    assert leader.post(ends[0]).status_code == 303
    roles = worker.page(team).select("form[action*='/members/']")
    assert worker.post(str(roles[0]["action"]), {"role": "member"}).status_code == 303
    assert leader.get(own).status_code == 200
    assert leader.post(answer, {"answer": "yes"}).status_code == 404
    assert leader.post(f"{own}/leave").status_code == 303

    change = {**form, "issuer_eligible": "y", "organisation": "平安街道办事处"}
    assert worker.post(f"{team}/change", change).status_code == 422
    assert worker.post(f"{team}/change", {**change, "organisation": "幸福社区居委会"}).status_code == 303
    assert worker.get(f"{here}/teams?export=xlsx").status_code == 200
    assert worker.get(f"{team}?left=1&export=csv").status_code == 200
    assert worker.post(f"{team}/dissolve", {"successor": ""}).status_code == 303
    assert "红马甲队" in worker.page(f"{here}/teams?state=dissolved").get_text()
    assert member.get(own).status_code == 404


def test_an_alliance_takes_teams_in_and_ends(world: World, here: str, worker: Browser) -> None:
    form = {"name": "甲队", "area": world.codes["happy"], "parent": ""}
    team = worker.post(f"{here}/teams/new", form).location.rsplit("/", 1)[1]
    assert worker.post(f"{here}/alliances", {"name": ""}).status_code == 422
    alliance = worker.post(f"{here}/alliances", {"name": "平安联盟", "about": "一起巡防"}).location
    assert worker.post(f"{alliance}/teams", {"team": team}).status_code == 303
    assert "甲队" in worker.page(alliance).get_text()
    worker.post(f"{alliance}/teams", {"team": team, "act": "leave"})
    assert worker.page(alliance).select_one("td.lead") is None
    assert worker.post(f"{alliance}/close").status_code == 303
    assert re.search("平安联盟", worker.page(f"{here}/alliances").get_text())
    assert worker.get(f"{here}/alliances?export=xlsx").status_code == 200
    assert worker.get(f"{here}/projects?export=xlsx").status_code == 200


def test_the_lists_ask_no_more_for_many_teams_and_members(
    app: Flask, world: World, here: str, worker: Browser
) -> None:
    def seen(path: str) -> int:
        with counted(app) as statements:
            worker.page(path)
        return len(statements)

    def found(number: int) -> str:
        with app.app_context(), unit_of_work(drain=False) as session:
            area = session.get_one(Area, world.areas["happy"])
            team = services.add_team(session, area, services.TeamData(f"第{number}队"), SYSTEM)
            return str(team.public_id)

    paths = [f"{here}/teams/{found(1)}", f"{here}/teams", f"{here}/projects", f"{here}/alliances"]
    with app.app_context(), unit_of_work(drain=False) as session:
        team = session.query(VolunteerTeam).one()
        first = session.get_one(Person, world.person_ids["grid1"])
        membership.add_member(session, team, first, "leader", team.created_at.date(), SYSTEM)
    before = [seen(path) for path in paths]
    for number in range(2, 12):
        found(number)
    with app.app_context(), unit_of_work(drain=False) as session:
        team = session.query(VolunteerTeam).filter_by(name="第1队").one()
        for number in range(10):
            person = make_person(session, session.get_one(Area, world.areas["grid1"]), f"新人{number}")
            membership.add_member(session, team, person, "member", team.created_at.date(), SYSTEM)
    assert [seen(path) for path in paths] == before
    assert before[1] <= 8


def test_programs_keep_teams_members_projects_and_volunteers(
    world: World,
    here: str,
    program: MakeProgram,  # noqa: F811
) -> None:
    worker = program("worker")
    area = f"/areas/{world.codes['happy']}/volunteer"
    made = worker.post(f"{area}/teams", {"name": "红马甲队", "area": world.codes["grid1"]})
    assert made.status_code == 201, made.text
    team = f"{area}/teams/{made.json['id']}"
    assert worker.post(f"{area}/teams", {"name": "甲", "area": world.codes["sunny"]}).status_code == 422
    person = {"person": world.people["grid1"], "joined_on": "2026-03-01"}
    taken = worker.post(f"{team}/members", person)
    assert taken.status_code == 201, taken.text
    assert worker.post(f"{team}/members", person).json["error"]["code"] == "already_member"
    assert worker.post(f"{team}/members/{taken.json['id']}", {"role": "leader"}).json["role"] == "leader"
    assert worker.get(f"{team}/members").json["items"][0]["name"] == "李一"
    assert worker.post(f"{team}/change", {"name": "红马甲队", "about": "清洁"}).json["members"] == 1
    project = {
        "team": made.json["id"],
        "code": "G-1",
        "title": "绿化",
        "category": "other",
        "from_on": "2026-03-01",
    }
    drafted = worker.post(f"{area}/projects", project)
    assert drafted.status_code == 201, drafted.text
    moved = worker.post(f"{area}/projects/{drafted.json['id']}/state", {"state": "approved"})
    assert moved.json["state"] == "approved"
    assert [one["code"] for one in worker.get(f"{area}/projects").json["items"]] == ["G-1"]

    done = worker.post(f"{area}/people", {"people": [world.people["grid1"], world.people["grid2"]]})
    assert len(done.json["registered"]) == 2
    again = worker.post(f"{area}/people", {"people": [world.people["grid1"]]})
    assert again.json["refused"][0]["code"] == "already_registered"
    one = f"{area}/people/{world.people['grid1']}"
    number = worker.get(f"{one}/number").json["id"]
    assert worker.get(f"{area}/people", q=number).json["items"][0]["name"] == "李一"
    course = {"title": "急救", "on_date": "2026-03-01", "minutes": 480}
    assert worker.post(f"{one}/trainings", course).status_code == 201
    policy = {"policy_no": "PA-1", "from_on": "2026-01-01", "to_on": "2026-12-31"}
    assert worker.post(f"{one}/insurances", policy).status_code == 201
    assert worker.post(f"{one}/standing", {"act": "suspend", "reason": "爽约"}).json["state"] == "suspended"
    assert worker.post(f"{team}/dissolve", {}).json["state"] == "dissolved"
    assert worker.get(f"{area}/teams").json["items"] == []
