"""Stars, records, evaluations and disputes in the browser and on the command line."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select, update

from pointsys.core.activity_log.models import Entry
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.site import current_site
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.volunteer.models import VolunteerCredit
from pointsys.plugins.volunteer.record import publishing_profiles
from pointsys.plugins.volunteer.record.star_rules import SELECTED, Level, Profile
from pointsys.plugins.volunteer.teams.models import LEADER, VolunteerMember, VolunteerTeam
from tests.browsers import Browser, SignIn, World, counted
from tests.conftest import RunCli
from tests.plugins.volunteer.place import Place

DAY = date(2026, 7, 1)


@pytest.fixture(params=["sqlite"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Pages are tried on one engine, the services below them on both."""
    return str(request.param)


@pytest.fixture
def place(app: Flask, world: World) -> Place:
    """The browsers' sub-district with the plugin switched on, and small stars in force."""
    with app.app_context(), unit_of_work(drain=False) as session:
        street = session.get_one(Area, world.areas["street"])
        switch_plugin(session, street, "volunteer", True, SYSTEM)
        today = current_site().today()
        small = Profile("small", "小星", 0, (Level("一小星", 120), Level("二小星", 240)))
        publishing_profiles.publish(session, street, small, today, SYSTEM)
    return Place(world.areas)


def entry_of(app: Flask, entry: int) -> str:
    with app.app_context(), read_scope() as session:
        return session.scalars(select(Entry.public_id).where(Entry.id == entry)).one()


def text_of(page: BeautifulSoup) -> str:
    main = page.select_one("main")
    assert main is not None
    return " ".join(main.get_text(" ").split())


def test_a_star_goes_from_the_list_to_the_public_notice(
    app: Flask, world: World, place: Place, worker: Browser, sign_in: SignIn
) -> None:
    root = f"/a/{world.codes['happy']}/volunteer/record"
    assert worker.page(root).select_one(".empty .actions a") is not None
    with app.app_context():
        person = world.person_ids["grid1"]
        place.serve(person, "09:00", "11:30", day=DAY)
        entry = place.serve(person, "13:00", "15:00", day=DAY, title="再来")

    assert "二小星" in text_of(worker.page(root))
    assert "小星" in text_of(worker.page(f"{root}/publish?profile=small"))
    sent = worker.page(f"{root}/publish?profile=small").select_one("input[name=shown]")
    assert sent is not None
    answer = worker.post(f"{root}/publish", {"profile": "small", "days": "3", "shown": sent["value"]})
    assert answer.status_code == 303
    notice = text_of(worker.page(answer.location))
    assert ("李*" in notice, "李一" in notice, "二小星" in notice) == (True, False, True)

    # Hours that turn out wrong put the star under review, and somebody decides with a reason.
    with app.app_context():
        place.void(entry)
    review = worker.page(f"{root}?state=under_review")
    (chosen,) = [box["value"] for box in review.select("table.list input[type=checkbox][name=id]")]
    without = {"id": chosen, "act": "withdraw", "state": "under_review"}
    worker.post(root, without)
    assert "待复核" in text_of(worker.page(root))
    assert "待处理的星级" in text_of(worker.page(f"/a/{world.codes['happy']}/"))
    worker.post(root, {**without, "reason": "时长更正"})
    after = text_of(worker.page(root))
    assert ("一小星" in after, "二小星" in after) == (True, False)
    record = text_of(worker.page(f"{root}/people/{world.people['grid1']}"))
    assert "时长更正" in record
    # Others may read the list and decide nothing; other communities see nothing of it.
    grid = sign_in(world.accounts["grid_worker"])
    assert grid.get(f"/a/{world.codes['grid1']}/volunteer/record").status_code == 200
    assert grid.post(f"/a/{world.codes['grid1']}/volunteer/record", without).status_code == 403
    sunny = sign_in(world.accounts["sunny_worker"])
    assert (
        sunny.get(f"/a/{world.codes['sunny']}/volunteer/record/people/{world.people['grid1']}").status_code
        == 404
    )


def test_a_profile_is_tried_before_it_is_published(
    app: Flask, world: World, place: Place, sign_in: SignIn
) -> None:
    with app.app_context():
        place.serve(world.person_ids["grid1"], "09:00", "11:30", day=DAY)
    office = sign_in(world.accounts["office"])
    path = f"/a/{world.codes['street']}/volunteer/record/profiles"
    asked = {
        "code": "own", "title": "本街道标准", "levels": "1 一档\n2 二档\n3 三档", "window": "total", "klass": "all",
        "mode": SELECTED, "valid_from": "2026-07-10",
    }  # fmt: skip

    tried = BeautifulSoup(office.post(path, asked).get_data(as_text=True), "html.parser")
    cells = [" ".join(row.get_text(" ").split()) for row in tried.select("#own tbody tr")]
    assert cells == ["一档 1.00 0", "二档 2.00 1", "三档 3.00 0"]
    assert "本街道标准" not in [head.get_text() for head in office.page(path).select("h2")]
    wrong = office.post(path, {**asked, "levels": "3 一档\n2 二档", "publish": "1"})
    assert wrong.status_code == 422
    assert office.post(path, {**asked, "valid_from": "2026-07-09", "publish": "1"}).status_code == 422

    assert office.post(path, {**asked, "publish": "1"}).status_code == 303
    assert "本街道标准" in [head.get_text() for head in office.page(path).select("h2")]
    assert office.post(f"{path}/beijing", {"use": "1"}).status_code == 303
    assert office.post(f"{path}/national", {}).status_code == 303
    titles = [head.get_text() for head in office.page(path).select("h2")]
    assert ("北京市试行标准" in titles, "全国通行标准" in titles) == (True, False)
    eligible = office.page(f"/a/{world.codes['street']}/volunteer/record?state=eligible")
    chosen = [box["value"] for box in eligible.select("table.list input[type=checkbox][name=id]")]
    office.post(
        f"/a/{world.codes['street']}/volunteer/record", {"id": chosen, "act": "award", "state": "eligible"}
    )
    assert "二档" in text_of(office.page("/a/" + world.codes["street"] + "/volunteer/record?profile=own"))


def test_a_volunteer_reads_the_record_evaluates_complains_and_disputes_on_the_phone(
    app: Flask, world: World, place: Place, worker: Browser, sign_in: SignIn
) -> None:
    with app.app_context():
        entry = entry_of(app, place.serve(world.person_ids["grid1"], "09:00", "11:00", day=DAY))
        other = entry_of(app, place.serve(world.person_ids["grid2"], "09:00", "11:00", day=DAY))
    member = sign_in(world.accounts["member"])
    mine = member.page("/me/volunteer/record")
    assert [head.get_text()[:2] for head in mine.select("h2")] == ["一、", "二、", "三、", "四、", "五、"]
    assert "一小星" in text_of(mine)
    path = f"/me/volunteer/record/{entry}"
    assert member.get(f"/me/volunteer/record/{other}").status_code == 404
    assert member.post(f"/me/volunteer/record/{other}/dispute", {"text": "不对"}).status_code == 404

    assert member.post(f"{path}/evaluation", {"score": "9"}).status_code == 422
    assert member.post(f"{path}/evaluation", {"score": "2", "complaint": "1"}).status_code == 422
    # A complaint without words is none, and leaves no evaluation either.
    assert "您已评" not in text_of(member.page(path))
    member.post(f"{path}/evaluation", {"score": "2", "words": "没有水喝", "complaint": "1"})
    member.post(f"{path}/dispute", {"text": "我早到了", "from": "08:30", "to": "11:00"})
    said = text_of(member.page(path))
    assert ("[08:30–11:00] 我早到了" in said, "没有水喝" in said) == (True, True)

    cases = worker.page(f"/a/{world.codes['happy']}/volunteer/record/cases")
    assert len(cases.select("table.list tbody tr")) == 2
    session = f"/a/{world.codes['happy']}/volunteer/record/sessions/{entry}"
    link = worker.page(session).select_one("form[action*=evidence]")
    assert link is not None
    worker.post(str(link["action"]), {"words": "签到表为准"})
    assert "签到表为准" in text_of(member.page(path))
    foreign = str(link["action"]).replace(entry, other)
    assert worker.post(foreign, {"words": "错门"}).status_code == 404
    # With its deadline it stands among all objections.
    assert worker.page(f"/a/{world.codes['happy']}/objections").select("table.list tbody tr")
    unknown = sign_in(world.accounts["nobody"])
    assert unknown.get("/me/volunteer/record").status_code == 404


def test_a_leader_evaluates_sessions_of_the_team_alone(
    app: Flask, world: World, place: Place, worker: Browser, sign_in: SignIn
) -> None:
    member = sign_in(world.accounts["member"])
    assert member.get("/me/volunteer/evaluate").status_code == 404
    with app.app_context():
        ours, theirs = (
            place.serve(world.person_ids[who], "09:00", "11:00", day=DAY) for who in ("grid2", "happy")
        )
        own = place.serve(world.person_ids["grid1"], "09:00", "11:00", day=DAY)
        with unit_of_work(drain=False) as session:
            now = current_site().now()
            team = VolunteerTeam(
                area_id=world.areas["happy"], host="居委会", name="帮扶队", created_at=now, created_by="test"
            )
            session.add(team)
            session.flush()
            session.add(
                VolunteerMember(
                    team_id=team.id, person_id=world.person_ids["grid1"], role=LEADER, joined_on=DAY - timedelta(9),
                    recorded_at=now, recorded_by="test",
                )
            )  # fmt: skip
            credited = update(VolunteerCredit).where(VolunteerCredit.entry_id.in_([ours, own]))
            session.execute(credited.values(team_id=team.id))

    listed = member.page("/me/volunteer/evaluate").select("summary strong")
    assert [name.get_text() for name in listed] == ["周二"]
    assert (
        member.post(
            f"/me/volunteer/evaluate/{entry_of(app, ours)}", {"score": "5", "words": "可靠"}
        ).status_code
        == 303
    )
    assert member.post(f"/me/volunteer/evaluate/{entry_of(app, theirs)}", {"score": "1"}).status_code == 404
    assert member.post(f"/me/volunteer/evaluate/{entry_of(app, own)}", {"score": "5"}).status_code == 422
    evaluations = worker.page(f"/a/{world.codes['happy']}/volunteer/record/evaluations")
    assert [row.select("td")[4].get_text() for row in evaluations.select("table.list tbody tr")] == ["5"]


def test_staff_record_a_commendation_and_what_a_recipient_says(
    app: Flask, world: World, place: Place, worker: Browser
) -> None:
    with app.app_context():
        entry = entry_of(app, place.serve(world.person_ids["grid1"], "09:00", "11:00", day=DAY))
    root = f"/a/{world.codes['happy']}/volunteer/record"
    assert "李一" in text_of(worker.page(f"{root}/awards/new?q=李"))
    new = f"{root}/awards/new?person={world.people['grid1']}"
    given = {"title": "优秀志愿者", "level": "district", "awarded_by": "区文明办", "awarded_on": "2026-03-05"}
    assert worker.post(new, {**given, "awarded_on": ""}).status_code == 422
    assert worker.post(new, given).status_code == 303
    assert worker.post(new, given).status_code == 422
    listed = worker.page(f"{root}/awards")
    assert len(listed.select("table.list tbody tr")) == 1

    said = {"side": "recipient", "score": "1", "words": "没有来", "name": "王大妈", "complaint": "1"}
    session = f"{root}/sessions/{entry}"
    assert worker.post(f"{session}/evaluation", {**said, "name": ""}).status_code == 422
    assert worker.post(f"{session}/evaluation", {**said, "side": "volunteer"}).status_code == 422
    assert worker.post(f"{session}/evaluation", said).status_code == 303
    shown = text_of(worker.page(session))
    assert ("王*" in shown, "王大妈" in shown) == (True, False)
    record = text_of(worker.page(f"{root}/people/{world.people['grid1']}"))
    assert ("优秀志愿者" in record, "没有来" in record) == (True, True)
    void = listed.select_one("form[action$='/void']")
    assert void is not None
    worker.post(str(void["action"]), {"reason": "登记错人"})
    assert worker.page(f"{root}/awards").select_one(".empty") is not None


def test_pages_take_as_many_statements_for_many_as_for_one(
    app: Flask, world: World, place: Place, worker: Browser, sign_in: SignIn
) -> None:
    member = sign_in(world.accounts["member"])
    root = f"/a/{world.codes['happy']}/volunteer/record"
    person = f"{root}/people/{world.people['grid1']}"
    looked = {
        root: worker, f"{root}/awards": worker, f"{root}/evaluations": worker, f"{root}/cases": worker,
        f"{root}/profiles": worker, person: worker, "/me/volunteer/record": member,
    }  # fmt: skip

    def counts() -> dict[str, int]:
        found = {}
        for path, browser in looked.items():
            browser.page(path)
            with counted(app) as statements:
                browser.page(path)
            found[path] = len(statements)
        return found

    def serve(number: int) -> None:
        for who in ("grid1", "grid2", "happy"):
            entry = place.serve(
                world.person_ids[who], "09:00", "12:00", day=DAY - timedelta(number), title=f"{number}"
            )
            said = {
                "side": "recipient",
                "score": "2",
                "words": "晚到",
                "name": f"王{number}",
                "complaint": "1",
            }
            worker.post(f"{root}/sessions/{entry_of(app, entry)}/evaluation", said)

    with app.app_context():
        serve(0)
    before = counts()
    with app.app_context():
        for number in range(1, 4):
            serve(number)
    assert counts() == before
    assert before[root] <= 8
    assert before["/me/volunteer/record"] <= 26


def test_the_command_tells_hours_and_stars_of_everybody_by_whole_minutes(
    app: Flask, world: World, place: Place, run_cli: RunCli
) -> None:
    with app.app_context():
        place.serve(world.person_ids["grid1"], "09:00", "10:59", day=DAY)
        place.serve(world.person_ids["grid2"], "09:00", "11:00", day=DAY)
    code = world.codes["happy"]

    found = run_cli("volunteer", "stars", "--area", code, "--profile", "small", "--json").json()
    assert [
        (row["person"]["name"], row["minutes"], row["hours"], row["stars"], row["state"])
        for row in found["rows"]
    ] == [
        ("周二", 120, "2.00", 1, "awarded"),
        ("李一", 119, "1.98", 0, ""),
    ]
    assert (found["people"], found["starred"], [one["code"] for one in found["profiles"]]) == (
        2,
        1,
        ["small"],
    )
    starred = run_cli("volunteer", "stars", "--area", code, "--starred", "--profile", "small")
    assert ("周二" in starred.stdout, "李一" in starred.stdout) == (True, False)
    assert run_cli("volunteer", "stars", "--area", code, "--profile", "none").exit_code == 2
    assert run_cli("volunteer", "stars", "--area", "999", "--json").json()["error"]["code"] == "unknown_area"
