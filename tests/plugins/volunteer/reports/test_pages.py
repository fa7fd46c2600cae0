"""The pages of reports, rankings, signals, files and calendars, as their readers use them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from flask import Flask

from pointsys.core.activity_log.models import Entry
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.volunteer.signups.models import VolunteerSignup, VolunteerSlot
from pointsys.plugins.volunteer.teams.models import VolunteerTeam
from tests.browsers import Browser, SignIn, World, counted
from tests.plugins.volunteer.place import Place
from tests.plugins.volunteer.reports.teamwork import THEN, Teamwork

JULY = date(2026, 7, 1)


@pytest.fixture
def made(app: Flask, world: World) -> Teamwork:
    """The browsers' place with the plugin on, to found teams in; used with the app."""
    with app.app_context(), unit_of_work(drain=False) as session:
        switch_plugin(session, session.get_one(Area, world.areas["street"]), "volunteer", True, SYSTEM)
    return Teamwork(Place(world.areas))


@pytest.fixture
def served(app: Flask, made: Teamwork, world: World) -> dict[str, int]:
    """李一 leads 蓝队 and served it and nobody's team; 周二 served 蓝队; ids by name."""
    with app.app_context():
        team = made.team("蓝队", area="happy", host="社工站")
        project = made.project("P1", team)
        first, second = world.person_ids["grid1"], world.person_ids["grid2"]
        made.join(team, first, role="leader")
        made.register(first, "V20260000018")
        entry = made.serve(first, "09:00", "11:30", day=JULY, team=team, project=project)
        made.serve(second, "09:00", "10:00", day=JULY, team=team, project=project, title="活动09:00-1")
        made.place.serve(first, "14:00", "15:00", day=JULY, title="自己来")
    return {"team": team, "entry": entry}


def table(page: BeautifulSoup) -> list[list[str]]:
    rows = []
    for row in page.select("table.list")[0].select("tbody tr, tfoot tr"):
        for hint in row.select(".hint, .d-md-none"):
            hint.decompose()
        rows.append([" ".join(cell.get_text(" ").split()) for cell in row.select("td, th")])
    return rows


def path(world: World, rest: str, area: str = "happy") -> str:
    return f"/a/{world.codes[area]}/volunteer/{rest}"


def test_the_report_answers_by_team_project_and_class_and_leaves_as_a_file(
    app: Flask, worker: Browser, served: dict[str, int], world: World
) -> None:
    page = worker.page(path(world, "report?by=team&period=2026-Q3"))
    assert table(page) == [
        ["蓝队", "1", "2", "2", "3.50"],
        ["不属于任何队伍", "–", "1", "1", "1.00"],
        ["合计", "1", "2", "3", "4.50"],
    ]
    narrowed = page.select_one("table.list td.lead a")
    assert narrowed is not None
    assert table(worker.page(str(narrowed["href"])))[0] == ["项目P1", "–", "2", "2", "3.50"]
    assert table(worker.page(path(world, "report?by=month&period=2026-H2")))[0] == [
        "2026年7月",
        "–",
        "2",
        "3",
        "4.50",
    ]
    assert "0.00" in worker.page(path(world, "report?klass=credit&period=2026-07")).get_text()
    refused = worker.page(path(world, "report?team=nobody&period=2026-99"))
    assert refused.select_one(".notice-danger") is not None
    text = worker.get(path(world, "report?by=team&period=2026-07&export=csv")).get_data(as_text=True)
    assert "蓝队,社工站,1,2,2,210,3.50" in text
    with counted(app) as statements:
        worker.page(path(world, "report?by=team&period=2026-07"))
    assert len(statements) <= 14


def test_a_file_for_another_system_is_shown_and_taken(
    worker: Browser, served: dict[str, int], world: World
) -> None:
    index = worker.page(path(world, "report/files?period=2026-07"))
    titles = [link.get_text() for link in index.select("td.lead a")]
    assert "志愿服务时长台账" in titles
    page = worker.page(path(world, "report/files/service-record-import?period=2026-07"))
    assert "3" in page.select(".notice-warning")[0].get_text(), "nobody has a number there"
    taken = worker.get(path(world, "report/files/service-record-import?period=2026-07&take=1"))
    lines = taken.get_data().decode("gb18030").splitlines()
    assert lines[0].startswith("志愿者编号,姓名,项目编号")
    assert lines[1].split(",")[1:3] == ["李一", "P1"]
    assert len(lines) == 4
    workbook = worker.get(path(world, "report/files/team-summary?period=2026-07&take=1"))
    assert workbook.get_data()[:2] == b"PK"
    assert worker.get(path(world, "report/files/none?period=2026-07")).status_code == 404


def test_teams_are_ranked_and_few_people_are_for_staff_alone(
    app: Flask, worker: Browser, sign_in: SignIn, made: Teamwork, served: dict[str, int], world: World
) -> None:
    address = path(world, "ranking/teams?period=2026-07")
    assert [row[1:2] + row[3:] for row in table(worker.page(address))] == [["蓝队", "1", "2", "2", "3.50"]]
    member = sign_in(world.accounts["member"])
    address = path(world, "ranking/teams?period=2026-07", "grid1")
    assert member.page(address).select("table.list") == []
    with app.app_context():
        crowd = made.team("大队", area="grid1")
        for number in range(5):
            made.serve(made.place.person(f"吴{number}"), "09:00", "10:00", day=JULY, team=crowd)
    assert [row[1] for row in table(member.page(address))] == ["大队"]


def test_whoever_leaves_the_ranking_is_seen_by_themselves_alone(
    app: Flask, worker: Browser, sign_in: SignIn, made: Teamwork, served: dict[str, int], world: World
) -> None:
    member = sign_in(world.accounts["member"])
    people = path(world, "ranking?period=2026-07")

    def names(browser: Browser, area: str = "happy") -> list[str]:
        return [row[1] for row in table(browser.page(path(world, "ranking?period=2026-07", area)))]

    assert names(worker) == ["李一", "周二"]
    member.post(f"/me/volunteer/ranking/leave?back={world.codes['grid1']}", {})
    assert names(worker) == ["周二"]
    assert names(member, "grid1") == ["李一 本人"]
    assert "李一" in worker.page(path(world, "hours?period=2026-07")).get_text(), "staff's list is no ranking"
    assert "2" in table(worker.page(people))[0][0], "places of the others stay"
    member.post("/me/volunteer/ranking/return", {})
    assert names(worker) == ["李一", "周二"]
    assert worker.post("/me/volunteer/ranking/leave", {}).status_code == 404


def test_signals_of_a_week_are_listed_and_block_nothing(
    app: Flask, worker: Browser, sign_in: SignIn, made: Teamwork, served: dict[str, int], world: World
) -> None:
    first = world.person_ids["grid1"]
    with app.app_context():
        made.place.serve(first, "10:30", "12:00", day=JULY, title="同时在别处")
        made.place.serve(first, "15:00", "23:30", day=JULY, title="很长")
    page = worker.page(path(world, "signals?week=2026-07-01"))
    assert {row[0] for row in table(page)} == {"同一时间两次服务", "一天超过10小时"}
    assert all("李一" in row[1] for row in table(page))
    assert worker.page(path(world, "signals?week=2026-06-01")).select("table.list") == []
    assert len(table(worker.page(path(world, "signals?week=2026-07-03&kind=long_day")))) == 1
    assert "李一" in worker.get(path(world, "signals?week=2026-07-01&export=csv")).get_data(as_text=True)
    assert sign_in(world.accounts["member"]).get(path(world, "signals", "grid1")).status_code == 403
    # What stands out was credited all the same: 2.5 + 1 + 0.5 + 8.5 hours wait for nothing but the ladder.
    assert "李一" in worker.page(path(world, "hours?period=2026-07")).get_text()


def shift(app: Flask, world: World, entry: int, person: int, state: str, hours: int) -> None:
    """A shift of the entry's activity some hours after the present, and somebody's sign-up for it."""
    from pointsys.core.site import current_site

    with app.app_context(), unit_of_work(drain=False) as session:
        found = session.get_one(Entry, entry)
        start = current_site().now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=hours)
        slot = VolunteerSlot(
            activity_id=found.activity_id, role=f"岗位{hours}", starts_at=start, capacity=9,
            ends_at=start + timedelta(hours=2),
        )  # fmt: skip
        session.add(slot)
        session.flush()
        session.add(
            VolunteerSignup(
                slot_id=slot.id, person_id=person, state=state, signed_up_at=THEN, signed_up_by="test",
                changed_at=THEN, changed_by="test",
            )
        )  # fmt: skip


def test_shifts_stand_in_ones_own_calendar_and_in_the_teams_without_names(
    app: Flask, worker: Browser, sign_in: SignIn, made: Teamwork, served: dict[str, int], world: World
) -> None:
    from pointsys.web.feed import calendar_of

    first, second = world.person_ids["grid1"], world.person_ids["grid2"]
    with app.app_context():
        other = made.place.person("王五")
        plan = made.serve(other, "09:00", "10:00", day=JULY, team=served["team"], title="巡逻")
    shift(app, world, plan, first, "approved", 24)
    shift(app, world, plan, second, "approved", 48)
    shift(app, world, plan, first, "rejected", 72)
    with app.app_context(), read_scope() as session:
        text = (calendar_of(session, first) or b"").decode()
        team = session.get_one(VolunteerTeam, served["team"]).public_id
    assert "巡逻 · 岗位24" in text
    assert "岗位48" not in text
    assert "岗位72" not in text

    leader = sign_in(world.accounts["member"])
    page = BeautifulSoup(leader.post(f"/me/volunteer/teams/{team}/calendar", {}).get_data(), "html.parser")
    field = page.select_one("#feed-address")
    assert field is not None
    address = str(field["value"]).split("/", 3)[3]
    stranger = app.test_client()
    feed = stranger.get(f"/{address}")
    told = feed.get_data(as_text=True).replace("\r\n ", "")
    assert feed.mimetype == "text/calendar"
    assert "岗位24" in told
    assert "岗位48" in told
    assert "李一" not in told
    assert stranger.get(f"/{address}", headers={"If-None-Match": feed.headers["ETag"]}).status_code == 304
    assert stranger.get(f"/{address.replace('.ics', 'x.ics')}").status_code == 404
    assert sign_in(world.accounts["nobody"]).get(f"/me/volunteer/teams/{team}/calendar").status_code == 404
    worker.post(path(world, f"teams/{team}/calendar/revoke"), {})
    assert stranger.get(f"/{address}").status_code == 404
    assert datetime.now(UTC) > THEN
