"""The plugin's pages, cards and panels as each role sees them."""

from __future__ import annotations

from datetime import date

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select

from pointsys.core.accounts import services as accounts
from pointsys.core.activity_log.models import CONFIRMED, ActivityKind
from pointsys.core.actors import SYSTEM
from pointsys.core.people.models import Person
from pointsys.core.people.services import leave
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.party_member_points import pages
from tests.browsers import Browser, SignIn, World, counted
from tests.conftest import FixedClock
from tests.plugins.party_member_points.party import MEMBER, NAME, Party, result, switch_on, view
from tests.plugins.volunteer.test_pages import rows_of, text_of


@pytest.fixture
def engine_name() -> str:
    """One engine: what these ask of the services is tried on both elsewhere."""
    return "sqlite"


MARCH = date(2026, 3, 7)


@pytest.fixture
def served(app: Flask, world: World, world_party: Party) -> Party:
    """李一 (grid 1) and 周二 (grid 2) are members; 2.5 hours in March and one that waits, and 1 hour in May."""
    with app.app_context():
        first, second = world.person_ids["grid1"], world.person_ids["grid2"]
        world_party.roster(
            {first: {**MEMBER, "branch": "第一党支部", "home_unit": "供电公司"}, second: MEMBER}
        )
        world_party.serve(first, "09:00", "11:30", day=MARCH, title="清洁家园")
        world_party.serve(first, "09:00", "11:00", day=date(2026, 3, 8), title="等确认", confirm=False)
        world_party.serve(second, "09:00", "10:00", day=date(2026, 5, 7), title="巡逻")
    return world_party


@pytest.fixture
def member(sign_in: SignIn, world: World) -> Browser:
    """李一, who is a member of grid 1."""
    return sign_in(world.accounts["member"])


def entries(page: BeautifulSoup) -> dict[str, str]:
    """The text of each entry on a page of reasons, by its title."""
    return {
        item.strong.get_text(): " ".join(item.get_text(" ").split())
        for item in page.select(".points-entries > li")
        if item.strong
    }


def test_my_points_open_to_every_entry_and_what_it_brings(member: Browser, served: Party) -> None:
    page = member.page("/me/points")

    assert page.select_one(".ring-text strong").get_text() == "10.50"  # type: ignore[union-attr]
    shown = entries(page)
    assert "+2.50" in shown["清洁家园"]
    assert "2026-03-07 · 志愿服务 · 幸福社区" in shown["清洁家园"]
    assert "待确认" in shown["等确认"]
    assert "预计 +2.00 分" in shown["等确认"]
    assert "2026-Q2 未达到要求" in shown["整季度未参加志愿服务"]
    assert "待确认的全部通过后，预计 12.50 分" in text_of(page)
    bars = [bar["value"] for bar in page.select("progress")]
    assert bars == ["40", "6", "0", "0"]


def test_a_cut_entry_names_the_cap_that_cut_it(
    app: Flask, member: Browser, served: Party, world: World
) -> None:
    with app.app_context():
        for day in (16, 17):
            served.serve(
                world.person_ids["grid1"], "08:00", "12:00", day=date(2026, 3, day), title=f"第{day}日"
            )

    shown = entries(member.page("/me/points"))

    assert "应得 4.00，计入 1.50" in shown["第17日"]
    assert "2026-03 “志愿服务(每小时)”已达上限 8.00 分" in shown["第17日"]


def test_ignored_entries_say_why_in_plain_words(
    app: Flask, member: Browser, served: Party, world: World
) -> None:
    person = world.person_ids["grid1"]
    with app.app_context():
        served.serve(person, "09:00", "09:20", day=date(2026, 3, 9), title="太短")
        served.serve(person, day=date(2026, 3, 10), kind="主题党日", title="党日")
        served.decide(served.serve(person, day=date(2026, 3, 11), title="作废"))

    shown = entries(member.page("/me/points"))

    assert "不计分" in shown["太短"]
    assert "未达到起计数量" in shown["太短"]
    assert "这类活动在本地不计分" in shown["党日"]
    assert "已作废" in shown["作废"]


def test_what_is_not_computed_yet_says_so_and_never_shows_a_silent_zero(
    app: Flask, member: Browser, served: Party, world: World
) -> None:
    with app.app_context():
        served.serve(world.person_ids["grid1"], day=date(2026, 4, 1), title="新的", derive=False)

    page = member.page("/me/points")

    assert "待计分" in text_of(page)
    assert "待计分" in entries(page)["新的"]
    assert "待计分" in text_of(member.page("/me"))


def test_a_score_that_time_has_made_old_is_computed_when_it_is_looked_at(
    app: Flask, member: Browser, served: Party, clock: FixedClock, sign_in: SignIn, world: World
) -> None:
    clock.advance(days=100)

    page = sign_in(world.accounts["member"]).page("/me/points")

    assert page.select_one(".ring-text strong").get_text() == "8.50"  # type: ignore[union-attr]
    assert "待计分" not in text_of(page)


def test_another_year_is_chosen_by_its_link(app: Flask, member: Browser, served: Party, world: World) -> None:
    with app.app_context():
        served.roster({world.person_ids["grid1"]: {**MEMBER, "checkin_on": "2025-01-01"}})
        served.serve(world.person_ids["grid1"], day=date(2025, 5, 5), title="去年", accepted_late="paper")

    page = member.page("/me/points?period=2025")

    assert [link.get_text() for link in page.select(".pills a")] == ["2026", "2025"]
    assert list(entries(page)) == ["整季度未参加志愿服务", "去年"]


def test_who_is_no_member_is_told_so(app: Flask, world: World, world_party: Party, sign_in: SignIn) -> None:
    page = sign_in(world.accounts["member"]).page("/me/points")

    assert "未登记为党员" in text_of(page)
    assert "我的积分" not in text_of(sign_in(world.accounts["member"]).page("/me"))


def test_the_own_card_links_to_the_reasons(member: Browser, served: Party) -> None:
    page = member.page("/me")

    card = page.select_one('a.number-card[href="/me/points"]')
    assert card is not None
    assert "10.50" in card.get_text()


def test_the_list_of_members_filters_by_branch_unit_grid_name_and_check_in(
    worker: Browser, served: Party, world: World
) -> None:
    path = f"/a/{world.codes['happy']}/points/members"

    def names(query: str) -> list[str]:
        page = worker.page(f"{path}?{query}")
        return [link.get_text() for link in page.select("td.lead a")]

    assert names("") == ["李一", "周二"]
    assert names("branch=第一党支部") == ["李一"]
    assert names("unit=供电公司") == ["李一"]
    assert names(f"sub={world.codes['grid2']}") == ["周二"]
    assert names("q=zhou") == ["周二"]
    assert names("assumed=no") == []
    assert names("sort=-total") == ["李一", "周二"]
    assert names("sort=total") == ["周二", "李一"]


def test_who_has_left_is_listed_only_when_asked_for(
    app: Flask, worker: Browser, served: Party, world: World
) -> None:
    with app.app_context(), unit_of_work() as session:
        leave(session, session.get_one(Person, world.person_ids["grid2"]), date(2026, 7, 1), SYSTEM)
    path = f"/a/{world.codes['happy']}/points/members"

    assert [link.get_text() for link in worker.page(path).select("td.lead a")] == ["李一"]
    gone = worker.page(f"{path}?status=left")
    assert [link.get_text() for link in gone.select("td.lead a")] == ["周二"]
    assert "2026-07-01" in text_of(gone)


def test_a_worker_sees_why_a_member_has_these_points(worker: Browser, served: Party, world: World) -> None:
    page = worker.page(f"/a/{world.codes['happy']}/points/members/{world.people['grid1']}")

    assert "+2.50" in entries(page)["清洁家园"]
    assert "供电公司" in text_of(page)


def test_staff_change_check_in_and_the_points_follow(
    app: Flask, worker: Browser, served: Party, world: World
) -> None:
    path = f"/a/{world.codes['happy']}/points/members/{world.people['grid1']}"
    form = {
        "political_status": "member", "checkin_on": "2026-03-08", "left_on": "", "branch": "第二党支部",
        "home_unit": "",
    }  # fmt: skip

    assert worker.post(f"{path}/edit", form).status_code == 303

    with app.app_context():
        found = view(world.person_ids["grid1"])
        assert found is not None
        assert (found.checkin_on, found.checkin_assumed) == (date(2026, 3, 8), False)
        assert (found.branch, found.home_unit) == ("第二党支部", "")
        assert result(world.person_ids["grid1"])["credited"] == {}
    assert "在报到日期之前" in entries(worker.page(path))["清洁家园"]


def test_a_day_that_cannot_be_is_shown_at_its_field(worker: Browser, served: Party, world: World) -> None:
    path = f"/a/{world.codes['happy']}/points/members/{world.people['grid1']}/edit"

    answer = worker.post(path, {"political_status": "member", "checkin_on": "2027-01-01"})

    assert answer.status_code == 422
    assert "报到日期在今天之后" in answer.get_data(as_text=True)


def test_somebody_is_made_a_member_from_their_page(
    app: Flask, worker: Browser, world_party: Party, world: World
) -> None:
    person = f"/a/{world.codes['happy']}/people/{world.people['grid1']}"
    edit = f"/a/{world.codes['happy']}/points/members/{world.people['grid1']}/edit"
    assert worker.page(person).select_one(f'a[href="{edit}"]') is not None

    worker.post(edit, {"political_status": "probationary", "checkin_on": "2026-02-01", "checkin_known": "y"})

    with app.app_context():
        found = view(world.person_ids["grid1"])
        assert found is not None
        assert (found.political_status, found.checkin_assumed) == ("probationary", False)
    assert "预备党员" in text_of(worker.page(person))


def test_the_ranking_masks_names_for_members_and_shows_their_own_place(
    member: Browser, served: Party, world: World
) -> None:
    page = member.page(f"/a/{world.codes['grid1']}/points/ranking")
    assert "第 1 名（共 1 人）" in text_of(page)
    assert rows_of(page) == [["1", "李一 本人", "10.50", "不合格"]]


def test_only_staff_see_the_names_of_others(
    app: Flask, world: World, worker: Browser, served: Party, sign_in: SignIn
) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        account = accounts.create_account(session, "m2", SYSTEM, person_id=world.person_ids["grid2"])
        accounts.grant_role(session, account, "member", served.area(session, "happy"), SYSTEM)
        reader = account.id
    path = f"/a/{world.codes['happy']}/points/ranking"

    assert [row[1] for row in rows_of(sign_in(reader).page(path))] == ["李*", "周二 本人"]
    assert [row[1] for row in rows_of(worker.page(path))] == ["李一", "周二"]
    assert "李一" not in text_of(sign_in(reader).page(path))


def test_the_ranking_of_a_branch_counts_its_members_only(
    worker: Browser, served: Party, world: World
) -> None:
    path = f"/a/{world.codes['happy']}/points/ranking"

    assert [row[1] for row in rows_of(worker.page(path))] == ["李一", "周二"]
    assert [row[1] for row in rows_of(worker.page(f"{path}?branch=第一党支部"))] == ["李一"]


def test_the_sheet_shows_categories_totals_and_the_average(
    worker: Browser, served: Party, world: World
) -> None:
    page = worker.page(f"/a/{world.codes['happy']}/points/sheet")

    assert rows_of(page) == [
        ["1", "李一", "8.00", "2.50", "0.00", "0.00", "10.50", "不合格"],
        ["2", "周二", "8.00", "1.00", "0.00", "0.00", "9.00", "不合格"],
    ]
    foot = page.select_one("table.list tfoot")
    assert foot is not None
    assert "平均 9.75" in foot.get_text()


def test_a_search_on_the_sheet_keeps_the_rank_among_all(worker: Browser, served: Party, world: World) -> None:
    page = worker.page(f"/a/{world.codes['happy']}/points/sheet?q=周")

    assert [row[:2] for row in rows_of(page)] == [["2", "周二"]]


def test_a_year_that_nothing_rules_and_a_period_that_is_none_are_explained(
    worker: Browser, served: Party, world: World
) -> None:
    path = f"/a/{world.codes['happy']}/points/sheet"

    assert "还没有发布积分办法" in text_of(worker.page(f"{path}?period=2020"))
    assert "周期请写成" in text_of(worker.page(f"{path}?period=spring"))


def test_the_scheme_is_told_in_words(worker: Browser, served: Party, world: World) -> None:
    text = text_of(worker.page(f"/a/{world.codes['happy']}/points/scheme"))

    for sentence in (
        "在职党员进社区积分管理办法(示例)",
        "到社区报到 · 每次 5.00 分 · 每半年最多计 1 次",
        "每月最多 8.00 分",
        "每季度志愿服务(每小时)不足 1：扣 2.00 分",
        "每半年志愿服务(每小时)至少 1 次 · 否则等次最高为基本合格",
        "优秀 · 80.00 分及以上 · 志愿服务(每小时)至少 24",
        "国家级 20.00",
    ):
        assert sentence in text


def kind_id(app: Flask, title: str) -> int:
    with app.app_context(), read_scope() as session:
        return session.scalars(select(ActivityKind.id).where(ActivityKind.title == title)).one()


def test_staff_say_which_kinds_count_and_the_points_follow(
    app: Flask, worker: Browser, served: Party, world: World
) -> None:
    scheme = f"/a/{world.codes['happy']}/points/scheme"
    number = kind_id(app, "居民议事会")
    with app.app_context():
        served.serve(world.person_ids["grid1"], kind="居民议事会", title="议事", day=date(2026, 3, 20))

    answer = worker.post(f"{scheme}/mapping", {f"item-{number}": "proposal", f"quantity-{number}": "times"})

    assert answer.status_code == 303
    assert entries(worker.page(f"/a/{world.codes['happy']}/points/members/{world.people['grid1']}"))[
        "议事"
    ].count("+2.00")
    page = worker.page(scheme)
    chosen = page.select_one(f'select[name="item-{number}"] option[selected]')
    assert chosen is not None
    assert chosen["value"] == "proposal"


@pytest.mark.parametrize(
    ("item", "quantity"), [("violation", "times"), ("nothing-such", "times"), ("service", "often")]
)
def test_a_mapping_that_cannot_be_changes_nothing(
    app: Flask, worker: Browser, served: Party, world: World, item: str, quantity: str
) -> None:
    scheme = f"/a/{world.codes['happy']}/points/scheme"
    number = kind_id(app, "志愿服务")

    worker.post(f"{scheme}/mapping", {f"item-{number}": item, f"quantity-{number}": quantity})

    assert "请从给出的选项中选择" in text_of(worker.page(scheme))
    with app.app_context():
        assert result(world.person_ids["grid1"])["categories"]["service"] == "2.50"


def test_where_nothing_is_published_the_sub_district_can_publish_the_sample(
    app: Flask, world: World, worker: Browser, sign_in: SignIn
) -> None:
    with app.app_context():
        party = switch_on(world.areas, preset=False)
        party.roster({world.person_ids["grid1"]: MEMBER})
    scheme = f"/a/{world.codes['happy']}/points/scheme"
    assert "还没有发布积分办法" in text_of(worker.page(scheme))
    assert "待计分" in text_of(
        worker.page(f"/a/{world.codes['happy']}/points/members/{world.people['grid1']}")
    )

    assert worker.post(f"{scheme}/preset", {}).status_code == 403
    office = sign_in(world.accounts["office"])
    assert office.post(f"{scheme}/preset", {}).status_code == 303

    with app.app_context():
        assert result(world.person_ids["grid1"])["total"] == "6.00"
    office.post(f"{scheme}/preset", {})
    assert "这里已有积分办法" in text_of(office.page(scheme))


def test_the_overview_has_a_card_and_the_person_page_a_panel(
    worker: Browser, served: Party, world: World
) -> None:
    overview = text_of(worker.page(f"/a/{world.codes['happy']}/"))
    assert "2026 人均 9.75 分" in overview

    panel = text_of(worker.page(f"/a/{world.codes['happy']}/people/{world.people['grid1']}"))
    assert "10.50 · 不合格" in panel


PATHS = (
    "/a/{code}/points/members",
    "/a/{code}/points/members/{pid}",
    "/a/{code}/points/members/{pid}/edit",
    "/a/{code}/points/ranking",
    "/a/{code}/points/sheet",
    "/a/{code}/points/scheme",
    "/me/points",
)


def test_every_page_is_missing_where_the_plugin_is_off(
    app: Flask, served: Party, world: World, sign_in: SignIn
) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        switch_plugin(session, served.area(session, "street"), NAME, False, SYSTEM)
    values = {"code": world.codes["grid1"], "pid": world.people["grid1"]}
    for path in PATHS:
        reader = "member" if path.startswith("/me") else "worker"
        assert sign_in(world.accounts[reader]).get(path.format(**values)).status_code == 404, path


def test_somebody_of_another_area_looks_like_nobody(worker: Browser, served: Party, world: World) -> None:
    for path in ("", "/edit"):
        address = f"/a/{world.codes['happy']}/points/members/{world.people['sunny']}{path}"
        assert worker.get(address).status_code == 404


def test_members_see_the_ranking_and_nothing_else_of_the_area(
    member: Browser, served: Party, world: World
) -> None:
    values = {"code": world.codes["grid1"], "pid": world.people["grid1"]}
    found = {path: member.get(path.format(**values)).status_code for path in PATHS}

    assert [path for path, status in found.items() if status == 200] == [
        "/a/{code}/points/ranking",
        "/me/points",
    ]
    assert set(found.values()) == {200, 403}


def test_a_branch_secretary_changes_members_but_not_the_scheme(
    served: Party, world: World, sign_in: SignIn
) -> None:
    secretary = sign_in(world.accounts["secretary"])
    code, pid = world.codes["happy"], world.people["grid1"]

    assert secretary.get(f"/a/{code}/points/members/{pid}/edit").status_code == 200
    assert secretary.post(f"/a/{code}/points/scheme/mapping", {}).status_code == 403


def test_pages_cost_the_same_statements_for_few_and_for_many(
    app: Flask, world: World, served: Party, sign_in: SignIn
) -> None:
    member = sign_in(world.accounts["member"])
    ranking, sheet = (f"/a/{world.codes['happy']}/points/{name}" for name in ("ranking", "sheet"))
    worker = sign_in(world.accounts["worker"])

    def cost() -> list[int]:
        counts = []
        for browser, path in ((member, "/me/points"), (worker, ranking), (worker, sheet)):
            browser.page(path)
            with counted(app) as statements:
                browser.page(path)
            counts.append(len([s for s in statements if not s.startswith(("BEGIN", "ROLLBACK", "SET"))]))
        return counts

    few = cost()
    with app.app_context():
        for n in range(15):
            person = served.person(f"党员{chr(0x4E00 + n)}")
            served.roster({person: MEMBER})
            served.serve(world.person_ids["grid1"], day=date(2026, 6, 1 + n), title=f"{n}")
            served.serve(person, day=date(2026, 6, 1 + n), title=f"{n}")
    many = cost()

    assert few == many
    mine, rank, _sheet = many
    # Sign-in and the reader's plugins included.
    assert mine <= 7
    assert rank <= 6 + 7


def test_the_log_tells_what_a_waiting_entry_would_bring(app: Flask, served: Party, world: World) -> None:
    with app.app_context():
        waiting = served.serve(world.person_ids["grid2"], "09:00", "10:30", title="W", confirm=False)
        confirmed = served.serve(world.person_ids["grid2"], "13:00", "14:00", title="C")
        with read_scope() as session, app.test_request_context():
            assert pages.expected_effect(session, [waiting, confirmed]) == {waiting: "+1.50 分"}
        served.decide(waiting, CONFIRMED)
        with read_scope() as session:
            assert pages.expected_effect(session, [waiting]) == {}


@pytest.mark.parametrize(
    ("page", "line"),
    [("units", "双报到"), ("units/report", "双报到"), ("schemes", "积分办法"), ("schemes/new", "积分办法")],
)
def test_pages_without_a_line_of_their_own_mark_the_line_they_belong_to(
    served: Party, sign_in: SignIn, world: World, page: str, line: str
) -> None:
    committee = sign_in(world.accounts["committee"])
    shown = committee.page(f"/a/{world.codes['happy']}/points/{page}")
    marked = shown.select("nav a[aria-current=page]")
    assert [link.get_text(strip=True) for link in marked if link.get("href")] == [line]
