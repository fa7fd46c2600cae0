"""Grades of a period in the browser: by the secretary, the committee, the office, and the members themselves."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from pointsys.core.accounts import services as accounts
from pointsys.core.actors import SYSTEM
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.party_member_points.annual.models import PointsAnnual
from tests.browsers import Browser, SignIn, World, counted
from tests.conftest import FixedClock
from tests.plugins.party_member_points.annual.year import PERIOD, Year, make_year
from tests.plugins.party_member_points.party import Party


@pytest.fixture(params=["sqlite"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Pages are tried on one engine, the services below them on both."""
    return str(request.param)


@pytest.fixture
def year(app: Flask, world: World, world_party: Party, clock: FixedClock) -> Year:
    """Six members, their half-year over since ten days."""
    with app.app_context():
        return make_year(world_party, clock)


def account(
    app: Flask, sign_in: SignIn, world: World, login: str, role: str, person: int | None = None
) -> Browser:
    """A browser of somebody with a role in the community."""
    with app.app_context(), unit_of_work() as session:
        made = accounts.create_account(session, login, SYSTEM, person_id=person)
        from pointsys.core.areas.models import Area

        accounts.grant_role(session, made, role, session.get_one(Area, world.areas["happy"]), SYSTEM)
        made_id = made.id
    return sign_in(made_id)


def test_a_year_is_graded_from_the_first_computing_to_the_members_page(
    app: Flask, world: World, year: Year, sign_in: SignIn, clock: FixedClock
) -> None:
    secretary = account(app, sign_in, world, "zhibu", "branch_secretary")
    committee = account(app, sign_in, world, "weiyuan", "party_committee")
    chair = account(app, sign_in, world, "shuji", "party_committee")
    worker = sign_in(world.accounts["worker"])
    member = account(app, sign_in, world, "yier", "member", year.people["乙二"])
    home = f"/a/{world.codes['happy']}/points/annual"

    assert "还没有" in secretary.page(home).get_text()
    answer = secretary.post(f"{home}/compute", {"period": PERIOD, "quota": "1/3"})
    path = answer.location
    assert path.startswith(f"{home}/")
    page = secretary.page(path)
    assert [step.get_text() for step in page.select(".points-steps .now")] == ["已计算"]
    assert [held.get_text() for held in page.select(".points-grade-card b")] == ["1", "3", "1", "1"]
    assert not page.select("td select[name=grade]")
    secretary.post(f"{path}/propose")
    assert committee.get(f"{path}?only=tie").status_code == 200

    page = committee.page(f"{path}?only=tie")
    names = [cell.get_text() for cell in page.select("td.lead")]
    assert sorted(names) == ["丙三", "乙二"]
    row = next(row for row in page.select("tbody tr") if "乙二" in row.get_text())
    person = str(row.select_one("input[name=id]")["value"])  # type: ignore[index]
    assert [str(option["value"]) for option in row.select("option")] == ["", "优秀", "合格"]
    step = {"id": person, "grade": "优秀"}
    refused = committee.post(f"{path}/decide", {**step, "reason": ""}, follow_redirects=True)
    assert "请说明" in refused.text
    committee.post(f"{path}/decide", {**step, "reason": "抢险救灾连续值守"})
    committee.post(f"{path}/rest")
    refused = secretary.post(f"{path}/rest")
    assert refused.status_code == 403
    committee.post(f"{path}/close", {"reference": "第7次党委会"})
    assert "第7次党委会" in committee.page(path).get_text()

    page = worker.page(f"{path}/publish")
    shown = [[cell.get_text() for cell in row.select("td")] for row in page.select("table.list tbody tr")]
    assert [(row[1], row[-1]) for row in shown][:2] == [("甲*", "优秀"), ("戊*", "基本合格")]
    form = page.select_one('form[action$="/publish"]')
    assert form is not None
    sent = {str(field["name"]): str(field.get("value", "")) for field in form.select("input[name]")}
    worker.post(f"{path}/publish", sent)
    assert "优秀" in member.page("/me/points/annual").get_text()
    assert "抢险救灾连续值守" in member.page("/me/points/annual").get_text()

    refused = committee.post(f"{path}/confirm", follow_redirects=True)
    clock.now = datetime(2026, 8, 3, 2, tzinfo=UTC)
    # Sessions do not outlive so many days.
    committee, chair = (sign_in(login_id(app, name)) for name in ("weiyuan", "shuji"))
    waiting = committee.page(path)
    assert not waiting.select("form[action$='/confirm']"), "who decided has no button to confirm"
    assert "可以处理的人" in waiting.get_text()
    assert chair.page(path).select("form[action$='/confirm']")
    refused = committee.post(f"{path}/confirm", follow_redirects=True)
    assert "由其他人" in refused.text or "另一" in refused.text or "别人" in refused.text
    chair.post(f"{path}/confirm")
    page = chair.page(path)
    assert [step.get_text() for step in page.select(".points-steps .now")] == ["已确认"]
    chair.post(f"{path}/reopen", {"reason": "查实有误记", "reference": "第9次党委会"})
    again = sign_in(login_id(app, "zhibu")).post(f"{home}/compute", {"period": PERIOD, "quota": ""})
    assert again.location != path
    with app.app_context(), read_scope() as session:
        states = session.scalars(select(PointsAnnual.state).order_by(PointsAnnual.no)).all()
    assert states == ["reopened", "computed"]


def test_whoever_proposed_is_shown_who_decides_and_no_buttons(
    app: Flask, world: World, year: Year, sign_in: SignIn
) -> None:
    committee = account(app, sign_in, world, "weiyuan", "party_committee")
    chair = account(app, sign_in, world, "shuji", "party_committee")
    home = f"/a/{world.codes['happy']}/points/annual"
    path = committee.post(f"{home}/compute", {"period": PERIOD, "quota": "1/3"}).location
    committee.post(f"{path}/propose")
    page = committee.page(path)
    assert not page.select("form[action$='/rest'], td select[name=grade]")
    assert "须由其他人决定" in page.get_text()
    assert "可以处理的人" in page.get_text()
    assert chair.page(path).select("td select[name=grade]")


def login_id(app: Flask, login: str) -> int:
    """The account of a login."""
    from pointsys.core.accounts.models import Account

    with app.app_context(), read_scope() as session:
        return session.scalars(select(Account.id).where(Account.login == login)).one()


def test_the_review_sheet_has_a_part_for_each_branch_and_blank_columns(
    app: Flask, world: World, year: Year, worker: Browser
) -> None:
    with app.app_context():
        year.party.roster({year.people["己六"]: {"political_status": "member", "branch": "第二党支部"}})
        year.compute(year.actor(77))
        with read_scope() as session:
            rid = session.scalars(select(PointsAnnual.public_id)).one()
    path = f"/a/{world.codes['happy']}/points/annual/{rid}"

    page = worker.page(f"{path}/review")

    sheets = page.select(".points-review")
    assert [len(sheet.select("tbody tr")) for sheet in sheets] == [5, 1]
    assert "第二党支部" in sheets[1].get_text()
    heads = [cell.get_text() for cell in sheets[0].select("thead th")]
    assert heads[:4] == ["序号", "姓名", "合计", "积分等次"]
    assert sum("优秀" in head or "合格" in head for head in heads) == 4
    only = worker.page(f"{path}/review?branch=第二党支部")
    assert [cell.get_text() for cell in only.select("td.lead")] == ["己六"]
    file = worker.get(f"{path}/review?export=csv")
    assert "己六" in file.get_data(as_text=True)
    listed = worker.get(f"/a/{world.codes['happy']}/points/annual?export=csv").get_data(as_text=True)
    assert "已计算" in listed
    assert "甲一" in worker.get(f"{path}?export=csv").get_data(as_text=True)


def test_foreign_results_are_missing_and_the_page_asks_little(
    app: Flask, world: World, year: Year, sign_in: SignIn, worker: Browser
) -> None:
    with app.app_context():
        year.compute(year.actor(77))
        with read_scope() as session:
            rid = session.scalars(select(PointsAnnual.public_id)).one()
    sunny = sign_in(world.accounts["sunny_worker"])
    assert sunny.get(f"/a/{world.codes['sunny']}/points/annual/{rid}").status_code == 404
    assert sunny.get(f"/a/{world.codes['happy']}/points/annual/{rid}").status_code in (403, 404)
    assert worker.get(f"/a/{world.codes['happy']}/points/annual/{rid}").status_code == 200

    with counted(app) as statements:
        worker.get(f"/a/{world.codes['happy']}/points/annual/{rid}")
    assert len(statements) <= 16
    nobody = sign_in(world.accounts["nobody"])
    assert nobody.get("/me/points/annual").status_code == 404


def test_the_office_sets_the_quota_for_all_below(
    app: Flask, world: World, year: Year, sign_in: SignIn
) -> None:
    office = sign_in(world.accounts["office"])
    office.post(f"/a/{world.codes['street']}/points/annual/quota", {"quota": "30%"})
    page = sign_in(world.accounts["worker"]).page(f"/a/{world.codes['happy']}/points/annual")
    field = page.select_one("#quota")
    assert field is not None
    assert field["value"] == "30%"
    refused = office.post(
        f"/a/{world.codes['street']}/points/annual/quota", {"quota": "三成"}, follow_redirects=True
    )
    assert refused.status_code == 200
    page = sign_in(world.accounts["worker"]).page(f"/a/{world.codes['happy']}/points/annual")
    assert page.select_one("#quota")["value"] == "30%"  # type: ignore[index]
