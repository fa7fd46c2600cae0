"""The pages of sheets for each role, REST and the command line, on one engine: the services below run on both."""

from __future__ import annotations

import json
import re
from datetime import date

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select

from pointsys.core.activity_log.models import Entry
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.objections.models import Objection
from pointsys.core.publicity.models import Publicity
from pointsys.core.settings import set_setting
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.spreadsheet import read_rows
from pointsys.plugins.party_member_points.quarters.models import PointsSheet
from tests.browsers import Browser, SignIn, World, counted
from tests.conftest import FixedClock, RunCli
from tests.plugins.party_member_points.party import MEMBER, Party
from tests.plugins.party_member_points.quarters.quarter import Quarter


@pytest.fixture(params=["sqlite"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """One engine."""
    return str(request.param)


@pytest.fixture
def served(app: Flask, world: World, world_party: Party) -> Party:
    """李一 (grid 1, first branch) and 周二 (grid 2) are members with points of 2026."""
    with app.app_context():
        first, second = world.person_ids["grid1"], world.person_ids["grid2"]
        since = "2026-01-01"
        world_party.roster({first: {**MEMBER, "branch": "第一党支部", "checkin_on": since}})
        world_party.roster({second: {**MEMBER, "checkin_on": since}})
        world_party.serve(first, "09:00", "11:30", day=date(2026, 3, 7), title="清洁家园")
        world_party.serve(second, "09:00", "10:00", day=date(2026, 5, 7), title="巡逻")
    return world_party


def text_of(page: BeautifulSoup) -> str:
    """The words of the page itself."""
    main = page.select_one("main")
    assert main is not None
    return " ".join(main.get_text(" ").split())


def fields(page: BeautifulSoup, action: str) -> dict[str, str]:
    """What the form with that end of its action sends."""
    form = page.select_one(f'form[action$="{action}"][method="post"]')
    assert form is not None, action
    return {str(field["name"]): str(field.get("value", "")) for field in form.select("input[name]")}


def has(page: BeautifulSoup, action: str) -> bool:
    """Whether the page has such a form."""
    return page.select_one(f'form[action$="{action}"][method="post"]') is not None


def notices(app: Flask) -> list[Publicity]:
    """All notices."""
    with app.app_context(), read_scope() as session:
        rows = list(session.scalars(select(Publicity).order_by(Publicity.id)))
        session.expunge_all()
        return rows


def test_a_sheet_goes_from_the_calendar_to_the_chain(
    app: Flask, world: World, served: Party, worker: Browser, sign_in: SignIn, clock: FixedClock
) -> None:
    path = f"/a/{world.codes['happy']}/points/sheets"
    page = worker.page(path)
    assert [head.get_text() for head in page.select(".points-cut h3")] == [
        f"2026年第{n}季度" for n in range(1, 5)
    ]
    assert "还没有积分表" in text_of(page)
    sheet = worker.post(path, {"cut": "2026-Q2"}).location
    assert re.fullmatch(rf"{path}/[a-z0-9]{{16}}", sheet)
    assert "李一" in text_of(worker.page(sheet))

    # As the public sees it: masked, frozen, with the days that the scheme asks for.
    preview = worker.page(f"{sheet}/publish")
    rows = [[cell.get_text() for cell in row.select("td")] for row in preview.select("table.list tbody tr")]
    assert [row[1] for row in rows] == ["李*", "周*"]
    assert [row[-1] for row in rows] == ["10.50", "9.00"]
    assert "李一" not in text_of(preview)
    sent = fields(preview, "/publish")
    assert sent["days"] == "5"
    assert worker.post(f"{sheet}/publish", sent).location.endswith(sheet)
    (notice,) = notices(app)
    assert json.loads(notice.text)["rows"] == [row[1:] for row in rows]
    assert notice.title == "幸福社区截至2026年第2季度末积分公示"
    assert (notice.last_day, notice.objections_until) == (date(2026, 7, 17), date(2026, 7, 22))

    # The member sees the line, objects, and it is marked at once.
    member = sign_in(world.accounts["member"])
    mine = member.page("/me/points/sheets")
    assert "10.50" in text_of(mine)
    public_id = sheet.rpartition("/")[2]
    objection = f"/me/points/sheets/{public_id}/objection"
    assert member.post(objection, {"text": ""}).status_code == 422
    assert member.post(objection, {"text": "少了一次"}).location.endswith("/me/points/sheets")
    assert "已提出异议" in text_of(member.page("/me/points/sheets"))
    assert "有异议" in text_of(worker.page(f"{sheet}?q=李一"))
    assert "有异议" in text_of(worker.page(path))

    # A call about the second row; the same caller's line is 周二's.
    worker.post(f"{sheet}/objection", {"row": "2", "caller": "王五", "text": "听说他没去"})
    worker.post(f"{sheet}/objection", {"row": "9", "caller": "王五", "text": "没有这一行"})
    with app.app_context(), read_scope() as session:
        raised = list(session.scalars(select(Objection).order_by(Objection.id)))
        assert [(o.raised_by, o.person_id) for o in raised[1:]] == [("phone:王*", world.person_ids["grid2"])]
        about = f'a[href^="{sheet}?q="]'
        answers = [f"/a/{world.codes['happy']}/objections/{o.public_id}" for o in raised]

    # Whoever computed and published it cannot answer, the committee can; a third confirms after the time.
    assert worker.post(answers[0], {"outcome": "rejected", "text": "属实"}).status_code == 422
    committee = sign_in(world.accounts["committee"])
    assert committee.page(answers[0]).select_one(about)
    for answer in answers:
        assert committee.post(answer, {"outcome": "rejected", "text": "有签到"}).status_code == 303
    clock.advance(days=20)
    worker, committee = sign_in(world.accounts["worker"]), sign_in(world.accounts["committee"])
    assert not has(worker.page(sheet), "/confirm")
    assert worker.post(f"{sheet}/confirm").status_code == 403
    committee.post(f"{sheet}/confirm")
    assert "须由他人确认" in text_of(committee.page(sheet))
    office = sign_in(world.accounts["office"])
    assert has(office.page(sheet), "/confirm")
    office.post(f"{sheet}/confirm")
    assert "校验链第 1 节" in text_of(office.page(sheet))
    assert "已确认" in text_of(worker.page(path))

    # Reopened by a decision; the next number replaces the notice.
    office.post(f"{sheet}/reopen", {"reason": "党委会决定重开"})
    again = worker.post(path, {"cut": "2026-Q2"}).location
    sent = fields(worker.page(f"{again}/publish"), "/publish")
    assert "replacing" in sent
    worker.post(f"{again}/publish", sent)
    worker.post(f"{again}/publish", {**sent, "replacing": "重开后重算"})
    assert [found.state for found in notices(app)] == ["superseded", "posted"]


def test_nothing_is_published_that_was_not_shown_and_a_branch_stands_alone(
    app: Flask, world: World, served: Party, worker: Browser
) -> None:
    with app.app_context(), unit_of_work() as session:
        set_setting(session, session.get_one(Area, world.areas["street"]), "publicity.days", 7, SYSTEM)
    path = f"/a/{world.codes['happy']}/points/sheets"
    branch = worker.post(path, {"cut": "2026-Q2", "branch": "第一党支部"}).location
    sent = fields(worker.page(f"{branch}/publish"), "/publish")
    assert sent["days"] == "7"
    for wrong in ({"days": "0"}, {"days": "x"}, {"days": "9" * 40}, {"shown": "0" * 64}):
        assert worker.post(f"{branch}/publish", {**sent, **wrong}, follow_redirects=True).status_code == 200
    assert notices(app) == []
    worker.post(f"{branch}/publish", sent)
    whole = worker.post(path, {"cut": "2026-Q2"}).location
    worker.post(f"{whole}/discard")
    assert "已替换" in text_of(worker.page(f"{path}?state=replaced"))
    assert [(found.row_count, found.subject_ref) for found in notices(app)] == [(1, "第一党支部")]
    for cut in ("", "2026-Q4", "1999-13", "2026-07"):
        assert worker.post(path, {"cut": cut}).location.endswith(path)


def test_others_sheets_are_like_missing_ones(
    app: Flask, world: World, served: Party, worker: Browser, sign_in: SignIn
) -> None:
    path = f"/a/{world.codes['happy']}/points/sheets"
    sheet = worker.post(path, {"cut": "2026-Q1"}).location
    elsewhere = sheet.replace(world.codes["happy"], world.codes["sunny"])
    stranger, secretary = sign_in(world.accounts["sunny_worker"]), sign_in(world.accounts["secretary"])

    assert stranger.get(sheet).status_code == 404
    assert stranger.get(elsewhere).status_code == 404
    assert stranger.post(f"{elsewhere}/publish", {"days": "5"}).status_code == 404
    assert secretary.get(sheet).status_code == 200
    assert secretary.post(f"{sheet}/publish", {"days": "5"}).status_code == 403
    # Nothing is public yet: not even the member's own line.
    member = sign_in(world.accounts["member"])
    assert "还没有出现" in text_of(member.page("/me/points/sheets"))
    assert member.get(f"/me/points/sheets/{sheet.rpartition('/')[2]}/objection").status_code == 404
    assert worker.get("/me/points/sheets").status_code == 404
    # From above it is a sheet like one's own.
    above = sheet.replace(world.codes["happy"], world.codes["street"])
    assert sign_in(world.accounts["office"]).get(above).status_code == 200


def test_pages_of_sheets_cost_the_same_for_many_lines(
    app: Flask, world: World, served: Party, worker: Browser
) -> None:
    path = f"/a/{world.codes['happy']}/points/sheets"
    first = worker.post(path, {"cut": "2026-Q1"}).location
    with app.app_context():
        for number in range(12):
            served.member(f"党员{number}", "grid2", checkin_on="2026-01-01")
    second = worker.post(path, {"cut": "2026-Q2"}).location

    def cost(address: str) -> int:
        worker.get(address)
        with counted(app) as statements:
            worker.get(address)
        return len(statements)

    assert cost(first) == cost(second)
    assert cost(second) <= 16
    assert cost(path) <= 10


def test_a42_a_loss_of_points_is_a_number_in_the_file(
    app: Flask, world: World, served: Party, worker: Browser
) -> None:
    path = f"/a/{world.codes['happy']}/points/sheets"
    worker.post(path, {"cut": "2026-Q1"})
    with app.app_context():
        with unit_of_work() as session:
            session.get_one(PointsSheet, 1).state = "confirmed"
            entry = session.scalars(select(Entry.id).order_by(Entry.id).limit(1)).one()
        served.decide(entry)
    sheet = worker.post(path, {"cut": "2026-Q2"}).location
    rows = read_rows(worker.get(f"{sheet}?export=xlsx").data, "a.xlsx").rows
    (line,) = [row for row in rows if "李一" in row]

    # 12.50 at the first cut; without the entry two idle quarters leave 6.
    assert line[-3:-1] == [6, -6.5]
    assert "-6.50" in worker.get(f"{sheet}?export=csv").data.decode("utf-8-sig")


def test_the_command_line_computes_lists_and_proves(
    app: Flask, world: World, served: Party, run_cli: RunCli, worker: Browser
) -> None:
    code = world.codes["happy"]
    made = run_cli("points", "sheets", "compute", "--area", code, "--cut", "2026-Q1", "--json").json()
    assert (made["label"], made["members"], made["no"]) == ("2026-Q1", 2, 1)
    (row,) = run_cli("points", "sheets", "list", "--area", code, "--json").json()["sheets"]
    assert (row["state"], row["sha256"]) == ("computed", made["sha256"])
    assert run_cli("points", "sheets", "verify", "--json").json() == {"links": 0, "sheets": 0, "faults": []}

    sheet = f"/a/{code}/points/sheets/{made['id']}"
    worker.post(f"{sheet}/publish", fields(worker.page(f"{sheet}/publish"), "/publish"))
    proved = run_cli("points", "sheets", "rebuild", "--check", "--json")
    assert (proved.exit_code, proved.json()["unequal"]) == (0, 0)
    assert "1 张逐字节一致" in run_cli("points", "sheets", "rebuild", "--check", "--area", code).stdout
    with app.app_context(), unit_of_work() as session:
        session.get_one(PointsSheet, 1).state = "confirmed"
    broken = run_cli("points", "sheets", "verify")
    assert broken.exit_code == 1
    assert made["id"] in broken.stdout
    assert run_cli("points", "sheets", "list", "--area", "1").exit_code != 0
    assert run_cli("points", "sheets", "compute", "--area", code, "--cut", "2026-Q4").exit_code != 0


def test_ones_own_sheets_ask_as_much_for_many_as_for_one(
    app: Flask, served: Party, world: World, sign_in: SignIn, clock: FixedClock
) -> None:
    member, costs = sign_in(world.accounts["member"]), []
    with app.app_context():
        quarter = Quarter(served, clock)
        for label in ("2026-Q1", "2026-Q2"):
            quarter.publish(quarter.compute(label, quarter.actor(1)), quarter.actor(1))
            member.page("/me/points/sheets")
            with counted(app) as statements:
                shown = text_of(member.page("/me/points/sheets"))
            costs.append(len(statements))
    assert shown.count("12.50") >= 1
    assert costs[0] == costs[1]
