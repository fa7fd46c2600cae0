"""Schemes, credit files, lists, measures and results on pages and for programs; what strangers read."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.settings import set_setting
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import unit_of_work
from pointsys.plugins.property_rating.registry.models import PropertyEstate
from pointsys.plugins.property_rating.rounds.models import SUPERSEDED
from pointsys.plugins.property_rating.schemes import words
from pointsys.plugins.property_rating.standing import following
from tests.browsers import Browser, SignIn, World, counted
from tests.rest.conftest import MakeProgram, Program, Reply, program

from .rated import LIST, STAR, Rated, make_rated, make_round, month

__all__ = ["program"]

YEAR = (date(2025, 1, 1), date(2025, 12, 31))
SECRET_SCORE = "87.31"


@pytest.fixture(params=["sqlite"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Pages and programs on one engine."""
    return str(request.param)


@pytest.fixture
def rated(app: Flask, world: World) -> Rated:
    """甲苑 has five stars and is red; 乙苑 black twice; 丙苑 had four ballots; 丁苑 is not rated."""
    with app.app_context(), unit_of_work(drain=False) as session:
        made = make_rated(session, world)
        values = {"parts": {"owners": "92", "management": "90.5", "overall": "91"}, "required": 50}
        few = {"parts": {"owners": SECRET_SCORE, "management": "80", "overall": "81"}}
        last = make_round(
            session, made, STAR, YEAR,
            {
                "甲苑": {"score": "91", "raw": "91.1", "stars": 5, "detail": values},
                "乙苑": {"score": "93", "raw": "93", "stars": 0, "status": "vetoed",
                       "detail": {"vetoes": [{"id": "penalty", "title": "被处罚", "document_no": "罚〔2025〕7号"}]}},
                "丙苑": {"score": SECRET_SCORE, "raw": SECRET_SCORE, "stars": 4, "ballots": 4, "detail": few},
            },
        )  # fmt: skip
        following.final(session, last, SYSTEM)
        for number in (5, 6):
            black = {"list_place": "black", "score": "60"}
            told = {"甲苑": {"list_place": "red", "score": "90"}, "乙苑": black}
            following.final(session, make_round(session, made, LIST, month(made, number), told), SYSTEM)
    return made


def main_text(browser: Browser, address: str, status: int = 200) -> str:
    found = browser.page(address, status).select_one("main")
    assert found is not None
    return re.sub(r"\s+", " ", found.get_text(" "))


def estate_id(app: Flask, name: str) -> str:
    with app.app_context(), unit_of_work(drain=False) as session:
        return str(session.scalars(select(PropertyEstate.public_id).where(PropertyEstate.name == name)).one())


def test_a_scheme_is_checked_published_and_read_in_words(
    app: Flask, rated: Rated, sign_in: SignIn, world: World
) -> None:
    office = sign_in(world.accounts["office"])
    base = f"/a/{world.codes['street']}/property/schemes"
    text = words.presets()[STAR][1]
    assert "商品住宅小区星级评定" in main_text(office, f"{base}/new?preset={STAR}")
    bad = office.post(f"{base}/new", {"text": text.replace('"0.40"', '"0.50"'), "act": "publish"})
    assert (bad.status_code, "1.1" in bad.text) == (422, True)
    unread = office.post(f"{base}/new", {"text": "[scheme.x]\nkind = weighted", "act": "check"})
    assert ("第 2 行" in unread.text, "Invalid" in unread.text) == (True, False)
    assert "请粘贴方案文本" in office.post(f"{base}/new", {"text": " ", "act": "check"}).text
    refused = office.post(f"{base}/new", {"text": text.replace("综合评价", "宗教信仰"), "act": "check"})
    assert "宗教" in refused.text
    upload = {"file": (io.BytesIO(text.replace("50, stat", "60, stat").encode()), "x.toml"), "act": "publish"}
    made = office.post(f"{base}/new", upload, content_type="multipart/form-data")
    assert made.status_code == 303
    told = main_text(office, made.location)
    assert all(word in told for word in ("户数的 10%", "60 票", "日常管理", "40%", "最多 0 星"))
    file = office.get(f"{made.location}/scheme.toml")
    assert "min_count = 60" in file.text
    listed = main_text(office, base)
    assert listed.count("商品住宅小区星级评定") == 1
    assert main_text(office, f"{base}?state=all&q=star").count("商品住宅小区星级评定") == 2
    worker = sign_in(world.accounts["worker"])
    assert worker.post(f"/a/{world.codes['happy']}/property/schemes/new", {"text": text}).status_code == 403


def test_staff_keep_credit_files_and_measures(
    app: Flask, rated: Rated, sign_in: SignIn, world: World
) -> None:
    worker, office = sign_in(world.accounts["worker"]), sign_in(world.accounts["office"])
    base = f"/a/{world.codes['happy']}/property"
    one = f"{base}/credit/{rated.company_ids[0]}"
    assert "乐业物业" in main_text(worker, f"{base}/credit?sort=-score")
    form = {"title": "市级表彰", "points": "3.5", "from_on": "2026-01-01", "estate": estate_id(app, "甲苑")}
    worker.post(f"{one}/items", form)
    refused = worker.post(f"{one}/items", {**form, "points": "-3.5"}, follow_redirects=True)
    assert "扣分须写明所依据的文号" in refused.text
    wide = worker.post(f"{one}/items", {**form, "points": "−３"}, follow_redirects=True)
    assert "扣分须写明所依据的文号" in wide.text
    assert "2026-03-07" in worker.post(f"{one}/items", {**form, "from_on": "?"}, follow_redirects=True).text
    told = main_text(worker, one)
    assert "市级表彰" in told
    # A base of 80, the commendation, and twice red.
    assert "87.5" in told
    assert "80 · AA 截至 2025-12-31" in main_text(worker, f"{one}?on=2025-12-31")
    page = worker.page(one)
    (void,) = [str(form["action"]) for form in page.select("form[action*=void]")]
    worker.post(void, {"reason": "重复登记"})
    assert "84 ·" in main_text(worker, one)
    lists = main_text(worker, f"{base}/lists?colour=black")
    assert ("乙苑" in lists, "甲苑" in lists) == (True, False)
    rows = load_workbook(io.BytesIO(worker.get(f"{base}/lists?export=xlsx").data)).worksheets[0].values
    assert sum(1 for row in rows if "乙苑" in row) == 2
    ask = {"kind": "talk", "what": "约谈负责人", "due_on": "2026-12-01"}
    with app.app_context():
        ask["due_on"] = current_site().today().isoformat()
    worker.post(f"{one}/measures", ask)
    measures = worker.page(f"{base}/measures?q=约谈")
    (report,) = [str(form["action"]) for form in measures.select("form[action*=report]")]
    worker.post(report, {"report": "已经谈过"})
    check = report.replace("/report", "/check")
    own = worker.post(check, {"done": "1"}, follow_redirects=True)
    assert "报告完成的人不能自己核查" in own.text
    office.post(check, {"done": "1", "finding": "有会议记录"})
    assert "有会议记录" in main_text(worker, f"{base}/measures?state=done")


def test_a_company_reads_its_own_standing_and_reports_repairs(
    app: Flask, rated: Rated, sign_in: SignIn, world: World
) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        told = {"甲苑": {"list_place": "black", "score": "50"}}
        following.final(session, make_round(session, rated, LIST, month(rated, 7), told), SYSTEM)
    liaison = sign_in(world.accounts["liaison"])
    page = liaison.page("/me/property/standing")
    text = page.get_text()
    assert ("安居物业" in text, "乐业物业" in text) == (True, False)
    (report,) = [str(form["action"]) for form in page.select("form[action*=report]")]
    assert liaison.post(report, {"report": "电梯已修好"}).status_code == 303
    assert "已报告，待核查" in main_text(liaison, "/me/property/standing")
    worker = sign_in(world.accounts["worker"])
    assert worker.post(report, {"report": "别人"}).status_code == 404
    assert worker.get("/me/property/standing").status_code == 404


def test_strangers_read_results_and_nothing_of_which_few_ballots_could_be_told(
    app: Flask, rated: Rated, world: World
) -> None:
    stranger = Browser(app)
    base = f"/public/{world.codes['street']}/property"
    listed = main_text(stranger, f"{base}/")
    assert listed.index("甲苑") < listed.index("丙苑")
    assert "连续 2 次" in listed
    assert "丁苑" not in main_text(stranger, f"{base}/?stars=5")
    assert "丁苑" in main_text(stranger, f"{base}/?stars=none")
    assert "甲苑" not in main_text(stranger, f"{base}/?colour=black")
    one = main_text(stranger, f"{base}/estates/{estate_id(app, '甲苑')}")
    assert all(word in one for word in ("91 分", "60 票", "日常管理", "90.5", "平安街道办事处", "第 1 版"))
    assert "罚〔2025〕7号" in main_text(stranger, f"{base}/estates/{estate_id(app, '乙苑')}")
    few = f"{base}/estates/{estate_id(app, '丙苑')}"
    compared = f"{base}/compare?" + "&".join(f"estate={estate_id(app, name)}" for name in ("甲苑", "丙苑"))
    pages = [
        stranger.get(address).text
        for address in (f"{base}/", few, compared, f"/public/{world.codes['street']}")
    ]
    file = load_workbook(io.BytesIO(stranger.get(f"{base}/estates.xlsx").data)).worksheets[0]
    pages.append(str(list(file.values)))
    staff = f"/a/{world.codes['street']}/property/"
    assert all(SECRET_SCORE not in page for page in pages)
    assert "甲苑" in pages[2]
    assert "不足五票" in pages[1]
    company = main_text(stranger, f"{base}/companies/{rated.company_ids[0]}")
    assert all(word in company for word in ("84 · AA", "甲苑", "红榜"))
    scheme = re.search(rf"{base}/schemes/\w+", stranger.get(few).text)
    assert scheme is not None
    assert "得分构成" in main_text(stranger, scheme[0])
    assert "star_rating" in stranger.get(f"{scheme[0]}/scheme.toml").text
    assert stranger.get(staff).status_code == 302
    assert stranger.get(f"{base}/estates/nothere").status_code == 404
    with app.app_context(), unit_of_work(drain=False) as session:
        set_setting(session, session.get_one(Area, world.areas["street"]), "public.page", False, SYSTEM)
    assert {stranger.get(page).status_code for page in (f"{base}/", few, compared, scheme[0])} == {404}


def test_staff_see_ratings_below_their_area_and_take_them_away_without_what_few_gave(
    app: Flask, rated: Rated, worker: Browser, sign_in: SignIn, world: World
) -> None:
    page = f"/a/{world.codes['happy']}/property/"
    assert "甲苑" in main_text(worker, page)
    rows = list(load_workbook(io.BytesIO(worker.get(f"{page}?export=xlsx").data)).worksheets[0].values)
    assert SECRET_SCORE not in str(rows)
    sunny = sign_in(world.accounts["sunny_worker"])
    assert "甲苑" not in main_text(sunny, f"/a/{world.codes['sunny']}/property/")
    assert sunny.get(page).status_code == 404


def test_a_replaced_round_stays_readable_as_such(
    app: Flask, rated: Rated, world: World, sign_in: SignIn
) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        wrong = make_round(session, rated, STAR, month(rated, 7), {"丁苑": {"score": "95", "stars": 5}})
        right = {"丁苑": {"score": "70", "stars": 1}}
        later = make_round(session, rated, STAR, month(rated, 7), right, replaces=wrong)
        wrong.state = SUPERSEDED
        old, new = (f"/a/{world.codes['street']}/property/rounds/{one.public_id}" for one in (wrong, later))
    told = main_text(
        Browser(app), f"/public/{world.codes['happy']}/property/estates/{estate_id(app, '丁苑')}"
    )
    assert "已被之后的评价替代" in told
    assert told.index("70 分") < told.index("95 分")
    assert sign_in(world.accounts["office"]).page(old).select_one(f".round-now a[href='{new}']") is not None


def test_pages_cost_as_many_statements_for_four_estates_as_for_one(
    app: Flask, rated: Rated, worker: Browser, world: World
) -> None:
    def cost(address: str) -> int:
        worker.get(address)
        with counted(app) as statements:
            assert worker.get(address).status_code == 200
        return len(statements)

    base, public = f"/a/{world.codes['happy']}/property", f"/public/{world.codes['happy']}/property"
    addresses = (f"{base}/", f"{base}/credit", f"{base}/lists", f"{base}/measures", f"{public}/")
    before = [cost(address) for address in addresses]
    with app.app_context(), unit_of_work(drain=False) as session:
        told = {name: {"list_place": "black", "score": "50"} for name in rated.estates}
        following.final(session, make_round(session, rated, LIST, month(rated, 7), told), SYSTEM)
    assert [cost(address) for address in addresses] == before
    assert max(before) <= 9


def code(answer: Reply) -> tuple[int, str]:
    return answer.status_code, str(answer.json["error"]["code"])


def test_programs_publish_schemes_keep_files_and_are_refused_by_code(
    app: Flask, rated: Rated, program: MakeProgram, world: World
) -> None:
    office, worker, liaison = program("office"), program("worker"), program("liaison")
    street, happy = (f"/areas/{world.codes[key]}/property" for key in ("street", "happy"))
    text = words.presets()[LIST][1]
    assert code(office.post(f"{street}/schemes", {"text": text}, key=None)) == (409, "unchanged")
    assert code(office.post(f"{street}/schemes", {"text": "a = ["}, key=None)) == (422, "bad_toml")
    broken = text.replace('"0.50"', '"0.40"')
    assert code(office.post(f"{street}/schemes", {"text": broken}, key=None)) == (422, "weights_not_1")
    lint = office.post(f"{street}/schemes/lint", {"text": broken}, key=None).json
    assert (lint["ok"], [one["code"] for one in lint["remarks"]]) == (False, ["weights_not_1"])
    made = office.post(f"{street}/schemes", {"text": text.replace("bottom = 3", "bottom = 5")}, key=None)
    assert (made.status_code, made.json["no"]) == (201, 2)
    assert "bottom = 5" in worker.get(f"{happy}/schemes/{made.json['id']}").json["text"]
    assert worker.post(f"{happy}/schemes", {"text": text}, key=None).status_code == 403

    one = f"{happy}/credit/{rated.company_ids[0]}"
    entry = {"title": "表彰", "points": "2.5", "from_on": "2026-01-01"}
    item = worker.post(f"{one}/items", entry, key=None)
    assert (item.status_code, item.json["points"]) == (201, "2.5")
    assert code(worker.post(f"{one}/items", {**entry, "points": "-1"}, key=None)) == (422, "document_needed")
    assert code(worker.post(f"{one}/items", {**entry, "points": "lots"}, key=None)) == (422, "bad_points")
    assert worker.get(one, on="2026-02-01").json["standing"]["score"] == "82.5"
    assert worker.get(one, on="2025-02-01").json["standing"]["live"] == []
    void = f"{one}/items/{item.json['id']}/void"
    assert code(worker.post(void, {"reason": ""}, key=None)) == (422, "reason_required")
    assert worker.post(void, {"reason": "重复"}, key=None).json["counts"] is False
    assert code(worker.post(void, {"reason": "重复"}, key=None)) == (409, "bad_state")
    assert [one["colour"] for one in worker.get(f"{happy}/lists", q="乙苑").json["items"]] == [
        "black",
        "black",
    ]

    today = worker.get(one).json["on"]
    asked = worker.post(f"{one}/measures", {"kind": "talk", "what": "约谈", "due_on": today}, key=None)
    at = f"{happy}/measures/{asked.json['id']}"
    assert code(worker.post(f"{at}/check", {"done": True}, key=None)) == (409, "bad_state")
    assert worker.post(f"{at}/report", {"report": "已谈"}, key=None).json["state"] == "reported"
    assert code(worker.post(f"{at}/check", {"done": True}, key=None)) == (403, "self_verify")
    assert code(office.post(f"{at}/check", {"done": False}, key=None)) == (422, "reason_required")
    assert office.post(f"{at}/check", {"done": True}, key=None).json["state"] == "done"
    assert code(office.post(f"{at}/cancel", {"reason": "不必"}, key=None)) == (409, "bad_state")
    assert code(worker.post(f"{happy}/credit-receptions", {"period": "2099-Q1"}, key=None)) == (
        409,
        "not_over",
    )
    assert worker.post(f"{happy}/credit-receptions", {"period": "2025-Q1"}, key=None).json == {"new": 0}
    assert worker.get(f"{happy}/credit/nothere").status_code == 404
    assert liaison.get(f"{happy}/lists").status_code in (403, 404)
    _foreign(program("sunny_worker"), at, void)


def _foreign(sunny: Program, measure: str, void: str) -> None:
    """Somebody of another community finds none of it."""
    assert sunny.post(f"{measure}/report", {"report": "?"}, key=None).status_code == 404
    assert sunny.post(void, {"reason": "?"}, key=None).status_code == 404
